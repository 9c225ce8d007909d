// Emits loops as loop_plan.cpp has decided.
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "lowering/lowerer.hpp"

namespace vtpu::lowering {
namespace {

using Kind = CoordinateState::Kind;

class TimesScope {
 public:
  TimesScope(double& times, std::uint64_t factor) : times_(times), before_(times) {
    times_ *= static_cast<double>(factor);
  }
  ~TimesScope() { times_ = before_; }
  TimesScope(const TimesScope&) = delete;
  TimesScope& operator=(const TimesScope&) = delete;

 private:
  double& times_;
  double before_;
};

}  // namespace

Operand Lowerer::counter(unsigned slot) const {
  return plan_->counter[slot].valid() ? Operand(plan_->counter[slot]) : Operand(in_context(off::loop(slot)));
}

void Lowerer::make_live(const Operand& place, std::size_t offset) {
  if (place.is_reg()) live_.push_back({place.reg, offset});
}

void Lowerer::report(const LoopNode& node, LoopKind kind, std::uint64_t unroll, const std::string& why) {
  out_.loops[node.index] = {node.loop.first, node.loop.last, node.loop.count, kind, unroll, why};
}

void Lowerer::enter_loop(const LoopNode& node, const std::vector<unsigned>& pointed) {
  const CoordinateStates head = head_states(node);
  for (unsigned p = 0; p < head.size(); ++p) {
    if (std::find(pointed.begin(), pointed.end(), p) != pointed.end()) continue;
    if (head[p].kind == Kind::Memory) settle(p);
    p_[p] = head[p];
  }
  cmp_mask_.reset();
}

void Lowerer::close_iteration(const LoopNode& node, const CoordinateStates& head) {
  cmp_mask_.reset();
  for (unsigned p = 0; p < head.size(); ++p) {
    if ((node.written >> p & 1U) == 0 || stopped_) continue;
    switch (head[p].kind) {
      case Kind::Memory: settle(p); break;
      case Kind::Constant:
        if (p_[p].kind != Kind::Constant || p_[p].value != head[p].value) {
          throw std::logic_error("a constant coordinate changed in a loop");
        }
        break;
      case Kind::Pointer:
        if (p_[p].kind != Kind::Pointer || p_[p].position != head[p].position) {
          throw std::logic_error("a pointer was not brought up to date");
        }
        break;
      case Kind::Dead: break;
    }
  }
}

void Lowerer::leave_iterations(const LoopNode& node, const CoordinateStates& head) {
  for (unsigned p = 0; p < head.size(); ++p) {
    p_[p] = head[p];
    if (head[p].kind == Kind::Dead) p_[p] = {Kind::Constant, node.body[p].constant, false};
  }
}

void Lowerer::count_down(unsigned slot, Label head) {
  const RoleScope role(e_, HostRole::Loop);
  found_.counter_weight[slot] += times_;
  const Operand c = counter(slot);
  HostInst dec = e_.make(HostOp::Dec, 8);
  if (c.is_reg()) {
    dec.dst = c.reg;
  } else {
    dec.mem = c.mem;
    dec.mem_role = MemRole::Both;
  }
  e_.emit(dec);
  e_.jcc(HostCond::NE, head);
}

void Lowerer::lower_words(std::uint32_t first, std::uint32_t last, const std::vector<LoopNode>& loops, unsigned depth) {
  std::size_t next = 0;
  for (std::uint32_t w = first; w <= last;) {
    if (next < loops.size() && loops[next].loop.first == w) {
      const LoopNode& node = loops[next++];
      lower_loop(node, depth);
      w = node.loop.last + 1;
    } else {
      lower_word(w++);
    }
  }
}

// What the loop's effect on coordinates says of those that its code left in the context.
void Lowerer::know_constants(const LoopNode& node, const CoordinateStates& before) {
  for (unsigned p = 0; p < p_.size() && !stopped_; ++p) {
    if ((node.written >> p & 1U) == 0 || p_[p].kind != Kind::Memory) continue;
    const CoordinateEffect& effect = node.all[p];
    std::optional<isa::Coordinate> value;
    if (effect.is_constant()) value = effect.constant;
    if (effect.base == CoordinateEffect::Base::Register && before[effect.source].kind == Kind::Constant) {
      value = before[effect.source].value;
      for (int d = 0; d < isa::kDimensions && value; ++d) {
        value = isa::step(*value, d, effect.delta[static_cast<std::size_t>(d)]);
      }
    }
    const bool leaves_range =
        !value && effect.base == CoordinateEffect::Base::Register && before[effect.source].kind == Kind::Constant;
    if (value) p_[p] = {Kind::Constant, *value, true};
    if (leaves_range) stopped_ = true;  // a step on the way has faulted
  }
}

void Lowerer::lower_loop(const LoopNode& node, unsigned depth) {
  const CoordinateStates before = p_;
  cmp_mask_.reset();
  lower_loop_kind(node, depth);
  know_constants(node, before);
}

void Lowerer::lower_loop_kind(const LoopNode& node, unsigned depth) {
  if (node.loop.count == 1) {
    report(node, LoopKind::Static, 1, "runs once");
    return lower_words(node.loop.first, node.loop.last, node.inner, depth);
  }
  const bool may_flatten = node.inner.empty() || options_.unroll;
  if (may_flatten && (node.inner.empty() || node.flat_words <= options_.max_unroll_insts)) {
    const LoopPlan plan = plan_flat(node);
    // Inner loops that look coordinates up may do better on their own.
    if (node.inner.empty() || plan.translations == 0) return lower_flat(node, plan, depth);
  }
  lower_outer(node, depth);
}

void Lowerer::lower_outer(const LoopNode& node, unsigned depth) {
  report(node, LoopKind::Static, 1, "holds loops that are lowered on their own");
  enter_loop(node, {});
  const CoordinateStates head = p_;
  const Operand c = counter(depth);
  {
    const RoleScope role(e_, HostRole::Loop);
    if (c.is_reg()) {
      e_.mov_imm(c.reg, node.loop.count);
    } else {
      e_.store_imm(c.mem, node.loop.count);
    }
  }
  make_live(c, off::loop(depth));
  const Label top = e_.label();
  e_.bind(top);
  {
    const TimesScope times(times_, node.loop.count);
    lower_words(node.loop.first, node.loop.last, node.inner, depth + 1);
    close_iteration(node, head);
    count_down(depth, top);
  }
  if (c.is_reg()) live_.pop_back();
}

namespace {

void each_inner(const LoopNode& node, const std::function<void(const LoopNode&)>& f) {
  for (const LoopNode& inner : node.inner) {
    f(inner);
    each_inner(inner, f);
  }
}

}  // namespace

void Lowerer::lower_flat(const LoopNode& node, const LoopPlan& plan, unsigned depth) {
  const bool hoisted = !plan.pointers.empty() && !plan.strided;
  const LoopKind kind = hoisted ? LoopKind::Hoisted : plan.translations != 0 ? LoopKind::Generic : LoopKind::Static;
  each_inner(
      node, [&](const LoopNode& inner) { report(inner, kind, inner.loop.count, "written out in the loop around it"); });
  std::string why = fmt::format("{} of its coordinates by pointer, {} accesses looked up each time",
                                plan.pointers.size(), plan.translations);
  if (kind == LoopKind::Static)
    why = plan.strided && !plan.pointers.empty() ? "constant addresses, stepped by pointers"
                                                 : "every address is a constant";
  if (plan.full) {
    report(node, kind, node.loop.count, "written out: " + why);
    return lower_copies(plan, node.loop.count);
  }
  report(node, kind, plan.copies, why);
  for (const PointerPlace& place : plan.places) found_.pointers = std::max(found_.pointers, place.pointer + 1);
  if (hoisted) return lower_hoisted(node, plan, depth);
  lower_counted(node, plan, depth);
}

void Lowerer::lower_copies(const LoopPlan& plan, std::uint64_t copies) {
  for (std::uint64_t i = 0; i < copies; ++i) {
    for (const std::uint32_t w : plan.words) lower_word(w);
  }
}

void Lowerer::bump_pointers(const LoopPlan& plan) {
  const RoleScope role(e_, HostRole::Translation);
  unsigned bumped = 0;  // a bit for each host register
  for (std::size_t i = 0; i < plan.pointers.size(); ++i) {
    CoordinateState& state = p_[plan.pointers[i]];
    const std::int64_t moved = state.position - plan.places[i].cells;
    const bool first = (bumped >> state.pointer & 1U) == 0;
    bumped |= 1U << state.pointer;
    if (moved != 0 && first) e_.integer(HostOp::Add, plan_->pointers[state.pointer], 64 * moved);
    state.position = plan.places[i].cells;
  }
}

// The number of iterations is known; pointers, if any, start at constant addresses.
void Lowerer::lower_counted(const LoopNode& node, const LoopPlan& plan, unsigned depth) {
  const CoordinateStates before = p_;
  const std::size_t live_before = live_.size();
  enter_loop(node, plan.pointers);
  unsigned set = 0;  // host registers; a shared one is set for the first that it serves
  for (std::size_t i = 0; i < plan.pointers.size(); ++i) {
    const unsigned p = plan.pointers[i];
    const auto [pointer, cells] = plan.places[i];
    if (plan.has_cold) settle(p);
    const RoleScope role(e_, HostRole::Translation);
    p_[p] = {Kind::Pointer, {}, true, pointer, cells, plan.has_cold};
    if (pointer < set) continue;
    set = pointer + 1;
    e_.mov_imm(plan_->pointers[pointer], reinterpret_cast<std::uintptr_t>(resolve(before[p].value)));
    if (plan.has_cold) e_.mov(in_context(off::pointer_origin(pointer)), plan_->pointers[pointer]);
    live_.push_back({plan_->pointers[pointer], off::pointer(pointer)});
  }
  const CoordinateStates head = p_;
  const std::uint64_t rounds = node.loop.count / plan.copies;
  if (rounds > 1) {
    const Operand c = counter(depth);
    {
      const RoleScope role(e_, HostRole::Loop);
      if (c.is_reg()) {
        e_.mov_imm(c.reg, rounds);
      } else {
        e_.store_imm(c.mem, rounds);
      }
    }
    make_live(c, off::loop(depth));
    const Label top = e_.label();
    e_.bind(top);
    const TimesScope times(times_, rounds);
    lower_copies(plan, plan.copies);
    bump_pointers(plan);
    close_iteration(node, head);
    count_down(depth, top);
    if (c.is_reg()) live_.pop_back();
  } else {
    lower_copies(plan, plan.copies);
  }
  lower_copies(plan, node.loop.count % plan.copies);
  live_.resize(live_before);
  if (stopped_) return;
  for (const unsigned p : plan.pointers) {
    const isa::Coordinate start = before[p].value;
    const std::int64_t moved = node.all[p].delta[0];
    p_[p] = {Kind::Constant, isa::step(start, 0, moved).value(), moved == 0 && before[p].stored};
  }
}

// Iterations until a pointer's coordinate leaves its page or the range, at most those that are left; none: generic.
void Lowerer::chunk_length(const LoopNode& node, const LoopPlan& plan, unsigned depth, Label generic) {
  const RoleScope role(e_, HostRole::Translation);
  const HostMem remaining = in_context(off::loop(depth));
  bool limited = false;
  for (const unsigned p : plan.pointers) {
    const PointerWalk walk = pointer_walk(node, plan, p).value();
    if (walk.positions.empty()) continue;
    const std::size_t table = table_for(walk);
    e_.mov(rcx, in_context(offsetof(SentronContext, tables)));
    e_.mov(rcx, at(rcx, static_cast<std::int64_t>(8 * table)));
    e_.mov(rax, in_context(off::p(p)));
    e_.integer(HostOp::And, rax, isa::kDimensionSize - 1, 4);
    HostMem entry = at(rcx);
    entry.index = rax;
    if (!limited) {
      e_.integer(HostOp::Movzx, rdx, entry, 1);
    } else {
      e_.integer(HostOp::Movzx, rax, entry, 1);
      e_.integer(HostOp::Cmp, rax, rdx);
      e_.cmov(HostCond::B, rdx, rax);
    }
    limited = true;
  }
  const Operand k = counter(kChunkCounter);
  if (!limited) {
    e_.mov(rdx, remaining);
    return e_.mov(k, rdx);
  }
  e_.integer(HostOp::Test, rdx, rdx);
  e_.jcc(HostCond::E, generic);
  e_.mov(rax, remaining);
  e_.integer(HostOp::Cmp, rdx, rax);
  e_.cmov(HostCond::A, rdx, rax);
  e_.mov(k, rdx);
}

// Translates what the pointers follow.
void Lowerer::chunk_pointers(const LoopNode& node, const LoopPlan& plan, Label generic) {
  for (unsigned i = 0; i < plan.pointers.size(); ++i) {
    const unsigned p = plan.pointers[i];
    const bool steps = (node.written >> p & 1U) != 0;
    translate(off::p(p), p, generic);
    const RoleScope role(e_, HostRole::Translation);
    e_.mov(plan_->pointers[i], rdx);
    if (steps) e_.mov(in_context(off::pointer_origin(i)), rdx);
    live_.push_back({plan_->pointers[i], off::pointer(i)});
    p_[p] = {Kind::Pointer, {}, true, i, 0, steps};
  }
}

void Lowerer::chunk_body(const LoopNode& node, const LoopPlan& plan) {
  const CoordinateStates head = p_;
  const Operand k = counter(kChunkCounter);
  const auto copies = static_cast<std::int64_t>(plan.copies);
  const auto round = [&](std::uint64_t n) {
    p_ = head;
    lower_copies(plan, n);
    bump_pointers(plan);
    close_iteration(node, head);
  };
  const Label rest = e_.label();
  const Label done = e_.label();
  const bool stopped = stopped_;
  bool always = stopped;
  if (copies > 1) {
    const Label top = e_.label();
    const Label after = e_.label();
    {
      const RoleScope role(e_, HostRole::Loop);
      e_.integer(HostOp::Sub, k, copies);
      e_.jcc(HostCond::B, after);
    }
    e_.bind(top);
    {
      const TimesScope times(times_, std::max<std::uint64_t>(node.loop.count / plan.copies, 1));
      round(plan.copies);
      always |= stopped_;
      stopped_ = stopped;
      found_.counter_weight[kChunkCounter] += times_;
    }
    const RoleScope role(e_, HostRole::Loop);
    e_.integer(HostOp::Sub, k, copies);
    e_.jcc(HostCond::AE, top);
    e_.bind(after);
    e_.integer(HostOp::Add, k, copies);
    e_.jcc(HostCond::E, done);
  }
  e_.bind(rest);
  round(1);
  count_down(kChunkCounter, rest);
  e_.bind(done);
  stopped_ |= always;
  leave_iterations(node, head);
}

void Lowerer::lower_hoisted(const LoopNode& node, const LoopPlan& plan, unsigned depth) {
  enter_loop(node, {});
  for (const unsigned p : plan.pointers) settle(p);
  const CoordinateStates head = p_;
  const HostMem remaining = in_context(off::loop(depth));
  {
    const RoleScope role(e_, HostRole::Loop);
    e_.store_imm(remaining, node.loop.count);
  }
  const Label chunk = e_.label();
  const Label generic = e_.label();
  const Label done = e_.label();
  e_.bind(chunk);
  chunk_length(node, plan, depth, generic);
  const std::size_t live_before = live_.size();
  const Operand k = counter(kChunkCounter);
  make_live(k, off::loop(kChunkCounter));
  chunk_pointers(node, plan, generic);
  {
    const RoleScope role(e_, HostRole::Loop);
    e_.integer(HostOp::Sub, remaining, in_gpr(k, rax));
  }
  const bool stopped = stopped_;
  chunk_body(node, plan);
  for (const unsigned p : plan.pointers) settle(p);
  live_.resize(live_before);
  {
    const RoleScope role(e_, HostRole::Loop);
    e_.integer(HostOp::Cmp, remaining, 0);
    e_.jcc(HostCond::NE, chunk);
    e_.jmp(done);
  }
  e_.bind(generic);
  const bool fast_stopped = stopped_;
  stopped_ = stopped;
  p_ = head;
  lower_copies(plan, 1);
  close_iteration(node, head);
  {
    const RoleScope role(e_, HostRole::Loop);
    HostInst dec = e_.make(HostOp::Dec, 8);
    dec.mem = remaining;
    dec.mem_role = MemRole::Both;
    e_.emit(dec);
    e_.jcc(HostCond::NE, chunk);
  }
  e_.bind(done);
  stopped_ |= fast_stopped;
  leave_iterations(node, head);
}

}  // namespace vtpu::lowering
