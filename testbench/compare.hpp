// Engines side by side on real programs: states that must be equal, and modelled against measured operations per cycle.
#pragma once

#include <chrono>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "isa/program.hpp"
#include "layout/layout.hpp"
#include "testbench/measurement.hpp"

namespace vtpu::testbench {

struct CompareOptions {
  const layout::Layout* layout = nullptr;  // of this CPU; absent: nothing is modelled against measured
  const layout::Layout* state_layout =
      nullptr;                // for the systemc states where there is no layout of this CPU; required
  std::string llvm_mca_core;  // name of the layout of the core for which llvm-mca is asked; empty: it is not
  bool rtl = false;           // the RTL of the same core too
  bool measure = true;        // false: states and models only
  MeasurementOptions measurement;
  unsigned jobs = 1;                                 // programs that run at a time, before anything is measured
  std::chrono::milliseconds longest_run{600'000};    // all engines on one program
  std::function<void(const std::string&)> progress;  // may be empty
};

// One engine's state against the reference's.
struct EngineState {
  std::string engine;
  std::string digest;  // empty: the engine failed
  bool equal = false;
  std::vector<std::string> sentences;  // differences, or why it failed
};

struct Modelled {
  double operations_per_cycle = 0;  // over the operations that are counted in the measurement too
  std::uint64_t cycles = 0;
  std::string bottleneck;
  std::string worst_conflict;  // "S lost 212 cycles on agu1 to S"; empty: no conflict
};

struct ProgramComparison {
  std::string program;
  std::string reference_digest;
  std::vector<EngineState> states;
  std::optional<Modelled> modelled;  // host source on the layout of this CPU
  std::optional<Measurement> measured;
  std::optional<double> llvm_mca;  // operations per cycle
  std::optional<double> error;     // (modelled - measured) / measured

  [[nodiscard]] bool states_equal() const;
};

struct Comparison {
  std::vector<ProgramComparison> programs;
  std::string llvm_mca;  // "llvm-mca-19 for znver5", empty where there is none
  // Of the absolute errors; nothing where no program has one.
  [[nodiscard]] std::optional<double> mean_absolute_error() const;
  [[nodiscard]] bool states_equal() const;
};

// Precondition: the programs are valid and no other thread runs. Errors: the measurement's.
[[nodiscard]] Result<Comparison> compare(const std::vector<isa::Program>& programs, const CompareOptions& options);

[[nodiscard]] nlohmann::json to_json(const Comparison& comparison);
[[nodiscard]] std::string to_text(const Comparison& comparison);

}  // namespace vtpu::testbench
