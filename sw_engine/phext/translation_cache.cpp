#include "phext/translation_cache.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace vtpu::phext {
namespace {

constexpr PageKey kEmpty{~0ULL, ~0ULL};  // no page key has its upper bits set

}  // namespace

TranslationCounts& TranslationCounts::operator+=(const TranslationCounts& other) {
  total += other.total;
  for (std::size_t d = 0; d < by_dimension.size(); ++d) by_dimension[d] += other.by_dimension[d];
  same += other.same;
  first += other.first;
  prefetches += other.prefetches;
  return *this;
}

std::optional<int> highest_changed_dimension(const isa::Coordinate& a, const isa::Coordinate& b) {
  constexpr int kHighAddressBits = isa::kDimensions * isa::kDimensionBits - 64;
  const std::uint64_t hi = (a.hi ^ b.hi) & ((1ULL << kHighAddressBits) - 1);
  const std::uint64_t lo = a.lo ^ b.lo;
  if (hi != 0) return (64 + 63 - std::countl_zero(hi)) / isa::kDimensionBits;
  if (lo != 0) return (63 - std::countl_zero(lo)) / isa::kDimensionBits;
  return std::nullopt;
}

TranslationCache::TranslationCache(TranslationCacheShape shape) : shape_(shape) {
  if (shape.ways == 0 || shape.entries % shape.ways != 0 || !std::has_single_bit(shape.entries / shape.ways)) {
    throw std::invalid_argument(fmt::format(
        "translation cache of {} entries, {} ways: entries / ways must be a power of two", shape.entries, shape.ways));
  }
  set_bits_ = static_cast<unsigned>(std::countr_zero(shape.entries / shape.ways));
  entries_.assign(shape.entries, kEmpty);
}

unsigned TranslationCache::set_of(PageKey page) const {
  std::uint64_t folded = page.lo ^ page.hi;
  unsigned width = 64;
  while (width / 2 >= std::max(set_bits_, 1U)) {
    width /= 2;
    folded = (folded ^ (folded >> width)) & ((1ULL << width) - 1);
  }
  folded ^= folded >> set_bits_;
  return static_cast<unsigned>(folded & ((1ULL << set_bits_) - 1));
}

bool TranslationCache::access(PageKey page) {
  PageKey* set = entries_.data() + static_cast<std::size_t>(set_of(page)) * shape_.ways;
  const bool hit = set[0] == page || move_to_front(set, page);
  counts_.total.add(hit);
  return hit;
}

bool TranslationCache::move_to_front(PageKey* set, const PageKey& page) const {
  unsigned way = 0;
  while (way + 1 < shape_.ways && !(set[way] == page)) ++way;
  const bool hit = set[way] == page;  // on a miss `way` is the last, the least recently used
  for (; way > 0; --way) set[way] = set[way - 1];
  set[0] = page;
  return hit;
}

bool TranslationCache::access(PageKey page, const std::optional<isa::Coordinate>& previous,
                              const isa::Coordinate& now) {
  const bool hit = access(page);
  if (!previous) {
    counts_.first.add(hit);
  } else if (const auto dimension = highest_changed_dimension(*previous, now)) {
    counts_.by_dimension[static_cast<std::size_t>(*dimension)].add(hit);
  } else {
    counts_.same.add(hit);
  }
  return hit;
}

bool TranslationCache::insert(PageKey page) {
  PageKey* set = entries_.data() + static_cast<std::size_t>(set_of(page)) * shape_.ways;
  if (std::find(set, set + shape_.ways, page) != set + shape_.ways) return false;
  (void)move_to_front(set, page);
  ++counts_.prefetches;
  return true;
}

void TranslationCache::clear() {
  std::fill(entries_.begin(), entries_.end(), kEmpty);
  counts_ = {};
}

}  // namespace vtpu::phext
