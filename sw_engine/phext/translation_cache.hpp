// The architectural Phext Translation Cache in front of the page table: a set-associative cache of page keys with true
// LRU. It holds no translations (the page table is exact); it says which accesses would have needed a page walk.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "phext/placement.hpp"

namespace vtpu::phext {

// Sets = entries / ways, a power of two; ways >= 1. Anything else throws std::invalid_argument.
struct TranslationCacheShape {
  unsigned entries = 1024;
  unsigned ways = 4;
  friend bool operator==(const TranslationCacheShape&, const TranslationCacheShape&) = default;
};

struct HitCount {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;

  [[nodiscard]] std::uint64_t accesses() const { return hits + misses; }
  void add(bool hit) { ++(hit ? hits : misses); }
  HitCount& operator+=(const HitCount& other) {
    hits += other.hits;
    misses += other.misses;
    return *this;
  }
  friend bool operator==(const HitCount&, const HitCount&) = default;
};

// An access is attributed to the highest dimension in which it differs from the same sentron's access before: walking
// along dimension 0 within a row counts for dimension 0, and the jump to the next row for dimension 1.
struct TranslationCounts {
  HitCount total;
  std::array<HitCount, isa::kDimensions> by_dimension{};
  HitCount same;                 // the coordinate of the access before
  HitCount first;                // the sentron's first access
  std::uint64_t prefetches = 0;  // pages that were put in before anyone asked for them

  TranslationCounts& operator+=(const TranslationCounts& other);
  friend bool operator==(const TranslationCounts&, const TranslationCounts&) = default;
};

// The highest dimension in which the two differ (flags aside); nothing when they are the same.
[[nodiscard]] std::optional<int> highest_changed_dimension(const isa::Coordinate& a, const isa::Coordinate& b);

class TranslationCache {
 public:
  explicit TranslationCache(TranslationCacheShape shape = {});

  // Looks the page up and makes it its set's most recently used; on a miss it replaces the least recently used. True on
  // a hit. Counts in total only.
  bool access(PageKey page);
  // The same, attributed to the dimension that changed since `previous`, the sentron's access before (empty: none).
  bool access(PageKey page, const std::optional<isa::Coordinate>& previous, const isa::Coordinate& now);

  // Puts the page in as the most recently used of its set, unless it is there already. True where it was not.
  bool insert(PageKey page);

  // The set of a page: the key's halves xored, then folded in halves while that leaves at least the index width, then
  // what is above the index xored onto it. Every bit of the key counts.
  [[nodiscard]] unsigned set_of(PageKey page) const;

  [[nodiscard]] const TranslationCacheShape& shape() const { return shape_; }
  [[nodiscard]] const TranslationCounts& counts() const { return counts_; }
  void clear();  // entries and counts

 private:
  bool move_to_front(PageKey* set, const PageKey& page) const;  // true on a hit

  TranslationCacheShape shape_;
  unsigned set_bits_ = 0;
  std::vector<PageKey> entries_;  // set by set, most recently used first
  TranslationCounts counts_;
};

}  // namespace vtpu::phext
