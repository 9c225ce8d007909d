// An 11-dimensional phext coordinate in 128 bits: 11 fields of 11 bits, dimension 0 lowest, then 7 flag bits.
// Field 5 occupies bits 55..65 and so crosses the 64-bit boundary. Flags travel with the coordinate but do not
// address memory.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "isa/result.hpp"

namespace vtpu::isa {

inline constexpr int kDimensions = 11;
inline constexpr int kDimensionBits = 11;
inline constexpr std::uint32_t kDimensionSize = 1U << kDimensionBits;  // 2048 positions, 0..2047
inline constexpr int kFlagBits = 7;

struct Coordinate {
  std::uint64_t lo = 0;
  std::uint64_t hi = 0;

  friend bool operator==(const Coordinate&, const Coordinate&) = default;
  friend auto operator<=>(const Coordinate& a, const Coordinate& b) {
    return a.hi != b.hi ? a.hi <=> b.hi : a.lo <=> b.lo;
  }
};

using Dimensions = std::array<std::uint16_t, kDimensions>;  // index = dimension number, 0 is the lowest

[[nodiscard]] std::uint32_t get_dimension(const Coordinate& c, int dimension);
// Precondition: value < kDimensionSize. Other fields and the flags are kept.
[[nodiscard]] Coordinate with_dimension(Coordinate c, int dimension, std::uint32_t value);
[[nodiscard]] std::uint32_t get_flags(const Coordinate& c);
[[nodiscard]] Coordinate with_flags(Coordinate c, std::uint32_t flags);
// The coordinate as memory sees it: flags cleared.
[[nodiscard]] Coordinate address_of(Coordinate c);
[[nodiscard]] Dimensions to_dimensions(const Coordinate& c);
[[nodiscard]] Coordinate from_dimensions(const Dimensions& d, std::uint32_t flags = 0);

// The coordinate moved by `step` along `dimension`; nothing when it would leave 0..2047 (never a wrap).
[[nodiscard]] std::optional<Coordinate> step(const Coordinate& c, int dimension, std::int64_t step);

// "d10.d9.d8/d7.d6.d5/d4.d3.d2/d1.d0", followed by "!flags" when flags are not zero.
[[nodiscard]] std::string to_string(const Coordinate& c);
[[nodiscard]] Result<Coordinate> parse_coordinate(const std::string& text);

}  // namespace vtpu::isa
