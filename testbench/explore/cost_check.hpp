// The cost model against synthesis: the units of rtl/ that wake up, select and complete, and the bypass logic of
// bench/cost/, in sizes that the model was fitted to and in others.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "isa/result.hpp"

namespace vtpu::explore {

struct CostSample {
  std::string module;                           // "port_select"
  std::map<std::string, unsigned> sizes;        // parameters of the module
  bool fitted = false;                          // the coefficients are fitted to it; else it checks them
  std::uint64_t and_gates = 0, flip_flops = 0;  // as yosys counts them
  double counted = 0;                           // gates
  double modelled = 0;                          // gates, by cost.hpp
  [[nodiscard]] double error() const { return modelled / counted - 1; }
};

// The sizes that are synthesised, gates not counted yet.
[[nodiscard]] std::vector<CostSample> cost_samples();

// Synthesises a sample, from rtl/ or bench/cost/ below `root`. Errors: as yosys.hpp.
[[nodiscard]] Result<void> synthesise(CostSample& sample, const std::string& root);

// The model's gates of a sample.
[[nodiscard]] double modelled_gates(const CostSample& sample);

// Least squares over the fitted samples, each weighted by its own size: coefficient by name, for each module.
[[nodiscard]] std::map<std::string, double> fitted_coefficients(const std::vector<CostSample>& samples);

[[nodiscard]] std::string to_text(const std::vector<CostSample>& samples);

}  // namespace vtpu::explore
