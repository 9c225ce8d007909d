#include "testbench/analysis/reuse_distance.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <set>

using namespace vtpu::analysis;

TEST_CASE("a cyclic walk over n items reuses each after n - 1 others") {
  for (const std::uint32_t n : {1U, 2U, 7U, 100U}) {
    ReuseDistances distances(5 * n);
    for (std::uint32_t i = 0; i < 5 * n; ++i) {
      const auto distance = distances.access(i % n);
      CAPTURE(n, i);
      REQUIRE(distance.has_value() == (i >= n));
      if (distance) REQUIRE(*distance == n - 1);
    }
  }
}

TEST_CASE("to and fro over n items, the distance grows with the way back") {
  constexpr std::uint32_t kItems = 50;
  ReuseDistances distances(2 * kItems);
  for (std::uint32_t i = 0; i < kItems; ++i) REQUIRE_FALSE(distances.access(i).has_value());
  for (std::uint32_t back = 0; back < kItems; ++back) REQUIRE(distances.access(kItems - 1 - back) == back);
}

TEST_CASE("random accesses have the distance that counting the items in between gives") {
  std::mt19937 random(1);
  constexpr std::size_t kAccesses = 2000;
  std::vector<std::uint32_t> trace;
  ReuseDistances distances(kAccesses);
  for (std::size_t i = 0; i < kAccesses; ++i) {
    const auto item = static_cast<std::uint32_t>(random() % (1 + i / 20));
    std::set<std::uint32_t> between;
    std::optional<std::uint64_t> expected;
    for (std::size_t back = trace.size(); back-- > 0 && !expected;) {
      if (trace[back] == item) {
        expected = between.size();
      } else {
        between.insert(trace[back]);
      }
    }
    trace.push_back(item);
    REQUIRE(distances.access(item) == expected);
  }
}

TEST_CASE("the histogram's buckets are powers of two") {
  ReuseHistogram histogram;
  for (const std::uint64_t distance : {0U, 1U, 2U, 3U, 4U, 7U, 8U}) histogram.add(distance);
  histogram.add(std::nullopt);
  CHECK(histogram.buckets[0] == 1);
  CHECK(histogram.buckets[1] == 1);
  CHECK(histogram.buckets[2] == 2);
  CHECK(histogram.buckets[3] == 2);
  CHECK(histogram.buckets[4] == 1);
  CHECK(histogram.first_uses == 1);
  CHECK(histogram.accesses() == 8);
}
