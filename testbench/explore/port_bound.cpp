#include "testbench/explore/port_bound.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "core/core_tables.hpp"
#include "core/siw_cracker.hpp"
#include "testbench/port_groups.hpp"

namespace vtpu::explore {
namespace {

// What one core, or one execution of a stream, asks of the resources.
struct Demand {
  std::uint64_t words = 0, issuing_words = 0, fused_uops = 0;
  std::uint64_t loads = 0, wide_loads = 0, stores = 0, wide_stores = 0;
  testbench::PortWork busy;
  std::uint64_t longest_hold = 1;  // of a port by one uop

  void add(const Demand& other, std::uint64_t times) {
    words += other.words * times;
    issuing_words += other.issuing_words * times;
    fused_uops += other.fused_uops * times;
    loads += other.loads * times;
    wide_loads += other.wide_loads * times;
    stores += other.stores * times;
    wide_stores += other.wide_stores * times;
    for (const auto& [ports, cycles] : other.busy) busy[ports] += cycles * times;
    longest_hold = std::max(longest_hold, other.longest_hold);
  }
};

Demand demand_of(const isa::Siw& word, const layout::Layout& layout, const core::CoreTables& tables) {
  Demand demand;
  demand.words = 1;
  for (const core::SourceUop& uop : core::crack_word(word, 0, layout).uops) {
    const core::KindInfo& kind = tables.kinds[uop.kind];
    demand.fused_uops += uop.first_of_fused ? 1 : 0;
    if (uop.eliminated || uop.folded_add || kind.at_rename) continue;
    const core::KindTimes& times = kind.times(uop.wide);
    demand.busy[times.ports()] += times.busy;
    demand.longest_hold = std::max<std::uint64_t>(demand.longest_hold, times.busy);
    demand.issuing_words = 1;
    demand.loads += kind.is_load ? 1 : 0;
    demand.wide_loads += kind.is_load && uop.wide ? 1 : 0;
    demand.stores += kind.is_store_address ? 1 : 0;
    demand.wide_stores += kind.is_store_address && uop.wide ? 1 : 0;
  }
  return demand;
}

std::uint64_t over(std::uint64_t amount, std::uint64_t width) { return width == 0 ? 0 : (amount + width - 1) / width; }

void raise(Bound& bound, std::uint64_t cycles, std::string resource) {
  if (cycles > bound.cycles) bound = {cycles, std::move(resource)};
}

// A port that is held when the run ends counts for its cycles up to then only, so the longest hold but its first cycle
// is taken off each port.
void raise_by_ports(Bound& bound, const Demand& demand, const layout::Layout& layout) {
  core::PortMask best = 0;
  std::uint64_t most = 0;
  for (const testbench::PortGroup& group : testbench::port_groups(demand.busy)) {
    const std::uint64_t past_the_end = group.size() * (demand.longest_hold - 1);
    const std::uint64_t cycles =
        group.held_cycles > past_the_end ? over(group.held_cycles - past_the_end, group.size()) : 0;
    if (cycles > most) {
      most = cycles;
      best = group.ports;
    }
  }
  if (most > bound.cycles)
    raise(bound, most, fmt::format("ports {}", fmt::join(testbench::port_names(layout, best), "+")));
}

Bound bound_of(const Demand& demand, const layout::Layout& layout) {
  Bound bound;
  const layout::Memory& m = layout.memory;
  raise(bound, over(demand.words, layout.front_end.siw_per_cycle * std::uint64_t{layout.smt.threads}), "fetch");
  raise(bound, over(demand.fused_uops, layout.rename.dispatch_width), "dispatch");
  raise(bound, over(demand.fused_uops, layout.retire.width), "retirement");
  raise(bound, over(demand.loads, m.loads_per_cycle), "loads per cycle");
  raise(bound, over(demand.wide_loads, m.loads_per_cycle_512), "512-bit loads per cycle");
  raise(bound, over(demand.stores, m.stores_per_cycle), "stores per cycle");
  raise(bound, over(demand.wide_stores, m.stores_per_cycle_512), "512-bit stores per cycle");
  raise(bound, over(demand.loads + demand.stores, m.accesses_per_cycle), "accesses per cycle");
  if (layout.in_order) raise(bound, over(demand.issuing_words, layout.smt.threads), "one word per cycle, in order");
  raise_by_ports(bound, demand, layout);
  return bound;
}

}  // namespace

Bound port_bound(const Workload& work, const layout::Layout& layout, unsigned cores) {
  const core::CoreTables tables(layout);
  std::vector<Demand> by_stream(work.program.streams.size());
  for (std::size_t s = 0; s < by_stream.size(); ++s) {
    const std::vector<isa::Siw>& words = work.program.streams[s].words;
    for (std::size_t w = 0; w < words.size(); ++w) {
      if (work.executions[s][w] != 0) by_stream[s].add(demand_of(words[w], layout, tables), work.executions[s][w]);
    }
  }
  std::vector<Demand> by_core(cores);
  for (std::size_t s = 0; s < work.program.sentrons.size(); ++s) {
    by_core[s % cores].add(by_stream[work.program.sentrons[s].stream], 1);
  }
  Bound bound;
  for (const Demand& demand : by_core) {
    Bound own = bound_of(demand, layout);
    if (own.cycles > bound.cycles) bound = std::move(own);
  }
  return bound;
}

}  // namespace vtpu::explore
