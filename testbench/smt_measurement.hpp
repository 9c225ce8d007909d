// Two programs measured on the two hardware threads of one core of this machine, against each of them alone there.
#pragma once

#include <array>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "isa/program.hpp"
#include "isa/result.hpp"
#include "measure/cycle_source.hpp"

namespace vtpu::testbench {

// Two CPUs that this process may run on and that are threads of one core, as the kernel's topology under `cpus` says
// (cpuN/topology/thread_siblings_list); nothing where there are none.
[[nodiscard]] std::optional<std::array<int, 2>> sibling_cpus(const std::string& cpus = "/sys/devices/system/cpu");

struct MeasuredPair {
  struct Thread {
    std::string program;
    int cpu = 0;
    double operations = 0;     // of one run, those that lower to instructions
    double alone_cycles = 0;   // of one run, the median
    double paired_cycles = 0;  // of one run, while the other CPU is never idle for long
    [[nodiscard]] double relative_speed() const { return paired_cycles > 0 ? alone_cycles / paired_cycles : 0; }
  };
  std::array<Thread, 2> threads;
  std::string cycle_source;
  [[nodiscard]] double throughput() const { return threads[0].relative_speed() + threads[1].relative_speed(); }
};

// Each program runs on its own CPU, `runs` times alone and then both at once, at least as often. Errors: no native
// engine, no cycle counter, a program that does not come to its end.
[[nodiscard]] Result<MeasuredPair> measure_pair(const isa::Program& a, const isa::Program& b, std::array<int, 2> cpus,
                                                unsigned runs, measure::CycleSourceChoice source);

[[nodiscard]] nlohmann::json to_json(const MeasuredPair& pair);
[[nodiscard]] std::string to_text(const MeasuredPair& pair);

}  // namespace vtpu::testbench
