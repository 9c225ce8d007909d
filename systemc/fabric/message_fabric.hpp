// The fabric between cores: a latency, so many messages per cycle out of each core, and the place where groups meet.
#pragma once

#include <cstdint>
#include <vector>

#include "fabric/packet.hpp"
#include "isa/program.hpp"
#include "layout/layout.hpp"

namespace vtpu::fabric {

struct FabricCounts {
  std::uint64_t messages = 0;
  std::uint64_t waited_cycles = 0;  // messages times cycles that they waited for bandwidth
  std::uint64_t releases = 0;       // groups that met
  friend bool operator==(const FabricCounts&, const FabricCounts&) = default;
};

class MessageFabric final : public PacketTarget {
 public:
  // receivers: one per core; sentron s lives on core s % receivers.size().
  MessageFabric(const isa::Program& program, const layout::Sentrons& costs, std::vector<PacketTarget*> receivers);

  void transport(const Packet& packet, Cycle now, Cycle& delay) override;
  [[nodiscard]] const FabricCounts& counts() const { return counts_; }

 private:
  struct Outlet {  // of one core: how many messages left in the cycle in which the last one did
    Cycle cycle = 0;
    unsigned left = 0;
  };

  [[nodiscard]] PacketTarget& core_of(std::uint32_t sentron) { return *receivers_[sentron % receivers_.size()]; }
  [[nodiscard]] Cycle leave(std::uint32_t sentron, Cycle now);
  void arrive(const Packet& packet, Cycle now);
  void release(std::uint32_t group, Cycle now);

  const isa::Program& program_;
  Cycle latency_;
  unsigned messages_per_cycle_;
  std::vector<PacketTarget*> receivers_;
  std::vector<Outlet> outlets_;
  std::vector<std::vector<Packet>> arrived_;  // by group
  FabricCounts counts_;
};

}  // namespace vtpu::fabric
