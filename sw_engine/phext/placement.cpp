#include "phext/placement.hpp"

#include <fmt/format.h>

#include <bit>
#include <charconv>

#include "phext/hilbert.hpp"
#include "phext/wide_bits.hpp"
#include "phext/zorder.hpp"

namespace vtpu::phext {
namespace {

using isa::Coordinate;

// ---- hash --------------------------------------------------------------------------------------------------------
// A Feistel network over halves of 60 (low) and 61 (high) bits: each round xors one half with a function of the other,
// so the same rounds in reverse undo it.

constexpr unsigned kLowBits = 60;
constexpr std::uint64_t kLowMask = (1ULL << kLowBits) - 1;
constexpr std::uint64_t kHighMask = (1ULL << 61U) - 1;
constexpr std::array<std::uint64_t, 4> kRoundKeys{0x9E3779B97F4A7C15ULL, 0xBF58476D1CE4E5B9ULL, 0x94D049BB133111EBULL,
                                                  0xD6E8FEB86659FD93ULL};

constexpr std::uint64_t mix64(std::uint64_t x) {  // finaliser of SplitMix64
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31U);
}

void feistel_round(std::uint64_t& low, std::uint64_t& high, std::size_t round) {
  if (round % 2 == 0) {
    high ^= mix64(low + kRoundKeys[round]) & kHighMask;
  } else {
    low ^= mix64(high + kRoundKeys[round]) & kLowMask;
  }
}

u128 hash_index(u128 linear) {
  std::uint64_t low = static_cast<std::uint64_t>(linear) & kLowMask;
  std::uint64_t high = static_cast<std::uint64_t>(linear >> kLowBits);
  for (std::size_t round = 0; round < kRoundKeys.size(); ++round) feistel_round(low, high, round);
  return (static_cast<u128>(high) << kLowBits) | low;
}

u128 unhash_index(u128 hashed) {
  std::uint64_t low = static_cast<std::uint64_t>(hashed) & kLowMask;
  std::uint64_t high = static_cast<std::uint64_t>(hashed >> kLowBits);
  for (std::size_t round = kRoundKeys.size(); round-- > 0;) feistel_round(low, high, round);
  return (static_cast<u128>(high) << kLowBits) | low;
}

// ---- regions -----------------------------------------------------------------------------------------------------

// Of u128, the bits below and those from `bit` on.
constexpr u128 below(u128 bits, unsigned bit) { return bits & ((static_cast<u128>(1) << bit) - 1); }

// The fields of a coordinate with those of the region first; both parts in ascending order of dimension.
struct Sorted {
  u128 region = 0;
  u128 rest = 0;
};

Sorted sort_fields(u128 fields, DimensionSet region) {
  Sorted sorted;
  sorted.rest = fields;
  for (unsigned left = region; left != 0;) {  // from the highest on: removing a field moves only those above it
    const unsigned d = static_cast<unsigned>(std::bit_width(left)) - 1;
    left &= ~(1U << d);
    const unsigned bit = d * kBits;
    sorted.region = (sorted.region << kBits) | (static_cast<std::uint64_t>(fields >> bit) & kRowMask);
    sorted.rest = (sorted.rest >> (bit + kBits)) << bit | below(sorted.rest, bit);
  }
  return sorted;
}

u128 unsort_fields(Sorted sorted, DimensionSet region) {
  u128 fields = sorted.rest;
  for (unsigned left = region; left != 0; left &= left - 1) {
    const unsigned bit = static_cast<unsigned>(std::countr_zero(left)) * kBits;
    fields = (fields >> bit) << (bit + kBits) | (sorted.region & kRowMask) << bit | below(fields, bit);
    sorted.region >>= kBits;
  }
  return fields;
}

// The order of cells inside k dimensions.
u128 order(Placement kind, u128 fields, unsigned k) {
  if (kind == Placement::Linear || k == 1) return fields;
  const Coordinate zorder = interleave(split(fields), k);
  return join(kind == Placement::ZOrder ? zorder : hilbert_from_zorder(zorder, k));
}

u128 undo_order(Placement kind, u128 index, unsigned k) {
  if (kind == Placement::Linear || k == 1) return index;
  const Coordinate zorder = kind == Placement::ZOrder ? split(index) : zorder_from_hilbert(split(index), k);
  return join(deinterleave(zorder, k));
}

// The dimensions 0..k-1, and few enough that their fields lie in the low half: these bits change places among
// themselves, all others stay.
constexpr bool is_low(DimensionSet region) { return region < 1U << 5U && (region & (region + 1U)) == 0; }

u128 index_in_region(const PlacementPolicy& policy, u128 fields) {
  const auto k = static_cast<unsigned>(std::popcount(policy.region));
  if (is_low(policy.region)) {
    const std::uint64_t mask = (std::uint64_t{1} << (k * kBits)) - 1;
    const auto lo = static_cast<std::uint64_t>(fields);
    const auto ordered = static_cast<std::uint64_t>(order(policy.kind, lo & mask, k));
    return (fields >> 64U) << 64U | ((lo & ~mask) | ordered);
  }
  const Sorted sorted = sort_fields(fields, policy.region);
  return sorted.rest << (k * kBits) | order(policy.kind, sorted.region, k);
}

u128 fields_in_region(const PlacementPolicy& policy, u128 index) {
  const auto k = static_cast<unsigned>(std::popcount(policy.region));
  if (is_low(policy.region)) {
    const std::uint64_t mask = (std::uint64_t{1} << (k * kBits)) - 1;
    const auto lo = static_cast<std::uint64_t>(index);
    const auto fields = static_cast<std::uint64_t>(undo_order(policy.kind, lo & mask, k));
    return (index >> 64U) << 64U | ((lo & ~mask) | fields);
  }
  return unsort_fields({undo_order(policy.kind, below(index, k * kBits), k), index >> (k * kBits)}, policy.region);
}

constexpr std::array<std::string_view, 4> kNames{"hash", "linear", "zorder", "hilbert"};

// "d0,d3"
std::optional<DimensionSet> dimensions_named(std::string_view text) {
  DimensionSet set = 0;
  while (true) {
    const std::string_view one = text.substr(0, text.find(','));
    unsigned dimension = kDims;
    if (one.size() < 2 || one[0] != 'd') return std::nullopt;
    const auto [end, error] = std::from_chars(one.data() + 1, one.data() + one.size(), dimension);
    if (error != std::errc{} || end != one.data() + one.size() || dimension >= kDims) return std::nullopt;
    set = static_cast<DimensionSet>(set | 1U << dimension);
    if (one.size() == text.size()) return set;
    text.remove_prefix(one.size() + 1);
  }
}

}  // namespace

