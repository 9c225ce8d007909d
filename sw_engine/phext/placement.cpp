#include "phext/placement.hpp"

#include <immintrin.h>

namespace vtpu::phext {
namespace {

using isa::Coordinate;
__extension__ using u128 = unsigned __int128;

constexpr unsigned kDims = isa::kDimensions;
constexpr unsigned kBits = isa::kDimensionBits;
constexpr unsigned kRowMask = isa::kDimensionSize - 1;
constexpr u128 kAddressMask = (static_cast<u128>(1) << (kDims * kBits)) - 1;

constexpr u128 join(const Coordinate& c) { return (static_cast<u128>(c.hi) << 64U) | c.lo; }
constexpr Coordinate split(u128 bits) {
  return {static_cast<std::uint64_t>(bits), static_cast<std::uint64_t>(bits >> 64U)};
}

// ---- z-order -----------------------------------------------------------------------------------------------------

// Every 11th bit, from bit `first` on: the bits that one row of the matrix takes after transposing.
constexpr u128 column_mask(unsigned first) {
  u128 mask = 0;
  for (unsigned i = 0; i < kDims; ++i) mask |= static_cast<u128>(1) << (kDims * i + first);
  return mask;
}

struct Column {
  std::uint64_t lo = 0;
  std::uint64_t hi = 0;
  unsigned lo_bits = 0;  // how many of the row's bits land in lo
};

constexpr std::array<Column, kDims> make_columns() {
  std::array<Column, kDims> columns{};
  for (unsigned d = 0; d < kDims; ++d) {
    const Coordinate halves = split(column_mask(d));
    columns[d] = {halves.lo, halves.hi, static_cast<unsigned>(__builtin_popcountll(halves.lo))};
  }
  return columns;
}
constexpr std::array<Column, kDims> kColumns = make_columns();

// Six bits spread to every 11th.
constexpr std::array<std::uint64_t, 64> make_spread() {
  std::array<std::uint64_t, 64> spread{};
  for (std::uint64_t x = 0; x < 64; ++x) {
    for (unsigned b = 0; b < 6; ++b) spread[x] |= ((x >> b) & 1U) << (kDims * b);
  }
  return spread;
}
constexpr std::array<std::uint64_t, 64> kSpread = make_spread();

bool bmi2_is_fast() {
  // pdep and pext of Zen 1 and Zen 2 are microcode, tens of cycles each: the table is faster there.
  return __builtin_cpu_supports("bmi2") && !__builtin_cpu_is("znver1") && !__builtin_cpu_is("znver2");
}

Coordinate transpose(const Coordinate& address) {
  static const bool kFast = bmi2_is_fast();
  return kFast ? transpose_bmi2(address) : transpose_portable(address);
}

// ---- Hilbert -----------------------------------------------------------------------------------------------------
// Hamilton's formulation of Butz's algorithm: per bit level, from the highest, the 11 bits of all dimensions name one
// of 2048 subcubes; rotated and reflected into the frame of the curve in the current cube, the Gray-code rank of the
// subcube is the next digit of the index. (C. Hamilton, "Compact Hilbert indices", Dalhousie CS-2006-07.)

// One step down, packed so that the chain from level to level is one load and a few shifts:
//   bits 0..32   entry corner of the sub-curve, three times over: any rotation of it is a shift
//   bits 33..43  rank of the subcube, or (by rank) the subcube
//   bits 44..47  direction of the sub-curve plus 1: what the rotation grows by
using Step = std::uint64_t;
using Steps = std::array<Step, isa::kDimensionSize>;
constexpr unsigned kCopies = kRowMask + 2;  // x * kCopies is x twice over

constexpr unsigned gray(unsigned x) { return x ^ (x >> 1U); }
constexpr unsigned value_of(Step step) { return static_cast<unsigned>(step >> 33U) & kRowMask; }
constexpr unsigned turn_of(Step step) { return static_cast<unsigned>(step >> 44U); }

constexpr Step make_step(unsigned rank, unsigned value) {
  const unsigned even = rank == 0 ? 0U : (rank - 1U) & ~1U;
  const unsigned odd = (rank & 1U) != 0 ? rank : rank - 1U;  // not used for rank 0
  const unsigned direction = rank == 0 ? 0U : static_cast<unsigned>(__builtin_ctz(~odd)) % kDims;
  const Step entry = gray(even);
  return entry | entry << kDims | entry << (2 * kDims) | static_cast<Step>(value) << 33U |
         static_cast<Step>(direction + 1U) << 44U;
}

constexpr Steps make_steps(bool by_rank) {
  Steps steps{};
  for (unsigned rank = 0; rank < isa::kDimensionSize; ++rank) {
    steps[by_rank ? rank : gray(rank)] = make_step(rank, by_rank ? gray(rank) : rank);
  }
  return steps;
}
constexpr Steps kStepBySubcube = make_steps(false);
constexpr Steps kStepByRank = make_steps(true);

// Frame of the curve inside the current cube: corner of entry (twice over, junk from bit 22 on), and rotation 1..11.
struct Frame {
  std::uint64_t entry = 0;
  unsigned rotation = 1;

