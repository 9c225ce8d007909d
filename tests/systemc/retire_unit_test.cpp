#include <catch2/catch.hpp>

#include "scripted_core.hpp"

using namespace vtpu::core;
using namespace vtpu::core::test;

TEST_CASE("Uops retire in program order, however they complete") {
  ScriptRun run(tiny_core(), {uop(kDiv, {r(1)}), uop(kOnY), uop(kOnY)});
  CHECK(run[1].completed < run[0].completed);
  CHECK(run[1].retired == run[0].completed);
  CHECK(run.source.retired == std::vector<UopId>{0, 1, 2});
}

TEST_CASE("Retirement takes retire.width fused uops per cycle") {
  vtpu::layout::Layout layout = tiny_core();
  layout.retire.width = 2;
  ScriptRun run(layout, {uop(kDiv, {r(1)}), uop(kOnY), uop(kOnY), uop(kOnY), uop(kOnY)});
  const Cycle first = run[0].completed;
  CHECK(run[0].retired == first);
  CHECK(run[1].retired == first);
  CHECK(run[2].retired == first + 1);
  CHECK(run[3].retired == first + 1);
  CHECK(run[4].retired == first + 2);
}

TEST_CASE("A fused uop retires as one, when its last uop has completed, and takes one slot") {
  vtpu::layout::Layout layout = tiny_core();
  layout.retire.width = 1;
  layout.rename.dispatch_width = 1;
  SourceUop first = uop(kAdd);
  first.last_of_fused = false;
  SourceUop second = uop(kMul);
  second.first_of_fused = false;
  second.reads_previous = true;
  ScriptRun run(layout, {first, second});
  CHECK(run[0].dispatched == run[1].dispatched);
  CHECK(run[0].retired == run[1].retired);
  CHECK(run[0].retired == run[1].completed);
  CHECK(run.counts.fused_uops == 1);
  CHECK(run.counts.uops == 2);
}

TEST_CASE("Only operations are counted as operations, by pipe") {
  SourceUop d = uop(kAdd);
  d.info.is_operation = true;
  SourceUop s = pipe(d, vtpu::isa::Pipe::S);
  ScriptRun run(tiny_core(), {d, s, s, uop(kAdd)});
  CHECK(run.counts.operations.by_pipe == std::array<std::uint64_t, 3>{1, 2, 0});
  CHECK(run.counts.uops == 4);
}
