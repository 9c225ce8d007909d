// A lower bound on the cycles of a program on a core that executes words itself, from counts alone: no simulation. It
// takes milliseconds less than one and says what a layout could reach if nothing but one resource limited it.
#pragma once

#include <cstdint>
#include <string>

#include "layout/layout.hpp"
#include "testbench/explore/workload.hpp"

namespace vtpu::explore {

struct Bound {
  std::uint64_t cycles = 0;  // the simulation needs at least so many
  std::string resource;      // what gives the bound: "dispatch", "ports agu0+agu1", "loads"
};

// The largest of: words over fetch width; fused uops over dispatch and retirement width; loads and stores over their
// limits; and for sets of ports, the cycles that uops hold which may use no port outside the set, over its size. Cores
// share sentrons as in the model; the busiest core counts. Section 2 to 9 of docs/core_contract.md.
[[nodiscard]] Bound port_bound(const Workload& work, const layout::Layout& layout, unsigned cores);

}  // namespace vtpu::explore
