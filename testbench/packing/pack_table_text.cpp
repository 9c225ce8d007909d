// The pack table as text and as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "testbench/packing/pack_table.hpp"

namespace vtpu::testbench {
namespace {

using nlohmann::json;

constexpr double kFast = 3.0;      // operations per cycle measured, that at least ten programs should reach
constexpr double kVeryFast = 5.5;  // and at least three

std::string number(std::optional<double> value) { return value ? fmt::format("{:.2f}", *value) : std::string("-"); }
std::string above(std::optional<double> value) {
  return value ? fmt::format("{:+.1f} %", 100 * (*value - 1)) : std::string("-");
}
json or_null(std::optional<double> value) { return value ? json(*value) : json(); }

std::string words_table(const PackTable& table) {
  std::string out = fmt::format("{:<24} {:>7} {:>7} {:>7} {:>7} {:>8} {:>7} {:>9} {:>8} {:>9}\n", "operations per word",
                                "naive", "tier 1", "tier 2", "tier 3", "steady", "bound", "above", "by hand", "above");
  for (const PackRow& row : table.rows) {
    out += fmt::format("{:<24} {:>7.2f} {:>7.2f} {:>7.2f} {:>7.2f} {:>8} {:>7} {:>9} {:>8} {:>9}\n", row.program,
                       row.tiers[0], row.tiers[1], row.tiers[2], row.tiers[3], number(row.steady), number(row.bound),
                       above(row.over_bound), row.by_hand ? number(row.written) : "-", above(row.over_hand));
  }
  return out;
}

std::string cells(const FormSpeeds& speeds) {
  return fmt::format("  {:>6} {:>6} {:>6}", number(speeds.naive), number(speeds.packed), number(speeds.by_hand));
}

std::string speeds_table(const PackTable& table) {
  std::string head = fmt::format("{:<24}", "operations per cycle");
  std::string forms = fmt::format("{:<24}", "");
  const auto column = [&](const std::string& name) {
    head += fmt::format("  {:^20}", name);
    forms += fmt::format("  {:>6} {:>6} {:>6}", "naive", "tier 3", "hand");
  };
  for (const std::string& core : table.modelled) column("modelled, " + core);
  if (!table.measured_on.empty()) column("measured here");
  std::string out = head + "\n" + forms + "\n";
  for (const PackRow& row : table.rows) {
    out += fmt::format("{:<24}", row.program);
    for (const FormSpeeds& speeds : row.modelled) out += cells(speeds);
    if (!table.measured_on.empty()) out += cells(row.measured);
    out += "\n";
  }
  return out;
}

// The fastest of a program's forms, as measured.
double fastest(const PackRow& row) {
  return std::max({row.measured.naive.value_or(0), row.measured.packed.value_or(0), row.measured.by_hand.value_or(0)});
}

std::string names_where(const PackTable& table, const std::function<bool(const PackRow&)>& holds) {
  std::string names;
  for (const PackRow& row : table.rows) {
    if (holds(row)) names += (names.empty() ? "" : ", ") + row.program;
  }
  return names.empty() ? "none" : names;
}

std::string verdicts(const PackTable& table) {
  std::string out = "what keeps tier 3 from fewer words:\n";
  for (const PackRow& row : table.rows) {
    if (row.why.empty()) continue;
    out += fmt::format("  {:<24} {}{}\n", row.program, row.meets_bound() ? "" : "ABOVE ITS BOUND: ", row.why);
  }
  out += fmt::format("more than 3 % above the bound: {}\n",
                     names_where(table, [](const PackRow& r) { return !r.meets_bound(); }));
  out += fmt::format("more than 5 % above the words of the program packed by hand: {}\n",
                     names_where(table, [](const PackRow& r) { return !r.meets_hand(); }));
  out += "prefetches of tier 3:\n";
  for (const PackRow& row : table.rows) {
    if (!row.prefetches.empty()) out += fmt::format("  {:<24} {}\n", row.program, row.prefetches);
  }
  if (!table.measured_on.empty()) {
    out += fmt::format("measured on {}\n", table.measured_on);
    for (const double bar : {kFast, kVeryFast}) {
      out += fmt::format("at least {:.1f} operations per cycle: {}\n", bar,
                         names_where(table, [bar](const PackRow& r) { return fastest(r) >= bar; }));
    }
  }
  if (table.engines.empty()) return out;
  for (const PackRow& row : table.rows) {
    for (const std::string& d : row.differences) out += fmt::format("{} packed DIFFERS: {}\n", row.program, d);
  }
  out += fmt::format(
      "packed programs with the state of their source on every engine: {} of {} ({})\n",
      std::count_if(table.rows.begin(), table.rows.end(), [](const PackRow& r) { return r.differences.empty(); }),
      table.rows.size(), fmt::join(table.engines, "; "));
  return out;
}

json to_json(const FormSpeeds& speeds) {
  return {{"naive", or_null(speeds.naive)}, {"tier_3", or_null(speeds.packed)}, {"by_hand", or_null(speeds.by_hand)}};
}

}  // namespace

std::string to_text(const PackTable& table) {
  return fmt::format("packed for {}\n", table.layout) + words_table(table) + "\n" + speeds_table(table) + "\n" +
         verdicts(table);
}

json to_json(const PackTable& table) {
  json out{{"layout", table.layout}, {"engines", table.engines}, {"programs", json::array()}};
  out["measured_on"] = table.measured_on.empty() ? json() : json(table.measured_on);
  for (const PackRow& row : table.rows) {
    json entry{{"program", row.program},
               {"operations_per_word",
                {{"written", row.written},
                 {"naive", row.tiers[0]},
                 {"tier_1", row.tiers[1]},
                 {"tier_2", row.tiers[2]},
                 {"tier_3", row.tiers[3]},
                 {"steady", or_null(row.steady)},
                 {"bound", or_null(row.bound)}}},
               {"packed_by_hand", row.by_hand},
               {"words_over_bound", or_null(row.over_bound)},
               {"words_over_hand", or_null(row.over_hand)},
               {"meets_bound", row.meets_bound()},
               {"meets_hand", row.meets_hand()},
               {"why", row.why},
               {"prefetches", row.prefetches},
               {"differences", row.differences},
               {"modelled_operations_per_cycle", json::object()},
               {"measured_operations_per_cycle", to_json(row.measured)}};
    for (std::size_t i = 0; i < row.modelled.size(); ++i) {
      entry["modelled_operations_per_cycle"][table.modelled[i]] = to_json(row.modelled[i]);
    }
    out["programs"].push_back(std::move(entry));
  }
  return out;
}

}  // namespace vtpu::testbench
