// Traces of the RTL: by the rules of their formats, and the same as those of the SystemC model.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "../traces/kanata_parser.hpp"
#include "../traces/perfetto_rules.hpp"
#include "../traces/traced_run.hpp"
#include "testbench/engines.hpp"

namespace {

using namespace vtpu;
using traces::test::Folder;
using traces::test::read_file;

struct Traced {
  std::string kanata, perfetto, vcd, timeline;
};

struct Setup {
  std::string program, layout;
  unsigned cores = 1;
  traces::Window window;
};

Traced traced_on(testbench::EngineKind kind, const Setup& setup) {
  const Folder folder;
  const layout::Layout layout = traces::test::layout_named(setup.layout);
  testbench::EngineChoice choice;
  choice.kind = kind;
  choice.layout = &layout;
  choice.cores = setup.cores;
  choice.timeline = traces::Span{3, 20};
  choice.trace.wave = folder.file("out.vcd");
  choice.trace.pipeview = folder.file("out.kanata");
  choice.trace.perfetto = folder.file("out.json");
  choice.trace.window = setup.window;
  const auto report = testbench::run_on(traces::test::program_named(setup.program, 10), choice);
  if (!report) FAIL(report.error().front().text());
  return {read_file(choice.trace.pipeview), read_file(choice.trace.perfetto), read_file(choice.trace.wave),
          report->model->timeline};
}

// Without the lines that begin with `what`, and how many those are.
std::pair<std::string, unsigned> without(const std::string& text, const std::string& what) {
  std::istringstream lines(text);
  std::pair<std::string, unsigned> rest;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(what)) {
      ++rest.second;
    } else {
      rest.first += line + '\n';
    }
  }
  return rest;
}

void check_rules(const Traced& traced) {
  const traces::test::KanataFile kanata = traces::test::parse_kanata(traced.kanata);
  for (const std::string& e : kanata.errors) UNSCOPED_INFO(e);
  CHECK(kanata.errors.empty());
  CHECK(kanata.uops.size() > 20);
  const auto findings = traces::test::perfetto_findings(nlohmann::json::parse(traced.perfetto));
  for (const std::string& f : findings) UNSCOPED_INFO(f);
  CHECK(findings.empty());
}

TEST_CASE("the RTL's traces keep their rules, and are the SystemC model's but for the arrows, which it does not tell") {
  const std::vector<Setup> setups = {{"port_conflict", "zen4", 1, {}},
                                     {"port_conflict", "tiny1", 1, {traces::Span{20, 60}, {}}},
                                     {"swarm_ring", "golden_cove", 2, {traces::Span{0, 600}, {}}},
                                     {"attention_row", "zen5", 1, {{}, traces::Span{10, 30}}}};
  for (const Setup& setup : setups) {
    INFO(setup.program << " on " << setup.layout);
    const Traced model = traced_on(testbench::EngineKind::SystemC, setup);
    const Traced rtl = traced_on(testbench::EngineKind::Rtl, setup);
    check_rules(rtl);
    const auto [kanata, arrows] = without(model.kanata, "W\t");
    CHECK(arrows > 0);
    CHECK((rtl.kanata == kanata));
    CHECK((rtl.perfetto == model.perfetto));
    CHECK((without(rtl.vcd, "$scope module rtl ").first == without(model.vcd, "$scope module model ").first));
    CHECK(rtl.timeline == model.timeline);
    CHECK_FALSE(rtl.timeline.empty());
  }
}

}  // namespace
