// Which coordinate registers keep a constant distance in a dimension, wherever they point: two pointers into one array
// that advance together never meet other cells than those that their distance says.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "isa/program.hpp"
#include "pack/region.hpp"

namespace vtpu::pack {

// One dimension of a coordinate register at some place: as much as `leader` has there, plus `offset`. A register that
// is known to keep no distance to another leads itself, with offset 0.
struct Follows {
  unsigned leader = 0;
  std::int32_t offset = 0;
  friend bool operator==(const Follows&, const Follows&) = default;
};
using CoordinateRelations = std::array<std::array<Follows, isa::kDimensions>, isa::kCoordinateRegisters>;

// By first word of every straight region, each time that it is entered, by any sentron of the stream. A region that is
// the body of a loop is entered by every iteration.
[[nodiscard]] std::map<std::uint32_t, CoordinateRelations> coordinate_relations(const isa::Program& program,
                                                                                std::uint32_t stream,
                                                                                const std::vector<isa::Siw>& words,
                                                                                const std::vector<Region>& regions);

}  // namespace vtpu::pack
