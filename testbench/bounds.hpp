// What each resource of a core alone would allow a program: bounds on its speed, as if everything else were unlimited.
#pragma once

#include <string>
#include <vector>

#include "layout/layout.hpp"
#include "model.hpp"

namespace vtpu::testbench {

struct ResourceBound {
  std::string resource;  // "dispatch, 8 per cycle", "ports fp0 fp1", "latency and memory"
  double operations_per_cycle = 0;
};

struct BoundedRun {
  systemc::ModelOutcome outcome;      // of the core as it is
  std::vector<ResourceBound> bounds;  // the tightest first
};

// A program on the host source, warm (the second of two runs), and the bounds that follow from its uops. Port groups
// are the unions of port sets: the uops that may only go there, by the ports that are there (Hall's condition, which
// makes the tightest group the exact bound of all ports together). The chain of latencies, memory included, comes from
// a second simulation on `without_limits`. Precondition: as systemc::simulate.
[[nodiscard]] BoundedRun run_with_bounds(const isa::Program& program, const layout::Layout& layout,
                                         lowering::HostIsa isa);

// The same latencies, caches and TLBs on a core whose widths, windows, queues, registers and ports hardly limit.
[[nodiscard]] layout::Layout without_limits(const layout::Layout& layout);

// Operations per cycle of a warm run.
[[nodiscard]] double modelled_operations_per_cycle(const isa::Program& program, const layout::Layout& layout,
                                                   lowering::HostIsa isa);

}  // namespace vtpu::testbench
