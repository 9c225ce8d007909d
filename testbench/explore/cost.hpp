// What a layout costs, in relative units: area in gates, energy in additions. docs/reference/cost.md has the source of
// every coefficient; those of select, wake-up, ports and bypass are fitted to what yosys makes of the RTL's units
// (bypass: of bench/cost/) and checked by `vtpu explore cost-check`.
//
// A gate is the area of one two-input AND after `synth; abc -g AND`; inverters are free, as in a library whose cells
// come with both polarities. An addition is the energy of one 64-bit integer addition.
#pragma once

#include <string>
#include <vector>

#include "layout/layout.hpp"
#include "testbench/explore/row.hpp"

namespace vtpu::explore {

inline constexpr double kFlipFlopGates = 4.25;  // NanGate 45 nm: DFF_X1 4.522 um2 over AND2_X1 1.064 um2

// Select of one issue queue, as rtl/port_select.sv.
struct SelectSizes {
  double entries = 0;
  double ports = 0;         // that it feeds
  double memory_ports = 0;  // of these: that take loads or store addresses
  double place_bits = 0;    // of a uop's place in the ring, which is its age
};

// Wake-up of one issue queue, as rtl/queue_wake_up.sv.
struct WakeUpSizes {
  double entries = 0;
  double buses = 0;       // ports whose results it hears of
  double sources = 0;     // operands that an entry waits for
  double place_bits = 0;  // of the producer's place; a tag has one more
  double time_bits = 0;
  double writes = 0;  // uops that enter in a cycle
};

// Gates of one structure, by its sizes.
[[nodiscard]] double select_gates(const SelectSizes& sizes);
[[nodiscard]] double wake_up_gates(const WakeUpSizes& sizes);
// Completion and occupation of one port, as rtl/port_pipes.sv.
[[nodiscard]] double pipe_gates(bool memory, double time_bits, double latency_bits);
[[nodiscard]] double bypass_gates(double ports, double sources, double bits);
[[nodiscard]] double multiported_gates(double bits, double read_ports, double write_ports);

struct AreaPart {
  std::string name;
  double gates = 0;
};

struct Area {
  std::vector<AreaPart> parts;
  [[nodiscard]] double total() const;
};
[[nodiscard]] Area area_of(const layout::Layout& layout);

// Of one run, in additions.
struct Energy {
  double instructions = 0;  // fetch, rename, window: by fused uop
  double scheduling = 0;    // wake-up and select: by uop
  double registers = 0;     // register file and bypass: by uop
  double memory = 0;        // by access and level
  double leakage = 0;       // by gate and cycle
  [[nodiscard]] double total() const { return instructions + scheduling + registers + memory + leakage; }
  [[nodiscard]] double per_operation(const Row& row) const {
    return row.operations == 0 ? total() : total() / static_cast<double>(row.operations);
  }
};
[[nodiscard]] Energy energy_of(const Row& row, const layout::Layout& layout);

}  // namespace vtpu::explore
