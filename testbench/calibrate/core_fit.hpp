// Sizes, memory and features of a core: from loops that show one thing each, the number or the choice with which the
// model comes nearest.
#pragma once

#include "testbench/calibrate/layout_draft.hpp"

namespace vtpu::testbench {

struct CacheShape {
  std::uint32_t bytes = 0;
  unsigned ways = 0;  // 0: not known
};

struct FitOptions {
  lowering::HostIsa isa = lowering::HostIsa::Avx512;
  double noise = 0.05;
  bool sizes = true;                     // window, registers and queues, by what fits between two misses
  bool memory = true;                    // caches, TLBs, DRAM
  unsigned random_mixes = 128;           // that tell how queues give out ports; 0: not asked
  bool choose = true;                    // false: the loops of questions are read, and nothing is made of them
  CacheShape l1{32768}, l2{524288}, l3;  // as the machine tells them; an L3 of no bytes: it does not
  std::uint32_t far_bytes = 1U << 26U;   // more than any cache of it holds of one program
};

// Each changes the draft and notes what it changed.
[[nodiscard]] Result<void> fit_features(Meter& meter, const FitOptions& options, Draft& draft);
[[nodiscard]] Result<void> fit_sizes(Meter& meter, const FitOptions& options, Draft& draft);
[[nodiscard]] Result<void> fit_memory(Meter& meter, const FitOptions& options, Draft& draft);

// Mean over the loops of |modelled - measured| / measured.
[[nodiscard]] double misfit_of(const layout::Layout& layout, const std::vector<HostLoop>& loops,
                               const std::vector<LoopReading>& readings);

}  // namespace vtpu::testbench
