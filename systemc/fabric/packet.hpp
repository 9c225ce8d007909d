// What travels between cores: messages, credits that come back, arrivals at groups and their release. Packets ride in
// TLM-2.0 payloads; the annotated delay says when the other end sees them.
#pragma once

#include <cstdint>
#include <optional>

#include "events/events.hpp"
#include "isa/state.hpp"
#include "reference/word_executor.hpp"

namespace vtpu::fabric {

using events::Cycle;

enum class PacketKind : std::uint8_t { Message, Credit, Arrival, Release };

struct Packet {
  PacketKind kind = PacketKind::Message;
  std::uint32_t from = 0;                // sentron
  std::uint32_t to = 0;                  // sentron; Credit: the sender of the messages, who may send one more
  isa::Message message;                  // Message; Arrival and Release of CCAST
  reference::Coordination coordination;  // Arrival
  std::uint64_t r = 0;                   // Arrival and Release of CREDUCE
  isa::Vector v;
};

// What the C operation of a sentron's word tells the fabric when it retires, if anything.
[[nodiscard]] std::optional<Packet> packet_of(std::uint32_t sentron, const reference::WordEffects& effects);

// Takes a packet at `now` and says when its effect can be seen.
class PacketTarget {
 public:
  virtual ~PacketTarget() = default;
  // Adds to `delay` the cycles until the packet's effect is there.
  virtual void transport(const Packet& packet, Cycle now, Cycle& delay) = 0;
};

}  // namespace vtpu::fabric
