// The SystemC side: one elaboration per process, of modules with TLM-2.0 sockets and one clocked process per core. The
// modules are empty shells; a run puts its components behind them.
//
//   core[k] --memory--> l2[k] --> l3 --> dram        lines, LineExtension
//   core[k] --fabric--> fabric --> core[k]           packets, PacketExtension
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "fabric/packet.hpp"
#include "memory/line_request.hpp"

namespace vtpu::systemc {

// What a run puts behind the shell. Pointers stay valid until the run ends.
struct ShellParts {
  events::Cycle first_cycle = 0;
  std::vector<std::function<void(events::Cycle)>> ticks;  // one per core, in order
  std::function<bool(events::Cycle)> after_cycle;         // true: the run is over
  std::vector<memory::LineTarget*> l2;                    // one per core
  memory::LineTarget* l3 = nullptr;
  memory::LineTarget* dram = nullptr;
  std::vector<fabric::PacketTarget*> receivers;  // one per core
  fabric::PacketTarget* fabric = nullptr;
};

class Shell {
 public:
  // Elaborates at the first call.
  static Shell& instance();

  // The sockets, as components see them: requests made here travel through TLM to the part behind the other end.
  [[nodiscard]] memory::LineTarget& memory_of_core(unsigned core);
  [[nodiscard]] memory::LineTarget& below_l2(unsigned core);
  [[nodiscard]] memory::LineTarget& below_l3();
  [[nodiscard]] fabric::PacketTarget& fabric_of_core(unsigned core);
  [[nodiscard]] fabric::PacketTarget& receiver(unsigned core);

  // Runs cycles first_cycle, first_cycle + 1, ... until after_cycle says so. What a part throws is thrown on, after the
  // simulation has stopped.
  void run(ShellParts& parts);

 private:
  Shell();
  ~Shell() = default;
  struct Modules;
  Modules* modules_;  // lives as long as the process, like the simulation context that refers to it
};

}  // namespace vtpu::systemc
