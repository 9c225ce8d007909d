// Vector moves, integer operations and shuffles of the host machine.
#include <algorithm>
#include <bit>
#include <cstdlib>

#include "native/vector_lanes.hpp"

namespace vtpu::native {
namespace {

using lowering::HostInst;
using lowering::HostOp;

using U8 = std::uint8_t;
using U16 = std::uint16_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;

// ---- moves ----

template <typename T, std::size_t kBytes>
void move_vector(const HostFrame& x) {
  auto d = lanes_of<T>(x, 1, kBytes);
  store_lanes(x, d, kBytes);
}

// The low element of a vector register from anywhere; zeros above.
template <typename T>
void move_to_vector(const HostFrame& x) {
  HostLanes<T> d{};
  d[0] = x.load<T>(1);
  store_bytes(x, d.data(), x.is_memory(0) ? sizeof(T) : 16);
}

template <typename T>
void move_to_general(const HostFrame& x) {
  store_general(x, x.load<T>(1));
}

void extract_high_lane(const HostFrame& x) { store_general(x, lanes_of<U64>(x, 1, 16)[1]); }

template <typename T, std::size_t kBytes>
void broadcast(const HostFrame& x) {
  HostLanes<T> d;
  d.fill(x.load<T>(1));
  store_lanes(x, d, kBytes);
}

void mask_to_general(const HostFrame& x) {
  if (x.is_memory(0)) return store_general(x, x.load<U16>(1));
  store_general(x, U32{x.load<U16>(1)});
}

void general_to_mask(const HostFrame& x) {
  const U64 mask = x.load<U16>(1);
  std::memcpy(x.at(0), &mask, sizeof(mask));
}

template <typename T, std::size_t kBytes>
void sign_mask(const HostFrame& x) {
  const auto a = lanes_of<T>(x, 1, kBytes);
  U32 mask = 0;
  for (std::size_t i = 0; i < kBytes / sizeof(T); ++i) mask |= static_cast<U32>(a[i] >> (sizeof(T) * 8 - 1)) << i;
  store_general(x, mask);
}

// ---- lane by lane ----

template <HostOp kOp, typename T>
T combine(T a, T b) {
  using S = std::make_signed_t<T>;
  if constexpr (kOp == HostOp::Vpaddd || kOp == HostOp::Vpaddq) return a + b;
  if constexpr (kOp == HostOp::Vpsubd) return a - b;
  if constexpr (kOp == HostOp::Vpmulld) return a * b;
  if constexpr (kOp == HostOp::Vpminsd) return static_cast<S>(a) < static_cast<S>(b) ? a : b;
  if constexpr (kOp == HostOp::Vpmaxsd) return static_cast<S>(a) > static_cast<S>(b) ? a : b;
  if constexpr (kOp == HostOp::Vpand) return a & b;
  if constexpr (kOp == HostOp::Vpandn) return ~a & b;
  if constexpr (kOp == HostOp::Vpor) return a | b;
  if constexpr (kOp == HostOp::Vpxor) return a ^ b;
  if constexpr (kOp == HostOp::Vpcmpeqd || kOp == HostOp::Vpcmpeqq) return a == b ? ~T{0} : T{0};
  if constexpr (kOp == HostOp::Vpcmpgtd) return static_cast<S>(a) > static_cast<S>(b) ? ~T{0} : T{0};
  if constexpr (kOp == HostOp::Vpsrlvd) return b < sizeof(T) * 8 ? a >> (b % (sizeof(T) * 8)) : T{0};
}

template <HostOp kOp, typename T, std::size_t kBytes>
void lane_by_lane(const HostFrame& x) {
  const auto a = lanes_of<T>(x, 1, kBytes);
  const auto b = lanes_of<T>(x, 2, kBytes);
  HostLanes<T> d;
  for (std::size_t i = 0; i < kBytes / sizeof(T); ++i) d[i] = combine<kOp, T>(a[i], b[i]);
  store_lanes(x, d, kBytes);
}

enum class ShiftKind : U8 { Left, Right, Arithmetic };

template <ShiftKind kKind, typename T>
T shifted(T a, U64 count) {
  constexpr U64 kBits = sizeof(T) * 8;
  using S = std::make_signed_t<T>;
  if constexpr (kKind == ShiftKind::Left) return count < kBits ? static_cast<T>(a << count) : T{0};
  if constexpr (kKind == ShiftKind::Right) return count < kBits ? static_cast<T>(a >> count) : T{0};
  if constexpr (kKind == ShiftKind::Arithmetic) {
    return static_cast<T>(static_cast<S>(a) >> std::min(count, kBits - 1));
  }
}

// One count for all lanes: the immediate's low byte, or the low 64 bits of the third operand.
template <ShiftKind kKind, typename T, std::size_t kBytes>
void shift(const HostFrame& x) {
  const auto a = lanes_of<T>(x, 1, kBytes);
  const bool immediate = x.inst.operand[2].place == DecodedOperand::kImmediate;
  const U64 count = immediate ? U64{x.load<U8>(2)} : x.load<U64>(2);
  HostLanes<T> d;
  for (std::size_t i = 0; i < kBytes / sizeof(T); ++i) d[i] = shifted<kKind, T>(a[i], count);
  store_lanes(x, d, kBytes);
}

template <typename T, std::size_t kBytes>
void count_ones(const HostFrame& x) {
  const auto a = lanes_of<T>(x, 1, kBytes);
  HostLanes<T> d;
  for (std::size_t i = 0; i < kBytes / sizeof(T); ++i) d[i] = static_cast<T>(std::popcount(a[i]));
  store_lanes(x, d, kBytes);
}

// Bit i of the result is bit (d, a, b) of the table, read as a three-bit number.
template <typename T, std::size_t kBytes>
void ternary_logic(const HostFrame& x) {
  auto d = lanes_of<T>(x, 0, kBytes);
  const auto a = lanes_of<T>(x, 1, kBytes);
  const auto b = lanes_of<T>(x, 2, kBytes);
  for (std::size_t i = 0; i < kBytes / sizeof(T); ++i) {
    T result = 0;
    for (unsigned row = 0; row < 8; ++row) {
      if (((x.inst.imm >> row) & 1) == 0) continue;
      result |= ((row & 4) != 0 ? d[i] : ~d[i]) & ((row & 2) != 0 ? a[i] : ~a[i]) & ((row & 1) != 0 ? b[i] : ~b[i]);
    }
    d[i] = result;
  }
  store_lanes(x, d, kBytes);
}

// ---- comparisons and selections ----

template <typename T>
bool integer_predicate(std::int64_t predicate, T a, T b) {
  switch (predicate & 7) {
    case 0: return a == b;
    case 1: return a < b;
    case 2: return a <= b;
    case 3: return false;
    case 4: return a != b;
    case 5: return a >= b;
    case 6: return a > b;
    default: return true;
  }
}

template <typename T, std::size_t kBytes>
void compare_to_mask(const HostFrame& x) {
  const auto a = lanes_of<T>(x, 1, kBytes);
  const auto b = lanes_of<T>(x, 2, kBytes);
  const std::int64_t predicate = x.inst.op == HostOp::VpcmpeqqK ? 0 : x.inst.imm;
  U64 mask = 0;
  for (std::size_t i = 0; i < kBytes / sizeof(T); ++i) mask |= U64{integer_predicate(predicate, a[i], b[i])} << i;
  store_mask(x, mask);
}

// Lanes of b where the mask is set, else of a (else zero).
template <typename T, std::size_t kBytes>
void blend_by_mask(const HostFrame& x) {
  auto a = lanes_of<T>(x, 1, kBytes);
  const auto b = lanes_of<T>(x, 2, kBytes);
  const U64 mask = x.registers.k[x.inst.write_mask];
  for (std::size_t i = 0; i < kBytes / sizeof(T); ++i) {
    if (((mask >> i) & 1U) != 0) {
      a[i] = b[i];
    } else if (x.inst.zeroing) {
      a[i] = 0;
    }
  }
  store_bytes(x, a.data(), kBytes);
}

// Lanes of b where c is negative, else of a.
template <typename T, std::size_t kBytes>
void blend_by_sign(const HostFrame& x) {
  auto a = lanes_of<T>(x, 1, kBytes);
  const auto b = lanes_of<T>(x, 2, kBytes);
  const auto c = lanes_of<T>(x, 3, kBytes);
  for (std::size_t i = 0; i < kBytes / sizeof(T); ++i) a[i] = (c[i] >> (sizeof(T) * 8 - 1)) != 0 ? b[i] : a[i];
  store_bytes(x, a.data(), kBytes);
}

// ---- sums of neighbours ----

template <typename T, std::size_t kBytes>
void multiply_add_pairs(const HostFrame& x) {
  const auto a = lanes_of<std::int16_t>(x, 1, kBytes);
  const auto b = lanes_of<std::int16_t>(x, 2, kBytes);
  HostLanes<T> d;
  for (std::size_t i = 0; i < kBytes / sizeof(T); ++i) {
    const auto even = static_cast<T>(a[2 * i] * b[2 * i]);
    const auto odd = static_cast<T>(a[2 * i + 1] * b[2 * i + 1]);
    d[i] = even + odd;
  }
  store_lanes(x, d, kBytes);
}

template <typename T, std::size_t kBytes>
void dot_bytes(const HostFrame& x) {
  auto d = lanes_of<T>(x, 0, kBytes);
  const auto a = lanes_of<U8>(x, 1, kBytes);
  const auto b = lanes_of<std::int8_t>(x, 2, kBytes);
  for (std::size_t i = 0; i < kBytes / sizeof(T); ++i) {
    for (std::size_t k = 4 * i; k < 4 * i + 4; ++k) d[i] += static_cast<T>(int{a[k]} * int{b[k]});
  }
  store_lanes(x, d, kBytes);
}

template <typename T, std::size_t kBytes>
void sum_of_differences(const HostFrame& x) {
  const auto a = lanes_of<U8>(x, 1, kBytes);
  const auto b = lanes_of<U8>(x, 2, kBytes);
  HostLanes<T> d{};
  for (std::size_t i = 0; i < kBytes; ++i) d[i / sizeof(T)] += static_cast<T>(std::abs(int{a[i]} - int{b[i]}));
  store_lanes(x, d, kBytes);
}

// ---- shuffles ----

template <typename T, std::size_t kBytes>
void shuffle_bytes(const HostFrame& x) {
  const auto a = lanes_of<T>(x, 1, kBytes);
  const auto b = lanes_of<T>(x, 2, kBytes);
  HostLanes<T> d;
  for (std::size_t i = 0; i < kBytes; ++i) d[i] = (b[i] & 0x80U) != 0 ? T{0} : a[(i & ~std::size_t{15}) + (b[i] & 15U)];
  store_lanes(x, d, kBytes);
}

template <typename T, std::size_t kBytes>
void shuffle_dwords(const HostFrame& x) {
  const auto a = lanes_of<T>(x, 1, kBytes);
  HostLanes<T> d;
  for (std::size_t i = 0; i < kBytes / sizeof(T); ++i) {
    d[i] = a[(i & ~std::size_t{3}) + static_cast<std::size_t>((x.inst.imm >> (2 * (i & 3))) & 3)];
  }
  store_lanes(x, d, kBytes);
}

template <typename T, std::size_t kBytes>
void permute_in_lane(const HostFrame& x) {
  const auto a = lanes_of<T>(x, 1, kBytes);
  const bool immediate = x.inst.operand[2].place == DecodedOperand::kImmediate;
  HostLanes<T> control{};
  if (!immediate) control = lanes_of<T>(x, 2, kBytes);
  HostLanes<T> d;
  for (std::size_t i = 0; i < kBytes / sizeof(T); ++i) {
    const std::uint64_t high = immediate ? (x.inst.imm >> i) & 1 : (control[i] >> 1U) & 1U;
    d[i] = a[(i & ~std::size_t{1}) + high];
  }
  store_lanes(x, d, kBytes);
}

// With an immediate: within each half of 256 bits. Without: lanes of operand 2 picked by operand 1.
template <typename T, std::size_t kBytes>
void permute_qwords(const HostFrame& x) {
  constexpr std::size_t kCount = kBytes / sizeof(T);
  const auto a = lanes_of<T>(x, 1, kBytes);
  HostLanes<T> d;
  if (x.inst.operand[2].place == DecodedOperand::kImmediate) {
    for (std::size_t i = 0; i < kCount; ++i) {
      d[i] = a[(i & ~std::size_t{3}) + static_cast<std::size_t>((x.inst.imm >> (2 * (i & 3))) & 3)];
    }
  } else {
    const auto b = lanes_of<T>(x, 2, kBytes);
    for (std::size_t i = 0; i < kCount; ++i) d[i] = b[a[i] % kCount];
  }
  store_lanes(x, d, kBytes);
}

// a above b, shifted right by lanes.
template <typename T, std::size_t kBytes>
void align_qwords(const HostFrame& x) {
  constexpr std::size_t kCount = kBytes / sizeof(T);
  const auto a = lanes_of<T>(x, 1, kBytes);
  const auto b = lanes_of<T>(x, 2, kBytes);
  HostLanes<T> d;
  for (std::size_t i = 0; i < kCount; ++i) {
    const std::size_t from = i + static_cast<std::size_t>(x.inst.imm) % kCount;
    d[i] = from < kCount ? b[from] : a[from - kCount];
  }
  store_lanes(x, d, kBytes);
}

// The lower half of the 128-bit lanes comes from a, the upper from b.
template <typename T, std::size_t kBytes>
void shuffle_128(const HostFrame& x) {
  constexpr std::size_t kLanes = kBytes / 16;
  constexpr unsigned kSelect = kLanes == 4 ? 2 : 1;  // bits of the immediate per lane
  const auto a = lanes_of<T>(x, 1, kBytes);
  const auto b = lanes_of<T>(x, 2, kBytes);
  HostLanes<T> d;
  for (std::size_t i = 0; i < kLanes; ++i) {
    const auto from = static_cast<std::size_t>(x.inst.imm >> (kSelect * i)) % kLanes;
    for (std::size_t k = 0; k < 2; ++k) d[2 * i + k] = i < kLanes / 2 ? a[2 * from + k] : b[2 * from + k];
  }
  store_lanes(x, d, kBytes);
}

template <std::size_t kPart, std::size_t kBytes>
void extract(const HostFrame& x) {
  const auto part = static_cast<std::size_t>(x.inst.imm) % (kBytes / kPart);
  std::array<std::byte, kPart> d;
  std::memcpy(d.data(), x.at(1) + part * kPart, kPart);
  store_bytes(x, d.data(), kPart);
}

template <std::size_t kPart, std::size_t kBytes>
void insert(const HostFrame& x) {
  const auto part = static_cast<std::size_t>(x.inst.imm) % (kBytes / kPart);
  std::array<std::byte, kBytes> d;
  std::memcpy(d.data(), x.at(1), kBytes);
  std::memcpy(d.data() + part * kPart, x.at(2), kPart);
  store_bytes(x, d.data(), kBytes);
}

// ---- selection ----

template <HostOp kOp, typename T>
HostHandler lane_handler(unsigned width) {
  return VTPU_BY_VECTOR_WIDTH(width, lane_by_lane, kOp, T);
}

template <ShiftKind kKind, typename T>
HostHandler shift_handler(unsigned width) {
  return VTPU_BY_VECTOR_WIDTH(width, shift, kKind, T);
}

HostHandler move_handler(const HostInst& inst) {
  const unsigned width = inst.width;
  switch (inst.op) {
    case HostOp::Vmov: return VTPU_BY_VECTOR_WIDTH(width, move_vector, U64);
    case HostOp::VmovqToVec:
    case HostOp::Vmovq: return move_to_vector<U64>;
    case HostOp::VmovdToVec: return move_to_vector<U32>;
    case HostOp::VmovqToGpr: return move_to_general<U64>;
    case HostOp::VmovdToGpr: return move_to_general<U32>;
    case HostOp::VpextrqHigh: return extract_high_lane;
    case HostOp::VpbroadcastqGpr:
    case HostOp::Vpbroadcastq: return VTPU_BY_VECTOR_WIDTH(width, broadcast, U64);
    case HostOp::VpbroadcastdGpr:
    case HostOp::Vpbroadcastd: return VTPU_BY_VECTOR_WIDTH(width, broadcast, U32);
    case HostOp::Vmovmskps: return VTPU_BY_VECTOR_WIDTH(width, sign_mask, U32);
    case HostOp::Vmovmskpd: return VTPU_BY_VECTOR_WIDTH(width, sign_mask, U64);
    case HostOp::KmovToGpr: return mask_to_general;
    case HostOp::KmovToMask: return general_to_mask;
    default: return nullptr;
  }
}

HostHandler lane_handler(HostOp op, unsigned width) {
  switch (op) {
    case HostOp::Vpaddd: return lane_handler<HostOp::Vpaddd, U32>(width);
    case HostOp::Vpaddq: return lane_handler<HostOp::Vpaddq, U64>(width);
    case HostOp::Vpsubd: return lane_handler<HostOp::Vpsubd, U32>(width);
    case HostOp::Vpmulld: return lane_handler<HostOp::Vpmulld, U32>(width);
    case HostOp::Vpminsd: return lane_handler<HostOp::Vpminsd, U32>(width);
    case HostOp::Vpmaxsd: return lane_handler<HostOp::Vpmaxsd, U32>(width);
    case HostOp::Vpand: return lane_handler<HostOp::Vpand, U64>(width);
    case HostOp::Vpandn: return lane_handler<HostOp::Vpandn, U64>(width);
    case HostOp::Vpor: return lane_handler<HostOp::Vpor, U64>(width);
    case HostOp::Vpxor: return lane_handler<HostOp::Vpxor, U64>(width);
    case HostOp::Vpcmpeqd: return lane_handler<HostOp::Vpcmpeqd, U32>(width);
    case HostOp::Vpcmpgtd: return lane_handler<HostOp::Vpcmpgtd, U32>(width);
    case HostOp::Vpcmpeqq: return lane_handler<HostOp::Vpcmpeqq, U64>(width);
    case HostOp::Vpsrlvd: return lane_handler<HostOp::Vpsrlvd, U32>(width);
    case HostOp::Vpslld: return shift_handler<ShiftKind::Left, U32>(width);
    case HostOp::Vpsrld: return shift_handler<ShiftKind::Right, U32>(width);
    case HostOp::Vpsrad: return shift_handler<ShiftKind::Arithmetic, U32>(width);
    case HostOp::Vpsllw: return shift_handler<ShiftKind::Left, U16>(width);
    case HostOp::Vpsrlw: return shift_handler<ShiftKind::Right, U16>(width);
    case HostOp::Vpsraw: return shift_handler<ShiftKind::Arithmetic, U16>(width);
    case HostOp::Vpsllq: return shift_handler<ShiftKind::Left, U64>(width);
    case HostOp::Vpsrlq: return shift_handler<ShiftKind::Right, U64>(width);
    case HostOp::Vpopcntq: return VTPU_BY_VECTOR_WIDTH(width, count_ones, U64);
    case HostOp::Vpmaddwd: return VTPU_BY_VECTOR_WIDTH(width, multiply_add_pairs, U32);
    case HostOp::Vpdpbusd: return VTPU_BY_VECTOR_WIDTH(width, dot_bytes, U32);
    case HostOp::Vpsadbw: return VTPU_BY_VECTOR_WIDTH(width, sum_of_differences, U64);
    default: return nullptr;
  }
}

HostHandler selection_handler(HostOp op, unsigned width) {
  switch (op) {
    case HostOp::VpcmpdK: return VTPU_BY_VECTOR_WIDTH(width, compare_to_mask, std::int32_t);
    case HostOp::VpcmpeqqK: return VTPU_BY_VECTOR_WIDTH(width, compare_to_mask, std::int64_t);
    case HostOp::VblendmD: return VTPU_BY_VECTOR_WIDTH(width, blend_by_mask, U32);
    case HostOp::VblendmQ: return VTPU_BY_VECTOR_WIDTH(width, blend_by_mask, U64);
    case HostOp::Vblendvps: return VTPU_BY_VECTOR_WIDTH(width, blend_by_sign, U32);
    case HostOp::Vblendvpd: return VTPU_BY_VECTOR_WIDTH(width, blend_by_sign, U64);
    case HostOp::Vpternlog: return VTPU_BY_VECTOR_WIDTH(width, ternary_logic, U64);
    default: return nullptr;
  }
}

HostHandler shuffle_handler(HostOp op, unsigned width) {
  switch (op) {
    case HostOp::Vpshufb: return VTPU_BY_VECTOR_WIDTH(width, shuffle_bytes, U8);
    case HostOp::Vpshufd: return VTPU_BY_VECTOR_WIDTH(width, shuffle_dwords, U32);
    case HostOp::Vpermilpd: return VTPU_BY_VECTOR_WIDTH(width, permute_in_lane, U64);
    case HostOp::Vpermq: return VTPU_BY_VECTOR_WIDTH(width, permute_qwords, U64);
    case HostOp::Valignq: return VTPU_BY_VECTOR_WIDTH(width, align_qwords, U64);
    case HostOp::Vshufi64x2: return VTPU_BY_VECTOR_WIDTH(width, shuffle_128, U64);
    case HostOp::Vextracti128: return width == 64 ? HostHandler{extract<16, 64>} : extract<16, 32>;
    case HostOp::Vextracti64x4: return extract<32, 64>;
    case HostOp::Vinserti128: return width == 64 ? HostHandler{insert<16, 64>} : insert<16, 32>;
    case HostOp::Vinserti64x4: return insert<32, 64>;
    default: return nullptr;
  }
}

// Operands of each family, the immediate included.
std::size_t operands_needed(HostOp op) {
  switch (op) {
    case HostOp::VpcmpdK:
    case HostOp::Vblendvps:
    case HostOp::Vblendvpd:
    case HostOp::Vpternlog:
    case HostOp::Valignq:
    case HostOp::Vshufi64x2:
    case HostOp::Vinserti128:
    case HostOp::Vinserti64x4: return 4;
    case HostOp::Vpopcntq: return 2;
    default: return 3;
  }
}

}  // namespace

HostHandler vector_handler(const HostInst& inst, std::size_t operands) {
  if (const HostHandler handler = move_handler(inst)) {
    const std::size_t needed = inst.op == HostOp::VpextrqHigh ? 3 : 2;
    return operands == needed ? handler : nullptr;
  }
  if (operands != operands_needed(inst.op)) return nullptr;
  if (const HostHandler handler = lane_handler(inst.op, inst.width)) return handler;
  if (const HostHandler handler = selection_handler(inst.op, inst.width)) return handler;
  return shuffle_handler(inst.op, inst.width);
}

}  // namespace vtpu::native
