// Where coordinate registers may point, for every word of a stream: intervals by dimension over all iterations and all
// sentrons that run it. Loop counts and start values are known, so steps by immediates are bounded exactly; only what
// is stepped by a register is unknown.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "isa/program.hpp"
#include "pack/coordinate_relations.hpp"
#include "pack/region.hpp"

namespace vtpu::pack {

struct Range {
  std::int16_t low = 0;
  std::int16_t high = isa::kDimensionSize - 1;
  friend bool operator==(const Range&, const Range&) = default;
};
using Box = std::array<Range, isa::kDimensions>;
inline constexpr Box kEverywhere{};
[[nodiscard]] bool boxes_meet(const Box& a, const Box& b);

struct StreamRanges {
  std::vector<Box> address;                   // by word: the register that its S slot addresses by, before a step
  std::vector<std::uint32_t> unproven_steps;  // words whose step may leave 0..2047, ascending
  std::vector<bool> unshared;                 // by word: no other sentron cares for its cell; empty: all might
  std::map<std::uint32_t, CoordinateRelations> relations;  // at the start of straight regions, by first word
};

// Of `words`, which the sentrons of `stream` run. Ranges hold as long as no step faults.
[[nodiscard]] StreamRanges coordinate_ranges(const isa::Program& program, std::uint32_t stream,
                                             const std::vector<isa::Siw>& words, const std::vector<Region>& regions);

}  // namespace vtpu::pack
