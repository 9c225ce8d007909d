// Programs measured on the CPU at hand: the native engine under the sampler's clock.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "isa/program.hpp"
#include "isa/result.hpp"
#include "lowering/host_op.hpp"
#include "measure/measure_result.hpp"
#include "measure/sampler.hpp"
#include "phext/placement.hpp"
#include "testbench/run_report.hpp"

namespace vtpu::testbench {

struct MeasurementOptions {
  std::optional<lowering::HostIsa> isa;  // absent: the best of this CPU
  phext::PlacementPolicy placement = phext::Placement::Linear;
  std::optional<int> cpu;               // pinned there
  double published_nops_per_cycle = 0;  // as measure::MeasureOptions
  unsigned rounds = 5;
  std::optional<unsigned> most_rounds;  // with those over programs that want accepted samples; absent: twice `rounds`
  unsigned samples_per_round = 20;
  measure::CycleSourceChoice source = measure::CycleSourceChoice::automatic;
  std::function<void(const measure::MeasureProgress&)> progress;  // after each round; may be empty
};

struct Measurement {
  std::string program;
  lowering::HostIsa isa = lowering::HostIsa::Avx512;
  std::uint64_t words = 0;  // of one run, executed
  PerPipe operations{};     // of one run, NOPs and elided ones left out
  PerPipe elided{};         // of one run, operations that lower to no instruction
  measure::MeasureResult result;

  // Operations per cycle. The 10th percentile of the cycles gives the 90th of these.
  [[nodiscard]] double at(double cycles) const;
  [[nodiscard]] double median() const { return at(result.best_cycles_per_call()); }
  [[nodiscard]] std::optional<double> p10() const;  // absent where no sample was accepted
  [[nodiscard]] std::optional<double> p90() const;
  [[nodiscard]] double unfiltered() const;
  [[nodiscard]] std::optional<double> host_instructions_per_cycle() const;
};

// One measurement per program, in their order; samples go round over all of them. Programs must come to their end.
[[nodiscard]] Result<std::vector<Measurement>> measure_programs(const std::vector<const isa::Program*>& programs,
                                                                const MeasurementOptions& options);

[[nodiscard]] nlohmann::json to_json(const Measurement& m);

}  // namespace vtpu::testbench
