// Two sentrons as the two hardware threads of one modelled core, against each of them alone on it. The core executes
// words itself (docs/core_contract.md, section 12); what the threads share, and how, is the layout's.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "isa/op_table.hpp"
#include "isa/program.hpp"
#include "isa/result.hpp"
#include "layout/layout.hpp"
#include "testbench/run_report.hpp"

namespace vtpu::testbench {

// Both programs side by side: sentron 0 runs that of `a`, sentron 1 that of `b`, whose coordinates are moved along a
// dimension that no step touches, so that they share no cell. Errors: a program with more than one sentron, with
// messages or groups, or no dimension left to move along.
[[nodiscard]] Result<isa::Program> side_by_side(const isa::Program& a, const isa::Program& b);

// A program alone on the core, which has one thread then.
struct SmtAlone {
  std::string program;
  std::uint64_t operations = 0;
  std::uint64_t cycles = 0;
  std::string bottleneck;  // "front end (34 % of slots), alu0 71 % busy"
  [[nodiscard]] double operations_per_cycle() const;
};

// One of the two threads, from the start until the first of them ends.
struct SmtThread {
  std::uint64_t operations = 0;
  double alone_cycles = 0;          // that the program alone needs for as many operations
  std::uint64_t issued = 0;         // uops
  std::uint64_t lost_to_other = 0;  // cycles of ready uops whose ports all had an older one, of the other thread
  std::uint64_t lost_to_own = 0;    // ... of its own
  bool same_registers = false;      // at the end, as alone (coordinates left out)
};

struct SmtPair {
  std::string layout;
  std::array<SmtAlone, 2> alone;
  std::array<SmtThread, 2> threads;
  std::uint64_t cycles = 0;    // both run
  std::string bottleneck;      // of these cycles
  std::string worst_conflict;  // "D of dense lost 12 cycles on alu0 to D of sparse"; empty: none

  // Of a thread: its speed beside the other one, as a share of its speed alone.
  [[nodiscard]] double relative_speed(std::size_t thread) const;
  // What the core does in the time in which it does one of the two alone.
  [[nodiscard]] double throughput() const { return relative_speed(0) + relative_speed(1); }
  [[nodiscard]] double operations_per_cycle() const;
  // Of the cycles in which uops were ready or started: those that were lost to a uop of the other thread.
  [[nodiscard]] double conflict_share() const;
};

// The layout's core with two threads, and with one for the programs alone. Errors: those of side_by_side, a program
// that does not come to its end.
[[nodiscard]] Result<SmtPair> run_pair(const isa::Program& a, const isa::Program& b, const layout::Layout& layout);

[[nodiscard]] nlohmann::json to_json(const SmtPair& pair);
[[nodiscard]] std::string to_text(const SmtPair& pair);

}  // namespace vtpu::testbench
