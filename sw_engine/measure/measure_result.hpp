// What one measurement says, with everything that a reader needs to judge it.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "measure/cycle_source.hpp"
#include "measure/statistics.hpp"

namespace vtpu::measure {

struct MeasureResult {
  std::string name;  // of the loop under test

  std::string cpu_name;
  std::vector<int> cpu_numbers;  // the CPUs that the thread was pinned to, ascending
  std::string cycle_source;      // as CycleSource::name()

  double work_units_per_call = 0;
  std::string work_unit;                   // "operations", "words", "host instructions"
  std::uint64_t code_footprint_bytes = 0;  // of the code under test; 0 where the caller did not say
  std::uint64_t calls_per_sample = 1;

  // Cycles per call, the cost of an empty sample subtracted. `accepted_cycles` is what the core can do, absent where
  // no sample was accepted; `unfiltered_cycles` is what the user got.
  std::optional<Spread> accepted_cycles;
  Spread unfiltered_cycles;
  std::optional<double> instructions_per_call;  // retired host instructions, median of the accepted samples

  std::uint64_t samples_taken = 0;
  std::array<std::uint64_t, kVerdicts> samples_by_verdict{};  // indexed by Verdict
  double empty_sample_cycles = 0;                             // what was subtracted, per sample
  double full_width_nops_per_cycle = 0;                       // the learned width that probes were held against

  // "AMD EPYC (family 26 model 2 stepping 1), CPU 1", or "..., CPUs 0 and 1".
  [[nodiscard]] std::string where() const;

  [[nodiscard]] std::uint64_t samples_accepted() const;
  [[nodiscard]] double share_accepted() const;  // 0 to 1

  // The accepted median, or the unfiltered one where nothing was accepted.
  [[nodiscard]] double best_cycles_per_call() const;
  [[nodiscard]] double units_per_cycle() const;  // work units by best_cycles_per_call
};

[[nodiscard]] nlohmann::json to_json(const MeasureResult& result);

// Two lines for a terminal:
//   dot_product: 3.91 operations/cycle, 1048.0 cycles per call (p10 1046.2, p90 1052.9), unfiltered 1049.1
//     96 of 100 samples accepted; perf_event user cycles (rdpmc); AMD EPYC ..., CPU 1; code 640 bytes
[[nodiscard]] std::string to_text(const MeasureResult& result);

}  // namespace vtpu::measure
