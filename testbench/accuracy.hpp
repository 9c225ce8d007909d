// How well models predict this CPU: a suite of streams measured on it, and modelled by vtpu and by every llvm-mca that
// is installed, all on the same machine code in the same run.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "layout/layout.hpp"
#include "testbench/accuracy_statistics.hpp"
#include "testbench/explain.hpp"
#include "testbench/llvm_mca.hpp"
#include "testbench/measurement.hpp"
#include "testbench/stream_spec.hpp"

namespace vtpu::testbench {

struct AccuracyInput {
  std::string suite;  // "programs", "generated"
  isa::Program program;
  std::optional<StreamSpec> spec;  // of generated streams
};

// A stream with fewer accepted samples counts as not measured: where a CPU has few quiet moments, the one sample that
// passed for quiet can be 10 % off.
inline constexpr std::uint64_t kLeastAccepted = 3;

// Streams that take longer, as modelled, are not explained.
inline constexpr double kExplainedCycles = 200'000;

struct AccuracyOptions {
  const layout::Layout* layout = nullptr;  // of this CPU; required
  std::vector<LlvmMca> llvm_mca;
  MeasurementOptions measurement;
  unsigned jobs = 2;  // streams that are modelled at a time, after everything has been measured
  std::chrono::milliseconds longest_model{600'000};  // all tools on one stream
  unsigned explain = 0;  // streams that are explained, worst predicted first, of at most kExplainedCycles
  // File that keeps what is done: a run that was stopped goes on, one that came to its end measures again what it could
  // not. Empty: none.
  std::string journal;
  std::function<void(const std::string&)> progress;  // may be empty
};

struct StreamAccuracy {
  std::string suite;
  std::string name;
  std::string level;             // "l1", ...; "program" for programs
  std::string description;       // of generated streams, as JSON
  std::uint64_t operations = 0;  // of one run, those without an instruction left out
  std::uint64_t code_bytes = 0;
  // Operations per cycle; absent where the stream was not measured.
  std::optional<double> measured, measured_p10, measured_p90;
  double share_accepted = 0;                    // of the samples
  std::vector<std::optional<double>> modelled;  // by tool; absent: it gives no answer
  std::vector<ResourceBound> bounds;            // of vtpu's model, the tightest first
  std::string failure;                          // why vtpu's model gives no answer; else empty
};

struct Accuracy {
  std::vector<std::string> tools;  // "vtpu zen5" first, then "llvm-mca-19 znver5", ...
  std::vector<StreamAccuracy> streams;
  std::string cpu, cycle_source, isa;
  double share_rejected = 0;  // of all samples
  std::vector<Explanation> explanations;

  // Streams with fewer than kLeastAccepted accepted samples; no figure counts them.
  [[nodiscard]] std::size_t unmeasured() const;
  // Measured streams that vtpu answers, worst predicted first; indices into `streams`.
  [[nodiscard]] std::vector<std::size_t> worst_first() const;
  // Of a tool's answer; nothing where there is none, or no measurement.
  [[nodiscard]] std::optional<double> error_of(std::size_t stream, std::size_t tool) const;

  // Over the measured streams that the tool answers, or over those of them that `keep` accepts.
  using Filter = std::function<bool(const StreamAccuracy&)>;
  [[nodiscard]] AccuracyStatistics statistics(std::size_t tool, const Filter& keep = {}) const;
};

// Precondition: the programs are valid and no other thread runs. Errors: the measurement's; a journal of another run.
[[nodiscard]] Result<Accuracy> run_accuracy(const std::vector<AccuracyInput>& inputs, const AccuracyOptions& options);

}  // namespace vtpu::testbench
