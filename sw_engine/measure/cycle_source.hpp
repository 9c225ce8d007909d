// Where cycles come from. Two sources: the kernel's performance counters where it offers them, and a method that
// calibrates the time stamp counter against code of known length where it does not.
//
//   auto source = open_cycle_source(CycleSourceChoice::automatic);
//   source->begin(Licence::scalar); body(); Reading reading = source->end();
//   ... many readings ...
//   source->judge(readings);   // marks which were undisturbed; needs all of them to know what undisturbed looks like
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "isa/result.hpp"

namespace vtpu::measure {

// Which frequency the code under test runs at: cores may lower theirs for integer code with vectors of 512 bits
// (light), and for floats and products on 256 and 512 bits (wide).
enum class Licence { scalar, light, wide };
inline constexpr std::size_t kLicences = 3;

enum class Verdict {
  accepted,
  interrupted,      // context switch or page fault while the body ran
  multiplexed,      // the counter was not counting all the time
  frequency_moved,  // the two calibrators around the body disagree
  width_lost,       // a probe beside the body did not reach the core's full width: a hyperthread neighbour was busy
};
inline constexpr std::size_t kVerdicts = 5;

[[nodiscard]] std::string_view verdict_name(Verdict verdict);

// One run of a body.
struct Reading {
  double cycles = 0;  // core cycles in user mode between begin and end, their own constant cost included
  double instructions = std::numeric_limits<double>::quiet_NaN();  // retired; NaN where the source cannot count them
  double probe_nops_per_cycle = 0;                                 // the slower of the two probes
  double calibrator_disagreement = 0;                              // relative difference of the two; 0 without them
  Verdict verdict = Verdict::accepted;
};

class CycleSource {
 public:
  CycleSource() = default;
  CycleSource(const CycleSource&) = delete;
  CycleSource& operator=(const CycleSource&) = delete;
  virtual ~CycleSource() = default;

  // As it stands in reports: "perf_event user cycles (rdpmc)".
  [[nodiscard]] virtual std::string name() const = 0;

  // The caller stays on one CPU from begin to end (see CpuPin). What follows begin directly is what gets counted.
  virtual void begin(Licence licence) = 0;
  [[nodiscard]] virtual Reading end() = 0;

  // How long a sample should be, in cycles, so that what its two ends disturb is small beside it.
  [[nodiscard]] virtual double good_sample_cycles() const = 0;

  // Gives every reading its verdict. Full width is learned from these and all earlier readings of this source, and is
  // not less than what was expected.
  void judge(std::span<Reading> readings);

  // The CPU's published width. Without it a neighbour who never rests passes for the core's own limit. Full width is
  // taken to be at least nearly this; none is learned yet.
  void expect_nops_per_cycle(double published);

  // Nops per cycle of undisturbed probes so far; 0 before the first judge.
  [[nodiscard]] double learned_nops_per_cycle() const { return learned_nops_per_cycle_; }

 private:
  double learned_nops_per_cycle_ = 0;
};

enum class CycleSourceChoice { automatic, perf, calibrated };

// "automatic", "perf" or "calibrated".
[[nodiscard]] Result<CycleSourceChoice> parse_cycle_source(std::string_view text);

// perf: fails with the reason where the kernel gives no user-mode core cycles. automatic: perf, else calibrated.
// Construction runs known code for some milliseconds; pin the thread first.
[[nodiscard]] Result<std::unique_ptr<CycleSource>> open_cycle_source(CycleSourceChoice choice);

}  // namespace vtpu::measure
