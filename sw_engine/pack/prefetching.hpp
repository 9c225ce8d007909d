// Prefetches along the walks of a loop: the cell that the loop reaches some iterations later is asked for by `sprefch`,
// by a coordinate register of its own that steps as the walk does.
#pragma once

#include <string>
#include <vector>

#include "pack/latency.hpp"
#include "pack/loop_analysis.hpp"
#include "pack/memory_walks.hpp"

namespace vtpu::pack {

struct PrefetchPlan {
  std::vector<MemoryWalk> walks;  // whose latency nothing else hides, the largest first
  unsigned distance = 0;          // iterations ahead
  std::string why_none;           // where there are no walks

  [[nodiscard]] unsigned lines() const;  // of one iteration
};

// `interval`: words of an iteration as packed. Left out is what surely stays in L1, what the window of a core out of
// order hides, and what the core's own prefetcher follows.
[[nodiscard]] PrefetchPlan plan_prefetches(const std::vector<isa::Siw>& words, const Region& region,
                                           const StreamRanges& ranges, const LoopAnalysis& analysis,
                                           const Latencies& latencies, unsigned interval);

// The first `lines` lines of the plan, as operations behind those of the body. Their step needs an S slot too.
struct Prefetches {
  std::vector<Operation> operations;
  std::vector<isa::Siw> before;  // sets the registers up in front of the loop
  RegisterMask used = 0;         // registers that were free
  unsigned lines = 0;
};
// Fewer lines where `free` has too few coordinate registers: every walk takes one. `next_word`: a number for the first
// word of the operations, none of the body's.
[[nodiscard]] Prefetches prefetches_of(const PrefetchPlan& plan, unsigned lines, RegisterMask free,
                                       std::uint32_t next_word);

// The loop with its prefetches; bounds other than those by slots, immediates and coordinates stay.
[[nodiscard]] LoopAnalysis with_prefetches(const LoopAnalysis& analysis, const Prefetches& prefetches,
                                           const CoordinateGrowth& growth, const Latencies& latencies);

}  // namespace vtpu::pack
