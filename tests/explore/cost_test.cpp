#include "testbench/explore/cost.hpp"

#include <cmath>

#include "small_exploration.hpp"
#include "testbench/explore/cost_check.hpp"

namespace vtpu::explore {
namespace {

layout::Layout shipped(const std::string& name) { return *layout::find_layout(name, kLayouts); }

double area_with(const std::string& key, std::int64_t value) {
  layout::Layout layout = shipped("zen4");
  REQUIRE(layout::set_key(layout, key, value));
  return area_of(layout).total();
}

}  // namespace

TEST_CASE("select and wake-up grow faster than the entries and ports of a queue") {
  CHECK(select_gates(32, 2) > 3.5 * select_gates(16, 2));
  CHECK(select_gates(16, 4) > 1.5 * select_gates(16, 2));
  CHECK(wake_up_gates(32, 8, 2, 8) > 3 * wake_up_gates(16, 4, 2, 8));
  CHECK(bypass_gates(8, 2, 64) > 3.5 * bypass_gates(4, 2, 64));
  CHECK(multiported_gates(1000, 8, 4) > 3 * multiported_gates(1000, 4, 2));
}

TEST_CASE("what yosys counts is read; other cells than AND, NOT and flip-flops are refused") {
  CostSample sample;
  sample.module = "select_logic";
  sample.sizes = {{"Entries", 8}, {"Ports", 1}};
  REQUIRE(read_cells("   Number of cells: 224\n     $_AND_    112\n     $_DFFE_PN_   28\n     $_NOT_ 84\n", sample));
  CHECK(sample.counted == Approx(112 + 4.25 * 28));
  CHECK(std::abs(sample.error()) < 0.15);
  CHECK_FALSE(read_cells("     $_AND_    112\n     $_MUX_   28\n", sample));
  CHECK_FALSE(read_cells("", sample));
}

TEST_CASE("the fit finds the coefficients that made the counts") {
  std::vector<CostSample> samples = cost_samples();
  for (CostSample& s : samples) {
    if (s.module != "bypass_logic") continue;
    const double bits = s.sizes.at("Ports") * s.sizes.at("Sources") * s.sizes.at("Bits");
    s.and_gates = static_cast<std::uint64_t>(bits * (3.0 * s.sizes.at("Ports") + 5));
  }
  const auto coefficients = fitted_coefficients(samples);
  CHECK(coefficients.at("bypass: operand bit, result") == Approx(3));
  CHECK(coefficients.at("bypass: operand bit") == Approx(5));
}

TEST_CASE("the model is within 15 % of synthesis on sizes that it was not fitted to") {
  for (CostSample& sample : std::vector<CostSample>{[] {
         std::vector<CostSample> all = cost_samples();
         std::erase_if(all, [](const CostSample& s) { return s.fitted || modelled_gates(s) > 6000; });
         return all;
       }()}) {
    const Result<void> done = synthesise(sample, VTPU_SOURCE_DIR "/bench/cost");
    if (!done && done.error().front().where == "yosys") {
      WARN("no yosys on this machine: the cost model is not checked against it");
      return;
    }
    REQUIRE(done);
    INFO(to_text({sample}));
    CHECK(std::abs(sample.error()) <= 0.15);
  }
}

TEST_CASE("more of anything costs area") {
  const double area = area_of(shipped("zen4")).total();
  CHECK(area_with("ports.agu", 4) > area);
  CHECK(area_with("ports.fp", 8) > area);
  CHECK(area_with("queue.sch0.entries", 48) > area);
  CHECK(area_with("rename.dispatch_width", 8) > area);
  CHECK(area_with("retire.window_entries", 512) > area);
  CHECK(area_with("rename.vector_registers", 320) > area);
  CHECK(area_with("memory.l1.size_bytes", 65536) > area);
  CHECK(area_with("front_end.siw_per_cycle", 4) > area);
  CHECK(area_with("translation.entries", 4096) > area);
}

TEST_CASE("a run with more of anything takes more energy") {
  const layout::Layout layout = shipped("zen4");
  Row row;
  row.operations = 1000;
  row.cycles = 1000;
  row.uops = row.fused_uops = 1200;
  row.loads = 300;
  const double energy = energy_of(row, layout).per_operation(row);
  CHECK(energy > 0);
  for (std::uint64_t Row::*count : {&Row::cycles, &Row::uops, &Row::loads, &Row::l1_misses, &Row::dram_reads}) {
    Row more = row;
    more.*count += 500;
    CHECK(energy_of(more, layout).per_operation(more) > energy);
  }
}

}  // namespace vtpu::explore
