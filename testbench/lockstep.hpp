// The lockstep: a program on both models of a core at once, cycle by cycle; and campaigns of random programs on layouts
// that are shipped or random.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "isa/program.hpp"
#include "layout/layout.hpp"
#include "phext/placement.hpp"
#include "testbench/lockstep_core.hpp"
#include "testbench/random_layout.hpp"
#include "testbench/random_program.hpp"

namespace vtpu::testbench {

struct LockstepOptions {
  const layout::Layout* layout = nullptr;
  phext::PlacementPolicy placement = phext::Placement::Linear;
  unsigned cores = 1;
  std::uint64_t max_cycles = 0;  // 0: none
  LockstepLimits limits;
  std::vector<events::Listener*> listeners = {};  // hear the SystemC model
  std::vector<events::Listener*> rtl_listeners = {};
  rtl::RtlProbe* probe = nullptr;  // looks at the RTL
};

struct LockstepOutcome {
  std::uint64_t cycles = 0;  // of the run; each core counts its own
  std::uint64_t operations = 0;
  double seconds = 0;
  bool limit_reached = false;
  std::optional<LockstepDifference> difference;
  // The final state against the reference interpreter's; empty where they agree or the run did not end.
  std::vector<std::string> state_differences;
  [[nodiscard]] bool agrees() const { return !difference && state_differences.empty(); }
};

// Preconditions: the program is valid, rtl::why_too_large(*options.layout) is empty.
[[nodiscard]] LockstepOutcome run_lockstep(const isa::Program& program, const LockstepOptions& options);

struct LockstepProgress {
  std::uint64_t runs = 0;
  std::uint64_t cycles = 0;
  std::uint64_t cycles_wanted = 0;
  double cycles_per_second = 0;
  double seconds_left = 0;
};

struct RandomLayouts {
  unsigned count = 1;
  LayoutRanges ranges;
};

struct RandomPrograms {
  unsigned weight = 1;  // so many of every sum of the weights
  RandomProgramOptions options;
};

struct LockstepCampaign {
  std::uint64_t first_seed = 1;
  std::uint64_t cycles = 100'000;             // in all, over all cores; the run that reaches them is the last one
  std::vector<layout::Layout> layouts;        // in turn
  std::vector<RandomLayouts> random_layouts;  // and these, drawn from the seeds first_seed, first_seed + 1, ...
  std::vector<unsigned> cores{1};             // in turn
  std::vector<RandomPrograms> programs{{}};   // in turn
  std::uint64_t max_cycles_per_run = 2'000'000;
  std::uint64_t shrink_tries = 400;
  std::function<void(const LockstepProgress&)> progress;  // about once a second; may be empty
};

struct LockstepFinding {
  std::uint64_t seed = 0;  // of the program
  layout::Layout layout;
  bool has_layout_name = false;  // layout_name is enough to find the layout
  std::string layout_name;       // as the command takes it: "zen4", "random:17"
  unsigned cores = 1;
  isa::Program program;  // shrunk
  std::uint64_t size_before = 0, size_after = 0;
  LockstepOutcome outcome;  // of the shrunk program
};

struct LockstepResult {
  std::uint64_t runs = 0;
  std::uint64_t cycles = 0;
  std::uint64_t operations = 0;
  double seconds = 0;
  std::vector<std::pair<std::string, std::uint64_t>> cycles_by_layout;
  std::optional<LockstepFinding> finding;  // ends the campaign
};

// Preconditions: it has layouts or random_layouts, cores and programs; all layouts are such that
// rtl::why_too_large(layout) is empty.

[[nodiscard]] LockstepResult run_campaign(const LockstepCampaign& campaign);

}  // namespace vtpu::testbench
