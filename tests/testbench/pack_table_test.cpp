// The table of packed programs: numbers of a program that is known, equality on every engine, and what the text says.
#include "testbench/packing/pack_table.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "asm/assembler.hpp"

namespace {

using namespace vtpu;
using testbench::PackRow;
using testbench::PackTable;

const layout::Layout& zen4() {
  static const layout::Layout layout = layout::find_layout("zen4", VTPU_SOURCE_DIR "/layouts").value();
  return layout;
}

// Three operations of different pipes in every word of the loop; `together`: as its author packed it.
isa::Program three_wide(bool together) {
  const std::string separator = together ? " | " : "\n";
  const std::string text = ".program three\n.stream main\nloop 8000 {\ndadd.i64 r1, r1, r2" + separator +
                           "sgather.i64 r3, [p0].1" + separator + "cpack.b256 m0, v4\n}\n.end\n" +
                           ".sentron s stream=main p0=@1.1.1/1.1.1/1.1.1/1.1 r2=3\n";
  return assembly::assemble(text, "test").value();
}

TEST_CASE("a row counts operations per word from one each to the bound") {
  const PackRow row = testbench::pack_row(three_wide(false), zen4());
  CHECK(row.tiers[0] == 1.0);
  CHECK(row.written == 1.0);
  CHECK_FALSE(row.by_hand);
  CHECK(row.tiers[1] == Approx(3.0));
  CHECK(*row.bound == Approx(3.0));
  CHECK(*row.steady == Approx(3.0));
  CHECK(row.meets_bound());
}

TEST_CASE("what an author packed is taken apart and compared") {
  const PackRow row = testbench::pack_row(three_wide(true), zen4());
  CHECK(row.tiers[0] == 1.0);
  CHECK(row.written == Approx(3.0));
  CHECK(row.by_hand);
  CHECK(*row.over_hand == Approx(1.0).margin(0.05));
}

TEST_CASE("a table runs the packed program on every engine and models it on the cores asked for") {
  testbench::PackTableOptions options;
  options.layout = &zen4();
  options.modelled = {zen4()};
  options.measure = false;
  const Result<PackTable> table = testbench::pack_table({three_wide(false)}, options);
  REQUIRE(table);
  REQUIRE(table->rows.size() == 1);
  CHECK(table->rows[0].differences.empty());
  CHECK(table->engines.size() >= 4);
  CHECK(*table->rows[0].modelled.at(0).packed > *table->rows[0].modelled.at(0).naive);
  const nlohmann::json json = testbench::to_json(*table);
  CHECK(json["programs"][0]["operations_per_word"]["naive"] == 1.0);
  CHECK(json["measured_on"].is_null());
}

TEST_CASE("a packed program that prefetches is equal on every engine, and prefetches count as no work of its own",
          "[slow]") {
  const layout::Layout core = layout::find_layout("vtpu3", VTPU_SOURCE_DIR "/layouts").value();
  const isa::Program program =
      assembly::assemble(
          ".program column\n.stream main\nloop 2000 {\nsgather.b512 v0, [p0, d1 += 1]\ndadd.i32x16 v1, v1, v0\n"
          "dmul.i32x16 v2, v1, v2\ndxor.b512 v3, v2, v3\n}\n.end\n.sentron s stream=main\n",
          "test")
          .value();
  testbench::PackTableOptions options;
  options.layout = &core;
  options.modelled = {core};
  options.measure = false;
  const Result<PackTable> with = testbench::pack_table({program}, options);
  options.prefetch = false;
  const Result<PackTable> without = testbench::pack_table({program}, options);
  REQUIRE(with);
  REQUIRE(without);
  const PackRow& row = with->rows[0];
  CHECK(row.differences.empty());
  CHECK(row.prefetches == "1 line an iteration, 4 iterations ahead");
  CHECK(without->rows[0].prefetches.empty());
  CHECK(row.tiers[3] == Approx(without->rows[0].tiers[3]).epsilon(0.01));
  CHECK(*row.modelled[0].packed > 1.5 * *without->rows[0].modelled[0].packed);
  CHECK(testbench::to_text(*with).find("  column                   1 line an iteration") != std::string::npos);
}

TEST_CASE("a packed program that reaches another state, or stays above its bound, is named") {
  PackTable table;
  table.layout = "zen4";
  table.engines = {"reference", "native, avx2"};
  PackRow row;
  row.program = "broken";
  row.steady = 1.0;
  row.bound = 1.2;
  row.over_bound = 1.2;
  row.why = "a reason";
  row.differences = {"native, avx2: r1 of s is 2, expected 1"};
  table.rows = {row};
  const std::string text = testbench::to_text(table);
  CHECK(text.find("broken packed DIFFERS: native, avx2: r1 of s is 2, expected 1") != std::string::npos);
  CHECK(text.find("on every engine: 0 of 1") != std::string::npos);
  CHECK(text.find("ABOVE ITS BOUND: a reason") != std::string::npos);
  CHECK(text.find("more than 3 % above the bound: broken") != std::string::npos);
}

}  // namespace
