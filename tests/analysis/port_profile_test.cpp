#include "testbench/analysis/port_profile.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "programs.hpp"

using namespace vtpu;
using namespace vtpu::analysis;

namespace {

std::uint64_t sum(const PerPipe& counts) { return counts[0] + counts[1] + counts[2]; }

}  // namespace

TEST_CASE("on the three-port machine a balanced word holds each port once") {
  const layout::Layout layout = layout_named("vtpu3");
  const isa::Program program =
      one_stream("loop 1000 {\ndadd.i64 r1, r2, r3 | sgather.i64 r4, [p0] | cpack.i64 m0[0], r5\n}");
  const std::vector<PortDemand> demands = demand_on_ports(program, layout);
  REQUIRE_FALSE(demands.empty());
  CHECK(demands.front().cycles == 1000);
  const PortProfile ports = profile_ports(program, layout, phext::Placement::Linear, 0);
  CHECK(ports.operations == 3000);
  CHECK(ports.cycles >= demands.front().cycles);
  CHECK(ports.cycles < 1500);  // spawning and the one cell from memory
  for (std::size_t pipe = 0; pipe < 3; ++pipe) {
    std::uint64_t busy = 0;
    for (const SimulatedPort& port : ports.ports) busy += port.busy_cycles[pipe];
    CHECK(busy == 1000);
  }
}

TEST_CASE("no run is shorter than the demand on its ports, and every lost cycle has a pair of operations") {
  for (const std::string name : {"zen4", "tiny1", "tiny2"}) {
    const layout::Layout layout = layout_named(name);
    CAPTURE(name);
    std::string body = "loop 300 {\n";
    for (int i = 0; i < 8; ++i) body += fmt::format("dmul.i64 r{}, r8, r9 | sgather.i64 r10, [p0]\n", i);
    const isa::Program program = one_stream(body + "}");
    const std::vector<PortDemand> demands = demand_on_ports(program, layout);
    const PortProfile ports = profile_ports(program, layout, phext::Placement::Linear, 0);
    REQUIRE_FALSE(demands.empty());
    CHECK(ports.cycles >= demands.front().cycles);
    for (const PortDemand& demand : demands) CHECK_FALSE(demand.operations.empty());
    std::uint64_t by_port = 0;
    for (const SimulatedPort& port : ports.ports) by_port += sum(port.lost_cycles);
    std::uint64_t by_pair = 0;
    for (const PortConflict& conflict : ports.conflicts) by_pair += conflict.cycles;
    CHECK(by_pair == by_port);
    if (name == "zen4") CHECK(by_pair > 0);
    CHECK(std::is_sorted(ports.conflicts.begin(), ports.conflicts.end(),
                         [](const PortConflict& a, const PortConflict& b) { return a.cycles > b.cycles; }));
  }
}

TEST_CASE("a limit on cycles ends the simulation, and the profile says so") {
  const isa::Program program = one_stream("loop 100000 {\ndadd.i64 r1, r1, #1\n}");
  const PortProfile ports = profile_ports(program, layout_named("tiny1"), phext::Placement::Linear, 500);
  CHECK(ports.limit_reached);
  CHECK(ports.cycles == 500);
}
