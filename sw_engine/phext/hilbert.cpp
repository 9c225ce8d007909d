// Hamilton's formulation of Butz's algorithm: per bit level, from the highest, the k bits of all dimensions name one of
// 2^k subcubes; rotated and reflected into the frame of the curve in the current cube, the Gray-code rank of the
// subcube is the next digit of the index. (C. Hamilton, "Compact Hilbert indices", Dalhousie CS-2006-07.)
#include "phext/hilbert.hpp"

#include <array>
#include <stdexcept>
#include <utility>

#include "phext/wide_bits.hpp"

namespace vtpu::phext {
namespace {

using isa::Coordinate;

// One step down, packed so that the chain from level to level is one load and a few shifts:
//   bits 0..32   entry corner of the sub-curve, three times over: any rotation of it is a shift
//   bits 33..43  rank of the subcube, or (by rank) the subcube
//   bits 44..47  direction of the sub-curve plus 1: what the rotation grows by
using Step = std::uint64_t;

constexpr unsigned gray(unsigned x) { return x ^ (x >> 1U); }
constexpr unsigned value_of(Step step) { return static_cast<unsigned>(step >> 33U) & kRowMask; }
constexpr unsigned turn_of(Step step) { return static_cast<unsigned>(step >> 44U); }

template <unsigned K>
struct Curve {
  using Steps = std::array<Step, std::size_t{1} << K>;
  static constexpr unsigned kMask = (1U << K) - 1;
  static constexpr unsigned kCopies = kMask + 2;  // x * kCopies is x twice over

  static constexpr Step make_step(unsigned rank, unsigned value) {
    const unsigned even = rank == 0 ? 0U : (rank - 1U) & ~1U;
    const unsigned odd = (rank & 1U) != 0 ? rank : rank - 1U;  // not used for rank 0
    const unsigned direction = rank == 0 ? 0U : static_cast<unsigned>(__builtin_ctz(~odd)) % K;
    const Step entry = gray(even);
    return entry | entry << K | entry << (2 * K) | static_cast<Step>(value) << 33U |
           static_cast<Step>(direction + 1U) << 44U;
  }

  static constexpr Steps make_steps(bool by_rank) {
    Steps steps{};
    for (unsigned rank = 0; rank <= kMask; ++rank) {
      steps[by_rank ? rank : gray(rank)] = make_step(rank, by_rank ? gray(rank) : rank);
    }
    return steps;
  }
  static constexpr Steps kBySubcube = make_steps(false);
  static constexpr Steps kByRank = make_steps(true);

  // Frame of the curve inside the current cube: corner of entry (twice over, junk from bit 2 K on), rotation 1..K.
  struct Frame {
    std::uint64_t entry = 0;
    unsigned rotation = 1;

    void enter(Step step) {
      entry ^= step >> (K - rotation);
      rotation += turn_of(step);
      rotation -= rotation > K ? K : 0U;
    }
  };

  static Coordinate from_zorder(Coordinate zorder) {
    u128 rows = join(zorder) << (128U - K * kBits);  // the highest level on top
    u128 index = 0;
    Frame frame;
    for (unsigned level = 0; level < kBits; ++level, rows <<= K) {
      const std::uint64_t row = static_cast<std::uint64_t>(rows >> (128U - K)) * kCopies;
      const Step step = kBySubcube[((row ^ frame.entry) >> frame.rotation) & kMask];
      index = (index << K) | value_of(step);
      frame.enter(step);
    }
    return split(index);
  }

  static Coordinate to_zorder(Coordinate position) {
    u128 index = join(position) << (128U - K * kBits);
    u128 rows = 0;
    Frame frame;
    for (unsigned level = 0; level < kBits; ++level, index <<= K) {
      const Step step = kByRank[static_cast<std::size_t>(index >> (128U - K))];
      const std::uint64_t subcube = static_cast<std::uint64_t>(value_of(step)) * kCopies;
      rows = (rows << K) | (((subcube >> (K - frame.rotation)) ^ frame.entry) & kMask);
      frame.enter(step);
    }
    return split(rows);
  }
};

using Conversion = Coordinate (*)(Coordinate);
struct Conversions {
  Conversion from_zorder = nullptr;
  Conversion to_zorder = nullptr;
};

template <unsigned... K>
constexpr std::array<Conversions, sizeof...(K)> make_conversions(std::integer_sequence<unsigned, K...> /*from 0*/) {
  return {Conversions{Curve<K + 2>::from_zorder, Curve<K + 2>::to_zorder}...};
}
constexpr auto kConversions = make_conversions(std::make_integer_sequence<unsigned, kDims - 1>{});

const Conversions& conversions_for(unsigned k) {
  if (k < 2 || k > kDims) throw std::invalid_argument("a Hilbert curve runs through 2 to 11 dimensions");
  return kConversions[k - 2];
}

}  // namespace

Coordinate hilbert_from_zorder(Coordinate zorder, unsigned k) {
  return k == kDims ? Curve<kDims>::from_zorder(zorder) : conversions_for(k).from_zorder(zorder);
}

Coordinate zorder_from_hilbert(Coordinate position, unsigned k) {
  return k == kDims ? Curve<kDims>::to_zorder(position) : conversions_for(k).to_zorder(position);
}

}  // namespace vtpu::phext
