// The JSON for Perfetto: it keeps the rules, and says what the model told.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "perfetto_rules.hpp"
#include "traced_run.hpp"

namespace {

using namespace vtpu;
using namespace vtpu::traces;
using namespace vtpu::traces::test;
using nlohmann::json;

using Track = std::pair<int, int>;  // process, thread

std::map<Track, std::string> track_names(const json& trace) {
  std::map<Track, std::string> names;
  for (const json& e : trace.at("traceEvents")) {
    if (e.at("ph") == "M" && e.at("name") == "thread_name") names[{e.at("pid"), e.at("tid")}] = e.at("args").at("name");
  }
  return names;
}

json read_trace(const std::string& path) {
  json trace = json::parse(read_file(path));
  for (const std::string& f : perfetto_findings(trace)) UNSCOPED_INFO(f);
  REQUIRE(perfetto_findings(trace).empty());
  return trace;
}

TEST_CASE("every issue stands on its port's track, for as long as the port is held") {
  const Folder folder;
  TraceRequest request;
  request.perfetto = folder.file("out.json");
  const isa::Program program = program_of(
      ".coord here 1.1.1/1.1.1/1.1.1/1.1\n.stream main\nloop 20 {\n"
      "ddiv.f64x8 v1, v2, v3 | sgather.i64 r4, [p0, d0 += 1].0 | croute m1, one\n"
      "dmul.i64 r1, r4, r2 | sscattr.i64 r1, [p0].3\n}\n.end\n.sentron one stream=main p0=@here\n"
      ".sentron two stream=main p0=@here\n");
  const TracedRun run = traced(program, request, {"zen4", 2});
  const json trace = read_trace(request.perfetto);
  const auto names = track_names(trace);
  std::size_t issues = 0;
  bool any_held = false;
  for (const json& e : trace.at("traceEvents")) {
    if (e.at("ph") != "X" || e.at("cat") != "port") continue;
    const auto core = e.at("pid").get<std::uint32_t>() - 1;
    const HeardUop& uop = run.heard.uops.at({core, e.at("args").at("uop")});
    CHECK(names.at({e.at("pid"), e.at("tid")}) == run.layout.ports[uop.port].name);
    CHECK(e.at("ts") == *uop.issued);
    CHECK(e.at("name") == fmt::format("{} {}", isa::name_of(uop.info.pipe), uop.info.text));
    const layout::UopKind& kind = run.layout.uops[*run.layout.uop_named(uop.info.kind)];
    CHECK(e.at("dur") == (uop.info.wide && kind.busy_512 != 0 ? kind.busy_512 : kind.busy));
    any_held = any_held || e.at("dur") > 1;
    ++issues;
  }
  std::size_t heard = 0;
  for (const auto& [key, uop] : run.heard.uops) heard += uop.issued ? 1 : 0;
  CHECK(issues == heard);
  CHECK(any_held);
}

TEST_CASE("in host code a division behind its port leaves the port to others after a cycle") {
  const Folder folder;
  TraceRequest request;
  request.perfetto = folder.file("out.json");
  request.host_code = true;
  const isa::Program program = program_of(
      ".stream main\nloop 20 {\nddiv.f64x8 v1, v2, v3\ndshl.i32x16 v4, v5, #3\n}\n.end\n.sentron one stream=main\n");
  const TracedRun run = traced(program, request, {"golden_cove", 1, systemc::Source::Host});
  const json trace = read_trace(request.perfetto);
  const auto names = track_names(trace);
  std::vector<std::uint64_t> starts;
  for (const json& e : trace.at("traceEvents")) {
    if (e.at("ph") != "X" || e.at("cat") != "port") continue;
    CHECK(e.at("dur") == 1);
    if (names.at({e.at("pid"), e.at("tid")}) == "alu0") starts.push_back(e.at("ts"));
  }
  std::sort(starts.begin(), starts.end());
  CHECK(std::adjacent_find(starts.begin(), starts.end()) == starts.end());
  CHECK(starts.size() > 30);
}

TEST_CASE("lives, conflicts and lost slots are those that the model told") {
  const Folder folder;
  TraceRequest request;
  request.perfetto = folder.file("out.json");
  const TracedRun run = traced(program_named("port_conflict", 50), request);
  const json trace = read_trace(request.perfetto);
  std::size_t lives = 0, conflicts = 0;
  std::map<std::string, std::uint64_t> stalls, heard_stalls;
  for (const json& e : trace.at("traceEvents")) {
    if (e.at("ph") == "b" && e.contains("args")) {
      const HeardUop& uop = run.heard.uops.at({0, e.at("args").at("uop")});
      CHECK(e.at("ts") == *uop.fetched);
      ++lives;
    }
    if (e.at("ph") == "i") ++conflicts;
    if (e.at("ph") == "X" && e.at("cat") == "slots") stalls[e.at("name")] += e.at("dur").get<std::uint64_t>();
  }
  CHECK(lives == run.heard.uops.size());
  std::size_t heard_conflicts = 0;
  for (const auto& [at, list] : run.heard.conflicts) heard_conflicts += list.size();
  CHECK(conflicts == heard_conflicts);
  for (const auto& [at, list] : run.heard.slots) {
    for (const auto& [reason, count] : list) {
      if (reason != events::SlotReason::Retiring) ++heard_stalls[std::string(events::name_of(reason))];
    }
  }
  CHECK(stalls == heard_stalls);
}

TEST_CASE("a window's trace is whole: lives are cut at its edges") {
  const Folder folder;
  TraceRequest request;
  request.perfetto = folder.file("out.json");
  request.window.cycles = Span{50, 20};
  traced(program_named("port_conflict", 100), request);
  const json trace = read_trace(request.perfetto);
  for (const json& e : trace.at("traceEvents")) {
    if (e.at("ph") == "M") continue;
    CHECK(e.at("ts") >= 50);
    CHECK(e.at("ts") <= 70);
  }
}

TEST_CASE("the checker finds what breaks the rules") {
  const auto trace = [](const std::string& events) { return json::parse("{\"traceEvents\":[" + events + "]}"); };
  const auto complete = [](int ts, int dur) {
    return fmt::format(R"({{"ph":"X","pid":1,"tid":1,"ts":{},"dur":{}}})", ts, dur);
  };
  const auto mark = [](const std::string& phase, int ts, const std::string& name) {
    return fmt::format(R"({{"ph":"{}","cat":"uop","id":1,"ts":{},"name":"{}"}})", phase, ts, name);
  };
  CHECK(perfetto_findings(trace(complete(0, 4) + "," + complete(1, 2))).empty());
  CHECK(perfetto_findings(trace(complete(0, 4) + "," + complete(2, 4))).size() == 1);
  CHECK(perfetto_findings(trace(complete(0, 0))).size() == 1);
  CHECK(perfetto_findings(trace(mark("b", 0, "a") + "," + mark("e", 1, "a"))).empty());
  CHECK(perfetto_findings(trace(mark("b", 0, "a"))).size() == 1);
  CHECK_FALSE(perfetto_findings(trace(mark("b", 0, "a") + "," + mark("e", 1, "b"))).empty());
  CHECK_FALSE(perfetto_findings(trace(mark("b", 2, "a") + "," + mark("e", 1, "a"))).empty());
  CHECK(perfetto_findings(trace(R"({"ph":"Q","ts":1})")).size() == 1);
}

}  // namespace
