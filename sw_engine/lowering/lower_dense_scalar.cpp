// D operations on r registers, and moves between register files.
#include <stdexcept>

#include "lowering/lowerer.hpp"

namespace vtpu::lowering {
namespace {

using isa::Cond;
using isa::Op;
using isa::OperandKind;
using isa::Type;

HostCond host_cond(Cond cond) {
  switch (cond) {
    case Cond::Eq: return HostCond::E;
    case Cond::Ne: return HostCond::NE;
    case Cond::Lt: return HostCond::L;
    case Cond::Le: return HostCond::LE;
    case Cond::Gt: return HostCond::G;
    case Cond::Ge: return HostCond::GE;
    case Cond::Ltu: return HostCond::B;
    case Cond::Geu: return HostCond::AE;
  }
  return HostCond::E;
}

}  // namespace

HostReg Lowerer::in_gpr(const Operand& o, HostReg temporary) {
  if (o.is_reg()) return o.reg;
  e_.mov(temporary, o);
  return temporary;
}

void Lowerer::move_gpr(const Operand& dst, const Operand& src) {
  if (dst.same(src)) return;
  if (src.is_imm()) {
    if (dst.is_mem()) return e_.store_imm(dst.mem, static_cast<std::uint64_t>(src.imm));
    if (src.imm == 0) return e_.integer(HostOp::Xor, dst, dst, 4);
    return e_.mov_imm(dst.reg, static_cast<std::uint64_t>(src.imm));
  }
  if (dst.is_mem() && src.is_mem()) return e_.mov(dst, in_gpr(src, rax));
  e_.mov(dst, src);
}

void Lowerer::lower_integer(HostOp op, bool commutes, const Operand& d, Operand a, Operand b) {
  if (op == HostOp::Imul && b.is_imm() && b.imm == 0) return move_gpr(d, std::int64_t{0});
  if (b.is_imm() && !fits32(b.imm)) b = in_gpr(b, rcx);
  if (commutes && b.same(d) && !a.same(d)) std::swap(a, b);
  const bool multiplies = op == HostOp::Imul;
  if (multiplies && b.is_imm()) {  // three operands
    HostInst inst = e_.make(op, 8);
    inst.dst = result_reg(d, rax);
    inst.imm = b.imm;
    if (a.is_reg()) {
      inst.a = a.reg;
    } else {
      inst.mem = a.mem;
      inst.mem_role = MemRole::Source;
    }
    e_.emit(inst);
    if (d.is_mem()) e_.mov(d, rax);
    return;
  }
  if (a.same(d) && !(multiplies && d.is_mem())) {
    if (d.is_mem() && b.is_mem()) b = in_gpr(b, rcx);
    return e_.integer(op, d, b);
  }
  if (d.is_reg() && a.is_reg() && op == HostOp::Add && b.is_reg()) {
    HostMem sum = at(a.reg);
    sum.index = b.reg;
    return e_.lea(d.reg, sum);
  }
  const bool offset = (op == HostOp::Add || op == HostOp::Sub) && b.is_imm();
  if (d.is_reg() && a.is_reg() && offset && fits32(-b.imm)) {
    return e_.lea(d.reg, at(a.reg, op == HostOp::Add ? b.imm : -b.imm));
  }
  if (d.is_reg() && op == HostOp::Sub && b.same(d)) {
    HostInst neg = e_.make(HostOp::Neg, 8);
    neg.dst = d.reg;
    e_.emit(neg);
    return e_.integer(HostOp::Add, d, a);
  }
  const HostReg to = d.is_reg() && !b.same(d) ? d.reg : rax;
  e_.mov(to, a);
  e_.integer(op, to, b);
  if (!d.same(to)) e_.mov(d, to);
}

void Lowerer::lower_integer_fma(const Operand& d, const Operand& a, const Operand& b, const Operand& c) {
  const bool in_place = d.is_reg() && !c.same(d) && !b.same(d);
  const HostReg to = in_place ? d.reg : rax;
  if (!a.same(to)) e_.mov(to, a);
  e_.integer(HostOp::Imul, to, b);
  if (in_place) return e_.integer(HostOp::Add, d, c);
  if (c.same(d)) return e_.integer(HostOp::Add, d, to);
  if (d.is_reg() && c.is_reg()) {
    HostMem sum = at(to);
    sum.index = c.reg;
    return e_.lea(d.reg, sum);
  }
  e_.integer(HostOp::Add, to, c);
  e_.mov(d, to);
}

// d = a < b ? a : b, or a > b ? a : b.
void Lowerer::lower_integer_minmax(bool is_max, const Operand& d, const Operand& a, Operand b) {
  const HostCond keep_b = is_max ? HostCond::LE : HostCond::GE;
  const HostCond take_a = is_max ? HostCond::G : HostCond::L;
  if (b.is_imm()) b = in_gpr(b, rcx);
  if (d.is_reg() && a.same(d)) {
    e_.integer(HostOp::Cmp, d, b);
    return e_.cmov(keep_b, d.reg, b);
  }
  const HostReg to = result_reg(d, rax);
  if (!b.same(to)) e_.mov(to, b);
  // `to` holds b: compare the other way round, so that a may be memory.
  e_.integer(HostOp::Cmp, to, a);
  e_.cmov(take_a == HostCond::G ? HostCond::L : HostCond::G, to, a);
  if (d.is_mem()) e_.mov(d, to);
}

void Lowerer::lower_shift(const isa::Slot& slot) {
  const Op op = isa::op_of(slot);
  const Operand d = d_scalar(slot.f[0]);
  const Operand a = r_source(slot.f[1]);
  if (isa::form_info(slot).literal == isa::LitKind::Shift64) {
    const HostOp host = op == Op::DSHL ? HostOp::Shl : op == Op::DSHR ? HostOp::Shr : HostOp::Sar;
    const Operand n = static_cast<std::int64_t>(slot.lit);
    if (a.same(d)) return e_.integer(host, d, n);
    const HostReg to = result_reg(d, rax);
    e_.mov(to, a);
    e_.integer(host, to, n);
    if (d.is_mem()) e_.mov(d, to);
    return;
  }
  HostInst inst = e_.make(op == Op::DSHL ? HostOp::Shlx : op == Op::DSHR ? HostOp::Shrx : HostOp::Sarx, 8);
  const HostReg count = in_gpr(r_source(slot.f[2]), rcx);
  inst.dst = result_reg(d, rax);
  if (a.is_reg()) {
    inst.a = a.reg;
  } else {
    inst.mem = a.mem;
    inst.mem_role = MemRole::Source;
  }
  inst.b = count;
  e_.emit(inst);
  if (d.is_mem()) e_.mov(d, rax);
}

void Lowerer::store_cmp(HostReg from) {
  if (plan_->cmp.valid()) {
    if (!(plan_->cmp == from)) e_.integer(HostOp::Mov, plan_->cmp, from, 4);
  } else {
    e_.integer(HostOp::Mov, in_context(off::kCmp), from, 2);
  }
}

void Lowerer::load_cmp(HostReg to) {
  if (plan_->cmp.valid()) {
    e_.integer(HostOp::Mov, to, plan_->cmp, 4);
  } else {
    e_.integer(HostOp::Movzx, to, in_context(off::kCmp), 2);
  }
}

void Lowerer::lower_integer_compare(Cond cond, Operand a, Operand b) {
  cmp_mask_.reset();
  if (b.is_imm() && !fits32(b.imm)) b = in_gpr(b, rcx);
  if (a.is_mem() && b.is_mem()) a = in_gpr(a, rax);
  e_.integer(HostOp::Cmp, a, b);
  const HostReg to = plan_->cmp.valid() ? plan_->cmp : rax;
  HostInst set = e_.make(HostOp::Setcc, 4);
  set.cond = host_cond(cond);
  set.dst = to;
  e_.emit(set);
  e_.integer(HostOp::Movzx, to, to, 1);
  store_cmp(to);
}

void Lowerer::lower_integer_select(const Operand& d, const Operand& a, const Operand& b) {
  const Operand cmp = plan_->cmp.valid() ? Operand(plan_->cmp) : Operand(in_context(off::kCmp));
  const auto test = [&] { e_.integer(HostOp::Test, cmp, 1, cmp.is_reg() ? 4 : 2); };
  if (d.is_reg() && a.same(d)) {
    test();
    return e_.cmov(HostCond::E, d.reg, b);
  }
  const HostReg to = result_reg(d, rax);
  if (!b.same(to)) e_.mov(to, b);
  test();
  e_.cmov(HostCond::NE, to, a);
  if (d.is_mem()) e_.mov(d, to);
}

// d = 64-bit lane of v.
void Lowerer::lower_extract(const Operand& d, unsigned v, unsigned lane) {
  const unsigned part = avx512() ? 0 : lane / 4;
  unsigned in_part = avx512() ? lane : lane % 4;
  const Operand from = v_source(v, part);
  if (from.is_mem()) {
    HostMem mem = from.mem;
    mem.disp += static_cast<std::int32_t>(8 * in_part);
    return move_gpr(d, mem);
  }
  HostReg reg = from.reg;
  if (in_part >= 2 && avx512()) {
    e_.vec(HostOp::Valignq, 64, vtemp(0), reg, reg, in_part);
    reg = vtemp(0);
    in_part = 0;
  } else if (in_part >= 2) {
    e_.vec(HostOp::Vextracti128, 32, vtemp(0), reg, Operand(), 1);
    reg = vtemp(0);
    in_part -= 2;
  }
  HostInst inst = e_.make(in_part == 0 ? HostOp::VmovqToGpr : HostOp::VpextrqHigh, 8);
  inst.dst = result_reg(d, rax);
  inst.a = reg;
  inst.imm = static_cast<std::int64_t>(in_part);
  e_.emit(inst);
  if (d.is_mem()) e_.mov(d, rax);
}

void Lowerer::lower_move(const isa::Slot& slot, const isa::Siw& word) {
  const isa::Form& form = isa::form_info(slot);
  const OperandKind from = form.operands[1].kind;
  if (form.operands[0].kind == OperandKind::R) {
    const Operand d = d_scalar(slot.f[0]);
    switch (from) {
      case OperandKind::R: return move_gpr(d, r_source(slot.f[1]));
      case OperandKind::Imm: return move_gpr(d, static_cast<std::int64_t>(word.imm));
      case OperandKind::MLane: return move_gpr(d, m_source(isa::reg_of(slot.f[1]), isa::lane_of(slot.f[1])));
      case OperandKind::VLane: return lower_extract(d, isa::reg_of(slot.f[1]), isa::lane_of(slot.f[1]));
      default: throw std::logic_error("dmov to r from an unknown operand");
    }
  }
  if (from == OperandKind::V) {
    for (unsigned part = 0; part < parts(); ++part) move_vec(d_vector(slot.f[0], part), v_source(slot.f[1], part));
    return;
  }
  const Operand d = d_vector(slot.f[0], 0);
  const HostReg to = result_reg(d, vtemp(0));
  if (from == OperandKind::M) {
    e_.vec(HostOp::Vmov, 32, to, m_source(slot.f[1], 0));
  } else {
    const Operand r = r_source(slot.f[1]);
    HostInst inst = e_.make(r.is_reg() ? HostOp::VmovqToVec : HostOp::Vmovq, 16);
    inst.dst = to;
    if (r.is_reg()) {
      inst.a = r.reg;
    } else {
      inst.mem = r.mem;
      inst.mem_role = MemRole::Source;
    }
    e_.emit(inst);
  }
  keep_result(d, to);
  if (!avx512()) zero_vec(d_vector(slot.f[0], 1));
}

void Lowerer::lower_dense(const isa::Slot& slot, const isa::Siw& word) {
  const Op op = isa::op_of(slot);
  const Type type = isa::type_of(slot);
  if (op == Op::DMOV) return lower_move(slot, word);
  if (op == Op::DCVT) return lower_convert(slot);
  if (op == Op::DBCST) return lower_broadcast(slot, word);
  if (op == Op::DRED) return lower_reduce(slot);
  if (op == Op::DHDENC) return lower_hd_encode(slot);
  if (op == Op::DHDBUND) return lower_hd_bundle(slot);
  if (op == Op::DHDPERM) return lower_hd_permute(slot);
  if (op == Op::DHDSIM) return lower_hd_similarity(slot);
  if (op == Op::DHDBIND) return lower_lanewise(HostOp::Vpxor, slot.f[0], slot.f[1], slot.f[2], true);
  if (type != Type::I64) {
    lower_dense_vector(slot);
    return;
  }
  const isa::Form& form = isa::form_info(slot);
  const auto source = [&](std::size_t i) {
    return form.operands[i].kind == OperandKind::Imm ? Operand(static_cast<std::int64_t>(word.imm))
                                                     : r_source(slot.f[i]);
  };
  if (op == Op::DCMP) return lower_integer_compare(static_cast<Cond>(slot.lit), source(0), source(1));
  const Operand d = d_scalar(slot.f[0]);
  switch (op) {
    case Op::DADD: return lower_integer(HostOp::Add, true, d, source(1), source(2));
    case Op::DSUB: return lower_integer(HostOp::Sub, false, d, source(1), source(2));
    case Op::DMUL: return lower_integer(HostOp::Imul, true, d, source(1), source(2));
    case Op::DAND: return lower_integer(HostOp::And, true, d, source(1), source(2));
    case Op::DOR: return lower_integer(HostOp::Or, true, d, source(1), source(2));
    case Op::DXOR: return lower_integer(HostOp::Xor, true, d, source(1), source(2));
    case Op::DFMA: return lower_integer_fma(d, source(1), source(2), source(3));
    case Op::DMIN: return lower_integer_minmax(false, d, source(1), source(2));
    case Op::DMAX: return lower_integer_minmax(true, d, source(1), source(2));
    case Op::DSHL:
    case Op::DSHR:
    case Op::DSAR: return lower_shift(slot);
    case Op::DSEL: return lower_integer_select(d, source(1), source(2));
    case Op::DCNT: {
      HostInst inst = e_.make(HostOp::Popcnt, 8);
      inst.dst = result_reg(d, rax);
      const Operand a = source(1);
      if (a.is_reg()) {
        inst.a = a.reg;
      } else {
        inst.mem = a.mem;
        inst.mem_role = MemRole::Source;
      }
      e_.emit(inst);
      if (d.is_mem()) e_.mov(d, rax);
      return;
    }
    default: throw std::logic_error("no lowering for this operation on r registers");
  }
}

}  // namespace vtpu::lowering
