// Placement: which page and which cell of it holds a coordinate. Every policy is a bijection between the 121 address
// bits of a coordinate and a 121-bit index; the index's low 6 bits are the cell, the 115 bits above are the page key.
//
//   linear   the index is the coordinate itself: a page is 64 neighbours along dimension 0
//   zorder   bit b of dimension d is index bit 11 * b + d: a page is a 2x2x2x2x2x2 cube in dimensions 0..5
//   hilbert  the position along an 11-dimensional Hilbert curve: a page is 64 cells in a chain of neighbours
//   hash     linear, then four Feistel rounds: neighbours land on unrelated pages
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "isa/coordinate.hpp"

namespace vtpu::phext {

enum class Placement : std::uint8_t { Hash, Linear, ZOrder, Hilbert };
inline constexpr std::array<Placement, 4> kPlacements{Placement::Hash, Placement::Linear, Placement::ZOrder,
                                                      Placement::Hilbert};
[[nodiscard]] std::string_view name_of(Placement placement);  // "hash", "linear", "zorder", "hilbert"
[[nodiscard]] std::optional<Placement> placement_named(std::string_view name);

inline constexpr int kCellBits = 6;
inline constexpr unsigned kCellsPerPage = 1U << kCellBits;
inline constexpr int kPageKeyBits = isa::kDimensions * isa::kDimensionBits - kCellBits;  // 115

// 115 bits, the upper 13 of `hi` are zero.
struct PageKey {
  std::uint64_t hi = 0;
  std::uint64_t lo = 0;
  friend bool operator==(const PageKey&, const PageKey&) = default;
};

struct PlacedCell {
  PageKey page;
  unsigned cell = 0;  // 0..63
  friend bool operator==(const PlacedCell&, const PlacedCell&) = default;
};

// Flags of the coordinate are ignored.
[[nodiscard]] PlacedCell place(Placement placement, const isa::Coordinate& at);
// The inverse: the coordinate (without flags) that lies there.
[[nodiscard]] isa::Coordinate unplace(Placement placement, const PlacedCell& placed);

// The 11x11 bit matrix of a coordinate (row = dimension) transposed (row = bit), which is the z-order index and its own
// inverse. place() takes the first where the CPU has fast BMI2, else the second; both are open for tests.
[[nodiscard]] isa::Coordinate transpose_bmi2(const isa::Coordinate& address);  // precondition: cpu_has_bmi2()
[[nodiscard]] isa::Coordinate transpose_portable(const isa::Coordinate& address);
[[nodiscard]] bool cpu_has_bmi2();

}  // namespace vtpu::phext
