#include "reference/word_executor.hpp"

#include <stdexcept>

namespace vtpu::reference {
namespace {

using isa::Coordinate;
using isa::Fault;
using isa::Form;
using isa::LitKind;
using isa::Op;
using isa::OperandKind;
using isa::Registers;
using isa::Siw;
using isa::Slot;

constexpr std::uint8_t kAllLanes = 0xFF;

// The coordinate register that the S slot writes by stepping, and by how much.
struct Stepping {
  std::uint8_t target = 0;
  std::uint8_t source = 0;
  int dimension = 0;
  std::int64_t step = 0;
};

std::optional<Stepping> stepping_of(const Slot& slot, const Siw& word, const Registers& registers) {
  if (op_of(slot) == Op::SNOP) return std::nullopt;
  const Form& form = form_info(slot);
  if (op_of(slot) == Op::SINDEX) {
    const bool immediate = form.operands[2].kind == OperandKind::Imm;
    const std::uint64_t step = immediate ? word.imm : registers.r[slot.f[2]];
    return Stepping{slot.f[0], slot.f[1], slot.lit, static_cast<std::int64_t>(step)};
  }
  if (form.literal != LitKind::PostInc) return std::nullopt;
  const isa::PostInc inc = isa::post_inc_of(slot.lit);
  if (inc.step == 0) return std::nullopt;
  const std::uint8_t pointer = slot.f[1];  // every form with a post-increment has its address there
  return Stepping{pointer, pointer, inc.dimension, inc.step};
}

std::optional<Coordinate> stepped(const Stepping& s, const Registers& registers) {
  return isa::step(registers.p[s.source], s.dimension, s.step);
}

void evaluate_dense(const Siw& word, const Registers& registers, WordEffects& effects) {
  const Slot& slot = word.d;
  if (op_of(slot) == Op::DNOP) return;
  const isa::DenseResult result = isa::compute_dense(slot, isa::dense_inputs(slot, word, registers));
  if (isa::info_of(op_of(slot)).writes_cmp) {
    effects.cmp = result.cmp;
  } else if (form_info(slot).operands[0].kind == OperandKind::R) {
    effects.d_int = {slot.f[0], result.r};
  } else {
    effects.d_vector = {slot.f[0], result.v};
  }
}

MemoryAction memory_action(Op op) {
  switch (op) {
    case Op::SGATHER:
    case Op::SBCST:
    case Op::SDEDUP: return MemoryAction::Load;
    case Op::SSCATTR: return MemoryAction::Store;
    case Op::SPREFCH: return MemoryAction::Prefetch;
    case Op::SFLUSH: return MemoryAction::Flush;
    case Op::SALLOC: return MemoryAction::Allocate;
    case Op::SFREE: return MemoryAction::Free;
    default: return MemoryAction::None;
  }
}

std::uint8_t lanes_accessed(const Slot& slot) {
  switch (form_info(slot).operands[2].kind) {
    case OperandKind::CellLane: return static_cast<std::uint8_t>(1U << slot.f[2]);
    case OperandKind::CellLane32: return static_cast<std::uint8_t>(1U << (slot.f[2] / 2U));
    default: return kAllLanes;
  }
}

void evaluate_load(const Slot& slot, const Registers& registers, const isa::Cell& cell, WordEffects& effects) {
  const std::uint64_t key = op_of(slot) == Op::SDEDUP ? registers.r[slot.f[1]] : 0;
  const isa::LoadResult loaded = isa::compute_load(slot, cell, key);
  if (form_info(slot).operands[0].kind == OperandKind::R) {
    effects.s_int = {slot.f[0], loaded.r};
  } else {
    effects.s_vector = {slot.f[0], loaded.v};
  }
}

void evaluate_sparse(const Siw& word, const Registers& registers, CellReader& reader, WordEffects& effects) {
  const Slot& slot = word.s;
  if (const auto stepping = stepping_of(slot, word, registers)) {
    effects.s_coordinate = {stepping->target, stepped(*stepping, registers).value()};
  }
  if (op_of(slot) == Op::SSETP) {
    const bool literal = form_info(slot).operands[1].kind == OperandKind::Coord;
    effects.s_coordinate = {slot.f[0], literal ? word.coord() : registers.p[slot.f[1]]};
  }
  MemoryEffect& memory = effects.memory;
  memory.action = memory_action(op_of(slot));
  if (memory.action == MemoryAction::None) return;
  memory.at = isa::memory_address(slot, word, registers).value();
  switch (memory.action) {
    case MemoryAction::Load:
      memory.lanes = lanes_accessed(slot);
      memory.cell = reader.read(memory.at);
      evaluate_load(slot, registers, memory.cell, effects);
      break;
    case MemoryAction::Store:
    case MemoryAction::Free:
      memory.lanes = lanes_accessed(slot);
      memory.cell = isa::compute_store(slot, {}, registers);
      break;
    default: break;
  }
}

void evaluate_coordination(const Siw& word, const Registers& registers, WordEffects& effects) {
  effects.coordination = coordination_of(word, registers);
  const Coordination& c = effects.coordination;
  switch (c.action) {
    case CoordinationAction::Pack: effects.message = isa::compute_pack(word.c, word, registers); break;
    case CoordinationAction::Send:
    case CoordinationAction::Cast: effects.message = registers.m[c.index]; break;
    case CoordinationAction::Reduce:
      if (c.type == isa::Type::I64) {
        effects.r = registers.r[c.index];
      } else {
        effects.v = registers.v[c.index];
      }
      break;
    default: break;
  }
}

}  // namespace

Fault step_fault_of(const Siw& word, const Registers& registers) {
  const auto stepping = stepping_of(word.s, word, registers);
  return stepping && !stepped(*stepping, registers) ? Fault::StepOutOfRange : Fault::None;
}

Fault route_fault_of(const Siw& word, const Registers& registers, std::uint32_t sentrons) {
  const Slot& slot = word.c;
  switch (op_of(slot)) {
    case Op::CROUTE:
    case Op::CLISTEN: {
      const bool by_register = form_info(slot).operands[1].kind == OperandKind::R;
      const std::uint64_t peer = by_register ? registers.r[slot.f[1]] : slot.lit;
      return peer < sentrons ? Fault::None : Fault::BadSentron;
    }
    case Op::CSEND:
    case Op::CRECV: {
      if (form_info(slot).literal == LitKind::Sentron) return Fault::None;
      const auto& peers = op_of(slot) == Op::CSEND ? registers.route : registers.listen;
      return peers[slot.f[0]] == isa::kNoSentron ? Fault::NoRoute : Fault::None;
    }
    default: return Fault::None;
  }
}

Fault fault_of(const Siw& word, const Registers& registers, std::uint32_t sentrons) {
  const Fault fault = step_fault_of(word, registers);
  return fault != Fault::None ? fault : route_fault_of(word, registers, sentrons);
}

Coordination coordination_of(const Siw& word, const Registers& registers) {
  const Slot& slot = word.c;
  const Form& form = form_info(slot);
  Coordination c;
  c.index = static_cast<std::uint8_t>(isa::reg_of(slot.f[0]));
  const auto peer = [&](const std::array<std::int32_t, isa::kMessageRegisters>& set) {
    return form.literal == LitKind::Sentron ? slot.lit : static_cast<std::uint32_t>(set[c.index]);
  };
  switch (op_of(slot)) {
    case Op::CPACK: c.action = CoordinationAction::Pack; break;
    case Op::CROUTE:
    case Op::CLISTEN:
      c.action = op_of(slot) == Op::CROUTE ? CoordinationAction::Route : CoordinationAction::Listen;
      c.peer = form.literal == LitKind::Sentron ? slot.lit : static_cast<std::uint32_t>(registers.r[slot.f[1]]);
      break;
    case Op::CSEND:
      c.action = CoordinationAction::Send;
      c.peer = peer(registers.route);
      break;
    case Op::CRECV:
      c.action = CoordinationAction::Receive;
      c.peer = peer(registers.listen);
      break;
    case Op::CBAR:
      c.action = CoordinationAction::Barrier;
      c.group = slot.lit;
      break;
    case Op::CFENCE:
      c.action = CoordinationAction::Fence;
      c.scope = static_cast<isa::Scope>(slot.lit);
      break;
    case Op::CREDUCE:
      c.action = CoordinationAction::Reduce;
      c.type = type_of(slot);
      c.group = isa::group_of(slot.lit);
      c.reduction = isa::group_red_of(slot.lit);
      break;
    case Op::CCAST:
      c.action = CoordinationAction::Cast;
      c.group = slot.lit;
      c.root = slot.f[1];
      break;
    default: break;
  }
  return c;
}

WordEffects evaluate(const Siw& word, const Registers& registers, CellReader& memory) {
  WordEffects effects;
  evaluate_dense(word, registers, effects);
  evaluate_sparse(word, registers, memory, effects);
  evaluate_coordination(word, registers, effects);
  return effects;
}

void apply(const WordEffects& effects, Registers& registers) {
  if (effects.d_int) registers.r[effects.d_int->index] = effects.d_int->value;
  if (effects.d_vector) registers.v[effects.d_vector->index] = effects.d_vector->value;
  if (effects.cmp) registers.cmp = *effects.cmp;
  if (effects.s_int) registers.r[effects.s_int->index] = effects.s_int->value;
  if (effects.s_vector) registers.v[effects.s_vector->index] = effects.s_vector->value;
  if (effects.s_coordinate) registers.p[effects.s_coordinate->index] = effects.s_coordinate->value;
  const Coordination& c = effects.coordination;
  switch (c.action) {
    case CoordinationAction::Pack:
    case CoordinationAction::Receive:
    case CoordinationAction::Cast: registers.m[c.index] = effects.message; break;
    case CoordinationAction::Route: registers.route[c.index] = static_cast<std::int32_t>(c.peer); break;
    case CoordinationAction::Listen: registers.listen[c.index] = static_cast<std::int32_t>(c.peer); break;
    case CoordinationAction::Reduce:
      if (c.type == isa::Type::I64) {
        registers.r[c.index] = effects.r;
      } else {
        registers.v[c.index] = effects.v;
      }
      break;
    default: break;
  }
}

void store_into(isa::Cell& cell, const MemoryEffect& effect) {
  for (std::size_t lane = 0; lane < cell.lane.size(); ++lane) {
    if ((effect.lanes >> lane & 1U) != 0) cell.lane[lane] = effect.cell.lane[lane];
  }
}

}  // namespace vtpu::reference
