// Tier 3: one innermost loop, software-pipelined.
#pragma once

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
  RegisterMask used = 0;                         // registers that the rotation names

  [[nodiscard]] double executed_words() const;
};

struct PipelineAttempt {
  std::optional<PipelinedLoop> loop;
  std::string obstacle;  // why no smaller interval was possible, or none at all; empty: nothing stood in the way
};

// `free`: registers that may be used though the loop does not name them. `longest`: words of the iteration that the
// list scheduler makes, which an interval must beat.
[[nodiscard]] PipelineAttempt pipeline_loop(const LoopAnalysis& analysis, std::uint64_t count, RegisterMask live_after,
                                            RegisterMask free, unsigned longest);

// Fill, kernel and drain. Returns the first word of the kernel, nothing where it all is straight code. What is peeled
// is left to the caller.
std::optional<std::uint32_t> write_pipelined(const LoopAnalysis& analysis, const PipelinedLoop& loop,
                                             StreamWriter& writer);

}  // namespace vtpu::pack
