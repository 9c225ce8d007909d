// A core as a run sees it, whoever models it: SystemC's components, the RTL, or both side by side.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/core_counts.hpp"
#include "core/sentron_core.hpp"
#include "core/word_source.hpp"
#include "memory/data_access.hpp"

namespace vtpu::core {

class CoreModel {
 public:
  virtual ~CoreModel() = default;
  virtual void tick(Cycle now) = 0;
  // Nothing is in flight and no word will come unless another core does something first.
  [[nodiscard]] virtual bool finished() const = 0;
  [[nodiscard]] virtual const CoreCounts& counts() const = 0;
};

// What a core is made from. All references outlive it.
struct CoreParts {
  const layout::Layout& layout;
  std::uint32_t number = 0;
  std::vector<WordSource*> words;  // one per thread
  memory::DataAccess& data;
  std::vector<events::Listener*> listeners;
};
using CoreFactory = std::function<std::unique_ptr<CoreModel>(const CoreParts&)>;

// SystemC's core, fed with words.
class WordCore final : public CoreModel {
 public:
  explicit WordCore(const CoreParts& parts);
  void tick(Cycle now) override { core_->tick(now); }
  [[nodiscard]] bool finished() const override { return core_->finished(); }
  [[nodiscard]] const CoreCounts& counts() const override { return core_->counts(); }
  [[nodiscard]] const SentronCore& core() const { return *core_; }

 private:
  FetchWidth fetched_;
  std::vector<std::unique_ptr<WordUops>> uops_;
  std::unique_ptr<SentronCore> core_;
};

}  // namespace vtpu::core
