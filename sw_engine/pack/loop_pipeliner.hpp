// Tier 3 on a whole stream: innermost loops become fill, kernel and drain; all else stays for the block packer.
#pragma once

#include <cstdint>
#include <vector>

#include "pack/latency.hpp"
#include "pack/pack.hpp"
#include "pack/stage.hpp"

namespace vtpu::pack {

// `reports`: of the loops of `source`, completed for those that are pipelined; `room`: words that the packed program
// may still grow by, less afterwards; `prefetch`: prefetches go into S slots that stay empty.
[[nodiscard]] Stage pipeline_loops(const isa::Program& program, const Sharing& sharing, std::uint32_t index,
                                   const Stage& source, const Latencies& latencies, bool prefetch,
                                   std::vector<LoopReport>& reports, std::uint64_t& room);

}  // namespace vtpu::pack
