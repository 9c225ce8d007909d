#include "fabric/packet.hpp"

namespace vtpu::fabric {

using reference::CoordinationAction;

std::optional<Packet> packet_of(std::uint32_t sentron, const reference::WordEffects& effects) {
  const reference::Coordination& c = effects.coordination;
  Packet packet;
  packet.from = sentron;
  packet.to = c.peer;
  switch (c.action) {
    case CoordinationAction::Send:
      packet.kind = PacketKind::Message;
      packet.message = effects.message;
      return packet;
    case CoordinationAction::Receive: packet.kind = PacketKind::Credit; return packet;
    case CoordinationAction::Barrier:
    case CoordinationAction::Reduce:
    case CoordinationAction::Cast:
      packet.kind = PacketKind::Arrival;
      packet.coordination = c;
      packet.message = effects.message;
      packet.r = effects.r;
      packet.v = effects.v;
      return packet;
    default: return std::nullopt;
  }
}

}  // namespace vtpu::fabric
