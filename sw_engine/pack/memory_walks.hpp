// How the accesses of a loop walk through memory: which lines an iteration reaches that no earlier one has.
#pragma once

#include <cstdint>
#include <vector>

#include "pack/coordinate_ranges.hpp"

namespace vtpu::pack {

// The accesses by one coordinate register, or by several that keep a distance along the walk. A cell is a line.
struct MemoryWalk {
  unsigned p = 0;  // the register that the cells are counted from
  int dimension = 0;
  int step = 0;                  // of one iteration, never 0
  std::vector<int> cells;        // that an iteration is the first to reach, from where p stands at its start, as walked
  std::uint64_t most_cells = 0;  // that the walk touches, over all entries of the loop
};

// Of the coordinate registers that `region`, an innermost loop, steps by immediates along one dimension.
[[nodiscard]] std::vector<MemoryWalk> memory_walks(const std::vector<isa::Siw>& words, const Region& region,
                                                   const StreamRanges& ranges);

}  // namespace vtpu::pack
