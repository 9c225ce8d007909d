// Swarms on every engine.
#include "../swarms.hpp"
#include "testbench/engines.hpp"

namespace {

using namespace vtpu;

void check(const std::string& kind, test::Size size, const testbench::EngineChoice& choice) {
  INFO("swarm_" << kind << ", " << size.sentrons << " sentrons, " << testbench::describe(choice));
  const isa::Program program = test::swarm(kind, size);
  const Result<testbench::RunReport> report = testbench::run_on(program, choice);
  REQUIRE(report);
  test::check_results(kind, size, program, report->state);
}

testbench::EngineChoice native(unsigned workers) {
  testbench::EngineChoice choice;
  choice.kind = testbench::EngineKind::Native;
  choice.workers = workers;
  return choice;
}

TEST_CASE("swarms of 100 and of 10,000 sentrons compute the same on the reference and on native threads") {
  for (const std::string& kind : test::kSwarms) {
    for (const test::Size size : {test::Size{100, 100}, test::Size{10'000, 10}}) {
      check(kind, size, {});
      if (!testbench::cpu_has(lowering::HostIsa::Avx2)) continue;
      for (const unsigned workers : {1U, 2U, 5U}) check(kind, size, native(workers));
    }
  }
}

TEST_CASE("swarms of 100 sentrons run on modelled cores, alone and together, with either source") {
  for (const std::string& kind : test::kSwarms) {
    for (const char* name : {"vtpu3", "zen4"}) {
      const auto layout = layout::find_layout(name, VTPU_SOURCE_DIR "/layouts");
      REQUIRE(layout);
      testbench::EngineChoice choice;
      choice.kind = testbench::EngineKind::SystemC;
      choice.layout = &*layout;
      for (const unsigned cores : {1U, 4U}) {
        choice.cores = cores;
        check(kind, {100, 3}, choice);
      }
      choice.source = testbench::SourceKind::Host;
      check(kind, {100, 3}, choice);
    }
  }
}

}  // namespace
