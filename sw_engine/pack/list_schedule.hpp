// Tier 1 and tier 2: straight code into as few words as its dependences allow.
#pragma once

#include <cstdint>
#include <vector>

#include "isa/siw.hpp"
#include "pack/latency.hpp"
#include "pack/operation.hpp"

namespace vtpu::pack {

// Tier 1: neighbouring words merge where their operations are of different pipes and nothing but reads before writes is
// lost. Words of NOPs alone vanish.
[[nodiscard]] std::vector<isa::Siw> merge_neighbours(const std::vector<isa::Siw>& words, std::uint32_t first,
                                                     std::uint32_t end, const StreamRanges& ranges,
                                                     const Latencies& latencies);

struct ListSchedule {
  std::vector<isa::Siw> words;
  unsigned cycles = 0;  // that a core takes which issues them in order, one a cycle, from a standing start
};

// Tier 2: list scheduling by height. In order, two schedules are compared by the cycles that they take (one waits for
// latencies, one fills words); out of order the one with fewer words wins. Never more words than there were.
[[nodiscard]] ListSchedule list_schedule(const std::vector<isa::Siw>& words, std::uint32_t first, std::uint32_t end,
                                         const StreamRanges& ranges, const Latencies& latencies);

// Longer runs are scheduled in pieces of this many words, which bounds the comparisons of memory cells.
inline constexpr std::uint32_t kPieceWords = 512;

}  // namespace vtpu::pack
