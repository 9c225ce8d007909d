// What a layout costs, in relative units: area in gates, energy in additions. docs/reference/cost.md has the source of
// every coefficient; those of select, wake-up and bypass are fitted to synthesised logic (bench/cost/) and checked by
// `vtpu explore cost-check`.
//
// A gate is the area of one two-input AND after `synth; abc -g AND`; inverters are free, as in a library whose cells
// come with both polarities. An addition is the energy of one 64-bit integer addition.
#pragma once

#include <string>
#include <vector>

#include "layout/layout.hpp"
#include "testbench/explore/row.hpp"

namespace vtpu::explore {

// Gates of one structure, by its sizes.
[[nodiscard]] double select_gates(double entries, double ports);
[[nodiscard]] double wake_up_gates(double entries, double buses, double sources, double tag_bits);
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
