#include "testbench/explore/cost.hpp"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <iterator>

#include "small_exploration.hpp"
#include "testbench/explore/cost_check.hpp"
#include "testbench/explore/issue_synthesis.hpp"

namespace vtpu::explore {
namespace {

layout::Layout shipped(const std::string& name) { return *layout::find_layout(name, kLayouts); }

double area_with(const std::string& key, std::int64_t value) {
  layout::Layout layout = shipped("zen4");
  REQUIRE(layout::set_key(layout, key, value));
  return area_of(layout).total();
}

}  // namespace

TEST_CASE("select and wake-up grow with the entries and ports of a queue, a bypass faster than its ports") {
  CHECK(select_gates({32, 2, 0, 9}) > 1.9 * select_gates({16, 2, 0, 9}));
  CHECK(select_gates({16, 4, 0, 9}) > 1.5 * select_gates({16, 2, 0, 9}));
  CHECK(select_gates({16, 4, 2, 9}) > select_gates({16, 4, 0, 9}));
  CHECK(wake_up_gates({32, 8, 2, 8, 10, 2}) > 3 * wake_up_gates({16, 4, 2, 8, 10, 2}));
  CHECK(pipe_gates(true, 10, 4) > 2 * pipe_gates(false, 10, 4));
  CHECK(bypass_gates(8, 2, 64) > 3.5 * bypass_gates(4, 2, 64));
  CHECK(multiported_gates(1000, 8, 4) > 3 * multiported_gates(1000, 4, 2));
}

TEST_CASE("what yosys counts is read; other cells than AND, NOT and flip-flops are refused") {
  const auto one = read_statistics(
      "=== port_pipes ===\n\n   Number of cells: 224\n     $_AND_  112\n     $_DFFE_PN_  28\n     $_NOT_ 84\n");
  REQUIRE(one);
  REQUIRE(one->size() == 1);
  CHECK(one->front().instances == 1);
  CHECK(one->front().gates() == Approx(112 + 4.25 * 28));
  CHECK_FALSE(read_statistics("=== port_pipes ===\n     $_AND_    112\n     $_MUX_   28\n"));
  CHECK_FALSE(read_statistics("=== port_pipes ===\n   Number of cells: 0\n"));
  CHECK_FALSE(read_statistics(""));
}

TEST_CASE("modules count as often as the modules above them contain them") {
  const auto modules = read_statistics(
      "=== top ===\n     $_AND_  1\n     $paramod$a\\queue  2\n\n=== $paramod$a\\queue ===\n     $_NOT_  5\n"
      "     entry  3\n\n=== entry ===\n     $_AND_  7\n\n=== design hierarchy ===\n\n   top  1\n");
  REQUIRE(modules);
  REQUIRE(modules->size() == 3);
  CHECK(modules->at(0).instances == 1);
  CHECK(modules->at(1).name == "queue");
  CHECK(modules->at(1).instances == 2);
  CHECK(modules->at(2).instances == 6);
  CHECK(modules->at(2).gates() == 7);
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
         std::erase_if(all, [](const CostSample& s) { return s.fitted || modelled_gates(s) > 3000; });
         return all;
       }()}) {
    const Result<void> done = synthesise(sample, VTPU_SOURCE_DIR);
    if (!done && done.error().front().where == "yosys") {
      WARN("no yosys on this machine: the cost model is not checked against it");
      return;
    }
    REQUIRE(done);
    INFO(to_text({sample}));
    CHECK(std::abs(sample.error()) <= 0.15);
  }
}

TEST_CASE("yosys synthesises the issue and port part of a small core, and the model is within 15 % of its gates") {
  const layout::Layout tiny = shipped("tiny1");
  const auto result = synthesise_issue(tiny, VTPU_SOURCE_DIR);
  if (!result && result.error().front().where == "yosys") {
    WARN("no yosys on this machine: nothing is synthesised");
    return;
  }
  REQUIRE(result);
  INFO(to_text(*result));
  REQUIRE(result->units.size() == 4);
  CHECK(result->units.at(0).instances == 1);
  CHECK(result->units.at(1).unit == "queue_wake_up");
  CHECK(result->units.at(1).instances == tiny.queues.front().entries);
  CHECK(result->units.at(2).instances == tiny.ports.size());
  // An entry holds its tags, what is pending, its time, and two bits of state.
  const auto parameter = [&](const char* name) { return std::stoul(issue_parameters(tiny).at(name)); };
  const std::uint64_t flip_flops = kIssueOperands * (parameter("PlaceBits") + 2) + parameter("TimeBits") + 2;
  std::uint64_t found = 0;
  for (const auto& [cell, count] : result->units.at(1).cells) found += cell.find("FF") != std::string::npos ? count : 0;
  CHECK(found == flip_flops * tiny.queues.front().entries);
  CHECK(std::abs(result->error()) <= 0.15);
}

TEST_CASE("yosys synthesises the issue and port part of zen4, and the model is within 15 % of its gates", "[.][long]") {
  const auto result = synthesise_issue(shipped("zen4"), VTPU_SOURCE_DIR);
  REQUIRE(result);
  INFO(to_text(*result));
  CHECK(result->units.at(1).instances == 4 * 24 + 2 * 32);
  CHECK(std::abs(result->error()) <= 0.15);
}

TEST_CASE("yosys's complaint about a source is passed on") {
  const auto result = synthesise({VTPU_SOURCE_DIR "/rtl", {"core_pkg.sv"}, "issue_ports", {}});
  REQUIRE_FALSE(result);
  if (result.error().front().where != "yosys")
    CHECK_THAT(result.error().front().message, Catch::Contains("yosys says"));
}

TEST_CASE("the entries of the RTL's queues wait for as many operands as the synthesised ones") {
  std::ifstream file(VTPU_SOURCE_DIR "/rtl/core_pkg.sv");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  CHECK_THAT(text, Catch::Contains(fmt::format("localparam int unsigned Operands = {};", kIssueOperands)));
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
