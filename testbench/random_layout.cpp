#include "testbench/random_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "testbench/random.hpp"

namespace vtpu::testbench {
namespace {

using layout::Layout;
using layout::UopKind;

constexpr std::string_view kPrefix = "random:";
constexpr unsigned kMostPorts = 16;
constexpr unsigned kMostWidth = 12;
constexpr unsigned kMostEntries = 128;

class Drawing {
 public:
  explicit Drawing(std::uint64_t seed) : random_(seed ^ 0x5EED1A7007ULL) {
    layout_.name = random_layout_name(seed);
    layout_.description = "drawn at random";
    layout_.source_file = layout_.name;
  }

  Layout draw() {
    layout_.in_order = random_.chance(0.15);
    layout_.binding = random_.chance(0.4) ? layout::Binding::AtDispatch : layout::Binding::AtIssue;
    layout_.micro_fusion = random_.chance(0.5);
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

  void draw_front_end() {
    layout_.front_end.siw_per_cycle = up_to(4);
    layout_.front_end.queue_uops = up_to(96);
    layout_.front_end.depth_cycles = up_to(8, 0);
    layout::Rename& r = layout_.rename;
    r.dispatch_width = up_to(kMostWidth);
    // A fused uop has at most two results of a class.
    for (unsigned* registers : {&r.integer_registers, &r.vector_registers, &r.flag_registers, &r.mask_registers}) {
      *registers = random_.chance(0.5) ? 0 : up_to(100, 2);
    }
    for (bool* eliminates : {&r.eliminates_integer_moves, &r.eliminates_vector_moves, &r.eliminates_zero_idioms,
                             &r.folds_immediate_adds}) {
      *eliminates = random_.chance(0.5);
    }
  }

  void draw_ports() {
    const unsigned ports = up_to(kMostPorts);
    const unsigned queues = up_to(ports);
    // A fused uop waits as a whole for its entries: with several uops in one there must be enough in one queue.
    const unsigned least = layout_.micro_fusion ? kMostUops + 3 : 1;
    for (unsigned q = 0; q < queues; ++q) {
      layout_.queues.push_back({fmt::format("q{}", q), up_to(kMostEntries, least), {}});
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

  std::vector<unsigned> some_ports() {
    std::vector<unsigned> ports;
    const double share = 0.15 + 0.1 * static_cast<double>(random_.below(8));
    for (unsigned p = 0; p < layout_.ports.size(); ++p) {
      if (random_.chance(share)) ports.push_back(p);
    }
    if (ports.empty()) ports.push_back(static_cast<unsigned>(random_.below(layout_.ports.size())));
    return ports;
  }

  unsigned add_kind(const char* name) {
    UopKind kind;
    kind.name = name;
    kind.ports = some_ports();
    if (random_.chance(0.3)) kind.ports_512 = some_ports();
    kind.latency = up_to(9);
    if (random_.chance(0.3)) kind.latency_512 = up_to(9);
    kind.busy = random_.chance(0.7) ? 1 : up_to(12);
    if (random_.chance(0.3)) kind.busy_512 = up_to(12);
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
    layout_.load_uop = add_kind("load");
    layout_.load_vector_uop = random_.chance(0.5) ? add_kind("load_vector") : layout_.load_uop;
    layout_.store_address_uop = add_kind("store_address");
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

  layout::Crack some_uops(isa::Op op) {
    layout::Crack crack;
    if (op == isa::Op::CFENCE) {
      crack.uops.push_back(fence_);
      return crack;
    }
    const unsigned uops = random_.chance(0.6) ? 1 : up_to(kMostUops);
    for (unsigned k = 0; k < uops; ++k) crack.uops.push_back(random_.pick(plain_));
    crack.fused_uops = layout_.micro_fusion ? up_to(uops) : uops;
    if (op == isa::Op::SPREFCH && random_.chance(0.5)) crack.uops = {layout_.load_uop};
    return crack;
  }

  void draw_cracks() {
    for (const isa::OpInfo& info : isa::all_ops()) {
      if (isa::is_nop(info.op)) continue;
      // SDEDUP compares what it loads; the others that touch memory only load or store.
      const bool memory_alone = (info.reads_memory || info.writes_memory) && info.op != isa::Op::SDEDUP;
      for (const isa::Form& form : info.forms) {
        for (int t = 0; t < isa::kTypes; ++t) {
          const auto type = static_cast<isa::Type>(t);
          if ((form.types & isa::mask_of(type)) == 0) continue;
          layout_.op_cracks.try_emplace({info.op, type}, memory_alone ? layout::Crack{} : some_uops(info.op));
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
    m.load_queue = up_to(200);
    m.store_queue = up_to(120);
    m.loads_per_cycle = up_to(4);
    m.loads_per_cycle_512 = up_to(m.loads_per_cycle);
    m.stores_per_cycle = up_to(3);
    m.stores_per_cycle_512 = up_to(m.stores_per_cycle);
    m.accesses_per_cycle = up_to(m.loads_per_cycle + m.stores_per_cycle);
    if (random_.chance(0.4)) {
      m.l1_banks = up_to(32);
      m.bank_bytes = 4U << random_.below(4);
      m.l1_bank_reads = up_to(3);
    }
    m.store_commit_per_cycle = up_to(3);
    m.store_combining_lines = random_.chance(0.4) ? 0 : up_to(12);
    m.forward_latency = up_to(9);
    m.forward_fail_latency = up_to(25);
    m.l1 = draw_cache(4, 0);
    m.l2 = draw_cache(6, m.l1.latency);
    m.l3 = draw_cache(8, m.l2.latency);
    if (random_.chance(0.2)) m.l3.size_bytes = 0;
    m.dram_latency = m.l3.latency + up_to(200);
    m.dram_bytes_per_cycle = up_to(64);
    m.prefetch_degree = random_.chance(0.5) ? 0 : up_to(8);
    layout_.translation.ways = 1U << random_.below(3);
    layout_.translation.entries = layout_.translation.ways << random_.below(5);
    layout_.translation.miss_latency = up_to(40);
  }

  void draw_retirement() {
    layout_.retire.width = up_to(kMostWidth);
    layout_.retire.window_entries = up_to(random_.chance(0.5) ? 60 : 400);
    layout::Sentrons& s = layout_.sentrons;
    s.spawn_cycles = up_to(30, 0);
    s.switch_cycles = up_to(10, 0);
    s.fabric_latency = up_to(30);
    s.fabric_messages_per_cycle = up_to(3);
  }

  static constexpr unsigned kMostUops = 6;  // of an operation, without its memory half

  Random random_;
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

layout::Layout random_layout(std::uint64_t seed) { return Drawing(seed).draw(); }

}  // namespace vtpu::testbench
