// Floating-point operations of the host machine. Results of NaN operands follow x86: the first NaN operand in the
// instruction's order, quiet, or the default NaN.
#include <bit>
#include <cmath>

#include "isa/dense_ops.hpp"
#include "native/vector_lanes.hpp"

namespace vtpu::native {
namespace {

namespace dense = isa::dense;
using dense::Element;
using lowering::HostInst;
using lowering::HostOp;

enum class Arithmetic : std::uint8_t { Add, Sub, Mul, Div, Min, Max };

template <Arithmetic kOp, typename T>
T plain(T a, T b) {
  if constexpr (kOp == Arithmetic::Add) return a + b;
  if constexpr (kOp == Arithmetic::Sub) return a - b;
  if constexpr (kOp == Arithmetic::Mul) return a * b;
  if constexpr (kOp == Arithmetic::Div) return a / b;
  if constexpr (kOp == Arithmetic::Min) return dense::min<T>(a, b);
  if constexpr (kOp == Arithmetic::Max) return dense::max<T>(a, b);
}

template <typename T>
bool any_nan(const HostLanes<T>& lanes, std::size_t count) {
  bool found = false;
  for (std::size_t i = 0; i < count; ++i) found |= std::isnan(lanes[i]);
  return found;
}

// The compiler may have exchanged operands, which shows in NaNs only: those lanes are done again by the rule.
template <Arithmetic kOp, Element T, std::size_t kBytes>
void arithmetic(const HostFrame& x) {
  constexpr std::size_t kCount = kBytes / sizeof(T);
  const auto a = lanes_of<T>(x, 1, kBytes);
  const auto b = lanes_of<T>(x, 2, kBytes);
  HostLanes<T> d;
  for (std::size_t i = 0; i < kCount; ++i) d[i] = plain<kOp, T>(a[i], b[i]);
  if constexpr (kOp != Arithmetic::Min && kOp != Arithmetic::Max) {
    if (any_nan(d, kCount)) [[unlikely]] {
      for (std::size_t i = 0; i < kCount; ++i) d[i] = dense::with_nan_rule<T>(d[i], a[i], b[i]);
    }
  }
  store_lanes(x, d, kBytes);
}

template <Element T, std::size_t kBytes>
void square_root(const HostFrame& x) {
  const auto a = lanes_of<T>(x, 1, kBytes);
  HostLanes<T> d;
  for (std::size_t i = 0; i < kBytes / sizeof(T); ++i) d[i] = dense::square_root<T>(a[i]);
  store_lanes(x, d, kBytes);
}

// Fused multiply-add of whole registers. Both versions round once; the second is for CPUs that have the instruction.
template <typename T>
using FmaLanes = void (*)(const T* a, const T* b, const T* c, T* d, std::size_t count);

template <typename T>
void fma_portable(const T* a, const T* b, const T* c, T* d, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) d[i] = std::fma(a[i], b[i], c[i]);
}

#if defined(__x86_64__)
__attribute__((target("fma"))) void fma_x86(const float* a, const float* b, const float* c, float* d,
                                            std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) d[i] = __builtin_fmaf(a[i], b[i], c[i]);
}
__attribute__((target("fma"))) void fma_x86(const double* a, const double* b, const double* c, double* d,
                                            std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) d[i] = __builtin_fma(a[i], b[i], c[i]);
}
template <typename T>
FmaLanes<T> choose_fma() {
  return __builtin_cpu_supports("fma") ? static_cast<FmaLanes<T>>(fma_x86) : fma_portable<T>;
}
#else
template <typename T>
FmaLanes<T> choose_fma() {
  return fma_portable<T>;
}
#endif

const FmaLanes<float> kFmaFloat = choose_fma<float>();
const FmaLanes<double> kFmaDouble = choose_fma<double>();

