// Integer and memory-control operations of the host machine.
#include <bit>
#include <limits>
#include <type_traits>

#include "native/host_handlers.hpp"

namespace vtpu::native {

using lowering::HostCond;
using lowering::HostInst;
using lowering::HostOp;

bool condition_holds(HostCond cond, const HostFlags& f) {
  switch (cond) {
    case HostCond::O: return f.overflow;
    case HostCond::NO: return !f.overflow;
    case HostCond::B: return f.carry;
    case HostCond::AE: return !f.carry;
    case HostCond::E: return f.zero;
    case HostCond::NE: return !f.zero;
    case HostCond::BE: return f.carry || f.zero;
    case HostCond::A: return !f.carry && !f.zero;
    case HostCond::S: return f.sign;
    case HostCond::NS: return !f.sign;
    case HostCond::P: return f.parity;
    case HostCond::NP: return !f.parity;
    case HostCond::L: return f.sign != f.overflow;
    case HostCond::GE: return f.sign == f.overflow;
    case HostCond::LE: return f.zero || f.sign != f.overflow;
    case HostCond::G: return !f.zero && f.sign == f.overflow;
  }
  return false;
}

namespace {

template <typename T>
constexpr unsigned kBits = sizeof(T) * 8;

template <typename T>
void set_result_flags(HostFlags& flags, T result) {
  flags.zero = result == 0;
  flags.sign = (result >> (kBits<T> - 1)) != 0;
  flags.parity = std::popcount(static_cast<std::uint8_t>(result)) % 2 == 0;
}

// A 32-bit result clears the register's upper half, narrower ones leave it alone.
template <typename T>
void store(const HostFrame& x, std::size_t operand, T value) {
  if constexpr (sizeof(T) == 4) {
    if (!x.is_memory(operand)) {
      const std::uint64_t wide = value;
      std::memcpy(x.at(operand), &wide, sizeof(wide));
      return;
    }
  }
  std::memcpy(x.at(operand), &value, sizeof(T));
}

template <typename T>
void move(const HostFrame& x) {
  store<T>(x, 0, x.load<T>(1));
}

template <typename T>
void move_zero_extended(const HostFrame& x) {
  store<std::uint32_t>(x, 0, x.load<T>(1));
}

// The address is the memory operand's, not what lies there.
template <typename T>
void load_address(const HostFrame& x) {
  store<T>(x, 0, static_cast<T>(reinterpret_cast<std::uintptr_t>(x.at(1))));
}

template <typename T>
T subtract(HostFlags& flags, T a, T b) {
  const T d = static_cast<T>(a - b);
  flags.carry = a < b;
  flags.overflow = static_cast<T>((a ^ b) & (a ^ d)) >> (kBits<T> - 1) != 0;
  set_result_flags(flags, d);
  return d;
}

template <typename T>
T add(HostFlags& flags, T a, T b) {
  const T d = static_cast<T>(a + b);
  flags.carry = d < a;
  flags.overflow = static_cast<T>((a ^ d) & (b ^ d)) >> (kBits<T> - 1) != 0;
  set_result_flags(flags, d);
  return d;
}

template <typename T>
T logic(HostFlags& flags, T d) {
  flags.carry = false;
  flags.overflow = false;
  set_result_flags(flags, d);
  return d;
}

template <typename T, HostOp kOp>
void binary(const HostFrame& x) {
  HostFlags& flags = x.registers.flags;
  const T a = x.load<T>(0);
  const T b = x.load<T>(1);
  if constexpr (kOp == HostOp::Add) store<T>(x, 0, add<T>(flags, a, b));
  if constexpr (kOp == HostOp::Sub) store<T>(x, 0, subtract<T>(flags, a, b));
  if constexpr (kOp == HostOp::And) store<T>(x, 0, logic<T>(flags, a & b));
  if constexpr (kOp == HostOp::Or) store<T>(x, 0, logic<T>(flags, a | b));
  if constexpr (kOp == HostOp::Xor) store<T>(x, 0, logic<T>(flags, a ^ b));
  if constexpr (kOp == HostOp::Cmp) subtract<T>(flags, a, b);
  if constexpr (kOp == HostOp::Test) logic<T>(flags, static_cast<T>(a & b));
}

// kA and kB: positions of the factors (dst is one of them in the two-operand forms).
template <typename T, std::size_t kA, std::size_t kB>
void multiply(const HostFrame& x) {
  using Signed = std::make_signed_t<T>;
  Signed d = 0;
  const bool lost = __builtin_mul_overflow(static_cast<Signed>(x.load<T>(kA)), static_cast<Signed>(x.load<T>(kB)), &d);
  x.registers.flags.carry = lost;
  x.registers.flags.overflow = lost;
  store<T>(x, 0, static_cast<T>(d));
}

template <typename T, HostOp kOp>
void unary(const HostFrame& x) {
  HostFlags& flags = x.registers.flags;
  const T a = x.load<T>(0);
  if constexpr (kOp == HostOp::Not) {
    store<T>(x, 0, static_cast<T>(~a));
  } else if constexpr (kOp == HostOp::Neg) {
    store<T>(x, 0, subtract<T>(flags, 0, a));
  } else {
    const bool carry = flags.carry;  // inc and dec keep it
    store<T>(x, 0, kOp == HostOp::Inc ? add<T>(flags, a, 1) : subtract<T>(flags, a, 1));
    flags.carry = carry;
  }
}

template <typename T>
T shifted(HostOp op, T a, unsigned n) {
  if (op == HostOp::Shl || op == HostOp::Shlx) return static_cast<T>(a << n);
  if (op == HostOp::Shr || op == HostOp::Shrx) return static_cast<T>(a >> n);
  return static_cast<T>(static_cast<std::make_signed_t<T>>(a) >> n);
}

// The overflow flag is defined for a count of one only; no flag changes for a count of zero.
template <typename T, HostOp kOp>
void shift(const HostFrame& x) {
  const T a = x.load<T>(0);
  const unsigned n = x.load<std::uint8_t>(1) & (kBits<T> - 1);
  if (n == 0) return store<T>(x, 0, a);
  HostFlags& flags = x.registers.flags;
  const T d = shifted<T>(kOp, a, n);
  const T before = shifted<T>(kOp, a, n - 1);
  flags.carry = kOp == HostOp::Shl ? (before >> (kBits<T> - 1)) != 0 : (before & 1) != 0;
  if (kOp == HostOp::Shl) flags.overflow = ((d >> (kBits<T> - 1)) != 0) != flags.carry;
  if (kOp == HostOp::Shr) flags.overflow = (a >> (kBits<T> - 1)) != 0;
  if (kOp == HostOp::Sar) flags.overflow = false;
  set_result_flags(flags, d);
  store<T>(x, 0, d);
}

template <typename T, HostOp kOp>
void shift_without_flags(const HostFrame& x) {
  const auto n = static_cast<unsigned>(x.load<T>(2) & (kBits<T> - 1));
  store<T>(x, 0, shifted<T>(kOp, x.load<T>(1), n));
}

template <typename T>
void rotate(const HostFrame& x) {
  store<T>(x, 0, std::rotr(x.load<T>(1), static_cast<int>(x.inst.imm & (kBits<T> - 1))));
}

template <typename T>
void extract_field(const HostFrame& x) {
  const T control = x.load<T>(2);
  const unsigned start = control & 0xFF;
  const unsigned length = (control >> 8) & 0xFF;
  T d = start < kBits<T> ? static_cast<T>(x.load<T>(1) >> start) : T{0};
  if (length < kBits<T>) d &= static_cast<T>((T{1} << length) - 1);
  x.registers.flags.zero = d == 0;
  x.registers.flags.carry = false;
  x.registers.flags.overflow = false;
  store<T>(x, 0, d);
}

template <typename T>
void extract_bits(const HostFrame& x) {
  const T from = x.load<T>(1);
  T d = 0;
  T to = 1;
  for (T mask = x.load<T>(2); mask != 0; mask &= static_cast<T>(mask - 1), to = static_cast<T>(to << 1)) {
    if ((from & mask & (~mask + 1)) != 0) d |= to;
  }
  store<T>(x, 0, d);
}

template <typename T>
void count_ones(const HostFrame& x) {
  const T a = x.load<T>(1);
  x.registers.flags = {};
  x.registers.flags.zero = a == 0;
  store<T>(x, 0, static_cast<T>(std::popcount(a)));
}

template <typename T>
void count_trailing_zeros(const HostFrame& x) {
  const T a = x.load<T>(1);
  x.registers.flags.carry = a == 0;
  x.registers.flags.zero = (a & 1) != 0;
  store<T>(x, 0, static_cast<T>(std::countr_zero(a)));
}

void set_by_condition(const HostFrame& x) {
  store<std::uint8_t>(x, 0, condition_holds(x.inst.cond, x.registers.flags) ? 1 : 0);
}

// The source is read, and a 32-bit destination's upper half cleared, whether or not the condition holds.
template <typename T>
void move_by_condition(const HostFrame& x) {
  const T b = x.load<T>(1);
  store<T>(x, 0, condition_holds(x.inst.cond, x.registers.flags) ? b : x.load<T>(0));
}

void nothing(const HostFrame&) {}

// f called with a T of `width` bytes.
template <typename F>
HostHandler by_width(unsigned width, F f) {
  if (width == 8) return f(std::uint64_t{});
  if (width == 4) return f(std::uint32_t{});
  return nullptr;
}

template <typename F>
HostHandler by_any_width(unsigned width, F f) {
  if (width == 2) return f(std::uint16_t{});
  if (width == 1) return f(std::uint8_t{});
  return by_width(width, f);
}

template <HostOp kOp>
HostHandler binary_handler(unsigned width) {
  return by_any_width(width, []<typename T>(T) -> HostHandler { return binary<T, kOp>; });
}

template <HostOp kOp>
HostHandler unary_handler(unsigned width) {
  return by_width(width, []<typename T>(T) -> HostHandler { return unary<T, kOp>; });
}

template <HostOp kOp>
HostHandler shift_handler(unsigned width) {
  return by_width(width, []<typename T>(T) -> HostHandler { return shift<T, kOp>; });
}

template <HostOp kOp>
HostHandler flagless_shift_handler(unsigned width) {
  return by_width(width, []<typename T>(T) -> HostHandler { return shift_without_flags<T, kOp>; });
}

HostHandler multiply_handler(unsigned width, std::size_t operands) {
  return by_width(width, [=]<typename T>(T) -> HostHandler {
    if (operands == 3) return multiply<T, 1, 2>;
    return multiply<T, 0, 1>;
  });
}

HostHandler zero_extension_handler(unsigned width) {
  if (width == 1) return move_zero_extended<std::uint8_t>;
  if (width == 2) return move_zero_extended<std::uint16_t>;
  return nullptr;
}

}  // namespace

HostHandler integer_handler(const HostInst& inst, std::size_t operands) {
  const unsigned width = inst.width;
  switch (inst.op) {
    case HostOp::Mov:
    case HostOp::MovImm: return by_any_width(width, []<typename T>(T) -> HostHandler { return move<T>; });
    case HostOp::Movzx: return zero_extension_handler(width);
    case HostOp::Lea: return by_width(width, []<typename T>(T) -> HostHandler { return load_address<T>; });
    case HostOp::Add: return binary_handler<HostOp::Add>(width);
    case HostOp::Sub: return binary_handler<HostOp::Sub>(width);
    case HostOp::And: return binary_handler<HostOp::And>(width);
    case HostOp::Or: return binary_handler<HostOp::Or>(width);
    case HostOp::Xor: return binary_handler<HostOp::Xor>(width);
    case HostOp::Cmp: return binary_handler<HostOp::Cmp>(width);
    case HostOp::Test: return binary_handler<HostOp::Test>(width);
    case HostOp::Imul: return multiply_handler(width, operands);
    case HostOp::Neg: return unary_handler<HostOp::Neg>(width);
    case HostOp::Not: return unary_handler<HostOp::Not>(width);
    case HostOp::Inc: return unary_handler<HostOp::Inc>(width);
    case HostOp::Dec: return unary_handler<HostOp::Dec>(width);
    case HostOp::Shl: return shift_handler<HostOp::Shl>(width);
    case HostOp::Shr: return shift_handler<HostOp::Shr>(width);
    case HostOp::Sar: return shift_handler<HostOp::Sar>(width);
    case HostOp::Shlx: return flagless_shift_handler<HostOp::Shlx>(width);
    case HostOp::Shrx: return flagless_shift_handler<HostOp::Shrx>(width);
    case HostOp::Sarx: return flagless_shift_handler<HostOp::Sarx>(width);
    case HostOp::Rorx: return by_width(width, []<typename T>(T) -> HostHandler { return rotate<T>; });
    case HostOp::Bextr: return by_width(width, []<typename T>(T) -> HostHandler { return extract_field<T>; });
    case HostOp::Pext: return by_width(width, []<typename T>(T) -> HostHandler { return extract_bits<T>; });
    case HostOp::Popcnt: return by_width(width, []<typename T>(T) -> HostHandler { return count_ones<T>; });
    case HostOp::Tzcnt: return by_width(width, []<typename T>(T) -> HostHandler { return count_trailing_zeros<T>; });
    case HostOp::Setcc: return set_by_condition;
    case HostOp::Cmov: return by_width(width, []<typename T>(T) -> HostHandler { return move_by_condition<T>; });
    case HostOp::Jcc:
    case HostOp::Jmp:
    case HostOp::CallHelper:
    case HostOp::Exit:
    case HostOp::PrefetchT0:
    case HostOp::PrefetchT1:
    case HostOp::PrefetchT2:
    case HostOp::PrefetchNta:
    case HostOp::Clflushopt:
    case HostOp::Mfence: return nothing;
    default: return nullptr;
  }
}

}  // namespace vtpu::native
