// Placement: which page and which cell of it holds a coordinate. Every policy is a bijection between the 121 address
// bits of a coordinate and a 121-bit index; the index's low 6 bits are the cell, the 115 bits above are the page key.
//
//   linear   the index is the coordinate itself: a page is 64 neighbours along dimension 0
//   zorder   bit b of dimension d is index bit 11 * b + d: a page is a 2x2x2x2x2x2 cube in dimensions 0..5
//   hilbert  the position along an 11-dimensional Hilbert curve: a page is 64 cells in a chain of neighbours
//   hash     linear, then four Feistel rounds: neighbours land on unrelated pages
//
// The first three can be shaped for a region: the dimensions along which it extends come first, and pages extend along
// them alone. zorder:d0,d1 has pages of 8 x 8, zorder:d0,d1,d2 of 4 x 4 x 4, linear:d1 of 64 along dimension 1.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "isa/coordinate.hpp"

namespace vtpu::phext {

enum class Placement : std::uint8_t { Hash, Linear, ZOrder, Hilbert };
inline constexpr std::array<Placement, 4> kPlacements{Placement::Hash, Placement::Linear, Placement::ZOrder,
                                                      Placement::Hilbert};
[[nodiscard]] std::string_view name_of(Placement placement);  // "hash", "linear", "zorder", "hilbert"

// A set of dimensions, one bit each.
using DimensionSet = std::uint16_t;
inline constexpr DimensionSet kAllDimensions = (1U << static_cast<unsigned>(isa::kDimensions)) - 1;

struct PlacementPolicy {
  // NOLINTNEXTLINE(google-explicit-constructor): a placement is the policy without a region
  constexpr PlacementPolicy(Placement kind_in = Placement::Linear) : kind(kind_in) {}
  // Hash has no pages to shape and takes no region. All dimensions, or none, mean the placement as it is.
  constexpr PlacementPolicy(Placement kind_in, DimensionSet region_in)
      : kind(kind_in),
        region(kind_in == Placement::Hash || region_in == kAllDimensions ? DimensionSet{0} : region_in) {}

  Placement kind;
  DimensionSet region = 0;

  // Engines with a translation table of their own key it by page where a page is a fixed set of coordinate bits, which
  // they know for linear and zorder, and by cell otherwise. This is the placement that says so.
  [[nodiscard]] constexpr Placement key_granularity() const { return region == 0 ? kind : Placement::Hilbert; }
  friend bool operator==(const PlacementPolicy&, const PlacementPolicy&) = default;
};
[[nodiscard]] std::string name_of(const PlacementPolicy& policy);  // "zorder", "zorder:d0,d1"
// Nothing for an unknown placement, a dimension that there is not, and a region for hash.
[[nodiscard]] std::optional<PlacementPolicy> placement_named(std::string_view name);
// What placement_named() takes, for messages: "hash, linear, zorder, hilbert or, for a region, zorder:d0,d1".
inline constexpr std::string_view kPlacementNames =
    "hash, linear, zorder, hilbert or, with pages along some dimensions only, as in zorder:d0,d1";

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
[[nodiscard]] PlacedCell place(const PlacementPolicy& policy, const isa::Coordinate& at);
// The inverse: the coordinate (without flags) that lies there.
[[nodiscard]] isa::Coordinate unplace(const PlacementPolicy& policy, const PlacedCell& placed);

}  // namespace vtpu::phext
