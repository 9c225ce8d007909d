#include "measure/cycle_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "measure/calibrated_tsc.hpp"
#include "measure/perf_cycles.hpp"
#include "measure/statistics.hpp"

namespace vtpu::measure {
namespace {

// Both limits from measurements on Golden Cove. Of samples whose probes reach 0.97 of full width 71 % are within 5 % of
// the fastest; between 0.93 and 0.97 24 % are.
constexpr double kCalibratorsAgreeWithin = 0.005;
constexpr double kShareOfFullWidth = 0.97;
// Of a published width that probes are sure to reach: 0.99 on Golden Cove, 0.96 on Zen 5. A busy neighbour leaves less
// than 0.8 of it.
constexpr double kShareOfPublished = 0.95;

Verdict verdict_of(const Reading& reading, double full_nops_per_cycle) {
  if (reading.verdict != Verdict::accepted) return reading.verdict;
  if (reading.calibrator_disagreement > kCalibratorsAgreeWithin) return Verdict::frequency_moved;
  if (reading.probe_nops_per_cycle < kShareOfFullWidth * full_nops_per_cycle) return Verdict::width_lost;
  return Verdict::accepted;
}

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::accepted: return "accepted";
    case Verdict::interrupted: return "interrupted";
    case Verdict::multiplexed: return "counter multiplexed";
    case Verdict::frequency_moved: return "frequency moved";
    case Verdict::width_lost: return "width lost to a neighbour";
  }
  return "unknown";
}

void CycleSource::judge(std::span<Reading> readings) {
  std::vector<double> rates;
  for (const Reading& reading : readings) {
    const bool calm =
        reading.verdict == Verdict::accepted && reading.calibrator_disagreement <= kCalibratorsAgreeWithin;
    if (calm) rates.push_back(reading.probe_nops_per_cycle);
  }
  learned_nops_per_cycle_ = std::max(learned_nops_per_cycle_, learned_full_rate(std::move(rates)));
  for (Reading& reading : readings) reading.verdict = verdict_of(reading, learned_nops_per_cycle_);
}

void CycleSource::expect_nops_per_cycle(double published) {
  learned_nops_per_cycle_ = std::max(learned_nops_per_cycle_, kShareOfPublished * published);
}

Result<CycleSourceChoice> parse_cycle_source(std::string_view text) {
  if (text == "automatic") return CycleSourceChoice::automatic;
  if (text == "perf") return CycleSourceChoice::perf;
  if (text == "calibrated") return CycleSourceChoice::calibrated;
  return fail("--cycle-source", fmt::format("'{}' is no cycle source; expected automatic, perf or calibrated", text));
}

Result<std::unique_ptr<CycleSource>> open_cycle_source(CycleSourceChoice choice) {
  if (choice == CycleSourceChoice::calibrated) return open_calibrated_tsc();
  auto perf = open_perf_cycles();
  if (perf || choice == CycleSourceChoice::perf) return perf;
  return open_calibrated_tsc();
}

}  // namespace vtpu::measure
