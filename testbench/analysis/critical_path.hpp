// The longest chain of dependences through a run: what the program would take on a core with the layout's latencies and
// nothing else in the way.
//
// An operation starts when the registers that it reads, the cell that it loads (written before by a store of the same
// run) and the message that it receives are there, and gives its results after the latency that the layout says. Ports,
// widths, caches beyond L1 and waiting in groups (barriers, reductions, casts) take no time here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "isa/program.hpp"
#include "layout/layout.hpp"

namespace vtpu::analysis {

// What an operation waited for, on the path.
enum class Link : std::uint8_t { Start, Register, Memory, Message };

struct PathStep {  // one operation of the program, all its times on the path together
  std::uint32_t stream = 0;
  std::uint32_t word = 0;
  isa::Pipe pipe = isa::Pipe::D;
  std::uint64_t times = 0;       // on the path
  std::uint64_t cycles = 0;      // of the path that pass between its start and that of the next
  std::uint64_t executions = 0;  // that were followed
  Link waits_for = Link::Start;  // that it mostly waited for
};

struct CriticalPath {
  std::uint64_t cycles = 0;
  std::uint64_t operations = 0;  // that were followed, the first ones of the run
  std::uint64_t length = 0;      // operations on the path
  bool complete = true;          // false: the run has more operations than were followed
  std::vector<PathStep> steps;   // most cycles first

  // Operations per cycle that no core with these latencies can beat.
  [[nodiscard]] double operations_per_cycle() const {
    return cycles == 0 ? 0 : static_cast<double>(operations) / static_cast<double>(cycles);
  }
};

inline constexpr std::uint64_t kPathLimit = 1U << 21;  // operations that are followed

// Precondition: the program is valid and ends.
[[nodiscard]] CriticalPath critical_path(const isa::Program& program, const layout::Layout& layout,
                                         std::uint64_t limit = kPathLimit);

}  // namespace vtpu::analysis
