#include "testbench/analysis/locality.hpp"

#include <nlohmann/json.hpp>

#include "programs.hpp"

using namespace vtpu;
using namespace vtpu::analysis;

namespace {

Locality locality_of(const isa::Program& program, const layout::Layout& layout,
                     RegionChoice regions = RegionChoice::None) {
  LocalityOptions options;
  options.layout = &layout;
  options.measure = false;
  options.regions = regions;
  const Result<Locality> locality = analyse_locality(program, options);
  REQUIRE(locality);
  return *locality;
}

const PlacementRow& row_named(const Locality& locality, const std::string& name) {
  for (const PlacementRow& row : locality.rows) {
    if (phext::name_of(row.policy) == name) return row;
  }
  FAIL("no row " << name);
  return locality.rows.front();
}

}  // namespace

// docs/reference/phext.md: pages that a walk over all positions of dimension 0 meets.
TEST_CASE("a walk along dimension 0 meets as many pages as the placement's geometry says") {
  const isa::Program program =
      one_stream("loop 2047 {\nsgather.i64 r1, [p0, d0 += 1]\n}\nsgather.i64 r1, [p0]", "p0=0.0.0/0.0.0/0.0.0/0.0");
  const Locality locality = locality_of(program, layout_named("zen4"));
  CHECK(locality.accesses == 2048);
  CHECK(locality.dimensions == 1);
  struct Row {
    std::string placement;
    std::uint64_t changes;
  };
  for (const Row& expected : {Row{"linear", 32}, Row{"zorder", 1024}, Row{"hilbert", 1538}, Row{"hash", 2048}}) {
    CAPTURE(expected.placement);
    const PlacementRow& row = row_named(locality, expected.placement);
    CHECK(row.page_changes == expected.changes - 1);
    CHECK(row.translation.accesses() == 2048);
    if (expected.placement != "hilbert") CHECK(row.translation.misses == expected.changes);  // no page twice
  }
}

TEST_CASE("dimensional prefetch leaves a walk only its first translation miss") {
  layout::Layout layout = layout_named("vtpu3");
  const isa::Program program =
      one_stream("loop 2000 {\nsgather.i64 r1, [p0, d0 += 1]\ndadd.i64 r2, r2, r1\n}", "p0=0.0.0/0.0.0/0.0.0/0.0");
  layout.memory.dram_latency = 20;  // else memory hides what translation costs
  layout.memory.dram_bytes_per_cycle = 64;
  const Locality without = locality_of(program, layout);
  layout.translation.prefetch_steps = 8;
  const Locality with = locality_of(program, layout);
  CHECK(row_named(without, "linear").translation.misses == 32);
  CHECK(row_named(without, "linear").page_prefetches == 0);
  CHECK(row_named(with, "linear").translation.misses == 1);
  CHECK(row_named(with, "linear").page_prefetches == 31);
  CHECK(row_named(with, "linear").modelled_cycles_per_access < row_named(without, "linear").modelled_cycles_per_access);
  // Hash pages are no further than the predicted coordinate either: two accesses train, six more were not foreseen.
  CHECK(row_named(with, "hash").translation.misses == 2 + 8);
}

TEST_CASE("pages of the initial memory that the cache starts with are not missed") {
  layout::Layout layout = layout_named("zen4");
  const isa::Program program = assemble(
      ".program warm\n.fill @0.0.0/0.0.0/0.0.0/0.0 d1 40 i64 1\n.stream main\nloop 40 {\n"
      "sgather.i64 r1, [p0, d1 += 1]\n}\n.end\n.sentron one stream=main p0=@0.0.0/0.0.0/0.0.0/0.0\n");
  CHECK(row_named(locality_of(program, layout), "linear").translation.misses == 40);
  layout.translation.warm_up_pages = 30;
  CHECK(row_named(locality_of(program, layout), "linear").translation.misses == 10);
}

TEST_CASE("the stencils translate and hit L1 as the structured programs should, in their regions") {
  const layout::Layout layout = layout_named("zen4");
  for (const std::string name : {"stencil_2d", "stencil_3d"}) {
    CAPTURE(name);
    const auto program = assembly::assemble_file(VTPU_SOURCE_DIR "/programs/locality/" + name + ".siw");
    REQUIRE(program);
    const Locality locality = locality_of(*program, layout, RegionChoice::Auto);
    const PlacementRow& hash = row_named(locality, "hash");
    std::size_t good = 0;
    for (const PlacementRow& row : locality.rows) {
      const bool curve = row.policy.kind == phext::Placement::ZOrder || row.policy.kind == phext::Placement::Hilbert;
      if (!curve || row.policy.region == 0) continue;
      CAPTURE(phext::name_of(row.policy));
      CHECK(rate(row.translation) >= 0.99);
      CHECK(rate(row.l1) >= 0.95);
      CHECK(row.translation.misses < hash.translation.misses);
      ++good;
    }
    CHECK(good == 2);
  }
}

TEST_CASE("a program without accesses, or without an end, is refused with its reason") {
  const layout::Layout layout = layout_named("zen4");
  LocalityOptions options;
  options.layout = &layout;
  options.measure = false;
  const auto none = analyse_locality(one_stream("dadd.i64 r1, r1, #1"), options);
  REQUIRE_FALSE(none);
  CHECK(none.error().front().text().find("accesses no memory") != std::string::npos);
  const auto faulty = analyse_locality(one_stream("sgather.i64 r1, [p0, d0 -= 1]"), options);
  REQUIRE_FALSE(faulty);
  CHECK(faulty.error().front().text().find("end") != std::string::npos);
}

TEST_CASE("text and JSON hold a row per placement") {
  const Locality locality =
      locality_of(one_stream("loop 9 {\nsgather.i64 r1, [p0, d0 += 1]\n}"), layout_named("tiny1"));
  const nlohmann::json json = to_json(locality);
  REQUIRE(json["placements"].size() == 4);
  CHECK(json["placements"][0]["placement"] == "hash");
  CHECK(json["accesses"] == 9);
  const std::string text = to_text(locality);
  for (const char* name : {"hash", "linear", "zorder", "hilbert"}) CHECK(text.find(name) != std::string::npos);
}
