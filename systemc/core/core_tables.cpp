#include "core/core_tables.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

namespace vtpu::core {
namespace {

using layout::Layout;
using layout::UopKind;

PortMask mask_of(const std::vector<unsigned>& ports) {
  PortMask mask = 0;
  for (const unsigned p : ports) mask |= PortMask{1} << p;
  return mask;
}

// In file order a set comes before an other when the first port in which they differ belongs to it.
bool before(const PortSet& a, const PortSet& b) {
  if (a.queue != b.queue) return a.queue < b.queue;
  const PortMask differ = a.ports ^ b.ports;
  return (a.ports & differ & (~differ + 1)) != 0;
}

std::vector<QueueChoice> choices_of(const Layout& layout, PortMask allowed, bool host_code) {
  std::vector<QueueChoice> choices;
  if (layout.binding == layout::Binding::AtDispatch) {
    for (unsigned p = 0; p < layout.ports.size(); ++p) {
      if ((allowed >> p & 1U) != 0) choices.push_back({layout.ports[p].queue, 0, PortMask{1} << p});
    }
    return choices;
  }
  for (unsigned q = 0; q < layout.queues.size(); ++q) {
    PortMask ports = allowed & mask_of(layout.queues[q].ports);
    if (ports == 0) continue;
    if (host_code && (layout.queues[q].shuffles || layout.queues[q].takes_turns)) {
      for (; ports != 0; ports &= ports - 1) choices.push_back({q, 0, ports & (~ports + 1)});
      continue;
    }
    for (const PortMask group : port_groups(layout, layout.queues[q], host_code)) {
      if ((ports & group) != 0) choices.push_back({q, 0, ports & group});
    }
  }
  return choices;
}

bool has_slot_ranks(const Layout& layout, const std::vector<QueueChoice>& choices) {
  if (layout.binding != layout::Binding::AtDispatch || choices.size() < 2) return false;
  const unsigned queue = choices.front().queue;
  return !layout.queues[queue].slot_ranks.empty() &&
         std::all_of(choices.begin(), choices.end(), [=](const QueueChoice& c) { return c.queue == queue; });
}

KindTimes times_of(const Layout& layout, const UopKind& kind, bool wide, bool host_code) {
  KindTimes times;
  const bool own_ports = wide && !kind.ports_512.empty();
  times.choices = choices_of(layout, mask_of(own_ports ? kind.ports_512 : kind.ports), host_code);
  for (QueueChoice& c : times.choices) c.eager = host_code && layout.queues[c.queue].eager;
  const bool at_issue = layout.binding == layout::Binding::AtIssue && !times.choices.empty();
  times.shuffled = host_code && at_issue &&
                   std::all_of(times.choices.begin(), times.choices.end(),
                               [&layout](const QueueChoice& c) { return layout.queues[c.queue].shuffles; });
  const bool of_one_queue =
      at_issue && std::all_of(times.choices.begin(), times.choices.end(),
                              [&](const QueueChoice& c) { return c.queue == times.choices[0].queue; });
  times.in_turn = host_code && of_one_queue && layout.queues[times.choices[0].queue].takes_turns;
  times.grouped = of_one_queue && !times.shuffled && !times.in_turn && times.choices.size() > 1;
  if (host_code && has_slot_ranks(layout, times.choices)) times.ranked = times.ports();
  times.latency = std::max(1U, wide && kind.latency_512 != 0 ? kind.latency_512 : kind.latency);
  if (host_code && kind.latency_to_others > times.latency) {
    times.sooner_to_own_kind = kind.latency_to_others - times.latency;
    times.latency = kind.latency_to_others;
  }
  times.busy = std::max(1U, wide && kind.busy_512 != 0 ? kind.busy_512 : kind.busy);
  if (host_code) {
    times.busy_alone = kind.busy_alone;
    times.joined_within = kind.joined_within;
    times.followed_after = kind.followed_after;
  }
  if (host_code && kind.unit_busy != 0) {
    times.busy = 1;
    times.unit_busy = wide && kind.unit_busy_512 != 0 ? kind.unit_busy_512 : kind.unit_busy;
    times.half_unit = kind.half_unit;
  }
  return times;
}

Domain domain_of(const UopKind& kind) {
  static const std::map<std::string_view, Domain> kDomains = {
      {"integer", Domain::Integer}, {"float", Domain::Float}, {"shuffle", Domain::Shuffle}};
  const auto named = kDomains.find(kind.domain);
  return named == kDomains.end() ? Domain::None : named->second;
}

unsigned longest_fused(const Layout& layout) {
  std::size_t most = 1;
  for (const auto& [key, crack] : layout.op_cracks) most = std::max(most, crack.uops.size());
  for (const layout::Crack& crack : layout.host_cracks) most = std::max(most, crack.uops.size());
  return static_cast<unsigned>(most) + 3;  // and a load, a store address, store data
}

}  // namespace

bool has_groups(const Layout& layout, const layout::Queue& queue, bool host_code) {
  return host_code && layout.binding == layout::Binding::AtIssue && queue.group_ports != 0;
}

std::vector<PortMask> port_groups(const Layout& layout, const layout::Queue& queue, bool host_code) {
  const std::size_t size = has_groups(layout, queue, host_code) ? queue.group_ports : queue.ports.size();
  std::vector<PortMask> groups;
  for (std::size_t i = 0; i < queue.ports.size(); ++i) {
    if (i % size == 0) groups.push_back(0);
    groups.back() |= PortMask{1} << queue.ports[i];
  }
  return groups;
}

CoreTables::CoreTables(const Layout& layout, bool host_code) {
  if (layout.ports.size() > 64) throw std::invalid_argument("a core has at most 64 ports");
  for (const UopKind& kind : layout.uops) {
    KindInfo info;
    info.narrow = times_of(layout, kind, false, host_code);
    info.wide = times_of(layout, kind, true, host_code);
    info.multiplied = info.wide;
    if (host_code && layout.binding == layout::Binding::AtDispatch) {
      info.multiplier_ports = mask_of(kind.multiplier_ports_512);
      info.multiplied.latency = std::max(1U, kind.multiplier_latency_512);
      info.multiplied.sooner_to_own_kind = 0;
    }
    if (host_code) {
      info.domain = domain_of(kind);
      info.late_flags = kind.late_flags;
      info.folded_operand_cycles = kind.folded_operand_cycles;
    }
    info.at_rename = kind.ports.empty();
    info.has_wide_ports = !kind.ports_512.empty();
    info.is_load = kind.is_load;
    info.is_store_address = kind.is_store_address;
    info.is_store_data = kind.is_store_data;
    info.serializes = kind.serializes;
    kinds.push_back(std::move(info));
  }
  for (const KindInfo& kind : kinds) {
    for (const KindTimes* times : {&kind.narrow, &kind.wide}) {
      for (const QueueChoice& c : times->choices) port_sets.push_back({c.queue, c.ports});
    }
  }
  std::sort(port_sets.begin(), port_sets.end(), before);
  const auto same = [](const PortSet& a, const PortSet& b) { return a.queue == b.queue && a.ports == b.ports; };
  port_sets.erase(std::unique(port_sets.begin(), port_sets.end(), same), port_sets.end());
  for (KindInfo& kind : kinds) {
    for (KindTimes* times : {&kind.narrow, &kind.wide}) {
      for (QueueChoice& c : times->choices) {
        const PortSet wanted{c.queue, c.ports};
        const auto at = std::lower_bound(port_sets.begin(), port_sets.end(), wanted, before);
        c.port_set = static_cast<unsigned>(at - port_sets.begin());
      }
    }
  }
  for (const std::string& name : layout.ports_closed_by_512) {
    const auto port =
        std::find_if(layout.ports.begin(), layout.ports.end(), [&](const auto& p) { return p.name == name; });
    if (port == layout.ports.end()) throw std::invalid_argument("ports_closed_by_512 names no port: " + name);
    closed |= PortMask{1} << (port - layout.ports.begin());
  }
  for (unsigned p = 0; p < layout.ports.size(); ++p) neutral |= PortMask{layout.ports[p].neutral ? 1U : 0U} << p;
  uops_per_fused = longest_fused(layout);
}

}  // namespace vtpu::core
