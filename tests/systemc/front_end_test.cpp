#include <catch2/catch.hpp>

#include "scripted_core.hpp"

using namespace vtpu::core;
using namespace vtpu::core::test;

TEST_CASE("A uop is dispatched depth_cycles after its fetch, not one cycle before") {
  for (const unsigned depth : {1U, 2U, 7U}) {
    vtpu::layout::Layout layout = tiny_core();
    layout.front_end.depth_cycles = depth;
    ScriptRun run(layout, {uop(kAdd), uop(kAdd)}, 1);
    CHECK(run[0].dispatched == run[0].fetched + depth);
    CHECK(run[1].dispatched == run[1].fetched + depth);
    CHECK(run[1].fetched == run[0].fetched + 1);
  }
}

TEST_CASE("The uop queue holds queue_uops fused uops, as it stood at the start of the cycle") {
  vtpu::layout::Layout layout = tiny_core();
  layout.front_end.queue_uops = 4;
  layout.rename.dispatch_width = 1;
  ScriptRun run(layout, std::vector<SourceUop>(8, uop(kAdd)));
  for (UopId i = 0; i < 4; ++i) CHECK(run[i].fetched == 0);
  // 0 leaves in cycle 1, which the front end sees in cycle 2.
  for (UopId i = 4; i < 8; ++i) CHECK(run[i].fetched == i - 2);
}

TEST_CASE("A taken branch ends the fetch of a cycle, and its bubble the cycles after it") {
  for (const unsigned bubble : {0U, 2U}) {
    vtpu::layout::Layout layout = tiny_core();
    layout.front_end.taken_branch_bubble_cycles = bubble;
    SourceUop branch = uop(kBranch);
    branch.taken_branch = true;
    ScriptRun run(layout, {uop(kAdd), branch, uop(kAdd)});
    CHECK(run[1].fetched == 0);
    CHECK(run[2].fetched == 1 + bubble);
  }
  vtpu::layout::Layout layout = tiny_core();
  layout.front_end.taken_branches_per_cycle = 2;
  SourceUop branch = uop(kBranch);
  branch.taken_branch = true;
  ScriptRun run(layout, {branch, branch, uop(kAdd)});
  CHECK(run[1].fetched == 0);
  CHECK(run[2].fetched == 1);
}

TEST_CASE("After a mispredicted branch the next uop is dispatched mispredict_cycles after its completion") {
  for (const unsigned depth : {1U, 2U}) {
    for (const unsigned penalty : {5U, 9U}) {
      vtpu::layout::Layout layout = tiny_core();
      layout.front_end.depth_cycles = depth;
      layout.front_end.mispredict_cycles = penalty;
      SourceUop branch = uop(kBranch, {}, {r(1)});
      branch.mispredicted = true;
      ScriptRun run(layout, {uop(kMul, {r(1)}), branch, uop(kAdd)});
      CHECK(run[2].dispatched == run[1].completed + penalty);
      CHECK(run[2].fetched == run[2].dispatched - depth);
      CHECK(run.counts.mispredicted_branches == 1);
      CHECK(run.empty_slots(run[2].dispatched - 1) == vtpu::events::SlotReason::FrontEnd);
    }
  }
}

TEST_CASE("A penalty shorter than the pipeline still waits for the completion") {
  vtpu::layout::Layout layout = tiny_core();
  layout.front_end.depth_cycles = 4;
  layout.front_end.mispredict_cycles = 1;
  SourceUop branch = uop(kBranch);
  branch.mispredicted = true;
  ScriptRun run(layout, {branch, uop(kAdd)});
  CHECK(run[1].fetched == run[0].completed + 1);
}
