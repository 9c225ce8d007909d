// Tier 3: one innermost loop, software-pipelined.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pack/loop_analysis.hpp"
#include "pack/region.hpp"
#include "pack/rotation.hpp"

namespace vtpu::pack {

struct PipelinedLoop {
  ModuloSchedule schedule;
  Rotation rotation;
  LoopValues values;
  std::vector<std::vector<std::uint32_t>> rows;  // by word of one iteration: its operations
  std::uint64_t iterations = 0;                  // overlapped ones
  std::uint64_t peeled = 0;                      // run one by one behind them
  unsigned interval_words = 0;                   // words of an interval that hold anything
  unsigned late_words = 0;                       // the same in the last intervals, without what runs ahead
  std::uint64_t ahead = 0;                       // iterations that some operations run ahead by
  RegisterMask used = 0;                         // registers that the rotation names

  // Passes of the kernel in which all stages work, and those of them, the first ones, in which what runs ahead still
  // has an iteration to run ahead to.
  [[nodiscard]] std::uint64_t passes() const;
  [[nodiscard]] std::uint64_t passes_ahead() const;
  [[nodiscard]] std::uint64_t intervals_ahead() const;  // fill included
  [[nodiscard]] double executed_words() const;
  // Operations that run ahead, of `operations`, which the rows speak of.
  [[nodiscard]] double executed_ahead(const std::vector<Operation>& operations) const;
};

struct PipelineAttempt {
  std::optional<PipelinedLoop> loop;
  std::string obstacle;  // why no smaller interval was possible, or none at all; empty: nothing stood in the way
};

// `free`: registers that may be used though the loop does not name them. `longest`: words of the iteration that the
// list scheduler makes, which an interval must beat.
[[nodiscard]] PipelineAttempt pipeline_loop(const LoopAnalysis& analysis, std::uint64_t count, RegisterMask live_after,
                                            RegisterMask free, unsigned longest);

// Fill, kernel and drain. Where operations run ahead, the kernel comes twice, with them and without. Returns the first
// words of the kernels, none where it all is straight code. What is peeled is left to the caller.
std::vector<std::uint32_t> write_pipelined(const LoopAnalysis& analysis, const PipelinedLoop& loop,
                                           StreamWriter& writer);

}  // namespace vtpu::pack
