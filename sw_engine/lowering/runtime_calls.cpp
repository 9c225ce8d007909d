// Leaving generated code and coming back: helper calls, resume points, faults.
#include "lowering/lowerer.hpp"

namespace vtpu::lowering {

namespace off {
std::size_t r(unsigned i) { return offsetof(isa::Registers, r) + 8U * i; }
std::size_t v(unsigned i) { return offsetof(isa::Registers, v) + sizeof(isa::Vector) * i; }
std::size_t p(unsigned i) { return offsetof(isa::Registers, p) + sizeof(isa::Coordinate) * i; }
std::size_t m(unsigned i) { return offsetof(isa::Registers, m) + sizeof(isa::Message) * i; }
std::size_t pointer(unsigned i) { return offsetof(SentronContext, spill) + 16U * i; }
std::size_t pointer_origin(unsigned i) { return pointer(i) + 8; }
std::size_t loop(unsigned slot) {
  return slot == kChunkCounter ? kChunkSpill : offsetof(SentronContext, loop_remaining) + 8U * slot;
}
std::size_t constant(std::size_t offset_in_constants) {
  return offsetof(SentronContext, constants) + offset_in_constants;
}
}  // namespace off

namespace {

constexpr unsigned kHalfBytes = 32;

bool has(unsigned bits, unsigned i) { return (bits >> i & 1U) != 0; }

// A stepped pointer has moved by as many cells as its coordinate along dimension 0.
void settle_pointer(Emitter& e, HostReg reg, unsigned p, const CoordinateState& state) {
  e.lea(rax, at(reg, 64 * state.position));
  e.mov(rcx, rax);
  e.integer(HostOp::Sub, rcx, in_context(off::pointer_origin(state.pointer)));
  e.mov(in_context(off::pointer_origin(state.pointer)), rax);
  e.integer(HostOp::Sar, rcx, 6);
  e.integer(HostOp::Add, in_context(off::p(p)), rcx);
}

}  // namespace

void Lowerer::store_coordinate(unsigned p, const isa::Coordinate& value) {
  e_.store_imm(in_context(off::p(p)), value.lo);
  e_.store_imm(in_context(off::p(p) + 8), value.hi);
}

void Lowerer::store_registers(const Place& place) {
  leaves_ = true;
  for (unsigned i = 0; i < isa::kIntRegisters; ++i) {
    if (plan_->r[i].valid() && has(plan_->r_written, i)) e_.mov(in_context(off::r(i)), plan_->r[i]);
  }
  for (unsigned i = 0; i < isa::kVectorRegisters; ++i) {
    if (!plan_->v[i].valid() || !has(plan_->v_written, i)) continue;
    for (unsigned part = 0; part < parts(); ++part) {
      e_.vstore(in_context(off::v(i) + kHalfBytes * part), vec(plan_->v[i].index + part), width());
    }
  }
  if (plan_->cmp.valid() && plan_->cmp_written) e_.integer(HostOp::Mov, in_context(off::kCmp), plan_->cmp, 2);
  for (const LiveRegister& live : place.live) e_.mov(in_context(live.offset), live.reg);
  for (unsigned p = 0; p < place.p.size(); ++p) {
    const CoordinateState& state = place.p[p];
    if (state.kind == CoordinateState::Kind::Constant && !state.stored) store_coordinate(p, state.value);
    if (state.kind == CoordinateState::Kind::Pointer && state.stepped) {
      settle_pointer(e_, plan_->pointers[state.pointer], p, state);
    }
  }
}

void Lowerer::load_registers(const Place& place) {
  if (plan_->scalar_mask && avx512()) {
    e_.mov_imm(rax, 1);
    HostInst inst = e_.make(HostOp::KmovToMask, 8);
    inst.dst = mask(1);
    inst.a = rax;
    e_.emit(inst);
  }
  for (unsigned i = 0; i < isa::kIntRegisters; ++i) {
    if (plan_->r[i].valid()) e_.mov(plan_->r[i], in_context(off::r(i)));
  }
  for (unsigned i = 0; i < isa::kVectorRegisters; ++i) {
    if (!plan_->v[i].valid()) continue;
    for (unsigned part = 0; part < parts(); ++part) {
      e_.vec(HostOp::Vmov, width(), vec(plan_->v[i].index + part), in_context(off::v(i) + kHalfBytes * part));
    }
  }
  if (plan_->cmp.valid()) e_.integer(HostOp::Movzx, plan_->cmp, in_context(off::kCmp), 2);
  for (const Anchor& anchor : plan_->anchors) e_.mov_imm(anchor.reg, anchor.base);
  for (const LiveRegister& live : place.live) e_.mov(live.reg, in_context(live.offset));
}

void Lowerer::settle(unsigned p) {
  CoordinateState& state = p_[p];
  const RoleScope role(e_, HostRole::Translation);
  if (state.kind == CoordinateState::Kind::Constant && !state.stored) {
    store_coordinate(p, state.value);
    state.stored = true;
  }
  if (state.kind == CoordinateState::Kind::Pointer && state.stepped) {
    settle_pointer(e_, plan_->pointers[state.pointer], p, state);
  }
}

void Lowerer::call(HelperId helper, std::optional<std::uint64_t> argument, HostRole role, std::optional<Label> failed) {
  e_.integer(HostOp::Mov, in_context(offsetof(SentronContext, exit_word)), static_cast<std::int32_t>(e_.word), 4);
  if (argument) e_.mov_imm(rax, *argument);
  {
    const RoleScope scope(e_, role);
    HostInst inst = e_.make(HostOp::CallHelper, 8);
    inst.imm = static_cast<std::int64_t>(helper);
    e_.emit(inst);
  }
  e_.integer(HostOp::Test, rax, rax);
  e_.jcc(HostCond::NE, failed.value_or(leave_));
}

std::uint64_t Lowerer::new_resume_point(Label word_start, const Place& place) {
  if (measuring_) return 1;
  const Label entry = e_.label();
  resume_labels_.push_back(entry);
  e_.cold([this, entry, word_start, place, plan = plan_] {
    plan_ = plan;
    e_.bind(entry);
    load_registers(place);
    e_.jmp(word_start);
  });
  return resume_labels_.size() - 1;
}

void Lowerer::call_inline(HelperId helper, std::uint64_t argument, std::optional<Label> word_start) {
  const RoleScope role(e_, HostRole::Runtime);
  const Place place = here();
  store_registers(place);
  for (CoordinateState& state : p_) {
    if (state.kind == CoordinateState::Kind::Constant) state.stored = true;
  }
  if (word_start) e_.store_imm(in_context(offsetof(SentronContext, resume)), new_resume_point(*word_start, place));
  call(helper, argument, HostRole::Operation);
  load_registers(place);
  cmp_mask_.reset();
}

void Lowerer::jump_to_fault(std::optional<HostCond> cond, isa::Fault fault) {
  const Label target = e_.label();
  const RoleScope role(e_, HostRole::Runtime);
  if (cond) {
    e_.jcc(*cond, target);
  } else {
    e_.jmp(target);
    stopped_ = true;
  }
  e_.cold([this, target, fault, place = here(), plan = plan_] {
    plan_ = plan;
    e_.bind(target);
    store_registers(place);
    e_.mov(in_context(offsetof(SentronContext, fault)), static_cast<std::int64_t>(fault));
    e_.integer(HostOp::Mov, in_context(offsetof(SentronContext, exit_word)), static_cast<std::int32_t>(e_.word), 4);
    e_.integer(HostOp::Mov, in_context(offsetof(SentronContext, exit_reason)),
               static_cast<std::int64_t>(ExitReason::Faulted), 4);
    HostInst exit = e_.make(HostOp::Exit, 8);
    exit.imm = static_cast<std::int64_t>(ExitReason::Faulted);
    e_.emit(exit);
  });
}

}  // namespace vtpu::lowering
