// The elementary functions behind the D-pipe, one small inline function per operation and element type. compute_dense
// and the predecoded interpreter both call these, so that a result is defined in one place only.
//
// Element types: std::int64_t, std::int32_t (wrapping), double, float (NaN rules of semantics.hpp).
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "isa/op_table.hpp"
#include "isa/state.hpp"

namespace vtpu::isa::dense {

template <typename T>
concept Element =
    std::same_as<T, std::int64_t> || std::same_as<T, std::int32_t> || std::same_as<T, double> || std::same_as<T, float>;

template <typename T>
inline constexpr bool kIsFloat = std::is_floating_point_v<T>;
template <typename T>
inline constexpr int kElements = static_cast<int>(sizeof(Vector) / sizeof(T));
// The unsigned integer of the same width.
template <typename T>
using BitsOf = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;

template <Element T>
[[nodiscard]] inline T quiet(T nan) {
  constexpr BitsOf<T> kQuiet = BitsOf<T>{1} << (std::numeric_limits<T>::digits - 2);
  return std::bit_cast<T>(static_cast<BitsOf<T>>(std::bit_cast<BitsOf<T>>(nan) | kQuiet));
}

template <Element T>
[[nodiscard]] inline T default_nan() {
  if constexpr (sizeof(T) == 8)
    return std::bit_cast<T>(std::uint64_t{0xFFF8000000000000U});
  else
    return std::bit_cast<T>(std::uint32_t{0xFFC00000U});
}

// `result`, or the NaN that the rules prescribe when it is one.
template <Element T, typename... Operands>
[[nodiscard]] inline T with_nan_rule(T result, Operands... operands) {
  if (!std::isnan(result)) [[likely]]
    return result;
  T nan = default_nan<T>();
  bool found = false;
  ((found = found || (std::isnan(operands) ? (nan = quiet<T>(operands), true) : false)), ...);
  return nan;
}

template <Element T>
[[nodiscard]] inline T add(T a, T b) {
  if constexpr (kIsFloat<T>)
    return with_nan_rule<T>(a + b, a, b);
  else
    return static_cast<T>(static_cast<BitsOf<T>>(a) + static_cast<BitsOf<T>>(b));
}

template <Element T>
[[nodiscard]] inline T sub(T a, T b) {
  if constexpr (kIsFloat<T>)
    return with_nan_rule<T>(a - b, a, b);
  else
    return static_cast<T>(static_cast<BitsOf<T>>(a) - static_cast<BitsOf<T>>(b));
}

template <Element T>
[[nodiscard]] inline T mul(T a, T b) {
  if constexpr (kIsFloat<T>)
    return with_nan_rule<T>(a * b, a, b);
  else
    return static_cast<T>(static_cast<BitsOf<T>>(a) * static_cast<BitsOf<T>>(b));
}

template <Element T>
[[nodiscard]] inline T fma(T a, T b, T c) {
  if constexpr (kIsFloat<T>) {
    return with_nan_rule<T>(std::fma(a, b, c), a, b, c);
  } else {
    return add<T>(mul<T>(a, b), c);
  }
}

template <Element T>
requires kIsFloat<T>
[[nodiscard]] inline T div(T a, T b) { return with_nan_rule<T>(a / b, a, b); }

template <Element T>
requires kIsFloat<T>
[[nodiscard]] inline T square_root(T a) { return with_nan_rule<T>(std::sqrt(a), a); }

// b where unordered or equal; a NaN that is chosen is passed on as it is.
template <Element T>
[[nodiscard]] inline T min(T a, T b) {
  return a < b ? a : b;
}

template <Element T>
[[nodiscard]] inline T max(T a, T b) {
  return a > b ? a : b;
}

// Ltu and Geu compare integers as unsigned; the validator refuses them for floating point.
template <Element T>
[[nodiscard]] inline bool compare(Cond cond, T a, T b) {
  switch (cond) {
    case Cond::Eq: return a == b;
    case Cond::Ne: return a != b;
    case Cond::Lt: return a < b;
    case Cond::Le: return a <= b;
    case Cond::Gt: return a > b;
    case Cond::Ge: return a >= b;
    case Cond::Ltu: return static_cast<BitsOf<T>>(a) < static_cast<BitsOf<T>>(b);
    case Cond::Geu: return static_cast<BitsOf<T>>(a) >= static_cast<BitsOf<T>>(b);
  }
  return false;
}

template <Element T>
[[nodiscard]] inline T reduce_pair(RedOp op, T a, T b) {
  switch (op) {
    case RedOp::Add: return add<T>(a, b);
    case RedOp::Min: return min<T>(a, b);
    case RedOp::Max: return max<T>(a, b);
  }
  return a;
}

// ---- lanes of a vector ----

template <Element T>
using Lanes = std::array<T, sizeof(Vector) / sizeof(T)>;

template <Element T>
[[nodiscard]] inline Lanes<T> lanes_of(const Vector& v) {
  Lanes<T> lanes;
  std::memcpy(lanes.data(), v.lane.data(), sizeof(Vector));
  return lanes;
}

template <Element T>
[[nodiscard]] inline Vector from_lanes(const Lanes<T>& lanes) {
  Vector v;
  std::memcpy(v.lane.data(), lanes.data(), sizeof(Vector));
  return v;
}

template <Element T>
[[nodiscard]] inline Vector scalar(T value) {
  Vector v;
  std::memcpy(v.lane.data(), &value, sizeof(T));
  return v;
}

template <Element T>
[[nodiscard]] inline Vector broadcast(T value) {
  Lanes<T> lanes;
  lanes.fill(value);
  return from_lanes<T>(lanes);
}

template <Element T, typename F>
[[nodiscard]] inline Vector map(const Vector& a, F f) {
  Lanes<T> x = lanes_of<T>(a);
  for (T& e : x) e = f(e);
  return from_lanes<T>(x);
}

template <Element T, typename F>
[[nodiscard]] inline Vector map(const Vector& a, const Vector& b, F f) {
  Lanes<T> x = lanes_of<T>(a);
  const Lanes<T> y = lanes_of<T>(b);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = f(x[i], y[i]);
  return from_lanes<T>(x);
}

template <Element T, typename F>
[[nodiscard]] inline Vector map(const Vector& a, const Vector& b, const Vector& c, F f) {
  Lanes<T> x = lanes_of<T>(a);
  const Lanes<T> y = lanes_of<T>(b);
  const Lanes<T> z = lanes_of<T>(c);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = f(x[i], y[i], z[i]);
  return from_lanes<T>(x);
}

template <Element T>
[[nodiscard]] inline std::uint16_t compare_lanes(Cond cond, const Vector& a, const Vector& b) {
  const Lanes<T> x = lanes_of<T>(a);
  const Lanes<T> y = lanes_of<T>(b);
  unsigned mask = 0;
  for (std::size_t i = 0; i < x.size(); ++i) mask |= static_cast<unsigned>(compare<T>(cond, x[i], y[i])) << i;
  return static_cast<std::uint16_t>(mask);
}

template <Element T>
[[nodiscard]] inline Vector select_lanes(std::uint16_t mask, const Vector& a, const Vector& b) {
  Lanes<T> x = lanes_of<T>(a);
  const Lanes<T> y = lanes_of<T>(b);
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (((mask >> i) & 1U) == 0) x[i] = y[i];
  }
  return from_lanes<T>(x);
}