void fma_lanes(const HostLanes<float>& a, const HostLanes<float>& b, const HostLanes<float>& c, HostLanes<float>& d,
               std::size_t count) {
  kFmaFloat(a.data(), b.data(), c.data(), d.data(), count);
}
void fma_lanes(const HostLanes<double>& a, const HostLanes<double>& b, const HostLanes<double>& c, HostLanes<double>& d,
               std::size_t count) {
  kFmaDouble(a.data(), b.data(), c.data(), d.data(), count);
}

// Positions of the factors and the addend in the operand list, and with them the order in which NaNs take precedence.
template <std::size_t kA, std::size_t kB, std::size_t kC, Element T, std::size_t kBytes>
void fused(const HostFrame& x) {
  constexpr std::size_t kCount = kBytes / sizeof(T);
  const auto a = lanes_of<T>(x, kA, kBytes);
  const auto b = lanes_of<T>(x, kB, kBytes);
  const auto c = lanes_of<T>(x, kC, kBytes);
  HostLanes<T> d;
  fma_lanes(a, b, c, d, kCount);
  if (any_nan(d, kCount)) [[unlikely]] {
    for (std::size_t i = 0; i < kCount; ++i) d[i] = dense::with_nan_rule<T>(d[i], a[i], b[i], c[i]);
  }
  store_lanes(x, d, kBytes);
}

// Scalar operations keep bits 64..127 of their first source.
void store_scalar(const HostFrame& x, double low, std::size_t upper_from) {
  HostLanes<double> d = lanes_of<double>(x, upper_from, 16);
  d[0] = low;
  store_bytes(x, d.data(), 16);
}

template <Arithmetic kOp>
void scalar_arithmetic(const HostFrame& x) {
  const auto a = x.load<double>(1);
  const auto b = x.load<double>(2);
  double d = plain<kOp, double>(a, b);
  if constexpr (kOp != Arithmetic::Min && kOp != Arithmetic::Max) d = dense::with_nan_rule<double>(d, a, b);
  store_scalar(x, d, 1);
}

void scalar_square_root(const HostFrame& x) { store_scalar(x, dense::square_root<double>(x.load<double>(2)), 1); }

template <std::size_t kA, std::size_t kB, std::size_t kC>
void scalar_fused(const HostFrame& x) {
  const auto a = x.load<double>(kA);
  const auto b = x.load<double>(kB);
  const auto c = x.load<double>(kC);
  store_scalar(x, dense::fma<double>(a, b, c), 0);
}

// Relations for which an x86 predicate holds, by its low four bits (bit 4 changes exceptions only).
enum Relation : std::uint8_t { kLess = 1, kEqual = 2, kGreater = 4, kUnordered = 8 };
constexpr std::array<std::uint8_t, 16> kPredicates{
    kEqual,                                 // EQ_OQ
    kLess,                                  // LT_OS
    kLess | kEqual,                         // LE_OS
    kUnordered,                             // UNORD_Q
    kLess | kGreater | kUnordered,          // NEQ_UQ
    kEqual | kGreater | kUnordered,         // NLT_US
    kGreater | kUnordered,                  // NLE_US
    kLess | kEqual | kGreater,              // ORD_Q
    kEqual | kUnordered,                    // EQ_UQ
    kLess | kUnordered,                     // NGE_US
    kLess | kEqual | kUnordered,            // NGT_US
    0,                                      // FALSE_OQ
    kLess | kGreater,                       // NEQ_OQ
    kEqual | kGreater,                      // GE_OS
    kGreater,                               // GT_OS
    kLess | kEqual | kGreater | kUnordered  // TRUE_UQ
};

template <typename T>
bool holds(std::int64_t predicate, T a, T b) {
  const unsigned relation = a < b ? kLess : a == b ? kEqual : a > b ? kGreater : kUnordered;
  return (kPredicates[static_cast<std::size_t>(predicate & 15)] & relation) != 0;
}

template <Element T, std::size_t kBytes>
void compare_to_mask(const HostFrame& x) {
  const auto a = lanes_of<T>(x, 1, kBytes);
  const auto b = lanes_of<T>(x, 2, kBytes);
  std::uint64_t mask = 0;
  for (std::size_t i = 0; i < kBytes / sizeof(T); ++i) mask |= std::uint64_t{holds(x.inst.imm, a[i], b[i])} << i;
  store_mask(x, mask);
}

