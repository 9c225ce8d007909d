#include "measure/measure_result.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace vtpu::measure {
namespace {

nlohmann::json spread_to_json(const Spread& spread) {
  return {{"median", spread.median}, {"p10", spread.p10}, {"p90", spread.p90}};
}

nlohmann::json verdicts_to_json(const MeasureResult& result) {
  nlohmann::json counts = nlohmann::json::object();
  for (std::size_t i = 0; i < kVerdicts; ++i) {
    counts[std::string(verdict_name(static_cast<Verdict>(i)))] = result.samples_by_verdict[i];
  }
  return counts;
}

}  // namespace

std::uint64_t MeasureResult::samples_accepted() const {
  return samples_by_verdict[static_cast<std::size_t>(Verdict::accepted)];
}

double MeasureResult::share_accepted() const {
  return samples_taken == 0 ? 0 : static_cast<double>(samples_accepted()) / static_cast<double>(samples_taken);
}

std::string MeasureResult::where() const {
  return fmt::format("{}, CPU{} {}", cpu_name, cpu_numbers.size() == 1 ? "" : "s", fmt::join(cpu_numbers, " and "));
}

double MeasureResult::best_cycles_per_call() const {
  return accepted_cycles ? accepted_cycles->median : unfiltered_cycles.median;
}

double MeasureResult::units_per_cycle() const { return work_units_per_call / best_cycles_per_call(); }

nlohmann::json to_json(const MeasureResult& result) {
  nlohmann::json json = {
      {"name", result.name},
      {"cpu_name", result.cpu_name},
      {"cpu_numbers", result.cpu_numbers},
      {"cycle_source", result.cycle_source},
      {"work_unit", result.work_unit},
      {"work_units_per_call", result.work_units_per_call},
      {"work_units_per_cycle", result.units_per_cycle()},
      {"code_footprint_bytes", result.code_footprint_bytes},
      {"calls_per_sample", result.calls_per_sample},
      {"unfiltered_cycles_per_call", spread_to_json(result.unfiltered_cycles)},
      {"samples_taken", result.samples_taken},
      {"samples_by_verdict", verdicts_to_json(result)},
      {"share_accepted", result.share_accepted()},
      {"empty_sample_cycles", result.empty_sample_cycles},
      {"full_width_nops_per_cycle", result.full_width_nops_per_cycle},
  };
  json["accepted_cycles_per_call"] = result.accepted_cycles ? spread_to_json(*result.accepted_cycles) : nullptr;
  json["instructions_per_call"] =
      result.instructions_per_call ? nlohmann::json(*result.instructions_per_call) : nullptr;
  return json;
}

std::string to_text(const MeasureResult& result) {
  const Spread& shown = result.accepted_cycles ? *result.accepted_cycles : result.unfiltered_cycles;
  const std::string code =
      result.code_footprint_bytes == 0 ? "" : fmt::format("; code {} bytes", result.code_footprint_bytes);
  return fmt::format(
      "{}: {:.2f} {}/cycle, {:.1f} cycles per call (p10 {:.1f}, p90 {:.1f}), unfiltered {:.1f}\n"
      "  {} of {} samples accepted; {}; {}{}\n",
      result.name, result.units_per_cycle(), result.work_unit, shown.median, shown.p10, shown.p90,
      result.unfiltered_cycles.median, result.samples_accepted(), result.samples_taken, result.cycle_source,
      result.where(), code);
}

}  // namespace vtpu::measure
