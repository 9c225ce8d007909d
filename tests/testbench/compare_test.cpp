#include "testbench/compare.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "asm/assembler.hpp"
#include "testbench/engines.hpp"
#include "testbench/llvm_mca.hpp"

namespace {

using namespace vtpu;
using testbench::Comparison;
using testbench::ProgramComparison;

isa::Program looped(std::uint64_t count) {
  return *assembly::assemble(".program looped\n.stream main\nloop " + std::to_string(count) +
                                 " {\ndadd.i64 r1, r1, #1 | cpack.i64 m0[0], r1\ndmul.i64 r2, r1, r1\n}\n.end\n"
                                 ".sentron one stream=main\n",
                             "looped.siw");
}

TEST_CASE("all engines are compared on every program, without measuring where that is not wanted") {
  const layout::Layout tiny = *layout::find_layout("tiny1", VTPU_SOURCE_DIR "/layouts");
  testbench::CompareOptions options;
  options.layout = &tiny;
  options.state_layout = &tiny;
  options.measure = false;
  options.jobs = 2;
  std::size_t told = 0;
  options.progress = [&](const std::string&) { ++told; };
  const Result<Comparison> result = testbench::compare({looped(50), looped(70)}, options);
  REQUIRE(result);
  REQUIRE(result->programs.size() == 2);
  for (const ProgramComparison& p : result->programs) {
    CHECK(p.states.size() >= 2);
    CHECK(p.states_equal());
    REQUIRE(p.modelled);
    CHECK(p.modelled->operations_per_cycle > 0);
    CHECK_FALSE(p.measured);
    CHECK_FALSE(p.error);
  }
  CHECK(told >= 2);
  CHECK(testbench::to_json(*result)["states_equal"] == true);
  CHECK(testbench::to_text(*result).find("looped") != std::string::npos);
}

TEST_CASE("a state that differs is told with its sentences") {
  Comparison comparison;
  ProgramComparison p;
  p.program = "wrong";
  p.states.push_back({"native, avx2", "00", true, {}});
  p.states.push_back({"native, avx512", "01", false, {"sentron 0 r1: reference 1, native 2"}});
  comparison.programs.push_back(p);
  CHECK_FALSE(comparison.states_equal());
  const std::string text = testbench::to_text(comparison);
  CHECK(text.find("DIFFER") != std::string::npos);
  CHECK(text.find("native, avx512 differs from the reference") != std::string::npos);
  CHECK(text.find("sentron 0 r1: reference 1, native 2") != std::string::npos);
}

TEST_CASE("the mean error is of absolute values, over the programs that have one") {
  Comparison comparison;
  comparison.programs.resize(3);
  comparison.programs[0].error = 0.1;
  comparison.programs[1].error = -0.3;
  REQUIRE(comparison.mean_absolute_error());
  CHECK(*comparison.mean_absolute_error() == Approx(0.2));
  comparison.programs.resize(0);
  CHECK_FALSE(comparison.mean_absolute_error());
}

TEST_CASE("operations of one pass through a loop's code count its copies and leave out what has no instruction") {
  if (!testbench::cpu_has(lowering::HostIsa::Avx2)) return;
  native::NativeOptions options;
  options.isa = lowering::HostIsa::Avx2;
  const isa::Program program = looped(1'000'000);
  const auto machine = native::NativeMachine::create(program, options);
  REQUIRE(machine);
  const auto loop = native::hottest_loop(program.streams[0], (*machine)->code(0));
  REQUIRE(loop);
  const lowering::Lowered& lowered = (*machine)->image().lowered()[0];
  CHECK(testbench::operations_per_pass(program.streams[0], lowered, *loop) == 3 * lowered.loops[0].unroll);
}

}  // namespace