// Tree of adjacent pairs: ((l0 op l1) op (l2 op l3)) op ...; result in lane 0.
template <Element T>
[[nodiscard]] inline Vector reduce_lanes(RedOp op, const Vector& a) {
  Lanes<T> x = lanes_of<T>(a);
  for (std::size_t n = x.size(); n > 1; n /= 2) {
    for (std::size_t i = 0; i < n / 2; ++i) x[i] = reduce_pair<T>(op, x[2 * i], x[2 * i + 1]);
  }
  return scalar<T>(x[0]);
}

// ---- conversions ----

// Toward zero; the most negative integer for NaN and for what does not fit.
template <Element I, Element F>
[[nodiscard]] inline I to_integer(F x) {
  constexpr F kLimit = static_cast<F>(BitsOf<I>{1} << (sizeof(I) * 8 - 1));  // 2^63 or 2^31, exact
  return x >= -kLimit && x < kLimit ? static_cast<I>(x) : std::numeric_limits<I>::min();
}

// ---- dot products ----

[[nodiscard]] inline float widen_bf16(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U);
}

// Per f32 lane: fma of the odd elements onto the fma of the even elements onto c.
[[nodiscard]] inline Vector dot_bf16(const Vector& a, const Vector& b, const Vector& c) {
  std::array<std::uint16_t, 32> x;
  std::array<std::uint16_t, 32> y;
  std::memcpy(x.data(), a.lane.data(), sizeof(Vector));
  std::memcpy(y.data(), b.lane.data(), sizeof(Vector));
  Lanes<float> sum = lanes_of<float>(c);
  for (std::size_t i = 0; i < sum.size(); ++i) {
    const float even = fma<float>(widen_bf16(x[2 * i]), widen_bf16(y[2 * i]), sum[i]);
    sum[i] = fma<float>(widen_bf16(x[2 * i + 1]), widen_bf16(y[2 * i + 1]), even);
  }
  return from_lanes<float>(sum);
}

