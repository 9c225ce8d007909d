#include "testbench/port_groups.hpp"

#include <catch2/catch.hpp>

namespace vtpu::testbench {
namespace {

std::uint64_t held_by(const std::vector<PortGroup>& groups, core::PortMask ports) {
  for (const PortGroup& group : groups) {
    if (group.ports == ports) return group.held_cycles;
  }
  FAIL("no group " << ports);
  return 0;
}

}  // namespace

TEST_CASE("a group of ports is held by the uops that may use no others") {
  const std::vector<PortGroup> groups = port_groups({{0b001, 10}, {0b011, 20}, {0b100, 7}});
  CHECK(groups.size() == 5);
  CHECK(held_by(groups, 0b001) == 10);
  CHECK(held_by(groups, 0b011) == 30);
  CHECK(held_by(groups, 0b100) == 7);
  CHECK(held_by(groups, 0b101) == 17);
  CHECK(held_by(groups, 0b111) == 37);
  CHECK(groups.back().size() == 3);
}

TEST_CASE("very many sets of ports still give groups, in bounded number") {
  PortWork work;
  for (unsigned p = 0; p < 60; ++p) work[core::PortMask{1} << p] = 1;
  const std::vector<PortGroup> groups = port_groups(work);
  CHECK(groups.size() == 4096);
  for (const PortGroup& group : groups) CHECK(group.held_cycles == group.size());
}

TEST_CASE("ports are named in the order of the layout") {
  layout::Layout layout;
  for (const char* name : {"alu0", "alu1", "agu0"}) layout.ports.emplace_back().name = name;
  CHECK(port_names(layout, 0b101) == std::vector<std::string>{"alu0", "agu0"});
}

}  // namespace vtpu::testbench
