// Groups of execution ports that can limit a program, by Hall's condition: uops that may use no port outside a group
// hold its ports for so many cycles, spread evenly at best. The tightest group is the exact bound of all ports
// together.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/core_tables.hpp"

namespace vtpu::testbench {

// Cycles for which uops hold a port, by the ports that they may use (never none).
using PortWork = std::map<core::PortMask, std::uint64_t>;

struct PortGroup {
  core::PortMask ports = 0;
  std::uint64_t held_cycles = 0;  // by uops that may use no other ports, over all ports of the group

  [[nodiscard]] unsigned size() const;
};

// All unions of the port sets, by mask; of very many, 4096. Any of them gives a bound.
[[nodiscard]] std::vector<PortGroup> port_groups(const PortWork& work);

// In file order.
[[nodiscard]] std::vector<std::string> port_names(const layout::Layout& layout, core::PortMask ports);

}  // namespace vtpu::testbench
