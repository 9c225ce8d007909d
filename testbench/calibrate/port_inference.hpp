// From measured mixes to a port mapping. An operation that starts on n ports is a set of n ports; two operations that
// fill their ports side by side start on as many ports as the union has, and a mix of a of one and b of the other takes
// (a + b) / union cycles. Which sets make all measured mixes is an integer program, solved by CBC.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "isa/result.hpp"

namespace vtpu::testbench {

struct PortUser {
  std::string name;
  unsigned ports = 1;  // that it starts on
};

// A mix with as many of each as it has ports: without sharing it takes one cycle.
struct MeasuredMix {
  std::size_t a = 0, b = 0;  // users
  double cycles = 1;         // of the mix
};

struct PortMap {
  std::vector<std::vector<unsigned>> ports;  // of each user, ascending
  unsigned number = 0;                       // of ports in all
  double error = 0;                          // mean over the mixes of |predicted - measured| / measured
};

// Cycles of a mix of users with `a` and `b` ports that have `both` ports together, on a core that dispatches `width`.
[[nodiscard]] double mix_cycles(unsigned a, unsigned b, unsigned both, unsigned width);

// Users that were not mixed, and those that no mix ties together, get ports of their own. Errors: the solver finds no
// mapping in time.
[[nodiscard]] Result<PortMap> infer_ports(const std::vector<PortUser>& users, const std::vector<MeasuredMix>& mixes,
                                          unsigned dispatch_width);

}  // namespace vtpu::testbench
