// A sum that every iteration adds to is a chain, and a loop cannot run faster than its latency. Where the operation is
// associative and commutative to the bit, which integer and bitwise ones are and floating-point ones are not, several
// iterations add to sums of their own, which are put together behind the loop.
#pragma once

#include "isa/program.hpp"
#include "pack/coordinate_ranges.hpp"
#include "pack/latency.hpp"
#include "pack/operation.hpp"

namespace vtpu::pack {

inline constexpr unsigned kMostAccumulators = 4;

struct SplitAccumulators {
  isa::Stream stream;  // the source's where nothing was split
  unsigned loops = 0;  // that were split: each is unrolled as often as it has accumulators
};

// Splits in innermost loops that wait for such chains longer than their words need, as far as registers last that no
// word of the stream touches; these have their start values again at the end.
[[nodiscard]] SplitAccumulators split_accumulators(const isa::Program& program, std::uint32_t stream,
                                                   const StreamRanges& ranges, const Latencies& latencies);

}  // namespace vtpu::pack
