#include "native/operands.hpp"

#include <algorithm>

namespace vtpu::native {
namespace {

using lowering::HostInst;
using lowering::HostOp;
using lowering::HostReg;
using lowering::MemRole;
using lowering::RegClass;

bool is_scalar_double(HostOp op) {
  return (op >= HostOp::Vaddsd && op <= HostOp::Vfmadd231sd) || op == HostOp::Vcvtsi2sd || op == HostOp::Vcvttsd2si;
}

bool is_vector_shift(HostOp op) { return op >= HostOp::Vpslld && op <= HostOp::Vpsrlq; }

bool is_cache_hint(HostOp op) { return op >= HostOp::PrefetchT0 && op <= HostOp::Clflushopt; }

// Bytes of the vector register at `position` of the list.
unsigned vector_bytes(HostOp op, unsigned width, std::size_t position) {
  if (is_scalar_double(op)) return 16;
  if (is_vector_shift(op) && position == 2) return 16;
  switch (op) {
    case HostOp::VmovqToVec:
    case HostOp::VmovqToGpr:
    case HostOp::VmovdToVec:
    case HostOp::VmovdToGpr:
    case HostOp::Vmovq:
    case HostOp::VpextrqHigh: return 16;
    case HostOp::Vpbroadcastq:
    case HostOp::Vpbroadcastd: return position == 0 ? width : 16;
    case HostOp::Vextracti128: return position == 0 ? 16 : std::max(width, 32U);
    case HostOp::Vextracti64x4: return position == 0 ? 32 : 64;
    case HostOp::Vinserti128: return position == 2 ? 16 : std::max(width, 32U);
    case HostOp::Vinserti64x4: return position == 2 ? 32 : 64;
    default: return width;
  }
}

unsigned gpr_bytes(HostOp op, unsigned width, std::size_t position) {
  switch (op) {
    case HostOp::Setcc: return 1;
    case HostOp::Movzx: return position == 0 ? 4 : width;
    case HostOp::Vmovmskps:
    case HostOp::Vmovmskpd:
    case HostOp::KmovToGpr:
    case HostOp::KmovToMask:
    case HostOp::VmovdToVec:
    case HostOp::VmovdToGpr:
    case HostOp::VpbroadcastdGpr: return 4;
    case HostOp::VmovqToVec:
    case HostOp::VmovqToGpr:
    case HostOp::VpextrqHigh:
    case HostOp::VpbroadcastqGpr: return 8;
    case HostOp::Vcvtsi2sd:
    case HostOp::Vcvttsd2si: return width == 4 ? 4 : 8;
    case HostOp::Shl:
    case HostOp::Shr:
    case HostOp::Sar: return position == 0 ? width : 1;  // the count is in cl
    default: return width;
  }
}

unsigned memory_bytes(HostOp op, unsigned width, std::size_t position) {
  if (is_cache_hint(op)) return 64;
  switch (op) {
    case HostOp::Lea: return 0;
    case HostOp::Setcc: return 1;
    case HostOp::KmovToGpr:
    case HostOp::KmovToMask: return 2;
    case HostOp::Vpbroadcastd:
    case HostOp::VmovdToVec:
    case HostOp::VmovdToGpr: return 4;
    case HostOp::VmovqToVec:
    case HostOp::VmovqToGpr:
    case HostOp::Vmovq:
    case HostOp::VpextrqHigh:
    case HostOp::Vpbroadcastq: return 8;
    case HostOp::Vcvtsi2sd: return width == 4 ? 4 : 8;
    case HostOp::Vextracti128:
    case HostOp::Vinserti128: return 16;
    case HostOp::Vextracti64x4:
    case HostOp::Vinserti64x4: return 32;
    default: break;
  }
  if (is_scalar_double(op)) return 8;
  return is_vector_shift(op) && position == 2 ? 16 : width;  // the count, or the shifted value
}

enum class Immediate : std::uint8_t { Never, Always, WithoutSource, WhenShort };

// WithoutSource: where there is only one operand. WhenShort: where there are only two (the third would be a register).
Immediate immediate_of(HostOp op) {
  if (is_vector_shift(op)) return Immediate::WhenShort;
  switch (op) {
    case HostOp::Mov:
    case HostOp::Add:
    case HostOp::Sub:
    case HostOp::And:
    case HostOp::Or:
    case HostOp::Xor:
    case HostOp::Cmp:
    case HostOp::Test:
    case HostOp::Shl:
    case HostOp::Shr:
    case HostOp::Sar: return Immediate::WithoutSource;
    case HostOp::MovImm:
    case HostOp::Rorx:
    case HostOp::VpextrqHigh:
    case HostOp::VcmppsK:
    case HostOp::VcmppdK:
    case HostOp::VpcmpdK:
    case HostOp::Vcmpps:
    case HostOp::Vcmppd:
    case HostOp::Vpternlog:
    case HostOp::Vpshufd:
    case HostOp::Valignq:
    case HostOp::Vshufi64x2:
    case HostOp::Vextracti128:
    case HostOp::Vextracti64x4:
    case HostOp::Vinserti128:
    case HostOp::Vinserti64x4: return Immediate::Always;
    case HostOp::Vpermilpd:
    case HostOp::Vpermq: return Immediate::WhenShort;
    default: return Immediate::Never;
  }
}

bool takes_immediate(const HostInst& inst, std::size_t operands) {
  switch (immediate_of(inst.op)) {
    case Immediate::Never: break;
    case Immediate::Always: return true;
    case Immediate::WithoutSource: return operands == 1;
    case Immediate::WhenShort: return operands == 2;
  }
  // imul's three-operand form: a product by zero is never asked for.
  return inst.op == HostOp::Imul && (operands == 1 || inst.imm != 0);
}

std::size_t memory_position(const HostInst& inst, std::size_t registers) {
  if (inst.mem_role != MemRole::Source) return 0;
  switch (inst.op) {
    case HostOp::Shlx:
    case HostOp::Shrx:
    case HostOp::Sarx:
    case HostOp::Bextr: return std::min<std::size_t>(1, registers);
    case HostOp::Vblendvps:
    case HostOp::Vblendvpd: return std::min<std::size_t>(2, registers);
    default: return registers;
  }
}

}  // namespace

OperandList operands_of(const HostInst& inst) {
  OperandList list;
  for (const HostReg reg : {inst.dst, inst.a, inst.b, inst.c}) {
    if (reg.valid()) list.at[list.count++] = {Operand::Kind::Register, reg, 0};
  }
  if (inst.mem_role != MemRole::None) {
    const std::size_t position = memory_position(inst, list.count);
    for (std::size_t i = list.count; i > position; --i) list.at[i] = list.at[i - 1];
    list.at[position] = {
        Operand::Kind::Memory, {}, static_cast<std::uint8_t>(memory_bytes(inst.op, inst.width, position))};
    ++list.count;
  }
  for (std::size_t i = 0; i < list.count; ++i) {
    Operand& operand = list.at[i];
    if (operand.kind != Operand::Kind::Register) continue;
    unsigned bytes = 8;
    if (operand.reg.cls == RegClass::Vec) bytes = vector_bytes(inst.op, inst.width, i);
    if (operand.reg.cls == RegClass::Gpr) bytes = gpr_bytes(inst.op, inst.width, i);
    operand.bytes = static_cast<std::uint8_t>(bytes);
  }
  if (takes_immediate(inst, list.count)) list.at[list.count++] = {Operand::Kind::Immediate, {}, 0};
  return list;
}

bool loads(const HostInst& inst) {
  if (inst.mem_role == MemRole::None || inst.op == HostOp::Lea || is_cache_hint(inst.op)) return false;
  if (inst.mem_role != MemRole::Dest) return true;
  return inst.op == HostOp::Cmp || inst.op == HostOp::Test;  // `cmp [m], r` compares, whatever the role says
}

bool stores(const HostInst& inst) {
  if (inst.mem_role == MemRole::None || inst.mem_role == MemRole::Source) return false;
  return inst.op != HostOp::Cmp && inst.op != HostOp::Test && !is_cache_hint(inst.op);
}

bool needs_evex(const HostInst& inst, const OperandList& list) {
  if (inst.write_mask.valid() || inst.op == HostOp::Vpdpbusd) return true;
  for (std::size_t i = 0; i < list.count; ++i) {
    if (list.is(i, RegClass::Vec) && (list.at[i].bytes == 64 || list.at[i].reg.index >= 16)) return true;
  }
  return false;
}

unsigned mask_lane_bytes(HostOp op) {
  switch (op) {
    case HostOp::Vaddps:
    case HostOp::Vsubps:
    case HostOp::Vmulps:
    case HostOp::Vdivps:
    case HostOp::Vsqrtps:
    case HostOp::Vminps:
    case HostOp::Vmaxps:
    case HostOp::Vfmadd132ps:
    case HostOp::Vfmadd213ps:
    case HostOp::Vfmadd231ps:
    case HostOp::VblendmD:
    case HostOp::Vpaddd:
    case HostOp::Vpsubd:
    case HostOp::Vpmulld:
    case HostOp::Vpminsd:
    case HostOp::Vpmaxsd:
    case HostOp::Vpslld:
    case HostOp::Vpsrld:
    case HostOp::Vpsrad:
    case HostOp::Vpsrlvd:
    case HostOp::Vpdpbusd:
    case HostOp::Vpshufd:
    case HostOp::Vpbroadcastd:
    case HostOp::VpbroadcastdGpr:
    case HostOp::Vcvtdq2ps:
    case HostOp::Vcvttps2dq: return 4;
    case HostOp::Vmov:
    case HostOp::Vaddpd:
    case HostOp::Vsubpd:
    case HostOp::Vmulpd:
    case HostOp::Vdivpd:
    case HostOp::Vsqrtpd:
    case HostOp::Vminpd:
    case HostOp::Vmaxpd:
    case HostOp::Vfmadd132pd:
    case HostOp::Vfmadd213pd:
    case HostOp::Vfmadd231pd:
    case HostOp::VblendmQ:
    case HostOp::Vpaddq:
    case HostOp::Vpand:
    case HostOp::Vpandn:
    case HostOp::Vpor:
    case HostOp::Vpxor:
    case HostOp::Vpternlog:
    case HostOp::Vpsllq:
    case HostOp::Vpsrlq:
    case HostOp::Vpopcntq:
    case HostOp::Vpermilpd:
    case HostOp::Vpermq:
    case HostOp::Valignq:
    case HostOp::Vshufi64x2:
    case HostOp::Vpbroadcastq:
    case HostOp::VpbroadcastqGpr: return 8;
    default: return 0;
  }
}

}  // namespace vtpu::native
