#include "core/core_model.hpp"

namespace vtpu::core {

WordCore::WordCore(const CoreParts& parts) : fetched_(parts.layout.front_end.siw_per_cycle) {
  std::vector<UopSource*> sources;
  for (WordSource* words : parts.words) {
    uops_.push_back(std::make_unique<WordUops>(*words, parts.layout, fetched_));
    sources.push_back(uops_.back().get());
  }
  core_ = std::make_unique<SentronCore>(parts.layout, parts.number, std::move(sources), parts.data, parts.listeners);
}

}  // namespace vtpu::core
