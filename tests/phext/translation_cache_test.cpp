#include "phext/translation_cache.hpp"

#include <catch2/catch.hpp>
#include <list>
#include <random>
#include <stdexcept>

using namespace vtpu;
using phext::PageKey;
using phext::TranslationCache;

namespace {

// `count` pages that share a set.
std::vector<PageKey> pages_of_one_set(const TranslationCache& cache, std::size_t count) {
  std::vector<PageKey> pages;
  for (std::uint64_t lo = 0; pages.size() < count; ++lo) {
    if (const PageKey page{0, lo}; cache.set_of(page) == cache.set_of({})) pages.push_back(page);
  }
  return pages;
}

}  // namespace

TEST_CASE("a set keeps as many pages as it has ways") {
  for (const unsigned ways : {1U, 2U, 4U, 8U}) {
    TranslationCache cache({.entries = 64, .ways = ways});
    const auto pages = pages_of_one_set(cache, ways + 1);
    for (int round = 0; round < 3; ++round) {
      for (unsigned i = 0; i < ways; ++i) REQUIRE(cache.access(pages[i]) == (round > 0));
    }
    // Going round one page more than there are ways never hits under LRU.
    cache.clear();
    for (int round = 0; round < 3; ++round) {
      for (const PageKey& page : pages) REQUIRE_FALSE(cache.access(page));
    }
    REQUIRE(cache.counts().total.misses == 3 * (ways + 1));
    REQUIRE(cache.counts().total.hits == 0);
  }
}

TEST_CASE("the least recently used page leaves, not the oldest") {
  TranslationCache cache({.entries = 32, .ways = 2});
  const auto p = pages_of_one_set(cache, 3);
  cache.access(p[0]);
  cache.access(p[1]);
  REQUIRE(cache.access(p[0]));
  REQUIRE_FALSE(cache.access(p[2]));  // p[1] leaves
  REQUIRE(cache.access(p[0]));
  REQUIRE_FALSE(cache.access(p[1]));
}

TEST_CASE("hits agree with stack distances: a hit is a page within the last `ways` distinct ones of its set") {
  constexpr phext::TranslationCacheShape kShape{.entries = 128, .ways = 4};
  TranslationCache cache(kShape);
  std::vector<std::list<std::uint64_t>> recent(kShape.entries / kShape.ways);
  std::mt19937_64 random(7);
  for (int i = 0; i < 20000; ++i) {
    const PageKey page{0, random() % 256};
    auto& stack = recent[cache.set_of(page)];
    const auto found = std::find(stack.begin(), stack.end(), page.lo);
    const bool expected = found != stack.end() && std::distance(stack.begin(), found) < kShape.ways;
    if (found != stack.end()) stack.erase(found);
    stack.push_front(page.lo);
    REQUIRE(cache.access(page) == expected);
  }
}

TEST_CASE("every bit of a page key changes the set number") {
  for (const unsigned entries : {8U, 64U, 1024U, 4096U}) {
    const TranslationCache cache({.entries = entries, .ways = 4});
    for (int bit = 0; bit < phext::kPageKeyBits; ++bit) {
      const PageKey page = bit < 64 ? PageKey{0, 1ULL << bit} : PageKey{1ULL << (bit - 64), 0};
      CAPTURE(entries, bit);
      REQUIRE(cache.set_of(page) < entries / 4);
      REQUIRE(cache.set_of(page) != cache.set_of({}));
    }
  }
}

TEST_CASE("a walk along two dimensions is attributed to the dimension that moved") {
  constexpr std::uint32_t kRows = 5;
  constexpr std::uint32_t kColumns = 128;  // two pages a row
  TranslationCache cache;
  std::optional<isa::Coordinate> previous;
  for (std::uint32_t row = 0; row < kRows; ++row) {
    for (std::uint32_t column = 0; column < kColumns; ++column) {
      const auto at = isa::with_dimension(isa::with_dimension({}, 1, row), 0, column);
      cache.access(phext::place(phext::Placement::Linear, at).page, previous, at);
      previous = at;
    }
  }
  const auto& counts = cache.counts();
  REQUIRE(counts.first.accesses() == 1);
  REQUIRE(counts.by_dimension[1].misses == kRows - 1);  // each jump to a new row
  REQUIRE(counts.by_dimension[1].hits == 0);
  REQUIRE(counts.by_dimension[0].misses == kRows);  // the second page of each row
  REQUIRE(counts.by_dimension[0].hits == kRows * (kColumns - 2));
  REQUIRE(counts.same.accesses() == 0);
  REQUIRE(counts.total.accesses() == kRows * kColumns);
}

TEST_CASE("the highest changed dimension is found across the 64-bit boundary and without flags") {
  for (int d = 0; d < isa::kDimensions; ++d) {
    for (int b = 0; b < isa::kDimensionBits; ++b) {
      auto moved = isa::with_dimension({}, d, 1U << b);
      if (d > 0) moved = isa::with_dimension(moved, d - 1, 2047);
      REQUIRE(phext::highest_changed_dimension({}, moved) == d);
    }
  }
  REQUIRE_FALSE(phext::highest_changed_dimension({}, isa::with_flags({}, 127)).has_value());
}

TEST_CASE("impossible shapes are refused") {
  REQUIRE_THROWS_AS(TranslationCache({.entries = 8, .ways = 0}), std::invalid_argument);
  REQUIRE_THROWS_AS(TranslationCache({.entries = 10, .ways = 4}), std::invalid_argument);
  REQUIRE_THROWS_AS(TranslationCache({.entries = 12, .ways = 4}), std::invalid_argument);
  REQUIRE_THROWS_AS(TranslationCache({.entries = 0, .ways = 1}), std::invalid_argument);
}
