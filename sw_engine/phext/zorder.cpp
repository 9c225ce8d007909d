#include "phext/zorder.hpp"

#include <immintrin.h>

#include <array>
#include <atomic>

#include "phext/wide_bits.hpp"

namespace vtpu::phext {
namespace {

using isa::Coordinate;

// Where one row of a matrix with k rows goes: every k-th bit of the index, from the row's number on.
struct Column {
  std::uint64_t lo = 0;
  std::uint64_t hi = 0;
  unsigned lo_bits = 0;  // how many of the row's bits land in lo
};
using Columns = std::array<Column, kDims>;  // by row

constexpr Columns make_columns(unsigned k) {
  Columns columns{};
  for (unsigned row = 0; row < k; ++row) {
    u128 mask = 0;
    for (unsigned bit = 0; bit < kBits; ++bit) mask |= static_cast<u128>(1) << (k * bit + row);
    const Coordinate halves = split(mask);
    columns[row] = {halves.lo, halves.hi, static_cast<unsigned>(__builtin_popcountll(halves.lo))};
  }
  return columns;
}

constexpr std::array<Columns, kDims + 1> make_all_columns() {
  std::array<Columns, kDims + 1> all{};
  for (unsigned k = 1; k <= kDims; ++k) all[k] = make_columns(k);
  return all;
}
constexpr std::array<Columns, kDims + 1> kColumns = make_all_columns();

// Six bits spread to every 11th.
constexpr std::array<std::uint64_t, 64> make_spread() {
  std::array<std::uint64_t, 64> spread{};
  for (std::uint64_t x = 0; x < 64; ++x) {
    for (unsigned b = 0; b < 6; ++b) spread[x] |= ((x >> b) & 1U) << (kDims * b);
  }
  return spread;
}
constexpr std::array<std::uint64_t, 64> kSpread = make_spread();

BitTools find_bit_tools() {
  // pdep and pext of Zen 1 and Zen 2 are microcode, tens of cycles each: the tables are faster there.
  if (!cpu_has_bmi2() || __builtin_cpu_is("znver1") || __builtin_cpu_is("znver2")) return BitTools::Tables;
  return cpu_has_gfni() ? BitTools::Gfni : BitTools::Pdep;
}

constexpr unsigned kOneWord = 5;  // rows that fit into 64 bits

__attribute__((target("bmi2"))) Coordinate interleave_bmi2(Coordinate rows, unsigned k) {
  Coordinate out;
  if (k <= kOneWord) {
    for (unsigned row = 0; row < k; ++row) out.lo |= _pdep_u64(rows.lo >> (kBits * row), kColumns[k][row].lo);
    return out;
  }
  u128 rest = join(rows);
  for (unsigned row = 0; row < k; ++row, rest >>= kBits) {
    const Column& column = kColumns[k][row];
    const auto bits = static_cast<std::uint64_t>(rest) & kRowMask;
    out.lo |= _pdep_u64(bits, column.lo);
    if (column.hi != 0) out.hi |= _pdep_u64(bits >> column.lo_bits, column.hi);
  }
  return out;
}

__attribute__((target("bmi2"))) Coordinate deinterleave_bmi2(Coordinate index, unsigned k) {
  u128 out = 0;
  for (unsigned row = k; row-- > 0;) {
    const Column& column = kColumns[k][row];
    const std::uint64_t bits =
        _pext_u64(index.lo, column.lo) | (column.hi == 0 ? 0 : _pext_u64(index.hi, column.hi) << column.lo_bits);
    out = (out << kBits) | bits;
  }
  return split(out);
}

using Transposition = Coordinate (*)(Coordinate);
Coordinate choose_and_transpose(Coordinate address);
std::atomic<Transposition> transposition{choose_and_transpose};

Coordinate choose_and_transpose(Coordinate address) {
  constexpr std::array<Transposition, 3> kWays{transpose_portable, transpose_bmi2, transpose_gfni};  // by BitTools
  transposition.store(kWays[static_cast<std::size_t>(bit_tools_of_this_cpu())], std::memory_order_relaxed);
  return transpose(address);
}

}  // namespace

bool cpu_has_bmi2() { return __builtin_cpu_supports("bmi2"); }
bool cpu_has_gfni() { return cpu_has_bmi2() && __builtin_cpu_supports("gfni") && __builtin_cpu_supports("avx"); }

BitTools bit_tools_of_this_cpu() {
  static const BitTools kTools = find_bit_tools();
  return kTools;
}

// The matrix, padded to 16 x 16, is two pairs of 8 x 8 blocks: rows 0..7 and rows 8..15, each with low and high bytes.
// gf2p8affineqb multiplies the bytes of its first operand by a matrix that the second one holds, last row in the first
// byte; with the unit vectors as the first operand the product is that matrix transposed.
__attribute__((target("bmi2,gfni,avx"))) Coordinate transpose_gfni(Coordinate address) {
  constexpr std::uint64_t kRows = 0x07FF07FF07FF07FFULL;  // four rows of 11 bits in 16 each
  const __m128i units = _mm_set1_epi64x(static_cast<long long>(0x8040201008040201ULL));
  const __m128i blocks = _mm_set_epi8(1, 3, 5, 7, 9, 11, 13, 15, 0, 2, 4, 6, 8, 10, 12, 14);  // rows backwards
  const std::uint64_t rows_0_3 = _pdep_u64(address.lo, kRows);
  const std::uint64_t rows_4_7 = _pdep_u64(address.lo >> 44U | address.hi << 20U, kRows);
  const std::uint64_t rows_8_10 = _pdep_u64(address.hi >> 24U, kRows);
  const __m128i low_rows =
      _mm_insert_epi64(_mm_cvtsi64_si128(static_cast<long long>(rows_0_3)), static_cast<long long>(rows_4_7), 1);
  const __m128i high_rows = _mm_cvtsi64_si128(static_cast<long long>(rows_8_10));
  const __m128i low = _mm_gf2p8affine_epi64_epi8(units, _mm_shuffle_epi8(low_rows, blocks), 0);
  const __m128i high = _mm_gf2p8affine_epi64_epi8(units, _mm_shuffle_epi8(high_rows, blocks), 0);
  const __m128i columns_0_7 = _mm_unpacklo_epi8(low, high);
  const __m128i columns_8_10 = _mm_unpackhi_epi8(low, high);
  const std::uint64_t a = _pext_u64(static_cast<std::uint64_t>(_mm_cvtsi128_si64(columns_0_7)), kRows);
  const std::uint64_t b = _pext_u64(static_cast<std::uint64_t>(_mm_extract_epi64(columns_0_7, 1)), kRows);
  const std::uint64_t c = _pext_u64(static_cast<std::uint64_t>(_mm_cvtsi128_si64(columns_8_10)), kRows);
  return {a | b << 44U, b >> 20U | c << 24U};
}

__attribute__((target("bmi2"))) Coordinate transpose_bmi2(Coordinate address) {
  return interleave_bmi2(address, kDims);
}

Coordinate transpose_portable(Coordinate address) {
  u128 out = 0;
  u128 rest = join(address);
  for (unsigned d = 0; d < kDims; ++d) {
    const unsigned row = static_cast<unsigned>(rest) & kRowMask;
    out |= (kSpread[row & 63U] | (static_cast<u128>(kSpread[row >> 6U]) << (6U * kDims))) << d;
    rest >>= kBits;
  }
  return split(out);
}

// A call through a pointer that the first call sets: no test of a guard on the way.
Coordinate transpose(Coordinate address) { return transposition.load(std::memory_order_relaxed)(address); }

Coordinate interleave_portable(Coordinate rows, unsigned k) {
  u128 out = 0;
  for (unsigned row = 0; row < k; ++row) {
    for (unsigned bit = 0; bit < kBits; ++bit) {
      out |= (join(rows) >> (kBits * row + bit) & 1U) << (k * bit + row);
    }
  }
  return split(out);
}

Coordinate deinterleave_portable(Coordinate index, unsigned k) {
  u128 out = 0;
  for (unsigned row = 0; row < k; ++row) {
    for (unsigned bit = 0; bit < kBits; ++bit) {
      out |= (join(index) >> (k * bit + row) & 1U) << (kBits * row + bit);
    }
  }
  return split(out);
}

Coordinate interleave(Coordinate rows, unsigned k) {
  if (k == kDims) return transpose(rows);
  return bit_tools_of_this_cpu() == BitTools::Tables ? interleave_portable(rows, k) : interleave_bmi2(rows, k);
}

Coordinate deinterleave(Coordinate index, unsigned k) {
  if (k == kDims) return transpose(index);
  return bit_tools_of_this_cpu() == BitTools::Tables ? deinterleave_portable(index, k) : deinterleave_bmi2(index, k);
}

}  // namespace vtpu::phext
