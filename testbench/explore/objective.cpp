#include "testbench/explore/objective.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "testbench/explore/cost.hpp"
#include "testbench/explore/port_bound.hpp"

namespace vtpu::explore {
namespace {

constexpr std::array<std::string_view, 5> kNames{"ops_per_cycle", "worst_ops_per_cycle", "cycles", "area", "energy"};
constexpr std::array<std::string_view, 5> kUnits{"operations per cycle", "operations per cycle", "cycles",
                                                 "thousand gates", "additions per operation"};

double value_of(Measure measure, const layout::Layout& layout, const std::vector<Row>& rows) {
  double product = 0;
  double worst = std::numeric_limits<double>::infinity();
  double cycles = 0;
  for (const Row& row : rows) {
    product += std::log(std::max(row.operations_per_cycle(), 1e-9));
    worst = std::min(worst, row.operations_per_cycle());
    cycles += static_cast<double>(row.cycles);
  }
  switch (measure) {
    case Measure::OperationsPerCycle: return std::exp(product / static_cast<double>(rows.size()));
    case Measure::WorstOperationsPerCycle: return worst;
    case Measure::Cycles: return cycles;
    case Measure::Area: return area_of(layout).total() / 1000;
    case Measure::Energy: break;
  }
  double energy = 0;
  for (const Row& row : rows) energy += energy_of(row, layout).per_operation(row);
  return energy / static_cast<double>(rows.size());
}

}  // namespace

std::string_view name_of(Measure measure) { return kNames[static_cast<std::size_t>(measure)]; }
std::string_view unit_of(Measure measure) { return kUnits[static_cast<std::size_t>(measure)]; }

Result<Objective> parse_objective(std::string_view text) {
  const std::size_t colon = text.find(':');
  const auto name = std::find(kNames.begin(), kNames.end(), text.substr(0, colon));
  const std::string_view direction = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  if (name == kNames.end() || (direction != "min" && direction != "max")) {
    return fail("--objective", fmt::format("found \"{}\", expected NAME:min or NAME:max with NAME one of {}", text,
                                           fmt::join(kNames, ", ")));
  }
  return Objective{static_cast<Measure>(name - kNames.begin()), direction == "max"};
}

std::string text_of(const Objective& objective) {
  return fmt::format("{}:{}", name_of(objective.measure), objective.maximise ? "max" : "min");
}

std::vector<double> values_of(const std::vector<Objective>& objectives, const layout::Layout& layout,
                              const Evaluation& evaluation) {
  std::vector<double> values;
  for (const Objective& objective : objectives) values.push_back(value_of(objective.measure, layout, evaluation.rows));
  return values;
}

std::vector<double> best_possible(const std::vector<Objective>& objectives, const layout::Layout& layout,
                                  const std::vector<Workload>& programs, unsigned cores) {
  std::vector<Row> rows;
  for (const Workload& work : programs) {
    Row row;
    row.cycles = std::max<std::uint64_t>(1, port_bound(work, layout, cores).cycles);
    row.operations = work.operations;
    rows.push_back(std::move(row));
  }
  std::vector<double> values;
  for (const Objective& objective : objectives) values.push_back(value_of(objective.measure, layout, rows));
  return values;
}

std::vector<double> minimised(const std::vector<Objective>& objectives, std::vector<double> values) {
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = objectives[i].maximise ? -values[i] : values[i];
  return values;
}

bool dominates(const std::vector<double>& a, const std::vector<double>& b) {
  bool better = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] > b[i]) return false;
    better = better || a[i] < b[i];
  }
  return better;
}

std::vector<std::size_t> front_of(const std::vector<std::vector<double>>& values) {
  // In lexical order a vector can be dominated by an earlier one only.
  std::vector<std::size_t> order(values.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<std::size_t> front;
  for (const std::size_t i : order) {
    const bool beaten =
        std::any_of(front.begin(), front.end(), [&](std::size_t f) { return dominates(values[f], values[i]); });
    if (!beaten) front.push_back(i);
  }
  std::sort(front.begin(), front.end());
  return front;
}

}  // namespace vtpu::explore
