#include "native/host_machine.hpp"

#include <bit>
#include <cstring>
#include <stdexcept>

#include "native/host_handlers.hpp"
#include "native/operands.hpp"

namespace vtpu::native {
namespace {

using lowering::HostInst;
using lowering::HostOp;
using lowering::RegClass;

constexpr std::size_t kRbp = 5;
constexpr std::size_t kRsp = 4;
constexpr std::uint64_t kPoison = 0xA5A5A5A5A5A5A5A5ULL;

std::uint16_t register_offset(const lowering::HostReg& reg) {
  std::size_t offset = 0;
  switch (reg.cls) {
    case RegClass::Vec: offset = offsetof(HostRegisters, zmm) + std::size_t{reg.index} * sizeof(isa::Vector); break;
    case RegClass::Gpr: offset = offsetof(HostRegisters, gpr) + std::size_t{reg.index} * 8; break;
    case RegClass::Mask: offset = offsetof(HostRegisters, k) + std::size_t{reg.index} * 8; break;
    case RegClass::None: throw std::logic_error("operand without a register");
  }
  return static_cast<std::uint16_t>(offset);
}

HostHandler handler_of(const HostInst& inst, std::size_t operands) {
  if (const HostHandler handler = integer_handler(inst, operands)) return handler;
  if (const HostHandler handler = float_handler(inst, operands)) return handler;
  if (const HostHandler handler = vector_handler(inst, operands)) return handler;
  throw std::invalid_argument("no such instruction: " + lowering::to_text(inst));
}

void decode_memory(const HostInst& inst, DecodedInst& d) {
  if (inst.mem_role == lowering::MemRole::None) return;
  d.base = inst.mem.base.index;
  if (inst.mem.index.valid()) d.index = inst.mem.index.index;
  d.shift = static_cast<std::uint8_t>(std::countr_zero(inst.mem.scale));
  d.disp = inst.mem.disp;
  d.is_load = loads(inst);
  d.is_store = stores(inst);
}

bool is_root(HostOp op) { return op == HostOp::Vsqrtpd || op == HostOp::Vsqrtsd; }

// One of the f64 in the destination of square roots has a fraction. Lanes that a zeroing mask leaves out are 0.
bool has_digits(const HostFrame& frame) {
  constexpr std::uint64_t kFraction = (1ULL << 52U) - 1;
  constexpr std::uint64_t kExponent = 0x7FFULL << 52U;
  const unsigned bytes = frame.inst.op == HostOp::Vsqrtsd ? sizeof(double) : frame.inst.width;
  for (unsigned offset = 0; offset < bytes; offset += sizeof(double)) {
    std::uint64_t root = 0;
    std::memcpy(&root, frame.at(0) + offset, sizeof(root));
    if ((root & kFraction) != 0 && (root & kExponent) != kExponent) return true;
  }
  return false;
}

DecodedInst decode(const HostInst& inst) {
  DecodedInst d;
  d.op = inst.op;
  d.is_root = is_root(inst.op);
  d.width = inst.width;
  d.cond = inst.cond;
  d.imm = inst.imm;
  d.target = inst.target;
  d.has_write_mask = inst.write_mask.valid();
  d.write_mask = inst.write_mask.index;
  d.zeroing = inst.zeroing;
  decode_memory(inst, d);
  OperandList list;
  const bool control =
      inst.op == HostOp::Jcc || inst.op == HostOp::Jmp || inst.op == HostOp::CallHelper || inst.op == HostOp::Exit;
  if (!control) list = operands_of(inst);
  if (list.count > d.operand.size()) throw std::invalid_argument("too many operands: " + lowering::to_text(inst));
  for (std::size_t i = 0; i < list.count; ++i) {
    switch (list.at[i].kind) {
      case Operand::Kind::Register: d.operand[i] = {DecodedOperand::kRegister, register_offset(list.at[i].reg)}; break;
      case Operand::Kind::Memory:
        d.operand[i] = {DecodedOperand::kMemory, 0};
        d.bytes = list.at[i].bytes;
        break;
      case Operand::Kind::Immediate: d.operand[i] = {DecodedOperand::kImmediate, 0}; break;
    }
  }
  d.run = handler_of(inst, list.count);
  return d;
}

}  // namespace

DecodedCode::DecodedCode(const lowering::HostCode& code) : code_(&code) {
  insts_.reserve(code.insts.size());
  for (const HostInst& inst : code.insts) insts_.push_back(decode(inst));
}

void HostMachine::enter(lowering::SentronContext* context) {
  const std::uint64_t rsp = registers_.gpr[kRsp];
  for (isa::Vector& v : registers_.zmm) v.lane.fill(kPoison);
  registers_.gpr.fill(kPoison);
  registers_.gpr[16] = 0;
  registers_.gpr[kRsp] = rsp;
  registers_.gpr[kRbp] = reinterpret_cast<std::uint64_t>(context);
  registers_.k.fill(kPoison);
}

// The System V ABI: rbx, rbp, rsp and r12 to r15 survive a call. vzeroupper has cleared what is above 128 bits.
void HostMachine::call_helper(std::int64_t helper) {
  auto* context = reinterpret_cast<lowering::SentronContext*>(registers_.gpr[kRbp]);
  const std::uint64_t argument = registers_.gpr[0];
  for (const std::size_t volatile_register : {1, 2, 6, 7, 8, 9, 10, 11}) registers_.gpr[volatile_register] = kPoison;
  for (isa::Vector& v : registers_.zmm) v.lane.fill(kPoison);
  registers_.k.fill(kPoison);
  registers_.gpr[0] = helpers_[static_cast<std::size_t>(helper)](context, argument);
}

HostMachine::Step HostMachine::step(const DecodedCode& code, std::uint32_t index, HostEffect& effect) {
  const DecodedInst& d = code[index];
  const std::uint64_t address =
      registers_.gpr[d.base] + (registers_.gpr[d.index] << d.shift) + static_cast<std::uint64_t>(std::int64_t{d.disp});
  effect.address = address;
  effect.bytes = d.bytes;
  effect.is_load = d.is_load;
  effect.is_store = d.is_store;
  effect.taken = false;
  effect.long_root = false;
  effect.next = index + 1;
  switch (d.op) {
    case HostOp::Jcc:
      if (condition_holds(d.cond, registers_.flags)) {
        effect.taken = true;
        effect.next = d.target;
      }
      return Step::Inst;
    case HostOp::Jmp:
      effect.taken = true;
      effect.next = d.target;
      return Step::Inst;
    case HostOp::CallHelper: call_helper(d.imm); return Step::Helper;
    case HostOp::Exit: effect.next = index; return Step::Exit;
    default: break;
  }
  const HostFrame frame{{reinterpret_cast<std::byte*>(&registers_), reinterpret_cast<std::byte*>(address),
                         reinterpret_cast<std::byte*>(const_cast<std::int64_t*>(&d.imm))},
                        registers_,
                        d};
  d.run(frame);
  effect.long_root = d.is_root && has_digits(frame);
  return Step::Inst;
}

}  // namespace vtpu::native
