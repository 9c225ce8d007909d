// The C-pipe: messages through channels, everything that waits or needs the runtime through helpers.
#include <algorithm>
#include <stdexcept>

#include "lowering/lowerer.hpp"

namespace vtpu::lowering {
namespace {

using isa::LitKind;
using isa::Op;
using isa::OperandKind;

constexpr unsigned kMessageBytes = sizeof(isa::Message);
constexpr unsigned kLaneBytes = 8;
constexpr std::uint64_t kSentronBits = 56;
constexpr std::uint64_t kNoSentronNumber = (1ULL << kSentronBits) - 1;

std::uint64_t position_of(std::vector<std::uint32_t>& sentrons, std::uint32_t sentron) {
  const auto found = std::find(sentrons.begin(), sentrons.end(), sentron);
  if (found != sentrons.end()) return static_cast<std::uint64_t>(found - sentrons.begin());
  sentrons.push_back(sentron);
  return sentrons.size() - 1;
}

}  // namespace

// Some word of the stream writes single lanes of m.
bool Lowerer::packed_by_lanes(unsigned m) const {
  return std::any_of(stream_.words.begin(), stream_.words.end(), [m](const isa::Siw& word) {
    return isa::op_of(word.c) == Op::CPACK && isa::type_of(word.c) != isa::Type::B256 && isa::reg_of(word.c.f[0]) == m;
  });
}

// Copies between m and the channel in rax; rcx counts the messages so far at that end. A load of 32 bytes behind stores
// of 8 waits until they are in the cache, so a message packed by lanes is copied by lanes.
void Lowerer::transfer_message(bool send, unsigned m) {
  const RoleScope role(e_, HostRole::Operation);
  e_.integer(HostOp::And, rcx, isa::kChannelCapacity - 1, 4);
  e_.integer(HostOp::Shl, rcx, 5, 4);
  HostMem slot = at(rax, offsetof(Channel, slot));
  slot.index = rcx;
  HostMem message = in_context(off::m(m));
  if (send && packed_by_lanes(m)) {
    for (int lane = 0; lane < static_cast<int>(kMessageBytes / kLaneBytes); ++lane) {
      e_.mov(rdx, message);
      e_.mov(slot, rdx);
      message.disp += kLaneBytes;
      slot.disp += kLaneBytes;
    }
  } else {
    e_.vec(HostOp::Vmov, kMessageBytes, vtemp(0), send ? message : slot);
    e_.vstore(send ? slot : message, vtemp(0), kMessageBytes);
  }
  e_.integer(HostOp::Add, at(rax, send ? offsetof(Channel, tail) : offsetof(Channel, head)), 1);
}

void Lowerer::lower_channel(const isa::Slot& slot, Label word_start) {
  const bool send = isa::op_of(slot) == Op::CSEND;
  const unsigned m = slot.f[0];
  std::uint64_t argument = m;
  const Label slow = e_.label();
  const Label done = e_.label();
  if (isa::form_info(slot).literal == LitKind::Sentron) {
    const std::uint64_t position = position_of(send ? out_.literal_out : out_.literal_in, slot.lit);
    argument |= (position + 1) << 8U;
    e_.mov(rax, in_context(send ? offsetof(SentronContext, literal_out) : offsetof(SentronContext, literal_in)));
    e_.mov(rax, at(rax, static_cast<std::int64_t>(8 * position)));
  } else {
    e_.mov(rax, in_context((send ? offsetof(SentronContext, out) : offsetof(SentronContext, in)) + 8U * m));
    e_.integer(HostOp::Test, rax, rax);
    e_.jcc(HostCond::E, slow);
  }
  e_.integer(HostOp::Cmp, at(rax, offsetof(Channel, to_helper)), 0);
  e_.jcc(HostCond::NE, slow);
  if (send) {
    e_.mov(rcx, at(rax, offsetof(Channel, tail)));
    e_.mov(rdx, rcx);
    e_.integer(HostOp::Sub, rdx, at(rax, offsetof(Channel, head)));
    e_.integer(HostOp::Cmp, rdx, isa::kChannelCapacity);
    e_.jcc(HostCond::AE, slow);
  } else {
    e_.mov(rcx, at(rax, offsetof(Channel, head)));
    e_.integer(HostOp::Cmp, rcx, at(rax, offsetof(Channel, tail)));
    e_.jcc(HostCond::E, slow);
  }
  transfer_message(send, m);
  e_.bind(done);
  const Place place = here();
  const std::uint64_t resume = new_resume_point(word_start, place);
  e_.cold([this, slow, done, place, resume, argument, send, plan = plan_] {
    plan_ = plan;
    e_.bind(slow);
    store_registers(place);
    e_.store_imm(in_context(offsetof(SentronContext, resume)), resume);
    call(send ? HelperId::Send : HelperId::Receive, argument, HostRole::Runtime);
    load_registers(place);
    e_.jmp(done);
  });
}

// croute and clisten: the sentron's number from a literal or from r.
void Lowerer::lower_route(const isa::Slot& slot) {
  const HelperId helper = isa::op_of(slot) == Op::CROUTE ? HelperId::Route : HelperId::Listen;
  const std::uint64_t m = slot.f[0];
  if (isa::form_info(slot).literal == LitKind::Sentron) {
    call_inline(helper, m | static_cast<std::uint64_t>(slot.lit) << 8U, std::nullopt);
    return;
  }
  // A number that does not fit becomes one that no sentron has.
  const Place place = here();
  store_registers(place);
  e_.mov(rax, in_context(off::r(slot.f[1])));
  e_.mov_imm(rcx, kNoSentronNumber);
  e_.integer(HostOp::Cmp, rax, rcx);
  e_.cmov(HostCond::A, rax, rcx);
  e_.integer(HostOp::Shl, rax, 8);
  if (m != 0) e_.integer(HostOp::Or, rax, static_cast<std::int64_t>(m));
  call(helper, std::nullopt, HostRole::Operation);
  load_registers(place);
}

void Lowerer::lower_helper_operation(const isa::Slot& slot, Label word_start) {
  const RoleScope role(e_, HostRole::Runtime);
  switch (isa::op_of(slot)) {
    case Op::CSEND:
    case Op::CRECV: return lower_channel(slot, word_start);
    case Op::CROUTE:
    case Op::CLISTEN: return lower_route(slot);
    case Op::CBAR: return call_inline(HelperId::Barrier, slot.lit, word_start);
    case Op::CREDUCE: return call_inline(HelperId::Reduce, e_.word, word_start);
    case Op::CCAST: return call_inline(HelperId::Cast, e_.word, word_start);
    default: throw std::logic_error("not an operation of the runtime");
  }
}

void Lowerer::lower_pack(const isa::Slot& slot, const isa::Siw& word) {
  if (isa::type_of(slot) == isa::Type::B256) {
    const HostReg from = in_vec(v_source(slot.f[1], 0), vtemp(0), kMessageBytes);
    e_.vstore(in_context(off::m(slot.f[0])), from, kMessageBytes);
    return;
  }
  const HostMem lane = in_context(off::m(isa::reg_of(slot.f[0])) + 8U * isa::lane_of(slot.f[0]));
  if (isa::form_info(slot).operands[1].kind == OperandKind::Imm) {
    e_.store_imm(lane, word.imm);
  } else {
    e_.mov(lane, in_gpr(r_source(slot.f[1]), rax));
  }
}

void Lowerer::lower_coordination(const isa::Slot& slot, const isa::Siw& word) {
  switch (isa::op_of(slot)) {
    case Op::CPACK: return lower_pack(slot, word);
    case Op::CFENCE:
      if (static_cast<isa::Scope>(slot.lit) != isa::Scope::Thread) e_.emit(e_.make(HostOp::Mfence, 8));
      return;
    default: throw std::logic_error("not a coordination operation");
  }
}

}  // namespace vtpu::lowering
