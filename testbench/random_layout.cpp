#include "testbench/random_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "lowering/host_op.hpp"
#include "rtl/adapter/core_config.hpp"
#include "testbench/random.hpp"

namespace vtpu::testbench {
namespace {

using layout::Layout;
using layout::UopKind;

constexpr std::string_view kPrefix = "random:";

class Drawing {
 public:
  Drawing(std::uint64_t seed, const LayoutRanges& ranges) : random_(seed ^ 0x5EED1A7007ULL), ranges_(ranges) {
    layout_.name = random_layout_name(seed);
    layout_.description = "drawn at random";
    layout_.source_file = layout_.name;
  }

  Layout draw() {
    layout_.in_order = random_.chance(ranges_.in_order);
    layout_.binding = random_.chance(ranges_.at_dispatch) ? layout::Binding::AtDispatch : layout::Binding::AtIssue;
    layout_.micro_fusion = random_.chance(ranges_.micro_fusion);
    draw_front_end();
    draw_ports();
    draw_kinds();
    draw_cracks();
    draw_memory();
    draw_retirement();
    return std::move(layout_);
  }

 private:
  // Small numbers as often as large ones.
  unsigned up_to(unsigned most, unsigned least = 1) {
    const unsigned range = random_.chance(0.4) ? std::min(most, least + 3) : most;
    return static_cast<unsigned>(random_.between(least, range));
  }
  unsigned from(const Span& span) { return up_to(span.most, span.least); }

  void draw_front_end() {
    layout_.front_end.siw_per_cycle = from(ranges_.words_per_cycle);
    layout_.front_end.queue_uops = from(ranges_.queue_uops);
    layout_.front_end.depth_cycles = from(ranges_.depth_cycles);
    layout::Rename& r = layout_.rename;
    r.dispatch_width = from(ranges_.dispatch_width);
    // A fused uop has at most two results of a class.
    for (unsigned* registers : {&r.integer_registers, &r.vector_registers, &r.flag_registers, &r.mask_registers}) {
      *registers = random_.chance(1 - ranges_.limited_registers) ? 0 : from(ranges_.registers);
    }
    for (bool* eliminates : {&r.eliminates_integer_moves, &r.eliminates_vector_moves, &r.eliminates_zero_idioms,
                             &r.folds_immediate_adds}) {
      *eliminates = random_.chance(ranges_.eliminates);
    }
  }

  void draw_ports() {
    const unsigned ports = from(ranges_.ports);
    const unsigned queues = up_to(std::min(ports, ranges_.queues.most), std::min(ports, ranges_.queues.least));
    // A fused uop waits as a whole for its entries: with several uops in one there must be enough in one queue.
    const unsigned least = layout_.micro_fusion ? ranges_.uops_per_operation.most + 3 : 1;
    for (unsigned q = 0; q < queues; ++q) {
      layout_.queues.push_back(
          {fmt::format("q{}", q),
           up_to(std::max(least, ranges_.queue_entries.most), std::max(least, ranges_.queue_entries.least)),
           {}});
    }
    for (unsigned p = 0; p < ports; ++p) {
      const unsigned queue = p < queues ? p : static_cast<unsigned>(random_.below(queues));
      layout_.ports.push_back({fmt::format("x{}", p), queue});
      layout_.queues[queue].ports.push_back(p);
    }
    for (const layout::Port& port : layout_.ports) {
      if (random_.chance(0.15)) layout_.ports_closed_by_512.push_back(port.name);
    }
  }

  std::vector<unsigned> some_ports(bool most) {
    std::vector<unsigned> ports;
    const double share = most ? 0.9 : 0.15 + 0.1 * static_cast<double>(random_.below(8));
    for (unsigned p = 0; p < layout_.ports.size(); ++p) {
      if (random_.chance(share)) ports.push_back(p);
    }
    if (ports.empty()) ports.push_back(static_cast<unsigned>(random_.below(layout_.ports.size())));
    return ports;
  }

  unsigned add_kind(const char* name, double on_most_ports = 0) {
    UopKind kind;
    kind.name = name;
    const bool most = on_most_ports > 0 && random_.chance(on_most_ports);
    kind.ports = some_ports(most);
    if (random_.chance(0.3)) kind.ports_512 = some_ports(most);
    kind.latency = from(ranges_.latency);
    if (random_.chance(0.3)) kind.latency_512 = from(ranges_.latency);
    kind.busy = random_.chance(1 - ranges_.busy_ports) ? 1 : from(ranges_.busy);
    if (random_.chance(ranges_.busy_ports)) kind.busy_512 = from(ranges_.busy);
    layout_.uops.push_back(kind);
    return static_cast<unsigned>(layout_.uops.size() - 1);
  }

  void draw_kinds() {
    constexpr const char* kNames[] = {"k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9", "k10", "k11"};
    const unsigned plain = up_to(12, 2);
    for (unsigned k = 0; k < plain; ++k) plain_.push_back(add_kind(kNames[k]));
    if (random_.chance(0.5)) {
      plain_.push_back(add_kind("renamed"));
      layout_.uops.back().ports.clear();
      layout_.uops.back().ports_512.clear();
    }
    fence_ = add_kind("fence");
    layout_.uops[fence_].serializes = true;
    const double most = ranges_.on_most_ports;
    layout_.load_uop = add_kind("load", most);
    layout_.load_vector_uop = random_.chance(0.5) ? add_kind("load_vector", most) : layout_.load_uop;
    layout_.store_address_uop = add_kind("store_address", most);
    layout_.store_address_again_uop = layout_.store_address_uop;
    layout_.store_data_uop = add_kind("store_data");
    layout_.store_data_vector_uop = random_.chance(0.5) ? add_kind("store_data_vector") : layout_.store_data_uop;
    for (const unsigned k : {layout_.load_uop, layout_.load_vector_uop}) {
      layout_.uops[k].is_load = true;
      layout_.uops[k].latency = up_to(2, 0);
      layout_.uops[k].latency_512 = 0;
    }
    layout_.uops[layout_.store_address_uop].is_store_address = true;
    for (const unsigned k : {layout_.store_data_uop, layout_.store_data_vector_uop})
      layout_.uops[k].is_store_data = true;
  }