template <Element T, std::size_t kBytes>
void compare_to_lanes(const HostFrame& x) {
  const auto a = lanes_of<T>(x, 1, kBytes);
  const auto b = lanes_of<T>(x, 2, kBytes);
  HostLanes<dense::BitsOf<T>> d;
  for (std::size_t i = 0; i < kBytes / sizeof(T); ++i) {
    d[i] = holds(x.inst.imm, a[i], b[i]) ? static_cast<dense::BitsOf<T>>(~dense::BitsOf<T>{0}) : dense::BitsOf<T>{0};
  }
  store_lanes(x, d, kBytes);
}

template <Element T, std::size_t kBytes>
void to_float(const HostFrame& x) {
  const auto a = lanes_of<std::int32_t>(x, 1, kBytes);
  HostLanes<T> d;
  for (std::size_t i = 0; i < kBytes / sizeof(T); ++i) d[i] = static_cast<T>(a[i]);
  store_lanes(x, d, kBytes);
}

template <Element T, std::size_t kBytes>
void to_integer(const HostFrame& x) {
  const auto a = lanes_of<T>(x, 1, kBytes);
  HostLanes<std::int32_t> d;
  for (std::size_t i = 0; i < kBytes / sizeof(T); ++i) d[i] = dense::to_integer<std::int32_t>(a[i]);
  store_lanes(x, d, kBytes);
}

template <typename I>
void scalar_to_double(const HostFrame& x) {
  store_scalar(x, static_cast<double>(x.load<I>(2)), 1);
}

template <typename I>
void scalar_to_integer(const HostFrame& x) {
  store_general(x, static_cast<std::make_unsigned_t<I>>(dense::to_integer<I>(x.load<double>(1))));
}

// dst, a, b are positions 0, 1, 2; the digits name first factor, second factor, addend as positions 1, 2, 3.
#define VTPU_132 0, 2, 1
#define VTPU_213 1, 0, 2
#define VTPU_231 1, 2, 0

HostHandler fused_handler(HostOp op, unsigned width) {
  switch (op) {
    case HostOp::Vfmadd132ps: return VTPU_BY_VECTOR_WIDTH(width, fused, VTPU_132, float);
    case HostOp::Vfmadd213ps: return VTPU_BY_VECTOR_WIDTH(width, fused, VTPU_213, float);
    case HostOp::Vfmadd231ps: return VTPU_BY_VECTOR_WIDTH(width, fused, VTPU_231, float);
    case HostOp::Vfmadd132pd: return VTPU_BY_VECTOR_WIDTH(width, fused, VTPU_132, double);
    case HostOp::Vfmadd213pd: return VTPU_BY_VECTOR_WIDTH(width, fused, VTPU_213, double);
    case HostOp::Vfmadd231pd: return VTPU_BY_VECTOR_WIDTH(width, fused, VTPU_231, double);
    case HostOp::Vfmadd132sd: return scalar_fused<VTPU_132>;
    case HostOp::Vfmadd213sd: return scalar_fused<VTPU_213>;
    case HostOp::Vfmadd231sd: return scalar_fused<VTPU_231>;
    default: return nullptr;
  }
}

template <Arithmetic kOp>
HostHandler arithmetic_handler(unsigned width, bool single) {
  return single ? VTPU_BY_VECTOR_WIDTH(width, arithmetic, kOp, float)
                : VTPU_BY_VECTOR_WIDTH(width, arithmetic, kOp, double);
}

