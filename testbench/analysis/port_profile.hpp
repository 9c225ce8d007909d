// A simulated run seen from the execution ports: who had them, and which operation lost how many cycles to which.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "events/events.hpp"
#include "isa/program.hpp"
#include "layout/layout.hpp"
#include "phext/placement.hpp"

namespace vtpu::analysis {

using PerPipe = std::array<std::uint64_t, isa::kPipes>;  // D, S, C

// An operation of the program.
struct OperationName {
  std::uint32_t stream = 0;
  std::uint32_t word = 0;
  isa::Pipe pipe = isa::Pipe::D;
  friend auto operator<=>(const OperationName&, const OperationName&) = default;
};

struct PortConflict {
  OperationName loser;
  OperationName winner;
  unsigned port = 0;  // index into the layout's ports
  std::uint64_t cycles = 0;
};

struct SimulatedPort {
  std::string name;
  PerPipe busy_cycles{};
  PerPipe lost_cycles{};  // conflicts that name the port, by the pipe that lost
};

struct PortProfile {
  std::uint64_t cycles = 0;
  std::uint64_t operations = 0;
  bool limit_reached = false;  // only the first cycles were simulated
  std::vector<SimulatedPort> ports;
  std::vector<PortConflict> conflicts;  // by operations and port, most cycles first
  std::array<std::uint64_t, static_cast<std::size_t>(events::SlotReason::Count)> slots{};
  double l1_hit_rate = 1, translation_hit_rate = 1;

  [[nodiscard]] double operations_per_cycle() const {
    return cycles == 0 ? 0 : static_cast<double>(operations) / static_cast<double>(cycles);
  }
};

// On one core of the layout with words as the source, for at most `max_cycles` cycles (0: to the end).
[[nodiscard]] PortProfile profile_ports(const isa::Program& program, const layout::Layout& layout,
                                        const phext::PlacementPolicy& policy, std::uint64_t max_cycles);

// What the operations of the program ask of the ports, whatever the schedule.
struct PortDemand {
  std::vector<std::string> ports;         // a set of ports that some uops may not leave
  std::uint64_t cycles = 0;               // that each of them is held at least, by those uops, when spread evenly
  std::vector<OperationName> operations;  // whose uops these are, most cycles first, a few
};
// The sets that need most, most first: none holds less than half of the first. Lower bounds on the cycles of a core.
[[nodiscard]] std::vector<PortDemand> demand_on_ports(const isa::Program& program, const layout::Layout& layout);

}  // namespace vtpu::analysis
