// The 121 address bits of a coordinate as one number (private to this room).
#pragma once

#include "isa/coordinate.hpp"

namespace vtpu::phext {

__extension__ using u128 = unsigned __int128;

inline constexpr unsigned kDims = isa::kDimensions;
inline constexpr unsigned kBits = isa::kDimensionBits;
inline constexpr unsigned kRowMask = isa::kDimensionSize - 1;
inline constexpr u128 kAddressMask = (static_cast<u128>(1) << (kDims * kBits)) - 1;

constexpr u128 join(const isa::Coordinate& c) { return (static_cast<u128>(c.hi) << 64U) | c.lo; }
constexpr isa::Coordinate split(u128 bits) {
  return {static_cast<std::uint64_t>(bits), static_cast<std::uint64_t>(bits >> 64U)};
}

}  // namespace vtpu::phext