// Per i32 lane: four products, a unsigned and b signed, added to c; wraps.
[[nodiscard]] inline Vector dot_i8(const Vector& a, const Vector& b, const Vector& c) {
  std::array<std::uint8_t, 64> x;
  std::array<std::int8_t, 64> y;
  std::memcpy(x.data(), a.lane.data(), sizeof(Vector));
  std::memcpy(y.data(), b.lane.data(), sizeof(Vector));
  Lanes<std::int32_t> sum = lanes_of<std::int32_t>(c);
  for (std::size_t i = 0; i < sum.size(); ++i) {
    for (std::size_t k = 4 * i; k < 4 * i + 4; ++k) sum[i] = add<std::int32_t>(sum[i], int{x[k]} * int{y[k]});
  }
  return from_lanes<std::int32_t>(sum);
}

// ---- hypervectors ----

[[nodiscard]] inline Vector hd_encode(std::uint64_t symbol) {
  const auto low = static_cast<std::uint32_t>(symbol);
  const std::uint32_t high = static_cast<std::uint32_t>(symbol >> 32U) * 0x85EBCA77U;
  std::array<std::uint32_t, 16> x;
  for (std::uint32_t k = 0; k < 16; ++k) {
    std::uint32_t h = (low + k * 0x9E3779B9U) ^ high;
    h ^= h >> 16U;  // the finalizer of MurmurHash3, 32 bits
    h *= 0x85EBCA6BU;
    h ^= h >> 13U;
    h *= 0xC2B2AE35U;
    h ^= h >> 16U;
    x[k] = h;
  }
  Vector v;
  std::memcpy(v.lane.data(), x.data(), sizeof(Vector));
  return v;
}

[[nodiscard]] inline Vector hd_bind(const Vector& a, const Vector& b) {
  Vector d;
  for (std::size_t i = 0; i < 8; ++i) d.lane[i] = a.lane[i] ^ b.lane[i];
  return d;
}

[[nodiscard]] inline Vector hd_bundle(const Vector& a, const Vector& b, const Vector& c) {
  Vector d;
  for (std::size_t i = 0; i < 8; ++i) {
    d.lane[i] = (a.lane[i] & b.lane[i]) | (a.lane[i] & c.lane[i]) | (b.lane[i] & c.lane[i]);
  }
  return d;
}

// Rotation of the 512-bit value towards its higher bits. n: 0..511.
[[nodiscard]] inline Vector hd_permute(const Vector& a, unsigned n) {
  Vector d;
  const unsigned words = n / 64;
  const unsigned bits = n % 64;
  for (unsigned i = 0; i < 8; ++i) {
    const std::uint64_t upper = a.lane[(i + 8 - words) % 8];
    const std::uint64_t lower = a.lane[(i + 7 - words) % 8];
    d.lane[i] = bits == 0 ? upper : (upper << bits) | (lower >> (64 - bits));
  }
  return d;
}

[[nodiscard]] inline std::uint64_t hd_similarity(const Vector& a, const Vector& b) {
  int different = 0;
  for (std::size_t i = 0; i < 8; ++i) different += std::popcount(a.lane[i] ^ b.lane[i]);
  return static_cast<std::uint64_t>(512 - different);
}

// ---- shifts ----

template <Element T>
requires(!kIsFloat<T>) [[nodiscard]] inline T shift(Op op, T a, unsigned n) {
  const auto bits = static_cast<BitsOf<T>>(a);
  if (op == Op::DSHL) return static_cast<T>(bits << n);
  if (op == Op::DSHR) return static_cast<T>(bits >> n);
  return static_cast<T>(a >> n);
}

}  // namespace vtpu::isa::dense
