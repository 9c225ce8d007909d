// One word: all three slots read before any writes.
//
// Order: what may fault (S: range check and translation), then what may wait (C through channel or helper), then the
// effects, each slot after those that read what it writes. Where a waiting C operation overwrites what D or S read, the
// old value is set aside first; where D and another slot each read what the other writes, the D result waits.
#include <algorithm>
#include <stdexcept>

#include "lowering/lowerer.hpp"

namespace vtpu::lowering {
namespace {

using File = isa::RegisterId::File;
using isa::Op;
using isa::Pipe;

// C operations that go through a channel or a helper: done before the other effects of the word.
bool goes_first(Op op) {
  switch (op) {
    case Op::CSEND:
    case Op::CRECV:
    case Op::CBAR:
    case Op::CREDUCE:
    case Op::CCAST:
    case Op::CROUTE:
    case Op::CLISTEN: return true;
    default: return false;
  }
}

// Both name single lanes of one message, different ones.
bool different_lanes(const isa::Slot& reader, const isa::Slot& writer) {
  const isa::Form& r = isa::form_info(reader);
  const isa::Form& w = isa::form_info(writer);
  return r.operands[1].kind == isa::OperandKind::MLane && w.operands[0].kind == isa::OperandKind::MLane &&
         reader.f[1] != writer.f[0];
}

// `reader` reads a register that `writer` writes.
bool reads_result_of(const isa::Slot& reader, const isa::Slot& writer) {
  const isa::RegisterUse r = isa::registers_of(reader);
  const isa::RegisterUse w = isa::registers_of(writer);
  for (int i = 0; i < r.reads; ++i) {
    for (int k = 0; k < w.writes; ++k) {
      const isa::RegisterId id = r.read[static_cast<std::size_t>(i)];
      if (id == w.written[static_cast<std::size_t>(k)]) return id.file != File::M || !different_lanes(reader, writer);
    }
  }
  return false;
}

constexpr std::size_t kHalfBytes = 32;

}  // namespace

Operand Lowerer::r_source(unsigned i) const {
  if (redirect_.active && redirect_.file == File::R && redirect_.index == i) return in_context(off::kRedirect);
  return r_target(i);
}

Operand Lowerer::r_target(unsigned i) const {
  return plan_->r[i].valid() ? Operand(plan_->r[i]) : Operand(in_context(off::r(i)));
}

Operand Lowerer::v_source(unsigned i, unsigned part) const {
  if (redirect_.active && redirect_.file == File::V && redirect_.index == i) {
    return in_context(off::kRedirect + kHalfBytes * part);
  }
  return v_target(i, part);
}

Operand Lowerer::v_target(unsigned i, unsigned part) const {
  if (!plan_->v[i].valid()) return in_context(off::v(i) + kHalfBytes * part);
  return vec(plan_->v[i].index + part);
}

HostMem Lowerer::m_source(unsigned i, unsigned lane) const {
  const bool redirected = redirect_.active && redirect_.file == File::M && redirect_.index == i;
  return in_context((redirected ? off::kRedirect : off::m(i)) + 8U * lane);
}

// Sets aside what the C slot overwrites and D or S read.
void Lowerer::redirect_overwritten(const isa::Siw& word) {
  if (!reads_result_of(word.d, word.c) && !reads_result_of(word.s, word.c)) return;
  const isa::RegisterUse use = isa::registers_of(word.c);
  const RoleScope role(e_, HostRole::Transfer);
  for (int i = 0; i < use.writes; ++i) {
    const isa::RegisterId id = use.written[static_cast<std::size_t>(i)];
    if (id.file == File::R) {
      e_.mov(in_context(off::kRedirect), in_gpr(r_target(id.index), rax));
    } else if (id.file == File::V) {
      for (unsigned part = 0; part < parts(); ++part) {
        e_.vstore(in_context(off::kRedirect + kHalfBytes * part), in_vec(v_target(id.index, part), vtemp(0)), width());
      }
    } else if (id.file == File::M) {
      e_.vec(HostOp::Vmov, 32, vtemp(0), in_context(off::m(id.index)));
      e_.vstore(in_context(off::kRedirect), vtemp(0), 32);
    } else {
      continue;
    }
    redirect_ = {id.file, id.index, true};
  }
}

// Moves the waiting D result to its register.
void Lowerer::commit_deferred(const isa::Slot& d) {
  e_.pipe = Pipe::D;
  const RoleScope role(e_, HostRole::Transfer);
  const isa::RegisterUse use = isa::registers_of(d);
  for (int i = 0; i < use.writes; ++i) {
    const isa::RegisterId id = use.written[static_cast<std::size_t>(i)];
    if (id.file == File::R) {
      move_gpr(r_target(id.index), in_context(off::kDeferred));
    } else if (id.file == File::V) {
      for (unsigned part = 0; part < parts(); ++part) {
        move_vec(v_target(id.index, part), in_context(off::kDeferred + kHalfBytes * part));
      }
    }
  }
}

// D, S and those C operations that never wait, each after the readers of what it writes.
void Lowerer::lower_slots_in_order(const isa::Siw& word) {
  std::vector<Pipe> left;
  for (const Pipe pipe : {Pipe::D, Pipe::S, Pipe::C}) {
    const Op op = isa::op_of(word.slot(pipe));
    if (!isa::is_nop(op) && !(pipe == Pipe::C && goes_first(op))) left.push_back(pipe);
  }
  bool waiting_result = false;
  while (!left.empty()) {
    const auto free = std::find_if(left.begin(), left.end(), [&](Pipe pipe) {
      return std::none_of(left.begin(), left.end(), [&](Pipe other) {
        return other != pipe && reads_result_of(word.slot(other), word.slot(pipe));
      });
    });
    Pipe pipe = Pipe::D;
    if (free != left.end()) {
      pipe = *free;
    } else if (left.front() != Pipe::D) {
      throw std::logic_error("cyclic reads without the D slot");
    } else {
      deferred_ = waiting_result = true;
    }
    std::erase(left, pipe);
    e_.pipe = pipe;
    const RoleScope role(e_, HostRole::Operation);
    if (pipe == Pipe::D) lower_dense(word.d, word);
    if (pipe == Pipe::S) lower_sparse(word.s, word);
    if (pipe == Pipe::C) lower_coordination(word.c, word);
    deferred_ = false;
  }
  if (waiting_result) commit_deferred(word.d);
}

void Lowerer::lower_word(std::uint32_t index) {
  if (stopped_) return;
  const isa::Siw& word = word_at(index);
  e_.word = index;
  const bool first = goes_first(isa::op_of(word.c));
  Label start = 0;
  if (first) {
    start = e_.label();
    e_.bind(start);
  }
  redirect_ = {};
  access_ = {};
  if (!isa::is_nop(isa::op_of(word.s))) {
    e_.pipe = Pipe::S;
    if (!prepare_sparse(word.s, word, first ? SaveAddress::Yes : SaveAddress::No)) return;
  }
  if (first) {
    e_.pipe = Pipe::C;
    redirect_overwritten(word);
    lower_helper_operation(word.c, start);
    cmp_mask_.reset();
  }
  if (isa::op_of(word.s) == Op::SFREE) {
    e_.pipe = Pipe::S;
    call_inline(HelperId::Free, word.s.f[0], std::nullopt);
  }
  lower_slots_in_order(word);
}

}  // namespace vtpu::lowering
