// The streams of the accuracy suites: descriptions, the programs made of them, the suites.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "isa/validate.hpp"
#include "reference/engine.hpp"
#include "testbench/stream_operation.hpp"
#include "testbench/stream_spec.hpp"
#include "testbench/stream_suite.hpp"

namespace {

using namespace vtpu;
using testbench::MemoryLevel;
using testbench::StreamSpec;

StreamSpec loads(unsigned walk_cells, unsigned pages, int stride = 1) {
  StreamSpec spec;
  spec.name = "loads";
  spec.operations = {"sgather.i64", "sgather.i64", "dadd.i64"};
  spec.walk_cells = walk_cells;
  spec.pages = pages;
  spec.stride_cells = stride;
  spec.least_operations = 100;
  return spec;
}

// Words of the kind that one run executes, from the loops around them.
std::uint64_t executed(const isa::Stream& stream, isa::Op op) {
  std::uint64_t n = 0;
  for (std::uint32_t w = 0; w < stream.words.size(); ++w) {
    std::uint64_t times = 1;
    for (const isa::Loop& loop : stream.loops) times *= loop.first <= w && w <= loop.last ? loop.count : 1;
    const isa::Siw& word = stream.words[w];
    for (const isa::Slot& slot : {word.d, word.s, word.c}) n += isa::op_of(slot) == op ? times : 0;
  }
  return n;
}

TEST_CASE("every operation that waits for nobody and needs no runtime can be part of a stream") {
  const std::vector<std::string>& names = testbench::stream_operations();
  CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
  for (const char* name : {"dadd.i64", "dadd.i64.1", "dfma.bf16", "dhdsim.b512", "sgather.b512", "sscattr.f64",
                           "sbcst.f32x16", "cpack.i64", "sdedup.i64", "sprefch"}) {
    INFO(name);
    CHECK(testbench::find_stream_operation(name) != nullptr);
  }
  for (const char* name : {"cbar", "csend", "crecv", "sflush", "salloc", "dnop", "ssetp", "cfence"}) {
    INFO(name);
    CHECK(testbench::find_stream_operation(name) == nullptr);
  }
}

TEST_CASE("a stream of each operation alone is valid, comes to its end, and runs that operation") {
  for (const testbench::StreamOperation& o : testbench::all_stream_operations()) {
    INFO(o.name);
    StreamSpec spec;
    spec.name = "one";
    spec.operations = {o.name};
    spec.least_operations = 300;
    const isa::Program program = program_of(spec);
    REQUIRE(isa::validate(program).empty());
    CHECK(executed(program.streams.front(), o.op) >= 300);
    CHECK(reference::run(program).state.sentrons[0].lifecycle == isa::Lifecycle::Retired);
  }
}

TEST_CASE("the same description gives the same program, another seed another one") {
  StreamSpec spec = testbench::generated_suite(1, 5).front();
  const isa::Program program = program_of(spec);
  CHECK(program_of(spec) == program);
  ++spec.seed;
  CHECK_FALSE(program_of(spec) == program);
}

TEST_CASE("footprints follow from walks, pages and strides") {
  // Three coordinate registers take turns, so two loads use one each.
  CHECK(footprint_bytes(loads(64, 1)) == 2 * 64 * 64);
  CHECK(footprint_bytes(loads(64, 3)) == 3 * 2 * 64 * 64);
  CHECK(footprint_bytes(loads(64, 1, 4)) == 2 * 16 * 64);
  CHECK(footprint_bytes(loads(64, 1, 0)) == 2 * 64);
  CHECK(level_of(loads(64, 1)) == MemoryLevel::L1);
  CHECK(level_of(loads(2000, 1)) == MemoryLevel::L2);
  CHECK(level_of(loads(2000, 10)) == MemoryLevel::L3);
  CHECK(level_of(loads(2000, 100)) == MemoryLevel::Beyond);
  StreamSpec compute;
  compute.operations = {"dadd.i64"};
  CHECK(level_of(compute) == MemoryLevel::None);
}

TEST_CASE("a walk touches as many different cells as the description says") {
  StreamSpec spec = loads(100, 2, 2);
  spec.operations = {"sscattr.i64"};
  const reference::RunOutcome outcome = reference::run(program_of(spec));
  REQUIRE(outcome.state.sentrons[0].lifecycle == isa::Lifecycle::Retired);
  CHECK(outcome.state.memory.size() * 64 == footprint_bytes(spec));
}

TEST_CASE("a chain of depth four starts from a constant every fourth operation, a carried one never") {
  for (const bool carried : {false, true}) {
    StreamSpec spec;
    spec.name = "chain";
    spec.operations = std::vector<std::string>(16, "dadd.i64");
    spec.depth = 4;
    spec.results = 4;
    spec.carried = carried;
    const isa::Program program = program_of(spec);
    std::size_t from_constants = 0;
    for (const isa::Siw& word : program.streams.front().words) {
      if (isa::op_of(word.d) == isa::Op::DADD) from_constants += word.d.f[1] >= 8 ? 1U : 0U;
    }
    INFO("carried " << carried);
    CHECK(from_constants == (carried ? 0 : 4));
  }
}

TEST_CASE("descriptions survive JSON, and every wrong field is named") {
  for (const StreamSpec& spec : testbench::generated_suite(50, 3)) {
    const Result<StreamSpec> back = testbench::stream_spec_of(to_json(spec), "here");
    REQUIRE(back);
    CHECK(*back == spec);
  }
  const Result<StreamSpec> wrong = testbench::stream_spec_of(
      nlohmann::json{{"name", "x"}, {"operations", {"dadd.i64", "dadd.i65"}}, {"depth", 0}, {"pages", 5000}}, "here");
  REQUIRE_FALSE(wrong);
  REQUIRE(wrong.error().size() == 3);
  CHECK(wrong.error()[0].text().find("found 'dadd.i65'") != std::string::npos);
  CHECK(wrong.error()[1].text().find("depth: found 0, expected 1 to 64") != std::string::npos);
  CHECK(wrong.error()[2].text().find("pages: found 5000") != std::string::npos);
  const Result<StreamSpec> unknown =
      testbench::stream_spec_of(nlohmann::json{{"operations", {"dadd.i64"}}, {"colour", 1}}, "here");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().front().text() == "here colour: no such field");
}

