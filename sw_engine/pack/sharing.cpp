#include "pack/sharing.hpp"

#include <algorithm>

#include "pack/operation.hpp"

namespace vtpu::pack {
namespace {

constexpr std::size_t kMostPlaces = 512;

// The S operation of one word, by the ranges of its address alone.
template <typename F>
void each_memory_use(const std::vector<isa::Siw>& words, const StreamRanges& ranges, F&& f) {
  for (std::uint32_t w = 0; w < words.size(); ++w) {
    if (isa::is_nop(op_of(words[w].s))) continue;
    for (const Operation& operation : operations_of(words, w, w + 1, ranges)) {
      if (operation.memory != MemoryUse::None) f(w, operation);
    }
  }
}

bool couples(const isa::Stream& stream) {
  return std::any_of(stream.words.begin(), stream.words.end(),
                     [](const isa::Siw& word) { return isa::info_of(op_of(word.c)).blocks; });
}

}  // namespace

Sharing::Sharing(const isa::Program& program) : sentrons_(program.streams.size(), 0) {
  for (const isa::SentronSpec& sentron : program.sentrons) ++sentrons_[sentron.stream];
  // Without messages and groups there is nothing to order.
  too_many_ = std::none_of(program.streams.begin(), program.streams.end(), couples);
  for (std::uint32_t s = 0; s < program.streams.size() && !too_many_; ++s) {
    if (sentrons_[s] == 0) continue;
    const isa::Stream& stream = program.streams[s];
    const StreamRanges ranges = coordinate_ranges(program, s, stream.words, regions_of(stream));
    each_memory_use(stream.words, ranges, [&](std::uint32_t, const Operation& operation) {
      const bool written = operation.memory == MemoryUse::Write;
      const bool known = std::any_of(places_.begin(), places_.end(), [&](const Place& place) {
        return place.stream == s && place.written == written && place.box == operation.box;
      });
      if (!known && places_.size() < kMostPlaces) {
        places_.push_back({s, written, operation.box});
      } else if (!known) {
        too_many_ = true;
      }
    });
  }
}

void Sharing::mark(std::uint32_t stream, const std::vector<isa::Siw>& words, StreamRanges& ranges) const {
  ranges.unshared.assign(words.size(), false);
  if (too_many_) return;
  each_memory_use(words, ranges, [&](std::uint32_t w, const Operation& operation) {
    ranges.unshared[w] = std::none_of(places_.begin(), places_.end(), [&](const Place& place) {
      const bool other = place.stream != stream || sentrons_[stream] > 1;
      const bool matters = place.written || operation.memory == MemoryUse::Write;
      return other && matters && boxes_meet(place.box, operation.box);
    });
  });
}

}  // namespace vtpu::pack
