#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "kanata_parser.hpp"
#include "traced_run.hpp"

namespace {

using namespace vtpu;
using namespace vtpu::traces;
using namespace vtpu::traces::test;

KanataFile parsed(const std::string& path) {
  KanataFile file = parse_kanata(read_file(path));
  for (const std::string& e : file.errors) UNSCOPED_INFO(e);
  REQUIRE(file.errors.empty());
  return file;
}

// A program in which everything happens: loops, messages, loads and stores, vectors, conflicts.
isa::Program busy_program() {
  return program_of(
      ".coord here 1.1.1/1.1.1/1.1.1/1.1\n.stream main\nloop 30 {\n"
      "dmul.i64 r1, r1, r2 | sgather.i64 r4, [p0, d0 += 1].0 | cpack.i64 m0[0], r4\n"
      "dadd.f32x16 v1, v2, v3 | sscattr.i64 r1, [p0].3 | croute m1, other\n"
      "dadd.i64 r5, r4, r2 | sindex p1, p0, #-1, d0 | croute m2, other\n"
      "dmul.i64 r6, r1, r2 | ssetp p3, @here | croute m3, other\n}\n"
      "csend m0, other\n.end\n.stream second\ncrecv m0, one\ndmov.i64 r1, m0[0]\n.end\n"
      ".sentron one stream=main p0=@here\n.sentron other stream=second\n");
}

// The lives that the file should show: stage by stage in lane 0.
std::vector<KanataStage> expected_stages(const HeardUop& uop, const layout::Layout& layout) {
  std::vector<KanataStage> stages;
  const auto stage = [&](const std::string& name, Cycle begin, Cycle end) {
    if (begin < end) stages.push_back({name, 0, begin, end});
  };
  stage("F", *uop.fetched, *uop.dispatched);
  stage("Ds", *uop.dispatched, *uop.dispatched + 1);
  if (uop.issued) {
    stage("Q", *uop.dispatched + 1, *uop.issued);
    stage("X:" + layout.ports[uop.port].name, *uop.issued, *uop.completed);
  }
  stage("Cm", *uop.completed, *uop.retired);
  stage("R", *uop.retired, *uop.retired + 1);
  return stages;
}

std::vector<KanataStage> lane(const KanataUop& uop, unsigned number) {
  std::vector<KanataStage> stages;
  std::copy_if(uop.stages.begin(), uop.stages.end(), std::back_inserter(stages),
               [number](const KanataStage& s) { return s.lane == number; });
  return stages;
}

bool same(const KanataStage& a, const KanataStage& b) {
  return a.name == b.name && a.begin == b.begin && a.end == b.end;
}

TEST_CASE("every uop's stages, port and retirement are those that the model told") {
  const Folder folder;
  struct Row {
    std::string layout;
    unsigned cores;
    systemc::Source source;
  };
  for (const Row& row : {Row{"zen4", 1, systemc::Source::Siw}, Row{"vtpu3", 1, systemc::Source::Siw},
                         Row{"zen5", 2, systemc::Source::Siw}, Row{"zen4", 1, systemc::Source::Host}}) {
    TraceRequest request;
    request.pipeview = folder.file("out.kanata");
    const TracedRun run = traced(busy_program(), request, {row.layout, row.cores, row.source});
    const KanataFile file = parsed(request.pipeview);
    INFO(row.layout << ", " << row.cores << " cores");
    REQUIRE(file.uops.size() == run.heard.uops.size());
    for (const KanataUop& uop : file.uops) {
      INFO(uop.label << ", " << uop.detail);
      const std::size_t core_at = uop.detail.find("core ") + 5;
      const HeardUop& heard =
          run.heard.uops.at({static_cast<std::uint32_t>(std::stoul(uop.detail.substr(core_at))), uop.simulator_id});
      CHECK(uop.label == fmt::format("{}.{} {} {}", heard.info.word, heard.info.iteration,
                                     isa::name_of(heard.info.pipe), heard.info.text));
      CHECK(uop.thread == heard.info.sentron);
      CHECK(uop.retired == *heard.retired + 1);
      const std::vector<KanataStage> found = lane(uop, 0);
      const std::vector<KanataStage> expected = expected_stages(heard, run.layout);
      REQUIRE(found.size() == expected.size());
      for (std::size_t i = 0; i < found.size(); ++i) {
        INFO(found[i].name << " from " << found[i].begin << ", expected " << expected[i].name << " from "
                           << expected[i].begin);
        CHECK(same(found[i], expected[i]));
      }
    }
  }
}

TEST_CASE("arrows lead from the uops in flight that the model named as producers") {
  const Folder folder;
  TraceRequest request;
  request.pipeview = folder.file("out.kanata");
  const TracedRun run = traced(busy_program(), request);
  const KanataFile file = parsed(request.pipeview);
  std::size_t arrows = 0;
  for (const KanataUop& uop : file.uops) {
    std::set<UopId> found;
    for (const std::uint64_t n : uop.producers) found.insert(file.uops[n].simulator_id);
    const std::vector<UopId>& heard = run.heard.uops.at({0, uop.simulator_id}).producers;
    CHECK(found == std::set<UopId>(heard.begin(), heard.end()));
    arrows += found.size();
  }
  CHECK(arrows > 100);
}

TEST_CASE("lane 1 names the lost port in each cycle of a conflict") {
  const Folder folder;
  TraceRequest request;
  request.pipeview = folder.file("out.kanata");
  const TracedRun run = traced(program_named("port_conflict", 50), request);
  const KanataFile file = parsed(request.pipeview);
  std::size_t conflicts = 0;
  for (const KanataUop& uop : file.uops) {
    for (const KanataStage& s : lane(uop, 1)) {
      if (!s.name.starts_with("lost:")) continue;
      REQUIRE(s.end);
      for (Cycle c = s.begin; c < *s.end; ++c) {
        const auto& heard = run.heard.conflicts.at({0, c});
        CHECK(std::any_of(heard.begin(), heard.end(), [&](const HeardConflict& x) {
          return x.loser.id == uop.simulator_id && "lost:" + run.layout.ports[x.port].name == s.name;
        }));
        ++conflicts;
      }
    }
  }
  std::size_t heard = 0;
  for (const auto& [cycle, list] : run.heard.conflicts) heard += list.size();
  CHECK(conflicts == heard);
  CHECK(heard > 100);
}

TEST_CASE("lane 1 says why the oldest uop that was fetched is not dispatched") {
  const Folder folder;
  TraceRequest request;
  request.pipeview = folder.file("out.kanata");
  const isa::Program program =
      program_of(".stream main\nloop 100 {\ndmul.i64 r1, r1, r2 | croute m0, one\n}\n.end\n.sentron one stream=main\n");
  const TracedRun run = traced(program, request);
  std::map<std::string, std::size_t> found;
  for (const KanataUop& uop : parsed(request.pipeview).uops) {
    for (const KanataStage& s : lane(uop, 1)) {
      if (!s.name.starts_with("lost:")) found[s.name] += *s.end - s.begin;
    }
  }
  std::map<std::string, std::size_t> heard;
  for (const auto& [at, slots] : run.heard.slots) {
    for (const auto& [reason, count] : slots) {
      std::string name(events::name_of(reason));
      std::replace(name.begin(), name.end(), ' ', '_');
      if (reason != events::SlotReason::Retiring && reason != events::SlotReason::FrontEnd &&
          reason != events::SlotReason::Drained) {
        ++heard[name];
      }
    }
  }
  CHECK(found == heard);
  CHECK_FALSE(heard.empty());
}

TEST_CASE("a window of cycles shows the uops that live in them, from the stage in which it finds them") {
  const Folder folder;
  TraceRequest request;
  request.pipeview = folder.file("out.kanata");
  request.window.cycles = Span{40, 10};
  const TracedRun run = traced(program_named("port_conflict", 50), request);
  const KanataFile file = parsed(request.pipeview);
  std::set<UopId> found, expected;
  for (const KanataUop& uop : file.uops) {
    found.insert(uop.simulator_id);
    for (const KanataStage& s : uop.stages) {
      CHECK(s.begin >= 40);
      CHECK(s.end.value_or(50) <= 50);
    }
    CHECK_FALSE(lane(uop, 0).empty());
  }
  for (const auto& [key, uop] : run.heard.uops) {
    if (*uop.fetched < 50 && *uop.retired >= 40) expected.insert(key.second);
  }
  CHECK(found == expected);
}

TEST_CASE("the strict parser finds what is wrong") {
  struct Row {
    std::string text, expected;
  };
  const std::string head = "Kanata\t0004\nC=\t0\n";
  const std::string one = head + "I\t0\t0\t0\nS\t0\t0\tF\n";
  for (const Row& row :
       {Row{"Kanata 0004\n", "expected 'Kanata"}, Row{head + "C\t0\n", "stands still"},
        Row{head + "S\t0\t0\tF\n", "not begun"}, Row{head + "I\t1\t0\t0\n", "ascend by one"},
        Row{one + "E\t0\t0\tF\n", "is empty"}, Row{one + "C\t1\nE\t0\t0\tQ\n", "not begun"},
        Row{one + "C\t1\nS\t0\t0\tQ\n", "has not ended"}, Row{one + "R\t0\t0\t0\n", "retired in stage"},
        Row{head + "I\t0\t0\t0\nS\t0\t0\tFX\n", "capital X"}, Row{head + "Z\t0\n", "unknown command"},
        Row{one + "W\t0\t0\t0\n", "younger"}, Row{head + "I\t0\t0\n", "fields"}}) {
    const KanataFile file = parse_kanata(row.text);
    INFO(row.text);
    REQUIRE_FALSE(file.errors.empty());
    CHECK(file.errors.front().find(row.expected) != std::string::npos);
  }
}

}  // namespace
