#include "testbench/run_report.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <numeric>

#include "asm/assembler.hpp"
#include "testbench/engines.hpp"

namespace {

using namespace vtpu;
using testbench::EngineChoice;
using testbench::EngineKind;
using testbench::ModelReport;
using testbench::RunReport;
using testbench::SourceKind;

isa::Program small_program() {
  return *assembly::assemble(
      ".program small\n.coord cell @1.1.1/1.1.1/1.1.1/1.1\n.stream main\nloop 300 {\n"
      "dadd.i64 r1, r1, #1 | sgather.i64 r2, [@cell] | cpack.i64 m0[0], r1\n}\nsscattr.i64 r1, [@cell]\n.end\n"
      ".sentron one stream=main\n",
      "small.siw");
}

layout::Layout layout_named(const std::string& name) { return *layout::find_layout(name, VTPU_SOURCE_DIR "/layouts"); }

TEST_CASE("every engine reports the same state and the operations that it executed") {
  const isa::Program program = small_program();
  const layout::Layout tiny = layout_named("tiny2");
  const RunReport truth = *testbench::run_on(program, {});
  CHECK(truth.operations == testbench::PerPipe{300, 301, 300});
  CHECK(truth.words == 301);
  for (const SourceKind source : {SourceKind::Siw, SourceKind::Host}) {
    EngineChoice choice;
    choice.kind = EngineKind::SystemC;
    choice.source = source;
    choice.layout = &tiny;
    const RunReport report = *testbench::run_on(program, choice);
    CHECK(report.digest == truth.digest);
    std::uint64_t operations = testbench::total(report.operations);
    if (report.elided) operations += testbench::total(*report.elided);
    CHECK(operations == testbench::total(truth.operations));
  }
}

TEST_CASE("dispatch slots add up to width times cycles") {
  const layout::Layout tiny = layout_named("tiny2");
  EngineChoice choice;
  choice.kind = EngineKind::SystemC;
  choice.layout = &tiny;
  const RunReport report = *testbench::run_on(small_program(), choice);
  REQUIRE(report.model);
  const ModelReport& model = *report.model;
  CHECK(std::accumulate(model.slots.begin(), model.slots.end(), std::uint64_t{0}) ==
        tiny.rename.dispatch_width * model.cycles);
  const nlohmann::json json = testbench::to_json(report);
  std::uint64_t sum = 0;
  for (const auto& [reason, slots] : json["model"]["dispatch_slots"].items()) sum += slots.get<std::uint64_t>();
  CHECK(sum == tiny.rename.dispatch_width * model.cycles);
}

TEST_CASE("a report of a model says how fast it ran, where the clock saw it run") {
  const layout::Layout tiny = layout_named("tiny2");
  EngineChoice choice;
  choice.kind = EngineKind::SystemC;
  choice.layout = &tiny;
  RunReport report = *testbench::run_on(small_program(), choice);
  REQUIRE(report.model);
  report.model->cycles_per_second = 934'000;
  CHECK(testbench::to_text(report).find(", 0.93 million cycles/s of processor time\n") != std::string::npos);
  CHECK(testbench::to_json(report)["model"]["cycles_per_second"] == 934'000.0);
  report.model->cycles_per_second = 0;  // too short to be seen
  CHECK(testbench::to_text(report).find("cycles/s") == std::string::npos);
}

TEST_CASE("losses are ordered by cycles and written as sentences") {
  ModelReport model;
  model.cycles = 1000;
  model.ports.resize(2);
  model.ports[0].name = "alu0";
  model.ports[1].name = "alu1";
  model.ports[0].lost_to[2][1] = 5;
  model.ports[1].lost_to[0][2] = 212;
  const auto losses = testbench::losses(model);
  REQUIRE(losses.size() == 2);
  CHECK(testbench::sentence(losses[0]) == "D lost 212 cycles on alu1 to C");
  CHECK(testbench::sentence(losses[1]) == "C lost 5 cycles on alu0 to S");
}

TEST_CASE("the bottleneck is the reason that took most slots, and the busiest port") {
  ModelReport model;
  model.cycles = 100;
  model.ports.resize(2);
  model.ports[0].name = "alu0";
  model.ports[1].name = "agu0";
  model.ports[0].busy_cycles = {10, 0, 0};
  model.ports[1].busy_cycles = {0, 80, 10};
  model.slots[static_cast<std::size_t>(events::SlotReason::Retiring)] = 300;
  model.slots[static_cast<std::size_t>(events::SlotReason::Memory)] = 60;
  model.slots[static_cast<std::size_t>(events::SlotReason::FrontEnd)] = 40;
  CHECK(testbench::bottleneck(model) == "memory (15 % of slots), agu0 90 % busy");
  model.slots[static_cast<std::size_t>(events::SlotReason::Memory)] = 0;
  model.slots[static_cast<std::size_t>(events::SlotReason::FrontEnd)] = 20;
  CHECK(testbench::bottleneck(model) == "dispatch width (94 % of slots used), agu0 90 % busy");
}

TEST_CASE("a deadlock is in the report of every engine") {
  const isa::Program program = *assembly::assemble(
      ".stream a\ncrecv m0, right\n.end\n.stream b\ncrecv m0, left\n.end\n.sentron left stream=a\n.sentron right "
      "stream=b\n",
      "deadlock.siw");
  const layout::Layout tiny = layout_named("tiny1");
  for (const EngineKind kind : {EngineKind::Reference, EngineKind::SystemC, EngineKind::Native}) {
    EngineChoice choice;
    choice.kind = kind;
    choice.layout = &tiny;
    if (kind == EngineKind::Native && !testbench::cpu_has(lowering::HostIsa::Avx2)) continue;
    const auto report = testbench::run_on(program, choice);
    INFO(testbench::describe(choice));
    REQUIRE(report);
    REQUIRE(report->deadlock);
    CHECK(report->deadlock->find("left") != std::string::npos);
    CHECK(testbench::to_text(*report).find("2 waiting") != std::string::npos);
  }
}

}  // namespace
