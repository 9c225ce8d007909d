#include "testbench/bounds.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <unordered_map>

#include "layout/layout_edit.hpp"
#include "testbench/port_groups.hpp"

namespace vtpu::testbench {
namespace {

constexpr unsigned kNoLimit = 64;        // per cycle
constexpr unsigned kLargeWindow = 4096;  // entries
constexpr unsigned kLargeQueue = 1024;   // entries
constexpr std::size_t kMostPorts = 60;   // the model takes 64
constexpr std::size_t kShownGroups = 4;

// Uops that a port started, by kind, narrow and wide: eliminated moves and folded adds need none.
class KindCounter final : public events::Listener {
 public:
  void on_issued(events::Cycle, const events::UopInfo& uop, unsigned) override {
    ++counts_[uop.kind.data()][uop.wide ? 1 : 0];
  }
  [[nodiscard]] std::array<std::uint64_t, 2> of(const layout::UopKind& kind) const {
    const auto found = counts_.find(kind.name.data());
    return found == counts_.end() ? std::array<std::uint64_t, 2>{} : found->second;
  }

 private:
  std::unordered_map<const char*, std::array<std::uint64_t, 2>> counts_;  // names live in the layout
};

struct Cycles {
  std::string resource;
  double cycles = 0;
};

PortWork port_work(const layout::Layout& layout, const KindCounter& counter) {
  const core::CoreTables tables(layout, true);
  PortWork work;
  const bool any_wide = std::any_of(layout.uops.begin(), layout.uops.end(),
                                    [&](const layout::UopKind& kind) { return counter.of(kind)[1] > 0; });
  for (std::size_t k = 0; k < layout.uops.size(); ++k) {
    if (tables.kinds[k].at_rename) continue;
    const auto counts = counter.of(layout.uops[k]);
    for (const bool wide : {false, true}) {
      const core::KindTimes& times = tables.kinds[k].times(wide);
      core::PortMask ports = times.ports();
      if (any_wide && layout.wide_shadow_slots != 0) ports |= tables.kinds[k].wide.ports();  // may be in their shadow
      if (counts[wide ? 1 : 0] > 0) work[ports] += counts[wide ? 1 : 0] * times.busy;
    }
  }
  return work;
}

void add_port_groups(const layout::Layout& layout, const KindCounter& counter, std::vector<Cycles>& all) {
  std::vector<Cycles> groups;
  for (const PortGroup& group : port_groups(port_work(layout, counter))) {
    groups.push_back(
        {fmt::format("{} {}", group.size() == 1 ? "port" : "ports", fmt::join(port_names(layout, group.ports), " ")),
         static_cast<double>(group.held_cycles) / group.size()});
  }
  std::sort(groups.begin(), groups.end(), [](const Cycles& a, const Cycles& b) { return a.cycles > b.cycles; });
  groups.resize(std::min(groups.size(), kShownGroups));
  all.insert(all.end(), groups.begin(), groups.end());
}

// Units behind ports, one bound for each port that has one: what starts there and nowhere else holds it.
void add_units(const layout::Layout& layout, const KindCounter& counter, std::vector<Cycles>& all) {
  const core::CoreTables tables(layout, true);
  std::vector<double> held(layout.ports.size(), 0);
  for (std::size_t k = 0; k < layout.uops.size(); ++k) {
    const auto counts = counter.of(layout.uops[k]);
    for (const bool wide : {false, true}) {
      const core::KindTimes& times = tables.kinds[k].times(wide);
      if (times.unit_busy == 0 || std::popcount(times.ports()) != 1) continue;
      const double cycles = times.half_unit ? times.unit_busy / 2.0 : times.unit_busy;
      held[static_cast<std::size_t>(std::countr_zero(times.ports()))] +=
          cycles * static_cast<double>(counts[wide ? 1 : 0]);
    }
  }
  for (std::size_t p = 0; p < held.size(); ++p) {
    if (held[p] > 0) all.push_back({fmt::format("unit of port {}", layout.ports[p].name), held[p]});
  }
}

void add_memory(const layout::Layout& layout, const KindCounter& counter, std::vector<Cycles>& all) {
  double loads = 0;
  double wide_loads = 0;
  double stores = 0;
  double wide_stores = 0;
  for (const layout::UopKind& kind : layout.uops) {
    const auto [narrow, wide] = counter.of(kind);
    const auto both = static_cast<double>(narrow + wide);
    if (kind.is_load) loads += both;
    if (kind.is_load) wide_loads += static_cast<double>(wide);
    if (kind.is_store_address) stores += both;
    if (kind.is_store_address) wide_stores += static_cast<double>(wide);
  }
  const layout::Memory& m = layout.memory;
  all.push_back({fmt::format("loads, {} per cycle", m.loads_per_cycle), loads / m.loads_per_cycle});
  all.push_back(
      {fmt::format("512-bit loads, {} per cycle", m.loads_per_cycle_512), wide_loads / m.loads_per_cycle_512});
  all.push_back({fmt::format("stores, {} per cycle", m.stores_per_cycle), stores / m.stores_per_cycle});
  all.push_back(
      {fmt::format("512-bit stores, {} per cycle", m.stores_per_cycle_512), wide_stores / m.stores_per_cycle_512});
  all.push_back(
      {fmt::format("loads and stores, {} per cycle", m.accesses_per_cycle), (loads + stores) / m.accesses_per_cycle});
}

void add_widths(const layout::Layout& layout, const systemc::ModelOutcome& outcome, std::vector<Cycles>& all) {
  const auto fused = static_cast<double>(outcome.fused_uops);
  const layout::FrontEnd& front = layout.front_end;
  all.push_back(
      {fmt::format("dispatch, {} per cycle", layout.rename.dispatch_width), fused / layout.rename.dispatch_width});
  if (const unsigned width = layout.rename.vector_row; width != 0) {
    double vectors = 0;
    for (const core::CoreCounts& c : outcome.cores) vectors += static_cast<double>(c.vector_fused_uops);
    all.push_back({fmt::format("dispatch of vectors, {} per cycle", width), vectors / width});
  }
  all.push_back({fmt::format("retirement, {} per cycle", layout.retire.width), fused / layout.retire.width});
  const auto decoded = static_cast<double>(outcome.instructions_decoded);
  const auto cached = static_cast<double>(outcome.instructions_from_op_cache);
  const double share = decoded + cached == 0 ? 0 : cached / (decoded + cached);
  all.push_back({"front end", fused * share / front.uops_per_cycle + decoded / front.decode_width});
  double taken = 0;
  double missed = 0;
  for (const core::CoreCounts& c : outcome.cores) {
    taken += static_cast<double>(c.taken_branches);
    missed += static_cast<double>(c.mispredicted_branches);
  }
  all.push_back({"taken branches", taken / front.taken_branches_per_cycle + taken * front.taken_branch_bubble_cycles});
  all.push_back({"mispredicted branches", missed * front.mispredict_cycles});
}

systemc::ModelOutcome simulate_warm(const isa::Program& program, const layout::Layout& layout, lowering::HostIsa isa,
                                    events::Listener* listener) {
  systemc::ModelOptions options;
  options.layout = &layout;
  options.source = systemc::Source::Host;
  options.isa = isa;
  options.warm_up_runs = 1;  // as measurements repeat the program
  if (listener != nullptr) options.listeners.push_back(listener);
  return systemc::simulate(program, options);
}

}  // namespace

layout::Layout without_limits(const layout::Layout& layout) {
  layout::Layout free = layout;
  free.front_end.uops_per_cycle = kNoLimit;
  free.front_end.decode_width = kNoLimit;
  free.front_end.fetch_bytes_per_cycle = kNoLimit * 16;
  free.front_end.queue_uops = kLargeQueue;
  free.front_end.taken_branches_per_cycle = kNoLimit;
  free.front_end.taken_branch_bubble_cycles = 0;
  free.rename.dispatch_width = kNoLimit;
  free.rename.vector_row = 0;
  free.rename.integer_registers = free.rename.vector_registers = 0;
  free.rename.flag_registers = free.rename.mask_registers = 0;
  free.retire = {kLargeWindow, kNoLimit};
  free.ports_closed_by_512.clear();
  for (layout::Queue& queue : free.queues) queue.entries = kLargeQueue;
  layout::Memory& m = free.memory;
  m.load_queue = m.store_queue = kLargeQueue;
  m.loads_per_cycle = m.loads_per_cycle_512 = m.stores_per_cycle = m.stores_per_cycle_512 = kNoLimit;
  m.accesses_per_cycle = kNoLimit;
  m.l1_banks = 0;
  m.store_commit_per_cycle = kNoLimit;
  const auto ports = static_cast<unsigned>(layout.ports.size());
  while (free.ports.size() + ports <= kMostPorts) {
    for (unsigned p = 0; p < ports; ++p) {
      const auto original = free.port_named(layout.ports[p].name);
      if (original) layout::add_port_like(free, *original);
    }
  }
  return free;
}

double modelled_operations_per_cycle(const isa::Program& program, const layout::Layout& layout, lowering::HostIsa isa) {
  return simulate_warm(program, layout, isa, nullptr).operations_per_cycle();
}

BoundedRun run_with_bounds(const isa::Program& program, const layout::Layout& layout, lowering::HostIsa isa) {
  KindCounter counter;
  BoundedRun run;
  run.outcome = simulate_warm(program, layout, isa, &counter);
  std::vector<Cycles> all;
  add_widths(layout, run.outcome, all);
  add_port_groups(layout, counter, all);
  add_units(layout, counter, all);
  add_memory(layout, counter, all);
  all.push_back(
      {"latency and memory", static_cast<double>(simulate_warm(program, without_limits(layout), isa, nullptr).cycles)});
  std::stable_sort(all.begin(), all.end(), [](const Cycles& a, const Cycles& b) { return a.cycles > b.cycles; });
  for (const Cycles& c : all) {
    if (c.cycles > 0)
      run.bounds.push_back({c.resource, static_cast<double>(run.outcome.operations.total()) / c.cycles});
  }
  return run;
}

}  // namespace vtpu::testbench
