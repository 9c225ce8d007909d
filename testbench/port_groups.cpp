#include "testbench/port_groups.hpp"

#include <bit>
#include <set>

namespace vtpu::testbench {
namespace {

using core::PortMask;

constexpr std::size_t kMostGroups = 4096;

std::set<PortMask> unions_of(const PortWork& work) {
  std::set<PortMask> unions;
  for (const auto& [ports, cycles] : work) {
    std::vector<PortMask> more{ports};
    for (const PortMask other : unions) more.push_back(other | ports);
    for (const PortMask m : more) {
      if (unions.size() < kMostGroups) unions.insert(m);
    }
  }
  return unions;
}

}  // namespace

unsigned PortGroup::size() const { return static_cast<unsigned>(std::popcount(ports)); }

std::vector<PortGroup> port_groups(const PortWork& work) {
  std::vector<PortGroup> groups;
  for (const PortMask ports : unions_of(work)) {
    PortGroup& group = groups.emplace_back(PortGroup{ports, 0});
    for (const auto& [allowed, cycles] : work) group.held_cycles += (allowed & ~ports) == 0 ? cycles : 0;
  }
  return groups;
}

std::vector<std::string> port_names(const layout::Layout& layout, PortMask ports) {
  std::vector<std::string> names;
  for (; ports != 0; ports &= ports - 1) {
    names.push_back(layout.ports[static_cast<std::size_t>(std::countr_zero(ports))].name);
  }
  return names;
}

}  // namespace vtpu::testbench
