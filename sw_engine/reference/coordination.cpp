// Messages and groups: when a C operation may go ahead, what it does, and whom that wakes.
#include <algorithm>

#include "isa/semantics.hpp"
#include "reference/machine.hpp"

namespace vtpu::reference {

using isa::Lifecycle;
using isa::Message;

void Machine::wait(Sentron& s, WaitKind kind, std::uint32_t peer_or_group, std::uint32_t word) {
  s.state->lifecycle = Lifecycle::Waiting;
  s.wait = {s.number, word, kind, 0, 0};
  (kind == WaitKind::Group ? s.wait.group : s.wait.peer) = peer_or_group;
}

void Machine::wake(Sentron& s) {
  s.state->lifecycle = Lifecycle::Running;
  ready_.push_back(s.number);
}

void Machine::push(Sentron& s, std::uint32_t peer, const Message& message) {
  channels_.between(s.number, peer).push(message);
  Sentron& receiver = sentrons_[peer];
  if (receiver.state->lifecycle == Lifecycle::Waiting && receiver.wait.kind == WaitKind::Message &&
      receiver.wait.peer == s.number) {
    wake(receiver);
  }
}

Message Machine::pop(Sentron& s, std::uint32_t peer) {
  const Message message = channels_.between(peer, s.number).pop();
  Sentron& sender = sentrons_[peer];
  if (sender.state->lifecycle == Lifecycle::Waiting && sender.wait.kind == WaitKind::Room &&
      sender.wait.peer == s.number) {
    wake(sender);
  }
  return message;
}

bool Machine::send(Sentron& s, std::uint32_t peer, const Message& message, std::uint32_t word) {
  if (channels_.between(s.number, peer).full()) {
    wait(s, WaitKind::Room, peer, word);
    return false;
  }
  push(s, peer, message);
  return true;
}

bool Machine::receive(Sentron& s, std::uint32_t peer, Message& message, std::uint32_t word) {
  if (channels_.between(peer, s.number).empty()) {
    wait(s, WaitKind::Message, peer, word);
    return false;
  }
  message = pop(s, peer);
  return true;
}

bool Machine::may_go(Sentron& s, const Coordination& c, std::uint32_t word) {
  if (c.action == CoordinationAction::Send && channels_.between(s.number, c.peer).full()) {
    wait(s, WaitKind::Room, c.peer, word);
    return false;
  }
  if (c.action == CoordinationAction::Receive && channels_.between(c.peer, s.number).empty()) {
    wait(s, WaitKind::Message, c.peer, word);
    return false;
  }
  if (!c.waits_for_group() || s.met) return true;
  wait(s, WaitKind::Group, c.group, word);
  return arrive(s, c);
}

bool Machine::arrive(Sentron& s, const Coordination& c) {
  std::vector<std::uint32_t>& arrived = arrived_[c.group];
  arrived.push_back(s.number);
  s.asked = c;
  const std::vector<std::uint32_t>& members = program_.groups[c.group].members;
  if (arrived.size() < members.size()) return false;
  const bool agree =
      std::all_of(arrived.begin(), arrived.end(), [&](std::uint32_t m) { return sentrons_[m].asked.meets(c); });
  if (!agree) return false;  // for ever: find_deadlock() will say so
  arrived.clear();
  meet(members);
  for (const std::uint32_t member : members) {
    if (member != s.number) wake(sentrons_[member]);
  }
  s.state->lifecycle = Lifecycle::Running;
  return true;
}

// All members have arrived and agree: hands each its result.
void Machine::meet(const std::vector<std::uint32_t>& members) {
  const Coordination& c = sentrons_[members.front()].asked;
  std::uint64_t r = 0;
  isa::Vector v;
  Message message;
  if (c.action == CoordinationAction::Cast) {
    const Sentron& root = sentrons_[members[c.root]];
    message = root.state->registers.m[root.asked.index];
  } else if (c.action == CoordinationAction::Reduce && c.type == isa::Type::I64) {
    std::vector<std::uint64_t> values;
    for (const std::uint32_t m : members) values.push_back(sentrons_[m].state->registers.r[sentrons_[m].asked.index]);
    r = isa::reduce_integers(c.reduction, std::move(values));
  } else if (c.action == CoordinationAction::Reduce) {
    std::vector<isa::Vector> values;
    for (const std::uint32_t m : members) values.push_back(sentrons_[m].state->registers.v[sentrons_[m].asked.index]);
    v = isa::reduce_vectors(c.reduction, c.type, std::move(values));
  }
  for (const std::uint32_t m : members) {
    Sentron& member = sentrons_[m];
    member.met = true;
    member.met_r = r;
    member.met_v = v;
    member.met_message = message;
  }
}

void Machine::carry_out_coordination(Sentron& s, WordEffects& effects) {
  const Coordination& c = effects.coordination;
  switch (c.action) {
    case CoordinationAction::Send: push(s, c.peer, effects.message); break;
    case CoordinationAction::Receive: effects.message = pop(s, c.peer); break;
    case CoordinationAction::Barrier:
    case CoordinationAction::Reduce:
    case CoordinationAction::Cast:
      effects.r = s.met_r;
      effects.v = s.met_v;
      effects.message = s.met_message;
      s.met = false;
      break;
    default: break;
  }
}

}  // namespace vtpu::reference
