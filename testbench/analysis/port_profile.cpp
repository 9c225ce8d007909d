#include "testbench/analysis/port_profile.hpp"

#include <algorithm>
#include <map>

#include "core/core_tables.hpp"
#include "core/siw_cracker.hpp"
#include "model.hpp"
#include "native/engine.hpp"
#include "testbench/port_groups.hpp"

namespace vtpu::analysis {
namespace {

using core::PortMask;

constexpr std::size_t kMostOperations = 6;
constexpr std::size_t kMostDemands = 4;

class ConflictCounter final : public events::Listener {
 public:
  explicit ConflictCounter(const isa::Program& program) : program_(program) {}
  void on_conflict(events::Cycle /*cycle*/, const events::UopInfo& uop, unsigned port,
                   const events::UopInfo& winner) override {
    ++cycles_[{name_of(uop), name_of(winner), port}];
  }
  [[nodiscard]] std::vector<PortConflict> conflicts() const {
    std::vector<PortConflict> all;
    for (const auto& [key, cycles] : cycles_) all.push_back({key.loser, key.winner, key.port, cycles});
    std::stable_sort(all.begin(), all.end(),
                     [](const PortConflict& a, const PortConflict& b) { return a.cycles > b.cycles; });
    return all;
  }

 private:
  struct Key {
    OperationName loser;
    OperationName winner;
    unsigned port = 0;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  [[nodiscard]] OperationName name_of(const events::UopInfo& uop) const {
    return {program_.sentrons[uop.sentron].stream, uop.word, uop.pipe};
  }
  const isa::Program& program_;
  std::map<Key, std::uint64_t> cycles_;
};

double hit_rate(std::uint64_t hits, std::uint64_t misses) {
  return hits + misses == 0 ? 1 : static_cast<double>(hits) / static_cast<double>(hits + misses);
}

// Cycles that ports are held, by the ports that a uop may use and the operation that it belongs to.
using Held = std::map<PortMask, std::map<OperationName, std::uint64_t>>;

Held held_ports(const isa::Program& program, const layout::Layout& layout) {
  const core::CoreTables tables(layout);
  std::vector<std::uint64_t> runs(program.streams.size());
  for (const isa::SentronSpec& sentron : program.sentrons) ++runs[sentron.stream];
  Held held;
  for (std::uint32_t s = 0; s < program.streams.size(); ++s) {
    const std::vector<std::uint64_t> executions = native::executions_of(program.streams[s]);
    for (std::uint32_t w = 0; w < executions.size(); ++w) {
      for (const core::SourceUop& uop : core::crack_word(program.streams[s].words[w], w, layout).uops) {
        if (uop.eliminated || uop.folded_add || tables.kinds[uop.kind].at_rename) continue;
        const core::KindTimes& times = tables.kinds[uop.kind].times(uop.wide);
        held[times.ports()][{s, w, uop.info.pipe}] += executions[w] * runs[s] * times.busy;
      }
    }
  }
  return held;
}

testbench::PortWork work_of(const Held& held) {
  testbench::PortWork work;
  for (const auto& [ports, users] : held) {
    for (const auto& [operation, busy] : users) work[ports] += busy;
  }
  return work;
}

// That each port of the group is held at least.
std::uint64_t cycles_of(const testbench::PortGroup& group) {
  return (group.held_cycles + group.size() - 1) / group.size();
}

PortDemand demand_of(const testbench::PortGroup& group, const Held& held, const layout::Layout& layout) {
  PortDemand demand{testbench::port_names(layout, group.ports), cycles_of(group), {}};
  std::map<OperationName, std::uint64_t> operations;
  for (const auto& [ports, users] : held) {
    if ((ports & ~group.ports) != 0) continue;
    for (const auto& [operation, busy] : users) operations[operation] += busy;
  }
  std::vector<std::pair<OperationName, std::uint64_t>> sorted(operations.begin(), operations.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  for (const auto& [operation, busy] : sorted) {
    if (demand.operations.size() < kMostOperations) demand.operations.push_back(operation);
  }
  return demand;
}

}  // namespace

PortProfile profile_ports(const isa::Program& program, const layout::Layout& layout,
                          const phext::PlacementPolicy& policy, std::uint64_t max_cycles) {
  ConflictCounter counter(program);
  systemc::ModelOptions options;
  options.layout = &layout;
  options.placement = policy;
  options.max_cycles = max_cycles;
  options.listeners.push_back(&counter);
  const systemc::ModelOutcome outcome = systemc::simulate(program, options);
  PortProfile profile;
  profile.cycles = outcome.cycles;
  profile.operations = outcome.operations.total();
  profile.limit_reached = outcome.limit_reached;
  for (std::size_t p = 0; p < layout.ports.size(); ++p) {
    SimulatedPort port;
    port.name = layout.ports[p].name;
    if (p < outcome.ports.size()) {
      port.busy_cycles = outcome.ports[p].busy_cycles.by_pipe;
      for (std::size_t pipe = 0; pipe < isa::kPipes; ++pipe) {
        port.lost_cycles[pipe] = outcome.ports[p].lost_by[pipe].total();
      }
    }
    profile.ports.push_back(std::move(port));
  }
  profile.conflicts = counter.conflicts();
  profile.slots = outcome.slots;
  profile.l1_hit_rate = hit_rate(outcome.l1.hits, outcome.l1.misses);
  profile.translation_hit_rate = hit_rate(outcome.translation.total.hits, outcome.translation.total.misses);
  return profile;
}

std::vector<PortDemand> demand_on_ports(const isa::Program& program, const layout::Layout& layout) {
  const Held held = held_ports(program, layout);
  std::vector<testbench::PortGroup> groups = testbench::port_groups(work_of(held));
  std::stable_sort(groups.begin(), groups.end(),
                   [](const auto& a, const auto& b) { return cycles_of(a) > cycles_of(b); });
  std::vector<PortDemand> demands;
  for (const testbench::PortGroup& group : groups) {
    if (demands.size() == kMostDemands || cycles_of(group) * 2 < cycles_of(groups.front())) break;
    demands.push_back(demand_of(group, held, layout));
  }
  return demands;
}

}  // namespace vtpu::analysis