  void enter(Step step) {
    entry ^= step >> (kDims - rotation);
    rotation += turn_of(step);
    rotation -= rotation > kDims ? kDims : 0U;
  }
};

u128 hilbert_index(const Coordinate& address) {
  u128 rows = join(transpose(address)) << (128U - kDims * kBits);  // the highest level on top
  u128 index = 0;
  Frame frame;
  for (unsigned level = 0; level < kBits; ++level, rows <<= kDims) {
    const std::uint64_t row = static_cast<std::uint64_t>(rows >> (128U - kDims)) * kCopies;
    const Step step = kStepBySubcube[((row ^ frame.entry) >> frame.rotation) & kRowMask];
    index = (index << kDims) | value_of(step);
    frame.enter(step);
  }
  return index;
}

Coordinate hilbert_coordinate(u128 index) {
  u128 rows = 0;
  Frame frame;
  index <<= 128U - kDims * kBits;
  for (unsigned level = 0; level < kBits; ++level, index <<= kDims) {
    const Step step = kStepByRank[static_cast<std::size_t>(index >> (128U - kDims))];
    const std::uint64_t subcube = static_cast<std::uint64_t>(value_of(step)) * kCopies;
    rows = (rows << kDims) | (((subcube >> (kDims - frame.rotation)) ^ frame.entry) & kRowMask);
    frame.enter(step);
  }
  return transpose(split(rows));
}

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

constexpr std::array<std::string_view, 4> kNames{"hash", "linear", "zorder", "hilbert"};

}  // namespace

std::string_view name_of(Placement placement) { return kNames[static_cast<std::size_t>(placement)]; }

std::optional<Placement> placement_named(std::string_view name) {
  for (const Placement placement : kPlacements) {
    if (name_of(placement) == name) return placement;
  }
  return std::nullopt;
}

bool cpu_has_bmi2() { return __builtin_cpu_supports("bmi2"); }

__attribute__((target("bmi2"))) Coordinate transpose_bmi2(const Coordinate& address) {
  Coordinate out;
  u128 rest = join(address);
  for (const Column& column : kColumns) {
    const std::uint64_t row = static_cast<std::uint64_t>(rest) & kRowMask;
    out.lo |= _pdep_u64(row, column.lo);
    out.hi |= _pdep_u64(row >> column.lo_bits, column.hi);
    rest >>= kBits;
  }
  return out;
}

Coordinate transpose_portable(const Coordinate& address) {
  u128 out = 0;
  u128 rest = join(address);
  for (unsigned d = 0; d < kDims; ++d) {
    const unsigned row = static_cast<unsigned>(rest) & kRowMask;
    out |= (kSpread[row & 63U] | (static_cast<u128>(kSpread[row >> 6U]) << (6U * kDims))) << d;
    rest >>= kBits;
  }
  return split(out);
}

PlacedCell place(Placement placement, const Coordinate& at) {
  const u128 linear = join(at) & kAddressMask;
  u128 index = linear;
  switch (placement) {
    case Placement::Linear: break;
    case Placement::ZOrder: index = join(transpose(split(linear))); break;
    case Placement::Hilbert: index = hilbert_index(split(linear)); break;
    case Placement::Hash: index = hash_index(linear); break;
  }
  const Coordinate page = split(index >> kCellBits);
  return {{page.hi, page.lo}, static_cast<unsigned>(index) & (kCellsPerPage - 1)};
}

Coordinate unplace(Placement placement, const PlacedCell& placed) {
  const u128 index = (join(Coordinate{placed.page.lo, placed.page.hi}) << kCellBits) | placed.cell;
  switch (placement) {
    case Placement::Linear: return split(index);
    case Placement::ZOrder: return transpose(split(index));
    case Placement::Hilbert: return hilbert_coordinate(index);
    case Placement::Hash: return split(unhash_index(index));
  }
  return split(index);
}

}  // namespace vtpu::phext