HostHandler conversion_handler(const HostInst& inst) {
  switch (inst.op) {
    case HostOp::Vcvtsi2sd:
      return inst.width == 4 ? HostHandler{scalar_to_double<std::int32_t>} : scalar_to_double<std::int64_t>;
    case HostOp::Vcvttsd2si:
      return inst.width == 4 ? HostHandler{scalar_to_integer<std::int32_t>} : scalar_to_integer<std::int64_t>;
    case HostOp::Vcvtdq2ps: return VTPU_BY_VECTOR_WIDTH(inst.width, to_float, float);
    case HostOp::Vcvttps2dq: return VTPU_BY_VECTOR_WIDTH(inst.width, to_integer, float);
    default: return nullptr;
  }
}

HostHandler scalar_handler(HostOp op) {
  switch (op) {
    case HostOp::Vaddsd: return scalar_arithmetic<Arithmetic::Add>;
    case HostOp::Vsubsd: return scalar_arithmetic<Arithmetic::Sub>;
    case HostOp::Vmulsd: return scalar_arithmetic<Arithmetic::Mul>;
    case HostOp::Vdivsd: return scalar_arithmetic<Arithmetic::Div>;
    case HostOp::Vminsd: return scalar_arithmetic<Arithmetic::Min>;
    case HostOp::Vmaxsd: return scalar_arithmetic<Arithmetic::Max>;
    case HostOp::Vsqrtsd: return scalar_square_root;
    default: return nullptr;
  }
}

std::size_t operands_needed(HostOp op) {
  switch (op) {
    case HostOp::Vsqrtps:
    case HostOp::Vsqrtpd:
    case HostOp::Vcvttsd2si:
    case HostOp::Vcvtdq2ps:
    case HostOp::Vcvttps2dq: return 2;
    case HostOp::VcmppsK:
    case HostOp::VcmppdK:
    case HostOp::Vcmpps:
    case HostOp::Vcmppd: return 4;
    default: return 3;
  }
}

}  // namespace

HostHandler float_handler(const HostInst& inst, std::size_t operands) {
  if (operands != operands_needed(inst.op)) return nullptr;
  const unsigned width = inst.width;
  switch (inst.op) {
    case HostOp::Vaddps: return arithmetic_handler<Arithmetic::Add>(width, true);
    case HostOp::Vaddpd: return arithmetic_handler<Arithmetic::Add>(width, false);
    case HostOp::Vsubps: return arithmetic_handler<Arithmetic::Sub>(width, true);
    case HostOp::Vsubpd: return arithmetic_handler<Arithmetic::Sub>(width, false);
    case HostOp::Vmulps: return arithmetic_handler<Arithmetic::Mul>(width, true);
    case HostOp::Vmulpd: return arithmetic_handler<Arithmetic::Mul>(width, false);
    case HostOp::Vdivps: return arithmetic_handler<Arithmetic::Div>(width, true);
    case HostOp::Vdivpd: return arithmetic_handler<Arithmetic::Div>(width, false);
    case HostOp::Vminps: return arithmetic_handler<Arithmetic::Min>(width, true);
    case HostOp::Vminpd: return arithmetic_handler<Arithmetic::Min>(width, false);
    case HostOp::Vmaxps: return arithmetic_handler<Arithmetic::Max>(width, true);
    case HostOp::Vmaxpd: return arithmetic_handler<Arithmetic::Max>(width, false);
    case HostOp::Vsqrtps: return VTPU_BY_VECTOR_WIDTH(width, square_root, float);
    case HostOp::Vsqrtpd: return VTPU_BY_VECTOR_WIDTH(width, square_root, double);
    case HostOp::VcmppsK: return VTPU_BY_VECTOR_WIDTH(width, compare_to_mask, float);
    case HostOp::VcmppdK: return VTPU_BY_VECTOR_WIDTH(width, compare_to_mask, double);
    case HostOp::Vcmpps: return VTPU_BY_VECTOR_WIDTH(width, compare_to_lanes, float);
    case HostOp::Vcmppd: return VTPU_BY_VECTOR_WIDTH(width, compare_to_lanes, double);
    default: break;
  }
  if (const HostHandler handler = fused_handler(inst.op, width)) return handler;
  if (const HostHandler handler = scalar_handler(inst.op)) return handler;
  return conversion_handler(inst);
}

}  // namespace vtpu::native