  layout::Crack some_uops(isa::Op op, isa::Type type) {
    layout::Crack crack;
    if (op == isa::Op::CFENCE) {
      crack.uops.push_back(fence_);
      return crack;
    }
    const unsigned uops = random_.chance(1 - ranges_.cracked) ? 1 : from(ranges_.uops_per_operation);
    for (unsigned k = 0; k < uops; ++k) crack.uops.push_back(random_.pick(plain_));
    if (!rtl::has_who_computes(op, type, crack, layout_)) crack.uops[0] = plain_[0];
    crack.fused_uops = layout_.micro_fusion ? up_to(uops) : uops;
    if (layout_.micro_fusion && ranges_.one_fused > 0 && random_.chance(ranges_.one_fused)) crack.fused_uops = 1;
    if (op == isa::Op::SPREFCH && random_.chance(0.5)) crack.uops = {layout_.load_uop};
    return crack;
  }

  void draw_cracks() {
    // No code of a host runs here; a layout file has all of its instructions.
    layout_.host_cracks.assign(lowering::kHostOps, layout::Crack{{plain_.front()}});
    for (const isa::OpInfo& info : isa::all_ops()) {
      if (isa::is_nop(info.op)) continue;
      // SDEDUP compares what it loads; the others that touch memory only load or store.
      const bool memory_alone = (info.reads_memory || info.writes_memory) && info.op != isa::Op::SDEDUP;
      for (const isa::Form& form : info.forms) {
        for (int t = 0; t < isa::kTypes; ++t) {
          const auto type = static_cast<isa::Type>(t);
          if ((form.types & isa::mask_of(type)) == 0) continue;
          layout_.op_cracks.try_emplace({info.op, type}, memory_alone ? layout::Crack{} : some_uops(info.op, type));
        }
      }
    }
  }

  layout::CacheLevel draw_cache(unsigned most_lines, unsigned least_latency) {
    layout::CacheLevel cache;
    cache.ways = up_to(8);
    cache.size_bytes = 64 * cache.ways * (1U << random_.below(most_lines));
    cache.latency = least_latency + up_to(8);
    if (random_.chance(0.3)) cache.latency_vector = cache.latency + up_to(4);
    cache.fill_bytes_per_cycle = 8U << random_.below(4);
    cache.miss_buffers = up_to(8);
    return cache;
  }

  void draw_memory() {
    layout::Memory& m = layout_.memory;
    m.load_queue = from(ranges_.load_queue);
    m.store_queue = from(ranges_.store_queue);
    m.loads_per_cycle = from(ranges_.loads_per_cycle);
    m.loads_per_cycle_512 = up_to(m.loads_per_cycle);
    m.stores_per_cycle = from(ranges_.stores_per_cycle);
    m.stores_per_cycle_512 = up_to(m.stores_per_cycle);
    m.accesses_per_cycle = up_to(m.loads_per_cycle + m.stores_per_cycle);
    if (random_.chance(ranges_.banked)) {
      m.l1_banks = from(ranges_.banks);
      m.bank_bytes = 4U << random_.below(4);
      m.l1_bank_reads = up_to(3);
    }
    m.store_commit_per_cycle = from(ranges_.commits_per_cycle);
    m.store_combining_lines = random_.chance(0.4) ? 0 : from(ranges_.combining_lines);
    m.forward_latency = up_to(9);
    m.forward_fail_latency = from(ranges_.forward_fail_latency);
    m.l1 = draw_cache(4, 0);
    m.l2 = draw_cache(6, m.l1.latency);
    m.l3 = draw_cache(8, m.l2.latency);
    m.dram_latency = m.l3.latency + from(ranges_.dram_latency);
    m.dram_bytes_per_cycle = up_to(64);
    m.prefetch_degree = random_.chance(0.5) ? 0 : up_to(8);
    layout_.translation.ways = 1U << any_of(ranges_.translation_ways_log2);
    layout_.translation.entries = layout_.translation.ways << any_of(ranges_.translation_sets_log2);
    layout_.translation.miss_latency = from(ranges_.miss_latency);
  }

  void draw_retirement() {
    layout_.retire.width = from(ranges_.retire_width);
    const Span& window = ranges_.window_entries;
    const unsigned most = random_.chance(0.5) ? std::clamp(60U, window.least, window.most) : window.most;
    layout_.retire.window_entries = up_to(most, window.least);
    layout::Sentrons& s = layout_.sentrons;
    s.spawn_cycles = up_to(30, 0);
    s.switch_cycles = up_to(10, 0);
    s.fabric_latency = up_to(30);
    s.fabric_messages_per_cycle = up_to(3);
  }

  unsigned any_of(const Span& span) { return static_cast<unsigned>(random_.between(span.least, span.most)); }

  Random random_;
  const LayoutRanges& ranges_;
  Layout layout_;
  std::vector<unsigned> plain_;
  unsigned fence_ = 0;
};

}  // namespace

std::string random_layout_name(std::uint64_t seed) { return fmt::format("{}{}", kPrefix, seed); }

std::optional<std::uint64_t> random_layout_seed(std::string_view name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), seed);
  if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
  return seed;
}

layout::Layout random_layout(std::uint64_t seed, const LayoutRanges& ranges) { return Drawing(seed, ranges).draw(); }

}  // namespace vtpu::testbench
