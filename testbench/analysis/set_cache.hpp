// A set-associative cache of numbered items with LRU replacement, for telling conflict misses from the others.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace vtpu::analysis {

class SetCache {
 public:
  SetCache(std::uint64_t sets, unsigned ways) : ways_(ways), items_(sets * ways, kNone) {}
  [[nodiscard]] std::uint64_t sets() const { return items_.size() / ways_; }
  [[nodiscard]] unsigned ways() const { return ways_; }

  bool access(std::uint32_t item, std::uint64_t set) {  // true on a hit
    const auto begin = items_.begin() + static_cast<std::ptrdiff_t>(set * ways_);
    const auto end = begin + static_cast<std::ptrdiff_t>(ways_);
    auto found = std::find(begin, end, item);
    const bool hit = found != end;
    if (!hit) found = end - 1;
    std::rotate(begin, found, found + 1);
    *begin = item;
    return hit;
  }

 private:
  static constexpr std::uint32_t kNone = ~0U;
  unsigned ways_;
  std::vector<std::uint32_t> items_;  // set by set, last used first
};

}  // namespace vtpu::analysis
