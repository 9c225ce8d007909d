#include "testbench/explore/cost.hpp"

#include "small_exploration.hpp"

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
