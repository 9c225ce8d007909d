#include "phext/page_prefetcher.hpp"

#include <catch2/catch.hpp>

#include "phext/translation_cache.hpp"

using namespace vtpu;
using isa::Coordinate;
using phext::PagePrefetcher;

namespace {

Coordinate at(int dimension, std::uint32_t position) { return isa::with_dimension({}, dimension, position); }

}  // namespace

TEST_CASE("a step is a difference in one dimension, field 5 across the halves included") {
  for (int d = 0; d < isa::kDimensions; ++d) {
    CAPTURE(d);
    REQUIRE(phext::step_between(at(d, 700), at(d, 764)) == phext::DimensionStep{d, 64});
    REQUIRE(phext::step_between(at(d, 764), at(d, 700)) == phext::DimensionStep{d, -64});
    REQUIRE_FALSE(phext::step_between(at(d, 700), at(d, 765)).has_value());
    REQUIRE_FALSE(phext::step_between(at(d, 700), at(d, 700)).has_value());
  }
  REQUIRE_FALSE(phext::step_between(Coordinate{}, isa::with_dimension(at(0, 1), 1, 1)).has_value());
}

TEST_CASE("the second equal step along any dimension predicts the coordinate so many steps ahead") {
  for (int d = 0; d < isa::kDimensions; ++d) {
    for (const int step : {1, -1, 3, -64}) {
      CAPTURE(d, step);
      PagePrefetcher prefetcher(8);
      Coordinate now = at(d, 1000);
      REQUIRE_FALSE(prefetcher.observe(now).has_value());
      now = *isa::step(now, d, step);
      REQUIRE_FALSE(prefetcher.observe(now).has_value());
      now = *isa::step(now, d, step);
      REQUIRE(prefetcher.observe(now) == isa::step(now, d, 8 * step));
    }
  }
}

TEST_CASE("another step trains anew, and the same coordinate again changes nothing") {
  PagePrefetcher prefetcher(1);
  for (const std::uint32_t x : {10U, 11U}) REQUIRE_FALSE(prefetcher.observe(at(2, x)).has_value());
  REQUIRE(prefetcher.observe(at(2, 12)) == at(2, 13));
  REQUIRE_FALSE(prefetcher.observe(at(2, 12)).has_value());
  REQUIRE(prefetcher.observe(at(2, 13)) == at(2, 14));
  REQUIRE_FALSE(prefetcher.observe(at(2, 15)).has_value());
  REQUIRE(prefetcher.observe(at(2, 17)) == at(2, 19));
}

TEST_CASE("eight interleaved walks are told apart") {
  PagePrefetcher prefetcher(4);
  for (std::uint32_t i = 0; i < 10; ++i) {
    for (std::uint32_t walk = 0; walk < 8; ++walk) {
      const Coordinate now = isa::with_dimension(at(3, 100 + i), 7, 200 * walk);
      const auto ahead = prefetcher.observe(now);
      REQUIRE(ahead == (i < 2 ? std::nullopt : isa::step(now, 3, 4)));
    }
  }
}

TEST_CASE("nothing is predicted past the end of a dimension, or with no steps ahead") {
  PagePrefetcher prefetcher(8);
  PagePrefetcher off(0);
  for (std::uint32_t x = 2030; x < 2048; ++x) {
    REQUIRE(prefetcher.observe(at(1, x)).has_value() == (x >= 2032 && x + 8 < 2048));
    REQUIRE_FALSE(off.observe(at(1, x)).has_value());
  }
}

TEST_CASE("an inserted page is a hit for the first access, counts as a prefetch, and pushes out the oldest") {
  phext::TranslationCache cache({4, 4});
  REQUIRE(cache.insert({0, 1}));
  REQUIRE_FALSE(cache.insert({0, 1}));
  REQUIRE(cache.access({0, 1}));
  REQUIRE(cache.counts().prefetches == 1);
  REQUIRE(cache.counts().total.accesses() == 1);
  for (const std::uint64_t page : {2, 3, 4}) REQUIRE_FALSE(cache.access({0, page}));
  REQUIRE(cache.insert({0, 5}));
  REQUIRE_FALSE(cache.access({0, 1}));
}
