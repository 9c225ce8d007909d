// The S-pipe: addresses, loads and stores, coordinate arithmetic.
#include <optional>
#include <stdexcept>

#include "lowering/lowerer.hpp"

namespace vtpu::lowering {
namespace {

using isa::Op;
using isa::OperandKind;
using isa::Type;
using Kind = CoordinateState::Kind;

constexpr std::int64_t kLargestStep = isa::kDimensionSize - 1;
constexpr std::int64_t kPointerCells = 1 << 24;  // positions that a 32-bit displacement reaches

// Index of the operand that is an address, if any.
std::optional<std::size_t> address_operand(const isa::Form& form) {
  for (std::size_t i = 0; i < form.operands.size(); ++i) {
    if (form.operands[i].kind == OperandKind::Addr) return i;
  }
  return std::nullopt;
}

}  // namespace

// Precondition of the commit: false means that the word always faults.
bool Lowerer::check_step(unsigned p, int dimension, std::int64_t step) {
  CoordinateState& state = p_[p];
  if (state.kind == Kind::Pointer && dimension == 0) return true;  // the plan has seen to the range
  if (step < -kLargestStep || step > kLargestStep) {
    jump_to_fault(std::nullopt, isa::Fault::StepOutOfRange);
    return false;
  }
  if (state.kind == Kind::Constant) {
    if (isa::step(state.value, dimension, step)) return true;
    jump_to_fault(std::nullopt, isa::Fault::StepOutOfRange);
    return false;
  }
  const RoleScope role(e_, HostRole::Translation);
  check_field(off::p(p), dimension, step);
  return true;
}

void Lowerer::step_coordinate(unsigned p, int dimension, std::int64_t step) {
  CoordinateState& state = p_[p];
  switch (state.kind) {
    case Kind::Constant:
      state.value = isa::step(state.value, dimension, step).value();
      state.stored = false;
      return;
    case Kind::Pointer:
      state.position += step;
      if (state.position > kPointerCells || state.position < -kPointerCells) throw std::logic_error("pointer too far");
      return;
    case Kind::Memory: return add_to_field(off::p(p), dimension, step);
    case Kind::Dead: throw std::logic_error("step of a dead coordinate");
  }
}

bool Lowerer::prepare_sparse(const isa::Slot& slot, const isa::Siw& word, SaveAddress save) {
  const isa::Form& form = isa::form_info(slot);
  const Op op = isa::op_of(slot);
  const RoleScope role(e_, HostRole::Translation);
  if (op == Op::SINDEX) return check_index(slot, word);
  if (op == Op::SSETP || op == Op::SFREE) return true;
  const auto saved = [&] {
    if (save == SaveAddress::No) {
      access_.kind = Access::Kind::Translated;
      return;
    }
    access_.kind = Access::Kind::Saved;
    e_.mov(in_context(offsetof(SentronContext, cell_address)), rdx);
  };
  const auto operand = address_operand(form);
  if (!operand) {  // the word's coordinate
    if (std::uint8_t* host = resolve(word.coord())) {
      access_ = {Access::Kind::Known, reinterpret_cast<std::uintptr_t>(host), {}};
      return true;
    }
    e_.store_imm(in_context(offsetof(SentronContext, literal)), word.coord().lo);
    e_.store_imm(in_context(offsetof(SentronContext, literal) + 8), word.coord().hi);
    translate(offsetof(SentronContext, literal), kTranslateLiteral);
    saved();
    return true;
  }
  const unsigned p = slot.f[*operand];
  if (op == Op::SALLOC) {
    call_inline(HelperId::Allocate, p, std::nullopt);
    return true;
  }
  const isa::PostInc inc = form.literal == isa::LitKind::PostInc ? isa::post_inc_of(slot.lit) : isa::PostInc{};
  if (inc.step != 0 && !check_step(p, inc.dimension, inc.step)) return false;
  CoordinateState& state = p_[p];
  if (state.kind == Kind::Pointer) {
    access_ = {Access::Kind::Pointer, 0, at(plan_->pointers[state.pointer], 64 * state.position)};
    return true;
  }
  if (state.kind == Kind::Constant) {
    if (std::uint8_t* host = resolve(state.value)) {
      access_ = {Access::Kind::Known, reinterpret_cast<std::uintptr_t>(host), {}};
      return true;
    }
    settle(p);
  }
  translate(off::p(p), p);
  saved();
  return true;
}

// The addressed cell as a memory operand; may take rdx.
HostMem Lowerer::cell_memory() {
  const RoleScope role(e_, HostRole::Translation);
  switch (access_.kind) {
    case Access::Kind::Pointer: return access_.mem;
    case Access::Kind::Translated: return at(rdx);
    case Access::Kind::Saved: e_.mov(rdx, in_context(offsetof(SentronContext, cell_address))); return at(rdx);
    case Access::Kind::Known: {
      found_.addresses[access_.address] += times_;
      for (const Anchor& anchor : plan_->anchors) {
        const auto distance = static_cast<std::int64_t>(access_.address - anchor.base);
        if (fits32(distance) && fits32(distance + 64)) return at(anchor.reg, distance);
      }
      e_.mov_imm(rdx, access_.address);
      return at(rdx);
    }
    case Access::Kind::None: break;
  }
  throw std::logic_error("access without an address");
}

namespace {

HostMem lane_of_cell(HostMem cell, unsigned offset) {
  cell.disp += static_cast<std::int32_t>(offset);
  return cell;
}

}  // namespace

void Lowerer::lower_load(const isa::Slot& slot, const HostMem& cell) {
  const unsigned lane = 8U * slot.f[2];
  if (isa::type_of(slot) == Type::I64) return move_gpr(r_target(slot.f[0]), lane_of_cell(cell, lane));
  if (isa::type_of(slot) == Type::F64) {
    const Operand d = v_target(slot.f[0], 0);
    const HostReg to = result_reg(d, vtemp(0));
    e_.vec(HostOp::Vmovq, 16, to, lane_of_cell(cell, lane));
    keep_result(d, to);
    if (!avx512()) zero_vec(v_target(slot.f[0], 1));
    return;
  }
  for (unsigned part = 0; part < parts(); ++part) {
    move_vec(v_target(slot.f[0], part), lane_of_cell(cell, 32U * part));
  }
}

void Lowerer::lower_store(const isa::Slot& slot, const HostMem& cell) {
  const unsigned lane = 8U * slot.f[2];
  if (isa::type_of(slot) == Type::I64) {
    return e_.mov(lane_of_cell(cell, lane), in_gpr(r_source(slot.f[0]), rax));
  }
  if (isa::type_of(slot) == Type::F64) {
    HostInst inst = e_.make(HostOp::Vmovq, 16);
    inst.a = in_vec(v_source(slot.f[0], 0), vtemp(0), 16);
    inst.mem = lane_of_cell(cell, lane);
    inst.mem_role = MemRole::Dest;
    e_.emit(inst);
    return;
  }
  for (unsigned part = 0; part < parts(); ++part) {
    e_.vstore(lane_of_cell(cell, 32U * part), in_vec(v_source(slot.f[0], part), vtemp(0)), width());
  }
}

// Index of the first of eight keys that is equal: a mask of the equal ones, a sentinel bit 8, the lowest bit.
void Lowerer::lower_dedup(const isa::Slot& slot, const HostMem& cell) {
  const Operand key = r_source(slot.f[1]);
  if (avx512()) {
    const HostReg keys = vtemp(0);
    if (key.is_reg()) {
      HostInst inst = e_.make(HostOp::VpbroadcastqGpr, 64);
      inst.dst = keys;
      inst.a = key.reg;
      e_.emit(inst);
    } else {
      e_.vec(HostOp::Vpbroadcastq, 64, keys, key);
    }
    e_.vec(HostOp::VpcmpeqqK, 64, mask(3), keys, cell);
    HostInst inst = e_.make(HostOp::KmovToGpr, 4);
    inst.dst = rax;
    inst.a = mask(3);
    e_.emit(inst);
  } else {
    if (key.is_reg()) {
      HostInst inst = e_.make(HostOp::VmovqToVec, 16);
      inst.dst = vtemp(0);
      inst.a = key.reg;
      e_.emit(inst);
      e_.vec(HostOp::Vpbroadcastq, 32, vtemp(0), vtemp(0));
    } else {
      e_.vec(HostOp::Vpbroadcastq, 32, vtemp(0), key);
    }
    for (unsigned part = 0; part < 2; ++part) {
      e_.vec(HostOp::Vpcmpeqq, 32, vtemp(1), vtemp(0), lane_of_cell(cell, 32U * part));
      HostInst inst = e_.make(HostOp::Vmovmskpd, 32);
      inst.dst = part == 0 ? rax : rcx;
      inst.a = vtemp(1);
      e_.emit(inst);
    }
    e_.integer(HostOp::Shl, rcx, 4, 4);
    e_.integer(HostOp::Or, rax, rcx, 4);
  }
  e_.integer(HostOp::Or, rax, 0x100, 4);
  const Operand d = r_target(slot.f[0]);
  const HostReg to = result_reg(d, rax);
  e_.integer(HostOp::Tzcnt, to, rax);
  if (d.is_mem()) e_.mov(d, to);
}

void Lowerer::lower_broadcast_load(const isa::Slot& slot, const HostMem& cell) {
  const bool words = isa::type_of(slot) == Type::F64x8;
  const HostMem element = lane_of_cell(cell, (words ? 8U : 4U) * slot.f[2]);
  const Operand d = v_target(slot.f[0], 0);
  const HostReg to = result_reg(d, vtemp(0));
  e_.vec(words ? HostOp::Vpbroadcastq : HostOp::Vpbroadcastd, width(), to, element);
  keep_result(d, to);
  if (!avx512()) move_vec(v_target(slot.f[0], 1), to);
}

void Lowerer::lower_prefetch(const isa::Slot& slot, const HostMem& cell) {
  HostInst inst = e_.make(HostOp::Clflushopt, 64);
  if (isa::op_of(slot) == Op::SPREFCH) {
    switch (static_cast<isa::Level>(slot.lit)) {
      case isa::Level::L1: inst.op = HostOp::PrefetchT0; break;
      case isa::Level::L2: inst.op = HostOp::PrefetchT1; break;
      case isa::Level::L3: inst.op = HostOp::PrefetchT2; break;
      case isa::Level::Nta: inst.op = HostOp::PrefetchNta; break;
    }
  }
  inst.mem = cell;
  inst.mem_role = MemRole::Source;
  e_.emit(inst);
}

void Lowerer::lower_set(const isa::Slot& slot, const isa::Siw& word) {
  CoordinateState& d = p_[slot.f[0]];
  if (isa::form_info(slot).operands[1].kind == OperandKind::Coord) {
    d = {Kind::Constant, word.coord(), false};
    return;
  }
  const unsigned q = slot.f[1];
  if (q == slot.f[0]) return;
  if (p_[q].kind == Kind::Constant) {
    d = {Kind::Constant, p_[q].value, false};
    return;
  }
  settle(q);
  e_.mov(rax, in_context(off::p(q)));
  e_.mov(in_context(off::p(slot.f[0])), rax);
  e_.mov(rax, in_context(off::p(q) + 8));
  e_.mov(in_context(off::p(slot.f[0]) + 8), rax);
  d = {};
}

bool Lowerer::check_index(const isa::Slot& slot, const isa::Siw& word) {
  const unsigned q = slot.f[1];
  if (isa::form_info(slot).operands[2].kind == OperandKind::Imm) {
    return check_step(q, slot.lit, static_cast<std::int64_t>(word.imm));
  }
  settle(q);
  check_field(off::p(q), slot.lit, r_source(slot.f[2]));
  return true;
}

void Lowerer::lower_index(const isa::Slot& slot, const isa::Siw& word) {
  const unsigned p = slot.f[0];
  const unsigned q = slot.f[1];
  const bool by_register = isa::form_info(slot).operands[2].kind == OperandKind::R;
  const int dimension = slot.lit;
  const auto step = static_cast<std::int64_t>(word.imm);
  if (!by_register && p_[q].kind == Kind::Constant) {
    p_[p] = {Kind::Constant, isa::step(p_[q].value, dimension, step).value(), false};
    return;
  }
  if (p != q) {
    settle(q);
    e_.mov(rax, in_context(off::p(q)));
    e_.mov(in_context(off::p(p)), rax);
    e_.mov(rax, in_context(off::p(q) + 8));
    e_.mov(in_context(off::p(p) + 8), rax);
    p_[p] = {};
  }
  if (!by_register) {
    if (step != 0) step_coordinate(p, dimension, step);
    return;
  }
  add_to_field(off::p(p), dimension, r_source(slot.f[2]));
  p_[p] = {};
}

void Lowerer::lower_sparse(const isa::Slot& slot, const isa::Siw& word) {
  switch (isa::op_of(slot)) {
    case Op::SSETP: return lower_set(slot, word);
    case Op::SINDEX: return lower_index(slot, word);
    case Op::SALLOC:
    case Op::SFREE: return;  // done by their helpers
    default: break;
  }
  const HostMem cell = cell_memory();
  switch (isa::op_of(slot)) {
    case Op::SGATHER: lower_load(slot, cell); break;
    case Op::SSCATTR: lower_store(slot, cell); break;
    case Op::SDEDUP: lower_dedup(slot, cell); break;
    case Op::SBCST: lower_broadcast_load(slot, cell); break;
    case Op::SPREFCH:
    case Op::SFLUSH: lower_prefetch(slot, cell); break;
    default: throw std::logic_error("not a memory operation");
  }
  if (isa::form_info(slot).literal != isa::LitKind::PostInc) return;
  const isa::PostInc inc = isa::post_inc_of(slot.lit);
  if (inc.step == 0) return;
  const RoleScope role(e_, HostRole::Translation);
  step_coordinate(slot.f[1], inc.dimension, inc.step);
}

}  // namespace vtpu::lowering
