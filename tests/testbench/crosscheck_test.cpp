#include "testbench/crosscheck.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "reference/engine.hpp"
#include "testbench/random_program.hpp"
#include "testbench/shrink.hpp"

namespace {

using namespace vtpu;
using isa::Op;
using testbench::Contender;
using testbench::FindingKind;

Contender truth() {
  return {"reference", [](const isa::Program& p) -> Result<isa::MachineState> { return reference::run(p).state; }};
}

bool holds(const isa::Program& program, Op op) {
  for (const isa::Stream& stream : program.streams) {
    for (const isa::Siw& word : stream.words) {
      if (isa::op_of(word.d) == op) return true;
    }
  }
  return false;
}

// Computes DXOR as DOR.
Contender wrong_xor() {
  return {"liar", [](isa::Program p) -> Result<isa::MachineState> {
            for (isa::Stream& stream : p.streams) {
              for (isa::Siw& word : stream.words) {
                if (isa::op_of(word.d) == Op::DXOR) word.d.op = static_cast<std::uint8_t>(Op::DOR);
              }
            }
            return reference::run(p).state;
          }};
}

testbench::CrosscheckPlan plan_against(const Contender& other) {
  testbench::CrosscheckPlan plan;
  plan.first_seed = 1;
  plan.programs = 400;
  plan.jobs = 2;
  plan.program = [](std::uint64_t seed) { return testbench::random_program(seed); };
  plan.contenders = [other](std::uint64_t) { return std::vector<Contender>{truth(), other}; };
  return plan;
}

TEST_CASE("engines that agree: every program is checked and nothing found") {
  const testbench::CrosscheckResult result = testbench::crosscheck(plan_against(truth()));
  CHECK_FALSE(result.finding);
  CHECK(result.checked == 400);
  CHECK(result.runs == 800);
}

TEST_CASE("a wrong operation is found, named in sentences, and shrunk to a few words") {
  const testbench::CrosscheckResult result = testbench::crosscheck(plan_against(wrong_xor()));
  REQUIRE(result.finding);
  const testbench::Finding& finding = *result.finding;
  CHECK(finding.kind == FindingKind::Differs);
  CHECK(finding.contender == "liar");
  CHECK(holds(finding.program, Op::DXOR));
  CHECK(finding.program.sentrons.size() == 1);
  CHECK(finding.program.streams[0].words.size() <= 2);
  CHECK(finding.size_after < finding.size_before);
  REQUIRE_FALSE(finding.sentences.empty());
  CHECK(finding.sentences[0].find("reference") != std::string::npos);
  CHECK(finding.sentences[0].find("liar") != std::string::npos);
}

TEST_CASE("an engine that crashes is found, with its signal, and shrunk to the operation that kills it") {
  const Contender crasher{"crasher", [](const isa::Program& p) -> Result<isa::MachineState> {
                            if (holds(p, Op::DSQRT)) raise(SIGILL);
                            return reference::run(p).state;
                          }};
  const testbench::CrosscheckResult result = testbench::crosscheck(plan_against(crasher));
  REQUIRE(result.finding);
  CHECK(result.finding->kind == FindingKind::Crashed);
  CHECK(result.finding->program.streams[0].words.size() == 1);
  CHECK(result.finding->sentences[0].find("signal 4") != std::string::npos);
}

TEST_CASE("an engine that hangs is found") {
  const Contender sleeper{"sleeper", [](const isa::Program& p) -> Result<isa::MachineState> {
                            if (holds(p, Op::DHDENC)) pause();
                            return reference::run(p).state;
                          }};
  testbench::CrosscheckPlan plan = plan_against(sleeper);
  plan.longest_run = std::chrono::milliseconds(200);
  const testbench::CrosscheckResult result = testbench::crosscheck(plan);
  REQUIRE(result.finding);
  CHECK(result.finding->kind == FindingKind::Hung);
  CHECK(holds(result.finding->program, Op::DHDENC));
}

TEST_CASE("an engine that refuses a program is found, with its reason") {
  const Contender refuser{"refuser", [](const isa::Program& p) -> Result<isa::MachineState> {
                            if (holds(p, Op::DDIV)) return fail("layout", "no unit divides");
                            return reference::run(p).state;
                          }};
  const testbench::CrosscheckResult result = testbench::crosscheck(plan_against(refuser));
  REQUIRE(result.finding);
  CHECK(result.finding->kind == FindingKind::Refused);
  CHECK(result.finding->sentences == std::vector<std::string>{"layout: no unit divides"});
}

TEST_CASE("progress is told with a rate and an estimate") {
  testbench::CrosscheckPlan plan = plan_against(truth());
  std::uint64_t told = 0;
  std::uint64_t last = 0;
  plan.progress = [&](const testbench::CrosscheckProgress& p) {
    ++told;
    last = p.checked;
    CHECK(p.programs == 400);
  };
  REQUIRE_FALSE(testbench::crosscheck(plan).finding);
  CHECK(told >= 1);
  CHECK(last == 400);
}

}  // namespace
