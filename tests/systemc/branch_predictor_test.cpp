#include "core/branch_predictor.hpp"

#include <catch2/catch.hpp>
#include <cstdint>
#include <functional>

using vtpu::core::BranchPredictor;

namespace {

// Mispredictions of one branch in the second half of `count` outcomes, when it has seen the first half.
int late_misses(BranchPredictor& predictor, int count, const std::function<bool(int)>& taken) {
  int misses = 0;
  for (int i = 0; i < count; ++i) {
    const bool wrong = predictor.mispredicts(0, taken(i));
    if (i >= count / 2 && wrong) ++misses;
  }
  return misses;
}

}  // namespace

TEST_CASE("A branch that always goes one way is predicted") {
  for (const bool way : {false, true}) {
    BranchPredictor predictor(128);
    CHECK(late_misses(predictor, 100, [&](int) { return way; }) == 0);
  }
}

TEST_CASE("The exit of a loop within the history is learned") {
  for (const int trips : {2, 3, 7, 16, 64, 120}) {
    BranchPredictor predictor(128);
    INFO(trips << " trips");
    CHECK(late_misses(predictor, trips * 400, [&](int i) { return i % trips != trips - 1; }) == 0);
  }
}

TEST_CASE("The exit of a loop longer than the history is missed every time") {
  constexpr int kTrips = 200;
  constexpr int kExits = 100;
  BranchPredictor predictor(128);
  CHECK(late_misses(predictor, kTrips * kExits * 2, [](int i) { return i % kTrips != kTrips - 1; }) == kExits);
}

TEST_CASE("Without history only the bias of a branch is known") {
  BranchPredictor predictor(0);
  CHECK(late_misses(predictor, 1000, [](int i) { return i % 4 != 3; }) == 125);
}

TEST_CASE("A branch that follows another is predicted by it") {
  BranchPredictor predictor(16);
  int misses = 0;
  std::uint64_t random = 1;
  for (int i = 0; i < 4000; ++i) {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    const bool first = (random >> 63U) != 0;
    predictor.mispredicts(0, first);
    const bool wrong = predictor.mispredicts(1, !first);
    if (i >= 2000 && wrong) ++misses;
  }
  CHECK(misses < 100);
}
