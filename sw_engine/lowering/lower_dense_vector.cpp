// D operations on v registers. Avx512: one 64-byte register each. Avx2: two 32-byte halves, some of them in the
// context.
#include <stdexcept>

#include "lowering/lowerer.hpp"

namespace vtpu::lowering {
namespace {

using isa::Cond;
using isa::Op;
using isa::OperandKind;
using isa::RedOp;
using isa::Type;

constexpr HostReg kScalarMask = mask(1);  // holds 1
constexpr HostReg kCompareMask = mask(2);
constexpr unsigned kScalarBytes = 16;

struct Lanewise {
  HostOp op = HostOp::Count;
  bool commutes = false;
};

// Where NaN rules depend on the order of operands, floating point does not commute.
Lanewise lanewise_of(Op op, Type type) {
  const bool ps = type == Type::F32x16;
  const bool integer = type == Type::I32x16;
  switch (op) {
    case Op::DADD: return {integer ? HostOp::Vpaddd : ps ? HostOp::Vaddps : HostOp::Vaddpd, integer};
    case Op::DSUB: return {integer ? HostOp::Vpsubd : ps ? HostOp::Vsubps : HostOp::Vsubpd, false};
    case Op::DMUL: return {integer ? HostOp::Vpmulld : ps ? HostOp::Vmulps : HostOp::Vmulpd, integer};
    case Op::DDIV: return {ps ? HostOp::Vdivps : HostOp::Vdivpd, false};
    case Op::DMIN: return {integer ? HostOp::Vpminsd : ps ? HostOp::Vminps : HostOp::Vminpd, integer};
    case Op::DMAX: return {integer ? HostOp::Vpmaxsd : ps ? HostOp::Vmaxps : HostOp::Vmaxpd, integer};
    case Op::DAND: return {HostOp::Vpand, true};
    case Op::DOR: return {HostOp::Vpor, true};
    case Op::DXOR: return {HostOp::Vpxor, true};
    default: throw std::logic_error("no lane-wise host operation");
  }
}

HostOp scalar_of(Op op) {
  switch (op) {
    case Op::DADD: return HostOp::Vaddsd;
    case Op::DSUB: return HostOp::Vsubsd;
    case Op::DMUL: return HostOp::Vmulsd;
    case Op::DDIV: return HostOp::Vdivsd;
    case Op::DMIN: return HostOp::Vminsd;
    case Op::DMAX: return HostOp::Vmaxsd;
    default: throw std::logic_error("no scalar host operation");
  }
}

// In the order 132, 213, 231.
using FmaForms = std::array<HostOp, 3>;
constexpr FmaForms kFmaPs{HostOp::Vfmadd132ps, HostOp::Vfmadd213ps, HostOp::Vfmadd231ps};
constexpr FmaForms kFmaPd{HostOp::Vfmadd132pd, HostOp::Vfmadd213pd, HostOp::Vfmadd231pd};
constexpr FmaForms kFmaSd{HostOp::Vfmadd132sd, HostOp::Vfmadd213sd, HostOp::Vfmadd231sd};

// x86 predicates: vcmpps and vcmppd (quiet), vpcmpd.
std::int64_t float_predicate(Cond cond) {
  switch (cond) {
    case Cond::Eq: return 0x00;
    case Cond::Ne: return 0x04;
    case Cond::Lt: return 0x11;
    case Cond::Le: return 0x12;
    case Cond::Gt: return 0x1E;
    case Cond::Ge: return 0x1D;
    default: throw std::logic_error("unsigned comparison of floating point");
  }
}
std::int64_t integer_predicate(Cond cond) {
  switch (cond) {
    case Cond::Eq: return 0;
    case Cond::Lt:
    case Cond::Ltu: return 1;
    case Cond::Le: return 2;
    case Cond::Ne: return 4;
    case Cond::Ge:
    case Cond::Geu: return 5;
    case Cond::Gt: return 6;
  }
  return 0;
}

bool is_unsigned(Cond cond) { return cond == Cond::Ltu || cond == Cond::Geu; }

}  // namespace

HostReg Lowerer::in_vec(const Operand& o, HostReg temporary, unsigned bytes) {
  if (o.is_reg()) return o.reg;
  e_.vec(HostOp::Vmov, bytes == 0 ? width() : bytes, temporary, o);
  return temporary;
}

void Lowerer::keep_result(const Operand& d, HostReg from) {
  if (d.is_mem()) e_.vstore(d.mem, from, width());
}

void Lowerer::move_vec(const Operand& dst, const Operand& src) {
  if (dst.same(src)) return;
  if (dst.is_reg()) return e_.vec(HostOp::Vmov, width(), dst.reg, src);
  e_.vstore(dst.mem, in_vec(src, vtemp(0)), width());
}

void Lowerer::zero_vec(const Operand& d) {
  const HostReg to = result_reg(d, vtemp(0));
  e_.vec(HostOp::Vpxor, kScalarBytes, to, to, to);
  keep_result(d, to);
}

void Lowerer::zero_above_scalar(unsigned v) {
  if (!avx512()) zero_vec(d_vector(v, 1));
}

void Lowerer::lower_lanewise(HostOp op, unsigned vd, unsigned va, unsigned vb, bool commutes) {
  for (unsigned part = 0; part < parts(); ++part) {
    const Operand d = d_vector(vd, part);
    Operand a = v_source(va, part);
    Operand b = v_source(vb, part);
    if (commutes && a.is_mem() && b.is_reg()) std::swap(a, b);
    const HostReg to = result_reg(d, vtemp(0));
    e_.vec(op, width(), to, in_vec(a, vtemp(0)), b);
    keep_result(d, to);
  }
}

void Lowerer::lower_lanewise(HostOp op, unsigned vd, unsigned va) {
  for (unsigned part = 0; part < parts(); ++part) {
    const Operand d = d_vector(vd, part);
    const HostReg to = result_reg(d, vtemp(0));
    e_.vec(op, width(), to, v_source(va, part));
    keep_result(d, to);
  }
}

// Lane 0, zeros above.
void Lowerer::lower_scalar_binary(HostOp packed, HostOp scalar, const isa::Slot& slot) {
  const Operand d = d_vector(slot.f[0], 0);
  const HostReg to = result_reg(d, vtemp(0));
  const HostReg a = in_vec(v_source(slot.f[1], 0), vtemp(0), kScalarBytes);
  const Operand b = v_source(slot.f[2], 0);
  if (avx512()) {
    e_.vec(packed, kScalarBytes, to, a, b, 0, kScalarMask);
  } else {
    e_.vec(scalar, kScalarBytes, to, a, b);
    e_.vec(HostOp::Vmovq, kScalarBytes, to, to);
  }
  keep_result(d, to);
  zero_above_scalar(slot.f[0]);
}

void Lowerer::lower_scalar_sqrt(const isa::Slot& slot) {
  const Operand d = d_vector(slot.f[0], 0);
  const HostReg to = result_reg(d, vtemp(0));
  const Operand a = v_source(slot.f[1], 0);
  if (avx512()) {
    e_.vec(HostOp::Vsqrtpd, kScalarBytes, to, a, 0, kScalarMask);
  } else {
    e_.vec(HostOp::Vsqrtsd, kScalarBytes, to, in_vec(a, vtemp(0), kScalarBytes), a);
    e_.vec(HostOp::Vmovq, kScalarBytes, to, to);
  }
  keep_result(d, to);
  zero_above_scalar(slot.f[0]);
}

// Of the three forms the one that needs no copy. All of them take a NaN from a, then b, then c: the multiplicand is
// the destination in 132 and the second operand in 213 and 231, and x86 looks at multiplicand, multiplier, addend.
void Lowerer::emit_fma(const FmaForms& forms, unsigned bytes, const Operand& d, const Operand& a, const Operand& b,
                       const Operand& c, HostReg mask_reg) {
  const HostReg to = result_reg(d, vtemp(0));
  if (a.same(to) && c.is_reg()) {
    e_.vec(forms[0], bytes, to, c.reg, b, 0, mask_reg);
  } else if (b.same(to) && a.is_reg()) {
    e_.vec(forms[1], bytes, to, a.reg, c, 0, mask_reg);
  } else if (a.same(to) || b.same(to)) {  // the destination holds a factor and the rest is in memory
    e_.vec(HostOp::Vmov, bytes, vtemp(0), c);
    e_.vec(forms[2], bytes, vtemp(0), in_vec(a, vtemp(1), bytes), b, 0, mask_reg);
    e_.vec(HostOp::Vmov, bytes, to, vtemp(0));
  } else {
    const HostReg factor = in_vec(a, vtemp(1), bytes);
    if (!c.same(to)) e_.vec(HostOp::Vmov, bytes, to, c);
    e_.vec(forms[2], bytes, to, factor, b, 0, mask_reg);
  }
}

void Lowerer::lower_vector_fma(const isa::Slot& slot) {
  const Type type = isa::type_of(slot);
  if (type == Type::BF16) return lower_dot_bf16(slot);
  if (type == Type::I8) return lower_dot_i8(slot);
  if (type == Type::I32x16) {
    for (unsigned part = 0; part < parts(); ++part) {
      const Operand d = d_vector(slot.f[0], part);
      const HostReg a = in_vec(v_source(slot.f[1], part), vtemp(0));
      e_.vec(HostOp::Vpmulld, width(), vtemp(0), a, v_source(slot.f[2], part));
      const HostReg to = result_reg(d, vtemp(0));
      e_.vec(HostOp::Vpaddd, width(), to, vtemp(0), v_source(slot.f[3], part));
      keep_result(d, to);
    }
    return;
  }
  const bool scalar = type == Type::F64;
  for (unsigned part = 0; part < (scalar ? 1 : parts()); ++part) {
    const Operand d = d_vector(slot.f[0], part);
    const Operand a = v_source(slot.f[1], part);
    const Operand b = v_source(slot.f[2], part);
    const Operand c = v_source(slot.f[3], part);
    const HostReg to = result_reg(d, vtemp(0));
    if (!scalar) {
      emit_fma(type == Type::F32x16 ? kFmaPs : kFmaPd, width(), d, a, b, c, {});
    } else if (avx512()) {
      emit_fma(kFmaPd, kScalarBytes, d, a, b, c, kScalarMask);
    } else {
      emit_fma(kFmaSd, kScalarBytes, d, a, b, c, {});
      e_.vec(HostOp::Vmovq, kScalarBytes, to, to);
    }
    keep_result(d, to);
  }
  if (scalar) zero_above_scalar(slot.f[0]);
}

// Two fused steps per f32 lane, even elements first; a bf16 is the high half of an f32.
void Lowerer::lower_dot_bf16(const isa::Slot& slot) {
  const HostReg sum = vtemp(0);
  const HostReg x = vtemp(1);
  const HostReg y = vtemp(2);
  const HostMem high = in_context(off::constant(offsetof(ContextConstants, high_half)));
  for (unsigned part = 0; part < parts(); ++part) {
    const HostReg a = in_vec(v_source(slot.f[1], part), vtemp(3));
    const HostReg b = in_vec(v_source(slot.f[2], part), vtemp(4));
    e_.vec(HostOp::Vmov, width(), sum, v_source(slot.f[3], part));
    e_.vec(HostOp::Vpslld, width(), x, a, Operand(), 16);
    e_.vec(HostOp::Vpslld, width(), y, b, Operand(), 16);
    e_.vec(HostOp::Vfmadd231ps, width(), sum, x, y);
    e_.vec(HostOp::Vpand, width(), x, a, high);
    e_.vec(HostOp::Vpand, width(), y, b, high);
    const Operand d = d_vector(slot.f[0], part);
    e_.vec(HostOp::Vfmadd231ps, width(), sum, x, y);
    move_vec(d, sum);
  }
}

void Lowerer::lower_dot_i8(const isa::Slot& slot) {
  const HostReg sum = vtemp(0);
  if (avx512()) {
    const Operand d = d_vector(slot.f[0], 0);
    const HostReg a = in_vec(v_source(slot.f[1], 0), vtemp(1));
    const Operand b = v_source(slot.f[2], 0);
    const Operand c = v_source(slot.f[3], 0);
    const HostReg to = d.is_reg() && !(d.reg == a) && !b.same(d) ? d.reg : sum;
    if (!c.same(to)) e_.vec(HostOp::Vmov, width(), to, c);
    e_.vec(HostOp::Vpdpbusd, width(), to, a, b);
    move_vec(d, to);
    return;
  }
  // Products of even and of odd bytes as 16-bit pairs: at most 255 * 128 each, so 32-bit sums of two are exact.
  const HostMem low = in_context(off::constant(offsetof(ContextConstants, low_byte)));
  for (unsigned part = 0; part < 2; ++part) {
    const HostReg a = in_vec(v_source(slot.f[1], part), vtemp(3));
    const HostReg b = in_vec(v_source(slot.f[2], part), vtemp(4));
    e_.vec(HostOp::Vpand, 32, vtemp(1), a, low);
    e_.vec(HostOp::Vpsllw, 32, vtemp(2), b, Operand(), 8);
    e_.vec(HostOp::Vpsraw, 32, vtemp(2), vtemp(2), Operand(), 8);
    e_.vec(HostOp::Vpmaddwd, 32, sum, vtemp(1), vtemp(2));
    e_.vec(HostOp::Vpsrlw, 32, vtemp(1), a, Operand(), 8);
    e_.vec(HostOp::Vpsraw, 32, vtemp(2), b, Operand(), 8);
    e_.vec(HostOp::Vpmaddwd, 32, vtemp(1), vtemp(1), vtemp(2));
    e_.vec(HostOp::Vpaddd, 32, sum, sum, vtemp(1));
    const Operand d = d_vector(slot.f[0], part);
    const HostReg to = result_reg(d, sum);
    e_.vec(HostOp::Vpaddd, 32, to, sum, v_source(slot.f[3], part));
    keep_result(d, to);
  }
}

void Lowerer::lower_vector_shift(const isa::Slot& slot) {
  const Op op = isa::op_of(slot);
  const HostOp host = op == Op::DSHL ? HostOp::Vpslld : op == Op::DSHR ? HostOp::Vpsrld : HostOp::Vpsrad;
  for (unsigned part = 0; part < parts(); ++part) {
    const Operand d = d_vector(slot.f[0], part);
    const HostReg to = result_reg(d, vtemp(0));
    e_.vec(host, width(), to, in_vec(v_source(slot.f[1], part), vtemp(0)), Operand(), slot.lit);
    keep_result(d, to);
  }
}

// ---- comparison and selection ----

void Lowerer::compare_avx512(const isa::Slot& slot) {
  const Type type = isa::type_of(slot);
  const auto cond = static_cast<Cond>(slot.lit);
  const bool integer = type == Type::I32x16;
  HostReg a = in_vec(v_source(slot.f[0], 0), vtemp(0));
  Operand b = v_source(slot.f[1], 0);
  if (integer && is_unsigned(cond)) {  // order of unsigned numbers: flip the sign bits
    HostInst sign = e_.make(HostOp::Vpbroadcastd, 64);
    sign.dst = vtemp(2);
    sign.mem = in_context(off::constant(offsetof(ContextConstants, sign32)));
    sign.mem_role = MemRole::Source;
    e_.emit(sign);
    e_.vec(HostOp::Vpxor, 64, vtemp(0), a, vtemp(2));
    e_.vec(HostOp::Vpxor, 64, vtemp(1), vtemp(2), b);
    a = vtemp(0);
    b = vtemp(1);
  }
  const HostOp op = integer ? HostOp::VpcmpdK : type == Type::F32x16 ? HostOp::VcmppsK : HostOp::VcmppdK;
  HostInst inst = e_.make(op, type == Type::F64 ? kScalarBytes : 64);
  inst.dst = kCompareMask;
  inst.a = a;
  inst.imm = integer ? integer_predicate(cond) : float_predicate(cond);
  if (b.is_reg()) {
    inst.b = b.reg;
  } else {
    inst.mem = b.mem;
    inst.mem_role = MemRole::Source;
  }
  if (type == Type::F64) inst.write_mask = kScalarMask;  // lanes outside give 0
  e_.emit(inst);
  HostInst move = e_.make(HostOp::KmovToGpr, 4);
  move.dst = plan_->cmp.valid() ? plan_->cmp : rax;
  move.a = kCompareMask;
  e_.emit(move);
  store_cmp(move.dst);
  cmp_mask_ = kCompareMask;
}

void Lowerer::compare_avx2(const isa::Slot& slot) {
  const Type type = isa::type_of(slot);
  const auto cond = static_cast<Cond>(slot.lit);
  const bool integer = type == Type::I32x16;
  // Avx2 compares integers by eq and gt only: the others swap operands or invert the mask.
  const bool swap = integer && (cond == Cond::Lt || cond == Cond::Ge || is_unsigned(cond));
  const bool invert = integer && (cond == Cond::Ne || cond == Cond::Le || cond == Cond::Ge || cond == Cond::Geu);
  const bool equal = cond == Cond::Eq || cond == Cond::Ne;
  const unsigned count = type == Type::F64 ? 1 : 2;
  for (unsigned part = 0; part < count; ++part) {
    HostReg a = in_vec(v_source(slot.f[swap ? 1 : 0], part), vtemp(0));
    Operand b = v_source(slot.f[swap ? 0 : 1], part);
    if (integer && is_unsigned(cond)) {
      const HostMem sign = in_context(off::constant(offsetof(ContextConstants, sign32)));
      e_.vec(HostOp::Vpxor, 32, vtemp(0), a, sign);
      e_.vec(HostOp::Vpxor, 32, vtemp(1), in_vec(b, vtemp(1)), sign);
      a = vtemp(0);
      b = vtemp(1);
    }
    const bool ps = type == Type::F32x16;
    const HostOp op = integer ? (equal ? HostOp::Vpcmpeqd : HostOp::Vpcmpgtd) : (ps ? HostOp::Vcmpps : HostOp::Vcmppd);
    e_.vec(op, 32, vtemp(0), a, b, integer ? 0 : float_predicate(cond));
    HostInst move = e_.make(integer || ps ? HostOp::Vmovmskps : HostOp::Vmovmskpd, 32);
    move.dst = part == 0 ? rax : rcx;
    move.a = vtemp(0);
    e_.emit(move);
  }
  const unsigned lanes = type == Type::F64x8 ? 4 : 8;
  if (count == 2) {
    e_.integer(HostOp::Shl, rcx, static_cast<std::int64_t>(lanes), 4);
    e_.integer(HostOp::Or, rax, rcx, 4);
  } else {
    e_.integer(HostOp::And, rax, 1, 4);
  }
  if (invert) e_.integer(HostOp::Xor, rax, 0xFFFF, 4);
  store_cmp(rax);
  cmp_mask_.reset();
}

void Lowerer::lower_vector_compare(const isa::Slot& slot) {
  if (avx512()) return compare_avx512(slot);
  compare_avx2(slot);
}

void Lowerer::select_avx512(const isa::Slot& slot) {
  const bool words = isa::type_of(slot) == Type::F64x8;
  if (!cmp_mask_) {
    HostInst move = e_.make(HostOp::KmovToMask, 4);
    move.dst = kCompareMask;
    if (plan_->cmp.valid()) {
      move.a = plan_->cmp;
    } else {
      load_cmp(rax);
      move.a = rax;
    }
    e_.emit(move);
    cmp_mask_ = kCompareMask;
  }
  const Operand d = d_vector(slot.f[0], 0);
  HostInst blend = e_.make(words ? HostOp::VblendmQ : HostOp::VblendmD, 64);
  blend.dst = result_reg(d, vtemp(0));
  blend.a = in_vec(v_source(slot.f[2], 0), vtemp(0));
  const Operand a = v_source(slot.f[1], 0);
  if (a.is_reg()) {
    blend.b = a.reg;
  } else {
    blend.mem = a.mem;
    blend.mem_role = MemRole::Source;
  }
  blend.write_mask = kCompareMask;
  e_.emit(blend);
  keep_result(d, blend.dst);
}

// The mask's bits spread to lanes: broadcast, and with each lane's bit, compare.
void Lowerer::select_avx2(const isa::Slot& slot) {
  const bool words = isa::type_of(slot) == Type::F64x8;
  load_cmp(rax);
  HostInst move = e_.make(HostOp::VmovqToVec, 16);
  move.dst = vtemp(1);
  move.a = rax;
  e_.emit(move);
  e_.vec(words ? HostOp::Vpbroadcastq : HostOp::Vpbroadcastd, 32, vtemp(1), vtemp(1));
  const std::size_t bits =
      off::constant(words ? offsetof(ContextConstants, lane_bit64) : offsetof(ContextConstants, lane_bit32));
  for (unsigned part = 0; part < 2; ++part) {
    const HostMem lane_bits = in_context(bits + 32U * part);
    e_.vec(HostOp::Vpand, 32, vtemp(2), vtemp(1), lane_bits);
    e_.vec(words ? HostOp::Vpcmpeqq : HostOp::Vpcmpeqd, 32, vtemp(2), vtemp(2), lane_bits);
    const Operand d = d_vector(slot.f[0], part);
    HostInst blend = e_.make(words ? HostOp::Vblendvpd : HostOp::Vblendvps, 32);
    blend.dst = result_reg(d, vtemp(0));
    blend.a = in_vec(v_source(slot.f[2], part), vtemp(0));
    blend.b = in_vec(v_source(slot.f[1], part), vtemp(3));
    blend.c = vtemp(2);
    e_.emit(blend);
    keep_result(d, blend.dst);
  }
}

// f64: bit 0 chooses lane 0; zeros above.
void Lowerer::lower_scalar_select(const isa::Slot& slot) {
  const auto low = [&](unsigned v, HostReg to) {
    const Operand from = v_source(v, 0);
    if (from.is_mem()) return e_.mov(to, from);
    HostInst inst = e_.make(HostOp::VmovqToGpr, 8);
    inst.dst = to;
    inst.a = from.reg;
    e_.emit(inst);
  };
  low(slot.f[2], rax);
  low(slot.f[1], rcx);
  const Operand cmp = plan_->cmp.valid() ? Operand(plan_->cmp) : Operand(in_context(off::kCmp));
  e_.integer(HostOp::Test, cmp, 1, cmp.is_reg() ? 4 : 2);
  e_.cmov(HostCond::NE, rax, rcx);
  const Operand d = d_vector(slot.f[0], 0);
  HostInst inst = e_.make(HostOp::VmovqToVec, 16);
  inst.dst = result_reg(d, vtemp(0));
  inst.a = rax;
  e_.emit(inst);
  keep_result(d, inst.dst);
  zero_above_scalar(slot.f[0]);
}

void Lowerer::lower_vector_select(const isa::Slot& slot) {
  if (isa::type_of(slot) == Type::F64) return lower_scalar_select(slot);
  if (avx512()) return select_avx512(slot);
  select_avx2(slot);
}

// ---- reduction, broadcast, conversion ----

// Adjacent pairs: each level brings the right neighbour into the place of the left one, and the left one is the first
// operand.
void Lowerer::lower_reduce(const isa::Slot& slot) {
  const Type type = isa::type_of(slot);
  const auto red = static_cast<RedOp>(slot.lit);
  const Op as = red == RedOp::Add ? Op::DADD : red == RedOp::Min ? Op::DMIN : Op::DMAX;
  const HostOp op = lanewise_of(as, type).op;
  const bool words = type == Type::F64x8;
  std::array<HostReg, 2> half{vtemp(0), vtemp(2)};
  for (unsigned part = 0; part < parts(); ++part) {
    const HostReg t = half[part];
    const HostReg s = vtemp(1);
    HostReg x = in_vec(v_source(slot.f[1], part), t);
    if (words) {
      e_.vec(HostOp::Vpermilpd, width(), s, x, Operand(), 0x55);
      e_.vec(op, width(), t, x, s);
    } else {
      e_.vec(HostOp::Vpshufd, width(), s, x, Operand(), 0xF5);
      e_.vec(op, width(), t, x, s);
      e_.vec(HostOp::Vpshufd, width(), s, t, Operand(), 0x4E);
      e_.vec(op, width(), t, t, s);
    }
    if (avx512()) {
      e_.vec(HostOp::Vshufi64x2, 64, s, t, t, 0xB1);
      e_.vec(op, 64, t, t, s);
      e_.vec(HostOp::Vshufi64x2, 64, s, t, t, 0x4E);
    } else {
      e_.vec(HostOp::Vextracti128, 32, s, t, Operand(), 1);
      e_.vec(op, kScalarBytes, t, t, s);
    }
  }
  const Operand d = d_vector(slot.f[0], 0);
  const HostReg to = result_reg(d, vtemp(0));
  if (avx512()) {
    e_.vec(op, kScalarBytes, to, half[0], vtemp(1), 0, kScalarMask);
  } else {
    e_.vec(op, kScalarBytes, to, half[0], half[1]);
    if (words) {
      e_.vec(HostOp::Vmovq, kScalarBytes, to, to);
    } else {
      HostInst out = e_.make(HostOp::VmovdToGpr, 4);
      out.dst = rax;
      out.a = to;
      e_.emit(out);
      HostInst back = e_.make(HostOp::VmovdToVec, 4);
      back.dst = to;
      back.a = rax;
      e_.emit(back);
    }
  }
  keep_result(d, to);
  zero_above_scalar(slot.f[0]);
}

void Lowerer::lower_broadcast(const isa::Slot& slot, const isa::Siw& word) {
  const bool words = isa::type_of(slot) == Type::F64x8;
  const OperandKind from = isa::form_info(slot).operands[1].kind;
  const HostOp spread = words ? HostOp::Vpbroadcastq : HostOp::Vpbroadcastd;
  const std::uint64_t bits = words ? word.imm : word.imm & 0xFFFFFFFFU;
  if (from == OperandKind::Imm && bits == 0) {
    for (unsigned part = 0; part < parts(); ++part) zero_vec(d_vector(slot.f[0], part));
    return;
  }
  const Operand d = d_vector(slot.f[0], 0);
  const HostReg to = result_reg(d, vtemp(0));
  if (from == OperandKind::V) {
    e_.vec(spread, width(), to, v_source(slot.f[1], 0));
  } else if (from == OperandKind::R && !r_source(slot.f[1]).is_reg()) {
    e_.vec(spread, width(), to, r_source(slot.f[1]));
  } else {
    HostReg r = rax;
    if (from == OperandKind::R) {
      r = r_source(slot.f[1]).reg;
    } else {
      e_.mov_imm(rax, bits);
    }
    HostInst inst = avx512() ? e_.make(words ? HostOp::VpbroadcastqGpr : HostOp::VpbroadcastdGpr, 64)
                             : e_.make(HostOp::VmovqToVec, 16);
    inst.dst = to;
    inst.a = r;
    e_.emit(inst);
    if (!avx512()) e_.vec(spread, 32, to, to);
  }
  keep_result(d, to);
  if (!avx512()) move_vec(d_vector(slot.f[0], 1), to);
}

void Lowerer::lower_convert(const isa::Slot& slot) {
  switch (isa::type_of(slot)) {
    case Type::F32x16: return lower_lanewise(HostOp::Vcvtdq2ps, slot.f[0], slot.f[1]);
    case Type::I32x16: return lower_lanewise(HostOp::Vcvttps2dq, slot.f[0], slot.f[1]);
    case Type::F64: {
      const Operand d = d_vector(slot.f[0], 0);
      const HostReg to = result_reg(d, vtemp(0));
      e_.vec(HostOp::Vpxor, kScalarBytes, to, to, to);
      e_.vec(HostOp::Vcvtsi2sd, 8, to, to, r_source(slot.f[1]));
      keep_result(d, to);
      zero_above_scalar(slot.f[0]);
      return;
    }
    case Type::I64: {
      const Operand d = d_scalar(slot.f[0]);
      const HostReg to = result_reg(d, rax);
      e_.vec(HostOp::Vcvttsd2si, 8, to, v_source(slot.f[1], 0));
      if (d.is_mem()) e_.mov(d, to);
      return;
    }
    default: throw std::logic_error("no conversion to this type");
  }
}

void Lowerer::lower_dense_vector(const isa::Slot& slot) {
  const Op op = isa::op_of(slot);
  const Type type = isa::type_of(slot);
  const bool scalar = type == Type::F64;
  switch (op) {
    case Op::DFMA: return lower_vector_fma(slot);
    case Op::DCMP: return lower_vector_compare(slot);
    case Op::DSEL: return lower_vector_select(slot);
    case Op::DSQRT:
      if (scalar) return lower_scalar_sqrt(slot);
      return lower_lanewise(type == Type::F32x16 ? HostOp::Vsqrtps : HostOp::Vsqrtpd, slot.f[0], slot.f[1]);
    case Op::DSHL:
    case Op::DSHR:
    case Op::DSAR: return lower_vector_shift(slot);
    default: break;
  }
  const Lanewise host = lanewise_of(op, type);
  if (scalar) return lower_scalar_binary(host.op, scalar_of(op), slot);
  lower_lanewise(host.op, slot.f[0], slot.f[1], slot.f[2], host.commutes);
}

}  // namespace vtpu::lowering
