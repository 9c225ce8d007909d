// What an exploration seeks, and which layouts nobody beats at it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "isa/result.hpp"
#include "layout/layout.hpp"
#include "testbench/explore/evaluator.hpp"
#include "testbench/explore/workload.hpp"

namespace vtpu::explore {

enum class Measure : std::uint8_t {
  OperationsPerCycle,       // geometric mean over the programs
  WorstOperationsPerCycle,  // of the program where it is lowest
  Cycles,                   // of all programs together
  Area,                     // cost.hpp
  Energy,                   // per operation, mean over the programs; cost.hpp
};
[[nodiscard]] std::string_view name_of(Measure measure);  // "ops_per_cycle"
[[nodiscard]] std::string_view unit_of(Measure measure);

struct Objective {
  Measure measure = Measure::OperationsPerCycle;
  bool maximise = true;
};
// "ops_per_cycle:max"
[[nodiscard]] Result<Objective> parse_objective(std::string_view text);
[[nodiscard]] std::string text_of(const Objective& objective);

// Values in the order of the objectives. Precondition: the evaluation is complete.
[[nodiscard]] std::vector<double> values_of(const std::vector<Objective>& objectives, const layout::Layout& layout,
                                            const Evaluation& evaluation);
// What the layout cannot do better than, by the bounds of `rows` (cycles = bound).
[[nodiscard]] std::vector<double> best_possible(const std::vector<Objective>& objectives, const layout::Layout& layout,
                                                const std::vector<Workload>& programs, unsigned cores);

// The same with every objective to be made small.
[[nodiscard]] std::vector<double> minimised(const std::vector<Objective>& objectives, std::vector<double> values);

// Minimised values: `a` is nowhere worse and somewhere better.
[[nodiscard]] bool dominates(const std::vector<double>& a, const std::vector<double>& b);
// Indices of those that none dominates, ascending. Equal ones all count.
[[nodiscard]] std::vector<std::size_t> front_of(const std::vector<std::vector<double>>& minimised);

// What the minimised values dominate, up to the reference point. Values that are not better than it everywhere add
// nothing.
[[nodiscard]] double hypervolume(std::vector<std::vector<double>> values, const std::vector<double>& reference);

}  // namespace vtpu::explore
