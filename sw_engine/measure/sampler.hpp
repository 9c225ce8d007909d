// Measures loops under test: each round pinned to one CPU, round-robin over all of them, in several rounds spread over
// time, because busy neighbours come and go in seconds and samples of one burst share their fate.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "isa/result.hpp"
#include "measure/cycle_source.hpp"
#include "measure/measure_result.hpp"

namespace vtpu::measure {

// A piece of code to measure. Bodies shorter than some thousand cycles are called several times per sample, unless
// they have a `prepare`; the few cycles of each call then count as theirs, so tight code loops inside its body.
struct LoopUnderTest {
  std::string name;
  std::function<void()> prepare;  // before each sample, not measured; may be empty
  std::function<void()> body;     // what is measured
  double work_units_per_call = 1;
  std::string work_unit = "operations";
  std::uint64_t code_footprint_bytes = 0;
  Licence licence = Licence::scalar;
};

struct MeasureProgress {
  unsigned round = 0;  // just done, from 1
  unsigned most_rounds = 0;
  std::size_t loops_wanting = 0;  // that have fewer accepted samples than are enough; 0 until `rounds` are done
};

struct MeasureOptions {
  std::optional<int> cpu;  // pinned there; absent: before each round the CPU whose probes are widest, of a few
  double published_nops_per_cycle = 0;  // of this CPU; 0: its width is learned from probes alone
  unsigned rounds = 5;
  unsigned samples_per_round = 20;  // per loop
  std::chrono::milliseconds pause_between_rounds{100};
  // Further rounds go over the loops that have fewer accepted samples than this, at most `most_rounds` in all.
  unsigned enough_accepted = 10;
  unsigned most_rounds = 10;
  // Bodies without `prepare` are repeated within a sample up to about this many cycles; absent: what the source likes.
  std::optional<double> cycles_per_sample;
  std::function<void(const MeasureProgress&)> progress;  // after each round; may be empty
};

// One result per loop, in their order. Fails where the thread cannot be pinned.
[[nodiscard]] Result<std::vector<MeasureResult>> measure_many(CycleSource& source, std::span<const LoopUnderTest> loops,
                                                              const MeasureOptions& options);

[[nodiscard]] Result<MeasureResult> measure(CycleSource& source, const LoopUnderTest& loop,
                                            const MeasureOptions& options);

}  // namespace vtpu::measure
