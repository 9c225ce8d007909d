#include "testbench/analysis/locality.hpp"

#include <nlohmann/json.hpp>

#include "programs.hpp"
#include "reference/engine.hpp"

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

TEST_CASE("the stencils translate and hit L1 as the structured programs should, in their regions", "[slow]") {
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

namespace {

// Lane-wise 32-bit element of a cell.
std::int32_t i32(const isa::Cell& cell, std::size_t j) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(cell.lane[j / 2] >> (j % 2 * 32)));
}

isa::MachineState run_file(const std::string& name, isa::Program& program) {
  const auto loaded = assembly::assemble_file(VTPU_SOURCE_DIR "/programs/locality/" + name + ".siw");
  REQUIRE(loaded);
  program = *loaded;
  return reference::run(program).state;
}

isa::Cell cell_at(const isa::MachineState& state, isa::Coordinate at, std::array<std::uint32_t, 3> offset) {
  for (int d = 0; d < 3; ++d) at = *isa::step(at, d, offset[static_cast<std::size_t>(d)]);
  const auto found = state.memory.find(at);
  return found == state.memory.end() ? isa::Cell{} : found->second;
}

}  // namespace

TEST_CASE("the stencil over a grid computes what its first comment says") {
  isa::Program program;
  const isa::MachineState state = run_file("stencil_2d", program);
  const auto grid = [](std::uint32_t c, std::uint32_t r, std::size_t j) {
    return static_cast<std::int32_t>((66 * r + c + 3 * j) % 97);
  };
  for (std::uint32_t r = 1; r <= 64; ++r) {
    for (std::uint32_t c = 1; c <= 64; ++c) {
      const isa::Cell out = cell_at(state, program.coordinates.at("out"), {c, r, 0});
      for (std::size_t j = 0; j < 16; ++j) {
        const std::int32_t sum = grid(c, r - 1, j) + grid(c - 1, r, j) + grid(c + 1, r, j) + grid(c, r + 1, j);
        if (i32(out, j) != sum >> 2) FAIL("column " << c << ", row " << r << ", lane " << j);
      }
    }
  }
}

TEST_CASE("the stencil over a volume computes what its first comment says") {
  isa::Program program;
  const isa::MachineState state = run_file("stencil_3d", program);
  const auto at = [](std::uint32_t x, std::uint32_t y, std::uint32_t z, std::size_t j) {
    return static_cast<std::int32_t>((324 * z + 18 * y + x + 5 * j) % 89);
  };
  for (std::uint32_t z = 1; z <= 16; ++z) {
    for (std::uint32_t y = 1; y <= 16; ++y) {
      for (std::uint32_t x = 1; x <= 16; ++x) {
        const isa::Cell out = cell_at(state, program.coordinates.at("out"), {x, y, z});
        for (std::size_t j = 0; j < 16; ++j) {
          const std::int32_t sum = at(x - 1, y, z, j) + at(x + 1, y, z, j) + at(x, y - 1, z, j) + at(x, y + 1, z, j) +
                                   at(x, y, z - 1, j) + at(x, y, z + 1, j);
          if (i32(out, j) != sum) FAIL("x " << x << ", y " << y << ", z " << z << ", lane " << j);
        }
      }
    }
  }
}

TEST_CASE("the hot coordinates add up to what the first comment says") {
  isa::Program program;
  const isa::MachineState state = run_file("hot_coordinates", program);
  CHECK(state.sentrons[0].registers.r[8] == 200'000U * (1 + 2 + 3 + 4));
}
