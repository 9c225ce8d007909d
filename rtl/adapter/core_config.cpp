#include "rtl/adapter/core_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "core/core_state.hpp"
#include "rtl/adapter/bit_packer.hpp"

namespace vtpu::rtl {
namespace {

using layout::Layout;

}  // namespace

bool has_who_computes(isa::Op op, isa::Type type, const layout::Crack& crack, const Layout& layout) {
  if (crack.uops.empty() || !layout.uops[crack.uops.front()].ports.empty()) return true;
  const bool moves = op == isa::Op::DMOV || (op == isa::Op::CPACK && type == isa::Type::B256);
  if (moves && crack.uops.size() == 1) return true;
  const isa::OpInfo& info = isa::info_of(op);
  const auto is_written = [](const isa::OperandSpec& operand) {
    return operand.kind != isa::OperandKind::None && operand.access == isa::Access::Write;
  };
  const bool writes = info.writes_cmp || op == isa::Op::CROUTE || op == isa::Op::CLISTEN ||
                      std::any_of(info.forms.begin(), info.forms.end(), [&](const isa::Form& form) {
                        return std::any_of(form.operands.begin(), form.operands.end(), is_written);
                      });
  return !writes;
}

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
  for (const auto& [key, crack] : layout.op_cracks) at_most("uops of an operation", crack.uops.size(), kMaxCrack);
  at_most("translation entries", layout.translation.entries, kMaxTranslations);
  at_most("translation ways", layout.translation.ways, kMaxWays);
  at_most("retire.width", layout.retire.width, kMaxRetire);
  at_most("siw_per_cycle", layout.front_end.siw_per_cycle, kMaxWords);
  at_most("store_queue", layout.memory.store_queue, kMaxStores);
  at_most("store_commit_per_cycle", layout.memory.store_commit_per_cycle, kMaxCommits);
  at_most("store_combining_lines", layout.memory.store_combining_lines, kMaxLines);
  at_most("l1_banks", layout.memory.l1_banks, kMaxBanks);
  at_most("smt.threads", layout.smt.threads, 1);
  for (const auto& [key, crack] : layout.op_cracks) {
    if (has_who_computes(key.first, key.second, crack, layout)) continue;
    errors.push_back(
        {layout.source_file,
         fmt::format("op.{}: found {} as its first uop, which goes to no port, expected one that goes to a "
                     "port, where its result is computed",
                     isa::info_of(key.first).mnemonic, layout.uops[crack.uops.front()].name)});
  }
  for (const auto& [key, crack] : layout.op_cracks) {
    if (!isa::info_of(key.first).writes_memory || crack.uops.empty()) continue;
    errors.push_back(
        {layout.source_file,
         fmt::format("op.{}: found {} before the store, expected none: the store data uop reads what is stored",
                     isa::info_of(key.first).mnemonic, layout.uops[crack.uops.front()].name)});
  }
  return errors;
}

std::vector<std::uint32_t> config_words(const Layout& layout) {
  const core::CoreTables tables(layout);
  const layout::Memory& m = layout.memory;
  BitPacker bits;
  const layout::Rename& rename = layout.rename;
  for (const bool flag : {layout.micro_fusion, rename.folds_immediate_adds, rename.eliminates_zero_idioms,
                          rename.eliminates_vector_moves, rename.eliminates_integer_moves}) {
    bits.add(flag ? 1 : 0, 1);
  }
  for (const unsigned kind : {layout.store_data_vector_uop, layout.store_data_uop, layout.store_address_uop,
                              layout.load_vector_uop, layout.load_uop}) {
    bits.add(kind, 8);
  }
  const auto number = [&](std::uint64_t value) { bits.add(std::min<std::uint64_t>(value, 0xFFFF), 16); };
  const auto set_bits = static_cast<unsigned>(std::countr_zero(layout.translation.entries / layout.translation.ways));
  const unsigned vector_latency = m.l1.latency_vector != 0 ? m.l1.latency_vector : m.l1.latency;
  for (const unsigned value : {layout.translation.miss_latency,
                               layout.translation.ways,
                               set_bits,
                               vector_latency,
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
  for (const unsigned limit :
       {rename.integer_registers, rename.vector_registers, rename.mask_registers, rename.flag_registers}) {
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
    bits.add(kind.narrow.ports(), kMaxPorts);
    bits.add(kind.wide.ports(), kMaxPorts);
    bits.add(kind.narrow.busy, 16);
    bits.add(kind.wide.busy, 16);
    bits.add(kind.narrow.latency, 16);
    bits.add(kind.wide.latency, 16);
    for (const bool flag : {kind.at_rename, kind.serializes, kind.is_load, kind.is_store_address, kind.is_store_data}) {
      bits.add(flag ? 1 : 0, 1);
    }
    kinds.push_back(bits.words());
  }
  return kinds;
}

std::vector<std::pair<unsigned, std::vector<std::uint32_t>>> crack_words(const Layout& layout) {
  std::vector<std::pair<unsigned, std::vector<std::uint32_t>>> cracks;
  for (const auto& [key, crack] : layout.op_cracks) {
    BitPacker bits;
    for (unsigned k = 0; k < kMaxCrack; ++k) bits.add(k < crack.uops.size() ? crack.uops[k] : 0, 8);
    bits.add(std::clamp(crack.fused_uops, 1U, 15U), 4);  // no operation has more uops than 15
    bits.add(crack.uops.size(), 4);
    const auto op = static_cast<unsigned>(key.first);
    const unsigned index = (op >> 6U) << 9U | (op & 0x1FU) << 4U | static_cast<unsigned>(key.second);
    cracks.emplace_back(index, bits.words());
  }
  return cracks;
}

}  // namespace vtpu::rtl
