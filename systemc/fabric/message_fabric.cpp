#include "fabric/message_fabric.hpp"

#include <algorithm>

#include "isa/semantics.hpp"

namespace vtpu::fabric {

using reference::CoordinationAction;

MessageFabric::MessageFabric(const isa::Program& program, const layout::Sentrons& costs,
                             std::vector<PacketTarget*> receivers)
    : program_(program),
      latency_(std::max(1U, costs.fabric_latency)),
      messages_per_cycle_(std::max(1U, costs.fabric_messages_per_cycle)),
      receivers_(std::move(receivers)),
      outlets_(receivers_.size()),
      arrived_(program.groups.size()) {}

void MessageFabric::transport(const Packet& packet, Cycle now, Cycle& delay) {
  switch (packet.kind) {
    case PacketKind::Message:
      ++counts_.messages;
      delay += leave(packet.from, now) - now + latency_;
      core_of(packet.to).transport(packet, now, delay);
      break;
    case PacketKind::Credit:
      delay += latency_;
      core_of(packet.to).transport(packet, now, delay);
      break;
    case PacketKind::Arrival: arrive(packet, now); break;
    case PacketKind::Release: break;  // only the fabric sends them
  }
}

// The first cycle in which the sentron's core has room for one more message.
Cycle MessageFabric::leave(std::uint32_t sentron, Cycle now) {
  Outlet& outlet = outlets_[sentron % outlets_.size()];
  if (outlet.cycle < now) outlet = {now, 0};
  if (outlet.left == messages_per_cycle_) outlet = {outlet.cycle + 1, 0};
  ++outlet.left;
  counts_.waited_cycles += outlet.cycle - now;
  return outlet.cycle;
}

void MessageFabric::arrive(const Packet& packet, Cycle now) {
  const std::uint32_t group = packet.coordination.group;
  std::vector<Packet>& arrived = arrived_[group];
  arrived.push_back(packet);
  if (arrived.size() < program_.groups[group].members.size()) return;
  const bool agree = std::all_of(arrived.begin(), arrived.end(),
                                 [&](const Packet& p) { return p.coordination.meets(packet.coordination); });
  if (agree) release(group, now);  // otherwise they wait for ever, as their program says
}

void MessageFabric::release(std::uint32_t group, Cycle now) {
  ++counts_.releases;
  std::vector<Packet> arrived;
  arrived.swap(arrived_[group]);
  std::sort(arrived.begin(), arrived.end(), [](const Packet& a, const Packet& b) { return a.from < b.from; });
  const reference::Coordination& c = arrived.front().coordination;
  Packet answer;
  answer.kind = PacketKind::Release;
  if (c.action == CoordinationAction::Cast) {
    answer.message = arrived[c.root].message;
  } else if (c.action == CoordinationAction::Reduce && c.type == isa::Type::I64) {
    std::vector<std::uint64_t> values;
    for (const Packet& p : arrived) values.push_back(p.r);
    answer.r = isa::reduce_integers(c.reduction, std::move(values));
  } else if (c.action == CoordinationAction::Reduce) {
    std::vector<isa::Vector> values;
    for (const Packet& p : arrived) values.push_back(p.v);
    answer.v = isa::reduce_vectors(c.reduction, c.type, std::move(values));
  }
  for (const Packet& p : arrived) {
    answer.to = p.from;
    Cycle delay = latency_;
    core_of(p.from).transport(answer, now, delay);
  }
}

}  // namespace vtpu::fabric
