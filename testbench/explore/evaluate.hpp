// One point of an exploration: a simulation, and what of it is kept.
#pragma once

#include <cstdint>
#include <string>

#include "layout/layout.hpp"
#include "testbench/engines.hpp"
#include "testbench/explore/row.hpp"
#include "testbench/explore/workload.hpp"

namespace vtpu::explore {

// How every point of an exploration is run.
struct RunOptions {
  testbench::SourceKind source = testbench::SourceKind::Siw;
  phext::PlacementPolicy placement = phext::Placement::Linear;
  unsigned cores = 1;
};

// Filed under this: 32 hexadecimal digits of everything that decides the row.
[[nodiscard]] std::string key_of(const std::string& timing_text, const Workload& work, const RunOptions& options);

// Cycles after which a point ends without a result: far more than words that all miss every cache take.
[[nodiscard]] std::uint64_t most_cycles(const Workload& work);

// Simulates. The row's `point` is left empty. A layout that the model refuses is a row of that status; crashes are the
// caller's to isolate. The bound is 0 with the host source.
[[nodiscard]] Row evaluate(const layout::Layout& layout, const Workload& work, const RunOptions& options);

}  // namespace vtpu::explore
