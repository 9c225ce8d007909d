#include "testbench/analysis/analysis.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "programs.hpp"

using namespace vtpu;
using namespace vtpu::analysis;

namespace {

Analysis analysis_of(const isa::Program& program, const std::string& layout_name = "zen4") {
  const layout::Layout layout = layout_named(layout_name);
  AnalysisOptions options;
  options.layout = &layout;
  const Result<Analysis> analysis = analyse(program, options);
  REQUIRE(analysis);
  return *analysis;
}

const Finding* find(const Analysis& analysis, FindingKind kind) {
  const auto found = std::find_if(analysis.findings.begin(), analysis.findings.end(),
                                  [kind](const Finding& f) { return f.kind == kind; });
  return found == analysis.findings.end() ? nullptr : &*found;
}

// A column of more cells than an L1 set has ways, over and over.
isa::Program column() {
  return one_stream("loop 100 {\nssetp p0, @0.0.0/0.0.0/0.0.0/0.0\nloop 20 {\nsgather.i64 r1, [p0, d1 += 1]\n}\n}");
}

}  // namespace

TEST_CASE("a column that thrashes one set is found, with its coordinates, words, and a placement that helps") {
  const Analysis analysis = analysis_of(column());
  const Finding* cache = find(analysis, FindingKind::Cache);
  REQUIRE(cache != nullptr);
  CHECK(cache->where == "main word 1");
  CHECK(cache->what.find("set 0") != std::string::npos);
  CHECK(cache->what.find("20 cells take turns in 8 ways") != std::string::npos);
  CHECK(cache->what.find("@0.0.0/0.0.0/0.0.0/0.0") != std::string::npos);
  CHECK(cache->change.find("--placement linear:d1") != std::string::npos);
  CHECK(cache->weight == Approx(99.0 * 20 / 2000));  // all but the first round
  REQUIRE(analysis.better);
  CHECK(analysis.better->l1_misses == 20);  // the cells themselves
  CHECK(analysis.better->translation_misses == 1);
}

TEST_CASE("a chain of divisions is the critical path, and a second accumulator is what helps") {
  const Analysis analysis =
      analysis_of(one_stream("loop 500 {\nddiv.f64x8 v1, v1, v2 | ssetp p0, @0.0.0/0.0.0/0.0.0/0.0\n}"));
  const Finding* path = find(analysis, FindingKind::CriticalPath);
  REQUIRE(path != nullptr);
  CHECK(path->where == "main word 0");
  CHECK(path->change.find("second accumulator") != std::string::npos);
  CHECK(analysis.path.cycles <= analysis.ports.cycles);
}

TEST_CASE("a loop with one operation per word is said to be packable, to the words of its bound") {
  const Analysis analysis =
      analysis_of(one_stream("loop 500 {\ndadd.i64 r1, r1, #1\nsgather.i64 r2, [p0]\ncpack.i64 m0[0], r5\n}"));
  const Finding* balance = find(analysis, FindingKind::Balance);
  REQUIRE(balance != nullptr);
  CHECK(balance->what.find("1 D, 1 S, 1 C operations in 3 words, 6 of 9 slots empty; 1 words would do") !=
        std::string::npos);
  CHECK(balance->change.find("vtpu pack --tier 3") != std::string::npos);
  CHECK(balance->weight == Approx(6.0 / 9));
}

TEST_CASE("a balanced loop on the three-port machine has nothing but its ports to speak of") {
  const Analysis analysis = analysis_of(
      one_stream("loop 5000 {\ndadd.i64 r1, r2, r3 | sgather.i64 r4, [p0] | cpack.i64 m0[0], r5\n}"), "vtpu3");
  for (const Finding& finding : analysis.findings) {
    CHECK(finding.kind != FindingKind::Balance);
    CHECK(finding.kind != FindingKind::Cache);
    CHECK(finding.kind != FindingKind::Translation);
  }
  CHECK(analysis.operations == 15000);
  CHECK(analysis.words == 5000);
}

TEST_CASE("the listing has every word, its executions and what it accesses") {
  const Analysis analysis = analysis_of(column());
  REQUIRE(analysis.listing.size() == 2);
  CHECK(analysis.listing[0].executions == 100);
  CHECK(analysis.listing[0].depth == 1);
  CHECK(analysis.listing[1].executions == 2000);
  CHECK(analysis.listing[1].depth == 2);
  CHECK(analysis.listing[1].begins_loop);
  CHECK(analysis.listing[1].loop_count == 20);
  REQUIRE(analysis.listing[1].accesses);
  CHECK(analysis.listing[1].accesses->pattern == Pattern::Strided);
  const std::string text = to_text(analysis, true);
  CHECK(text.find("strided d1 += 1") != std::string::npos);
  CHECK(text.find("; loop 20") != std::string::npos);
  CHECK(to_text(analysis, false).find("; loop 20") == std::string::npos);
}

TEST_CASE("the page holds the data of the JSON, and a text cannot end its script") {
  isa::Program program = column();
  program.name = "</script><b>";
  const Analysis analysis = analysis_of(program);
  const std::string page = to_html(analysis);
  CHECK(page.find("</script><b>") == std::string::npos);
  CHECK(page.find("/*DATA*/") == std::string::npos);
  CHECK(page.find("http") == std::string::npos);  // nothing is loaded from elsewhere
  const std::size_t begin = page.find("const DATA = ") + 13;
  const std::size_t end = page.find(";\n", begin);
  CHECK(nlohmann::json::parse(page.substr(begin, end - begin)) == to_json(analysis));
}

TEST_CASE("further layouts are set beside the first, in text and JSON") {
  const layout::Layout layout = layout_named("zen4");
  AnalysisOptions options;
  options.layout = &layout;
  options.others = {layout_named("vtpu3"), layout_named("golden_cove")};
  const Result<Analysis> analysis = analyse(column(), options);
  REQUIRE(analysis);
  REQUIRE(analysis->others.size() == 2);
  const std::string text = to_text(*analysis, false);
  const nlohmann::json json = to_json(*analysis);
  REQUIRE(json["other_layouts"].size() == 2);
  for (const std::size_t i : {0U, 1U}) {
    CHECK(text.find("\n" + analysis->others[i].layout) != std::string::npos);
    CHECK(json["other_layouts"][i]["layout"] == analysis->others[i].layout);
    CHECK(analysis->others[i].ports.cycles >= analysis->others[i].demands.front().cycles);
  }
}

TEST_CASE("a program without an end is refused with its reason") {
  const layout::Layout layout = layout_named("tiny1");
  AnalysisOptions options;
  options.layout = &layout;
  const auto faulty = analyse(one_stream("sgather.i64 r1, [p0, d0 -= 1]"), options);
  REQUIRE_FALSE(faulty);
  CHECK(faulty.error().front().text().find("end") != std::string::npos);
}
