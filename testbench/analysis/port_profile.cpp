#include "testbench/analysis/port_profile.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <set>

#include "core/core_tables.hpp"
#include "core/siw_cracker.hpp"
#include "model.hpp"
#include "native/engine.hpp"

namespace vtpu::analysis {
namespace {

using core::PortMask;

constexpr std::size_t kMostSets = 4096;  // unions of port sets that are looked at; any of them gives a bound
constexpr std::size_t kMostOperations = 6;

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
        PortMask ports = 0;
        for (const core::QueueChoice& choice : times.choices) ports |= choice.ports;
        held[ports][{s, w, uop.info.pipe}] += executions[w] * runs[s] * times.busy;
      }
    }
  }
  return held;
}

std::set<PortMask> unions_of(const Held& held) {
  std::set<PortMask> unions;
  for (const auto& [mask, operations] : held) {
    std::vector<PortMask> more{mask};
    for (const PortMask other : unions) more.push_back(other | mask);
    for (const PortMask m : more) {
      if (unions.size() < kMostSets) unions.insert(m);
    }
  }
  return unions;
}

PortDemand demand_of(PortMask ports, const Held& held, const layout::Layout& layout) {
  PortDemand demand;
  std::map<OperationName, std::uint64_t> operations;
  std::uint64_t cycles = 0;
  for (const auto& [mask, users] : held) {
    if ((mask & ~ports) != 0) continue;
    for (const auto& [operation, busy] : users) {
      operations[operation] += busy;
      cycles += busy;
    }
  }
  const auto count = static_cast<std::uint64_t>(std::popcount(ports));
  demand.cycles = (cycles + count - 1) / count;
  for (PortMask left = ports; left != 0; left &= left - 1) {
    demand.ports.push_back(layout.ports[static_cast<std::size_t>(std::countr_zero(left))].name);
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
  std::vector<std::pair<std::uint64_t, PortMask>> cycles;
  for (const PortMask ports : unions_of(held)) cycles.emplace_back(demand_of(ports, held, layout).cycles, ports);
  std::stable_sort(cycles.begin(), cycles.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<PortDemand> demands;
  for (const auto& [bound, ports] : cycles) {
    if (demands.size() == 4 || bound * 2 < cycles.front().first) break;
    demands.push_back(demand_of(ports, held, layout));
  }
  return demands;
}

}  // namespace vtpu::analysis