TEST_CASE("the generated suite has at least 300 streams over all classes, sizes and memory levels") {
  const std::vector<StreamSpec> suite = testbench::generated_suite(testbench::kSuiteStreams, 1);
  REQUIRE(suite.size() >= 300);
  std::set<std::string> names;
  std::set<testbench::StreamClass> classes;
  std::set<std::size_t> sizes;
  std::set<MemoryLevel> levels;
  std::set<std::uint64_t> seeds;
  for (const StreamSpec& spec : suite) {
    INFO(spec.name);
    CHECK(testbench::check(spec).empty());
    names.insert(spec.name);
    seeds.insert(spec.seed);
    sizes.insert(spec.operations.size());
    levels.insert(level_of(spec));
    for (const std::string& o : spec.operations) classes.insert(testbench::find_stream_operation(o)->cls);
  }
  CHECK(names.size() == suite.size());
  CHECK(seeds.size() == suite.size());
  CHECK(classes.size() == 7);
  CHECK(levels.size() == 5);
  CHECK(*sizes.begin() == 2);
  CHECK(*sizes.rbegin() == 24);
}

TEST_CASE("a longer suite begins with the shorter one, another seed gives others") {
  const std::vector<StreamSpec> few = testbench::generated_suite(10, 1);
  const std::vector<StreamSpec> many = testbench::generated_suite(40, 1);
  CHECK(std::equal(few.begin(), few.end(), many.begin()));
  CHECK_FALSE(testbench::generated_suite(10, 2) == few);
}

TEST_CASE("streams of the generated suite are valid and come to their end") {
  for (StreamSpec spec : testbench::generated_suite(120, 1)) {
    INFO(to_json(spec).dump());
    spec.least_operations = 200;
    spec.pages = std::min(spec.pages, 3U);
    const isa::Program program = program_of(spec);
    REQUIRE(isa::validate(program).empty());
    CHECK(reference::run(program).state.sentrons[0].lifecycle == isa::Lifecycle::Retired);
  }
}

TEST_CASE("a suite survives its file; a file with faults names all of them") {
  const std::string path =
      (std::filesystem::temp_directory_path() / fmt::format("vtpu_suite_{}.json", getpid())).string();
  const std::vector<StreamSpec> suite = testbench::generated_suite(20, 9);
  std::ofstream(path) << testbench::suite_text(suite);
  const auto back = testbench::read_suite(path);
  REQUIRE(back);
  CHECK(*back == suite);
  std::ofstream(path) << R"([{"name": "a", "operations": ["dadd.i64"]}, {"name": "a", "operations": ["dadd.i64"]}, 5])";
  const auto wrong = testbench::read_suite(path);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().size() == 2);
  std::ofstream(path) << "{";
  CHECK_FALSE(testbench::read_suite(path));
  std::filesystem::remove(path);
  CHECK_FALSE(testbench::read_suite(path));
}

}  // namespace
