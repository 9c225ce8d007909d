#include "testbench/lockstep.hpp"

#include <fmt/format.h>

#include <chrono>

#include "model.hpp"
#include "reference/engine.hpp"
#include "testbench/random_layout.hpp"
#include "testbench/shrink.hpp"

namespace vtpu::testbench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

class Campaign {
 public:
  explicit Campaign(const LockstepCampaign& plan) : plan_(plan) {
    for (const layout::Layout& layout : plan.layouts) layouts_.push_back({layout.name, layout, true});
    std::uint64_t seed = plan.first_seed;
    for (const RandomLayouts& group : plan.random_layouts) {
      for (unsigned k = 0; k < group.count; ++k, ++seed) {
        layouts_.push_back(
            {random_layout_name(seed), random_layout(seed, group.ranges), group.ranges == LayoutRanges{}});
      }
    }
    for (const RandomPrograms& group : plan.programs) programs_.insert(programs_.end(), group.weight, &group.options);
    for (const Subject& s : layouts_) result_.cycles_by_layout.emplace_back(s.name, 0);
  }

  LockstepResult run() {
    for (std::uint64_t k = 0; result_.cycles < plan_.cycles && !result_.finding; ++k) {
      check(plan_.first_seed + k, k % layouts_.size(), plan_.cores[k / layouts_.size() % plan_.cores.size()]);
      tell(result_.cycles >= plan_.cycles || result_.finding.has_value());
    }
    result_.seconds = seconds_since(start_);
    return std::move(result_);
  }

 private:
  struct Subject {
    std::string name;
    layout::Layout layout;
    bool is_named = false;  // the name is enough to find it
  };

  // Every layout meets every kind of program, whatever their numbers have in common.
  [[nodiscard]] const RandomProgramOptions& programs_of(std::uint64_t run) const {
    return *programs_[(run + run / layouts_.size()) % programs_.size()];
  }

  [[nodiscard]] LockstepOptions options_for(std::size_t layout, unsigned cores) const {
    LockstepOptions options;
    options.layout = &layouts_[layout].layout;
    options.cores = cores;
    options.max_cycles = plan_.max_cycles_per_run;
    return options;
  }

  void check(std::uint64_t seed, std::size_t layout, unsigned cores) {
    const LockstepOptions options = options_for(layout, cores);
    const isa::Program program = random_program(seed, programs_of(seed - plan_.first_seed));
    const LockstepOutcome outcome = run_lockstep(program, options);
    ++result_.runs;
    result_.cycles += outcome.cycles * cores;
    result_.operations += outcome.operations;
    result_.cycles_by_layout[layout].second += outcome.cycles * cores;
    if (!outcome.agrees()) result_.finding = shrunk(seed, layout, cores, program);
  }

  LockstepFinding shrunk(std::uint64_t seed, std::size_t layout, unsigned cores, const isa::Program& program) const {
    const LockstepOptions options = options_for(layout, cores);
    const auto fails = [&](const isa::Program& candidate) { return !run_lockstep(candidate, options).agrees(); };
    LockstepFinding finding;
    finding.seed = seed;
    finding.layout = layouts_[layout].layout;
    finding.layout_name = layouts_[layout].name;
    finding.has_layout_name = layouts_[layout].is_named;
    finding.cores = cores;
    finding.size_before = size_of(program);
    finding.program = shrink(program, fails, plan_.shrink_tries).program;
    finding.size_after = size_of(finding.program);
    finding.outcome = run_lockstep(finding.program, options);
    return finding;
  }

  void tell(bool last) {
    if (!plan_.progress || (!last && seconds_since(told_) < 1.0)) return;
    told_ = Clock::now();
    LockstepProgress p;
    p.runs = result_.runs;
    p.cycles = result_.cycles;
    p.cycles_wanted = plan_.cycles;
    p.cycles_per_second = static_cast<double>(result_.cycles) / std::max(1e-9, seconds_since(start_));
    const double left = static_cast<double>(plan_.cycles) - static_cast<double>(result_.cycles);
    p.seconds_left = std::max(0.0, left) / std::max(1.0, p.cycles_per_second);
    plan_.progress(p);
  }

  const LockstepCampaign& plan_;
  std::vector<Subject> layouts_;
  std::vector<const RandomProgramOptions*> programs_;
  LockstepResult result_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point told_ = start_;
};

}  // namespace

LockstepOutcome run_lockstep(const isa::Program& program, const LockstepOptions& options) {
  systemc::ModelOptions model;
  model.layout = options.layout;
  model.placement = options.placement;
  model.cores = options.cores;
  model.max_cycles = options.max_cycles;
  model.listeners = options.listeners;
  model.make_core = [&](const core::CoreParts& parts) {
    return make_lockstep_core(parts, options.limits, options.probe, options.rtl_listeners);
  };
  LockstepOutcome outcome;
  const Clock::time_point start = Clock::now();
  try {
    const systemc::ModelOutcome run = systemc::simulate(program, model);
    outcome.cycles = run.cycles;
    outcome.operations = run.operations.total();
    outcome.limit_reached = run.limit_reached;
    if (!run.limit_reached) {
      outcome.state_differences =
          isa::differences(reference::run(program).state, "reference", run.state, "both models");
    }
  } catch (const LockstepFailure& failure) {
    outcome.difference = failure.difference();
    outcome.cycles = failure.difference().cycle + 1;
  }
  outcome.seconds = seconds_since(start);
  return outcome;
}

LockstepResult run_campaign(const LockstepCampaign& campaign) { return Campaign(campaign).run(); }

}  // namespace vtpu::testbench
