#include "rtl/adapter/core_config.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/core_state.hpp"
#include "rtl/adapter/bit_packer.hpp"

namespace vtpu::rtl {
namespace {

using layout::Layout;

core::PortMask ports_of(const core::KindTimes& times) {
  core::PortMask ports = 0;
  for (const core::QueueChoice& c : times.choices) ports |= c.ports;
  return ports;
}

}  // namespace

Errors why_too_large(const Layout& layout) {
  Errors errors;
  const auto at_most = [&](const char* what, std::uint64_t found, std::uint64_t most) {
    if (found <= most) return;
    errors.push_back({layout.source_file,
                      fmt::format("{}: found {}, expected at most {}, for which the RTL is built", what, found, most)});
  };
  const core::CoreTables tables(layout);
  at_most("ports", layout.ports.size(), kMaxPorts);
  at_most("queues", layout.queues.size(), kMaxQueues);
  for (const layout::Queue& q : layout.queues) at_most("entries of a queue", q.entries, kMaxEntries);
  at_most("kinds of uops", layout.uops.size(), kMaxKinds);
  at_most("uops in flight", core::uop_places(layout, tables), kMaxPlaces);
  at_most("uops of an operation", tables.uops_per_fused, kMaxFused);
  at_most("dispatch_width", layout.rename.dispatch_width, kMaxDispatch);
  at_most("uops dispatched per cycle", layout.rename.dispatch_width * std::uint64_t{tables.uops_per_fused - 3},
          kMaxDispatchUops);
  at_most("retire.width", layout.retire.width, kMaxRetire);
  at_most("siw_per_cycle", layout.front_end.siw_per_cycle, kMaxWords);
  at_most("store_queue", layout.memory.store_queue, kMaxStores);
  at_most("store_commit_per_cycle", layout.memory.store_commit_per_cycle, kMaxCommits);
  at_most("store_combining_lines", layout.memory.store_combining_lines, kMaxLines);
  at_most("l1_banks", layout.memory.l1_banks, kMaxBanks);
  at_most("smt.threads", layout.smt.threads, 1);
  return errors;
}

std::vector<std::uint32_t> config_words(const Layout& layout) {
  const core::CoreTables tables(layout);
  const layout::Memory& m = layout.memory;
  BitPacker bits;
  const auto number = [&](std::uint64_t value) { bits.add(std::min<std::uint64_t>(value, 0xFFFF), 16); };
  const unsigned vector_latency = m.l1.latency_vector != 0 ? m.l1.latency_vector : m.l1.latency;
  for (const unsigned value : {vector_latency,
                               m.l1.latency,
                               m.forward_fail_latency,
                               m.forward_latency,
                               m.store_combining_lines,
                               m.store_commit_per_cycle,
                               m.l1_bank_reads,
                               m.bank_bytes,
                               m.l1_banks,
                               m.accesses_per_cycle,
                               m.stores_per_cycle_512,
                               m.stores_per_cycle,
                               m.loads_per_cycle_512,
                               m.loads_per_cycle,
                               m.store_queue,
                               m.load_queue,
                               layout.front_end.siw_per_cycle,
                               std::max(1U, layout.front_end.depth_cycles),
                               tables.uops_per_fused,
                               core::uop_places(layout, tables),
                               layout.front_end.queue_uops,
                               layout.retire.window_entries,
                               layout.retire.width,
                               layout.rename.dispatch_width}) {
    number(value);
  }
  bits.add(layout.in_order ? 1 : 0, 1);
  bits.add(layout.binding == layout::Binding::AtDispatch ? 1 : 0, 1);
  number(layout.queues.size());
  number(layout.ports.size());
  bits.add(tables.closed, kMaxPorts);
  const layout::Rename& r = layout.rename;
  for (const unsigned limit : {r.integer_registers, r.vector_registers, r.mask_registers, r.flag_registers}) {
    number(limit);
  }
  for (unsigned p = 0; p < kMaxPorts; ++p) bits.add(p < layout.ports.size() ? layout.ports[p].queue : 0, 8);
  for (unsigned q = 0; q < kMaxQueues; ++q) {
    core::PortMask ports = 0;
    if (q < layout.queues.size()) {
      for (const unsigned p : layout.queues[q].ports) ports |= core::PortMask{1} << p;
    }
    bits.add(ports, kMaxPorts);
  }
  for (unsigned q = 0; q < kMaxQueues; ++q) number(q < layout.queues.size() ? layout.queues[q].entries : 0);
  return bits.words();
}

std::vector<std::vector<std::uint32_t>> kind_words(const Layout& layout) {
  const core::CoreTables tables(layout);
  std::vector<std::vector<std::uint32_t>> kinds;
  for (const core::KindInfo& kind : tables.kinds) {
    BitPacker bits;
    bits.add(ports_of(kind.narrow), kMaxPorts);
    bits.add(ports_of(kind.wide), kMaxPorts);
    bits.add(kind.narrow.busy, 16);
    bits.add(kind.wide.busy, 16);
    bits.add(kind.narrow.latency, 16);
    bits.add(kind.wide.latency, 16);
    kinds.push_back(bits.words());
  }
  return kinds;
}

PackedUop pack_uop(const core::SourceUop& uop, const core::KindInfo& kind) {
  BitPacker bits;
  bits.add(uop.second_latency, 4);
  bits.add(uop.sources_before_word, 5);
  bits.add(uop.destinations, 2);
  bits.add(uop.sources, 3);
  bits.add(uop.info.is_operation ? 1 : 0, 1);
  bits.add(kind.is_store_data ? 1 : 0, 1);
  bits.add(kind.is_store_address ? 1 : 0, 1);
  bits.add(kind.is_load ? 1 : 0, 1);
  bits.add(uop.vector_load ? 1 : 0, 1);
  bits.add(uop.prefetch ? 1 : 0, 1);
  bits.add(kind.serializes || uop.serializes ? 1 : 0, 1);
  bits.add(uop.new_context ? 1 : 0, 1);
  bits.add(uop.vector ? 1 : 0, 1);
  bits.add(uop.eliminated || uop.folded_add || kind.at_rename ? 1 : 0, 1);
  bits.add(uop.reads_previous ? 1 : 0, 1);
  bits.add(uop.last_of_word ? 1 : 0, 1);
  bits.add(uop.last_of_fused ? 1 : 0, 1);
  bits.add(uop.first_of_fused ? 1 : 0, 1);
  bits.add(uop.wide ? 1 : 0, 1);
  bits.add(static_cast<std::uint64_t>(uop.info.pipe), 2);
  bits.add(uop.kind, 8);
  BitPacker registers;
  const auto name = [&](const core::RegisterName& r) {
    registers.add(static_cast<std::uint64_t>(r.cls) * core::kRegistersPerClass + r.index, 7);
  };
  for (const core::RegisterName& r : uop.source) name(r);
  for (const core::RegisterName& r : uop.destination) name(r);
  return {bits.value(), registers.value()};
}

}  // namespace vtpu::rtl