std::string_view name_of(Placement placement) { return kNames[static_cast<std::size_t>(placement)]; }

std::string name_of(const PlacementPolicy& policy) {
  std::string name(name_of(policy.kind));
  for (unsigned d = 0; d < kDims; ++d) {
    if ((policy.region >> d & 1U) != 0) name += fmt::format("{}d{}", name.find(':') == name.npos ? ':' : ',', d);
  }
  return name;
}

std::optional<PlacementPolicy> placement_named(std::string_view name) {
  const std::size_t colon = name.find(':');
  for (const Placement placement : kPlacements) {
    if (name_of(placement) != name.substr(0, colon)) continue;
    if (colon == std::string_view::npos) return placement;
    const auto region = dimensions_named(name.substr(colon + 1));
    if (!region || placement == Placement::Hash) return std::nullopt;
    return PlacementPolicy(placement, *region);
  }
  return std::nullopt;
}

PlacedCell place(const PlacementPolicy& policy, const Coordinate& at) {
  const u128 linear = join(at) & kAddressMask;
  u128 index = linear;
  if (policy.region != 0) {
    index = index_in_region(policy, linear);
  } else {
    switch (policy.kind) {
      case Placement::Linear: break;
      case Placement::ZOrder: index = join(transpose(split(linear))); break;
      case Placement::Hilbert: index = join(hilbert_from_zorder(transpose(split(linear)), kDims)); break;
      case Placement::Hash: index = hash_index(linear); break;
    }
  }
  const Coordinate page = split(index >> kCellBits);
  return {{page.hi, page.lo}, static_cast<unsigned>(index) & (kCellsPerPage - 1)};
}

Coordinate unplace(const PlacementPolicy& policy, const PlacedCell& placed) {
  const u128 index = (join(Coordinate{placed.page.lo, placed.page.hi}) << kCellBits) | placed.cell;
  if (policy.region != 0) return split(fields_in_region(policy, index));
  switch (policy.kind) {
    case Placement::Linear: return split(index);
    case Placement::ZOrder: return transpose(split(index));
    case Placement::Hilbert: return transpose(zorder_from_hilbert(split(index), kDims));
    case Placement::Hash: return split(unhash_index(index));
  }
  return split(index);
}

}  // namespace vtpu::phext
