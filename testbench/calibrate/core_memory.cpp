// Caches, TLBs and DRAM: chains of loads that walk a ring at random show latencies, loads that wait for nothing what
// comes per cycle.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "testbench/calibrate/core_fit.hpp"

namespace vtpu::testbench {
namespace {

using H = lowering::HostOp;
using lowering::gpr;
using lowering::HostInst;

constexpr std::uint32_t kLine = 64;
constexpr std::uint32_t kPage = 4096;
constexpr unsigned kSteps = 64;        // of a pass
constexpr double kCacheNoise = 0.15;   // of a measurement in L2
constexpr double kRhythmNoise = 0.4;   // of lines from L2, which come in one of two rhythms
constexpr double kPairingNoise = 0.5;  // of stores that commit in pairs, or not, by chance
constexpr double kFarNoise = 0.6;      // of one that shares L3 or DRAM with others
constexpr double kShareNoise = 30;     // of one of which L3 holds a part: any
constexpr double kMostMiss = 0.4;      // of the time of page walks, from which most lookups miss
constexpr double kSlowBank = 1.3;      // of the time of lines that alternate between banks
constexpr double kWriteBack = 1.0;     // cycles by which a store's line takes longer than a load's

HostInst load(lowering::HostReg to, lowering::HostReg base, std::int32_t disp) {
  HostInst inst;
  inst.op = H::Mov;
  inst.dst = to;
  inst.mem_role = lowering::MemRole::Source;
  inst.mem = {base, {}, 1, disp};
  return inst;
}

HostInst store(lowering::HostReg base, std::int32_t disp, lowering::HostReg from) {
  HostInst inst = load({}, base, disp);
  inst.mem_role = lowering::MemRole::Dest;
  inst.a = from;
  return inst;
}

HostLoop walk(std::uint32_t bytes, std::uint32_t stride, bool in_order) {
  HostLoop loop;
  loop.name =
      fmt::format("chain of loads, {} KiB, {} bytes apart{}", bytes / 1024, stride, in_order ? " in order" : "");
  loop.ring = {bytes / stride, stride, in_order};
  for (unsigned i = 0; i < kSteps; ++i) loop.body.push_back(load(kLoopPointer, kLoopPointer, 0));
  loop.counted = kSteps;
  return loop;
}

// All lines of one page after the other.
HostLoop stream(std::uint32_t bytes) {
  HostLoop loop;
  loop.name = fmt::format("stream of loads, {} KiB", bytes / 1024);
  loop.ring = {bytes / kPage, kPage, true};
  loop.passes = 256;
  loop.body.push_back(load(kLoopPointer, kLoopPointer, 0));
  for (std::int32_t line = 1; line < 64; ++line) {
    loop.body.push_back(
        load(loop_result(static_cast<std::size_t>(line)), kLoopPointer, line * static_cast<std::int32_t>(kLine)));
  }
  loop.counted = loop.body.size();
  return loop;
}

// Loads of so many lines in order, or stores to them, whose addresses wait for nothing.
HostLoop lines_in_order(std::uint32_t lines, std::uint32_t step, bool stores) {
  HostLoop loop;
  loop.name = fmt::format("{} {} lines, {} bytes apart", stores ? "stores to" : "loads of", lines, step * kLine);
  loop.memory_bytes = lines * step * kLine;
  for (std::uint32_t i = 0; i < lines; ++i) {
    const auto disp = static_cast<std::int32_t>(i * step * kLine);
    loop.body.push_back(stores ? store(kLoopPointer, disp, kLoopSource) : load(loop_result(i), kLoopPointer, disp));
  }
  loop.counted = lines;
  loop.passes = 8;
  return loop;
}

// A few loads that step on through the memory: a prefetcher sees their stride, as it does in programs. Each instruction
// of lines_in_order() always loads the same line, which Zen 5 brings to L1 twice as fast.
HostLoop striding(std::uint32_t lines, std::uint32_t step) {
  constexpr std::uint32_t kLoads = 4;
  HostLoop loop;
  loop.name = fmt::format("striding loads of {} lines, {} bytes apart", lines, step * kLine);
  loop.memory_bytes = lines * step * kLine;
  for (std::uint32_t i = 0; i < kLoads; ++i)
    loop.body.push_back(load(loop_result(i), kLoopPointer, static_cast<std::int32_t>(i * step * kLine)));
  HostInst move_on = load(kLoopPointer, kLoopPointer, static_cast<std::int32_t>(kLoads * step * kLine));
  move_on.op = H::Lea;
  loop.body.push_back(move_on);
  loop.counted = kLoads;
  loop.passes = lines / kLoads;
  return loop;
}

// Stores to one line after the other, and again.
HostLoop rotating_stores(unsigned lines) {
  HostLoop loop;
  loop.name = fmt::format("stores to {} lines in turn", lines);
  loop.memory_bytes = 8192;
  for (unsigned i = 0; i < 192 / lines * lines; ++i) {
    loop.body.push_back(store(kLoopPointer, static_cast<std::int32_t>(i % lines * kLine), kLoopSource));
  }
  loop.counted = loop.body.size();
  return loop;
}

constexpr std::array<unsigned, 4> kNarrowStores{7, 8, 9, 10};  // behind a wide one; Zen 5 likes odd numbers

// A store of 64 bytes and narrow ones behind it, in turn, each to a line of its own.
HostLoop stores_behind_wide_ones(unsigned narrow) {
  constexpr unsigned kRounds = 10;
  HostLoop loop;
  loop.name = fmt::format("store of 64 bytes and {} of 8", narrow);
  loop.memory_bytes = 8192;
  for (unsigned i = 0; i < kRounds * (narrow + 1); ++i) {
    HostInst inst = store(kLoopPointer, static_cast<std::int32_t>(i * kLine), kLoopSource);
    if (i % (narrow + 1) == 0) {
      inst.op = H::Vmov;
      inst.width = 64;
      inst.a = lowering::vec(0);
    }
    loop.body.push_back(inst);
  }
  loop.counted = kRounds;
  return loop;
}

// By the same register, or with an index of zero beside it, which is another name for the same address.
HostLoop store_and_reload(bool same_name) {
  HostLoop loop;
  loop.name = same_name ? "store and reload" : "store and reload by another name";
  const lowering::HostReg zero = gpr(15);
  HostInst clear;
  clear.op = H::MovImm;
  clear.dst = zero;
  loop.body.push_back(clear);
  loop.counted = 40;
  for (std::size_t i = 0; i < loop.counted; ++i) {
    loop.body.push_back(store(kLoopPointer, 128, gpr(0)));
    loop.body.push_back(load(gpr(0), kLoopPointer, 128));
    if (!same_name) loop.body.back().mem.index = zero;
  }
  return loop;
}

unsigned whole(double cycles, unsigned least = 1) {
  return std::max(least, static_cast<unsigned>(std::max(0L, std::lround(cycles))));
}

class MemoryFit {
 public:
  MemoryFit(Meter& meter, const FitOptions& options, Draft& draft)
      : meter_(meter), options_(options), draft_(draft), memory_(draft.layout.memory) {}

  Result<void> run() {
    for (auto part : {&MemoryFit::latencies, &MemoryFit::translation, &MemoryFit::far, &MemoryFit::share_of_l3,
                      &MemoryFit::bandwidths, &MemoryFit::stores}) {
      if (auto done = (this->*part)(); !done) return done;
    }
    return {};
  }

 private:
  Result<std::vector<double>> read(const std::vector<HostLoop>& loops, double noise, const std::string& what) {
    const auto readings = read_quiet(meter_, loops, noise, what);
    if (!readings) return tl::unexpected(readings.error());
    std::vector<double> times;
    for (std::size_t i = 0; i < loops.size(); ++i) {
      times.push_back((*readings)[i].low / static_cast<double>(loops[i].counted));
    }
    return times;
  }
  // Of several readings: how lines come from L2 changes from one second to the next, in either direction.
  struct Often {
    double median = 0, least = 0;
  };
  Result<std::vector<Often>> read_often(const std::vector<HostLoop>& loops, double noise, const std::string& what) {
    constexpr std::size_t kTimes = 5;
    std::vector<HostLoop> all;
    for (std::size_t time = 1; time <= kTimes; ++time) {
      for (HostLoop loop : loops) {
        loop.name += fmt::format(", time {}", time);
        all.push_back(std::move(loop));
      }
    }
    const auto readings = read_quiet(meter_, all, noise, what);
    if (!readings) return tl::unexpected(readings.error());
    std::vector<Often> times;
    for (std::size_t i = 0; i < loops.size(); ++i) {
      std::vector<double> found;
      for (std::size_t k = i; k < all.size(); k += loops.size())
        found.push_back((*readings)[k].cycles / static_cast<double>(all[k].counted));
      std::sort(found.begin(), found.end());
      times.push_back({found[kTimes / 2], found.front()});
    }
    return times;
  }
  void note(const std::string& key, std::string text, Confidence confidence) {
    draft_.notes["memory." + key] = {std::move(text), confidence};
  }
  [[nodiscard]] std::uint32_t beyond_l2() const { return options_.l2.bytes * 2; }
  // So far beyond that L2 holds next to nothing of it, whatever it replaces.
  [[nodiscard]] std::uint32_t well_beyond_l2() const {
    return std::max(beyond_l2(), std::min(2 * beyond_l2(), kMostPlacesGoneRound * kLine));
  }
  static void shape(layout::CacheLevel& level, const CacheShape& known) {
    if (known.bytes != 0) level.size_bytes = known.bytes;
    if (known.ways != 0) level.ways = known.ways;
  }

  Result<void> latencies() {
    shape(memory_.l1, options_.l1);
    shape(memory_.l2, options_.l2);
    shape(memory_.l3, options_.l3);
    const auto times = read({walk(options_.l1.bytes / 4, kLine, false), walk(options_.l2.bytes / 4, kLine, false)},
                            kCacheNoise, "latencies of caches");
    if (!times) return tl::unexpected(times.error());
    memory_.l1.latency = whole((*times)[0]);
    memory_.l2.latency = whole((*times)[1]);
    note("l1.latency", fmt::format("chain of loads {:.2f} cycles each", (*times)[0]), Confidence::High);
    note("l2.latency",
         fmt::format("chain of loads of {} KiB {:.2f} cycles each", options_.l2.bytes / 4096, (*times)[1]),
         Confidence::High);
    return {};
  }

  // Lines of so many pages, each in L1 or L2: what they take beyond is translation.
  Result<void> translation() {
    constexpr std::uint32_t kStride = kPage + kLine;
    std::vector<HostLoop> near;
    std::vector<unsigned> pages;
    for (unsigned n = 24; n * kLine <= options_.l1.bytes / 2; n = n * 5 / 4) {
      pages.push_back(n);
      near.push_back(walk(n * kStride, kStride, false));
    }
    const auto times = read(near, kCacheNoise, "translation");
    if (!times) return tl::unexpected(times.error());
    const double hit = memory_.l1.latency;
    for (std::size_t i = 0; i < pages.size(); ++i) {
      if ((*times)[i] < hit + 2) continue;
      memory_.dtlb_entries = i == 0 ? pages[0] : pages[i - 1];
      memory_.l2_tlb_latency = whole((*times).back() - hit);
      note("dtlb_entries",
           fmt::format("loads of {} pages take {:.1f} cycles, of {} {:.1f}", memory_.dtlb_entries,
                       i == 0 ? hit : (*times)[i - 1], pages[i], (*times)[i]),
           Confidence::Medium);
      note("l2_tlb_latency", fmt::format("loads of {} pages take {:.1f} cycles", pages.back(), (*times).back()),
           Confidence::Medium);
      break;
    }
    return walks(kStride);
  }

  Result<void> walks(std::uint32_t stride) {
    std::vector<HostLoop> loops;
    const std::vector<unsigned> pages{1024, 1536, 2048, 3072, 4096, 6144, 8192};
    for (const unsigned n : pages) loops.push_back(walk(n * stride, stride, false));
    const auto times = read(loops, kFarNoise, "page walks");
    if (!times) return tl::unexpected(times.error());
    const double hit = memory_.l2.latency + memory_.l2_tlb_latency;
    // Most lookups miss where it takes most of what it ever takes; what a miss takes rises before and behind.
    const double most = times->back() - hit;
    if (most < 0.6 * hit) return {};
    const auto first = std::find_if(times->begin(), times->end(), [&](double t) { return t > hit + kMostMiss * most; });
    const auto at = static_cast<std::size_t>(first - times->begin());
    memory_.l2_tlb_entries = at == 0 ? pages[0] : pages[at - 1];
    memory_.walk_latency = whole(most);
    note("l2_tlb_entries",
         fmt::format("loads of {} pages take {:.0f} cycles, of {} {:.0f}", pages[at - (at != 0)],
                     (*times)[at - (at != 0)], pages[at], *first),
         Confidence::Low);
    note("walk_latency", fmt::format("loads of {} pages take {:.0f} cycles", pages.back(), times->back()),
         Confidence::Low);
    return {};
  }

  Result<void> far() {
    const HostLoop in_l3 = walk(well_beyond_l2(), kLine, false);
    const auto times = read({in_l3, walk(options_.far_bytes, kLine, false)}, kFarNoise, "L3 and DRAM");
    if (!times) return tl::unexpected(times.error());
    // With which the model takes as long as the machine, whatever both find in L2 or have to translate.
    const unsigned guess = std::max(memory_.l2.latency + 1, whole((*times)[0]));
    memory_.l3.latency = guess;
    const double modelled = modelled_cycles(in_l3, draft_.layout) / static_cast<double>(in_l3.counted);
    memory_.l3.latency = std::max(memory_.l2.latency + 1, whole(guess + (*times)[0] - modelled));
    const double pages = options_.far_bytes / static_cast<double>(kPage);
    const double missing = memory_.l2_tlb_entries == 0 ? 1 : std::max(0.0, 1 - memory_.l2_tlb_entries / pages);
    memory_.dram_latency = std::max(memory_.l3.latency + 1, whole((*times)[1] - missing * memory_.walk_latency));
    note("l3.latency",
         fmt::format("chain of loads of {} KiB {:.1f} cycles each, modelled with {} {:.1f}", well_beyond_l2() / 1024,
                     (*times)[0], guess, modelled),
         Confidence::Medium);
    note("dram_latency",
         fmt::format("chain of loads of {} KiB {:.0f} cycles each, less page walks", options_.far_bytes / 1024,
                     (*times)[1]),
         Confidence::Low);
    return {};
  }

  // The machine tells the size of L3; a guest of a hypervisor may have a part of it only. Streams up to three quarters
  // of the whole: the one half way between lines from L3 and from DRAM is as large as the part. (Chains would show
  // less: what neighbours displace of a ring before its turn comes again grows with the time that a round takes.)
  Result<void> share_of_l3() {
    const std::uint32_t whole_l3 = options_.l3.bytes;
    std::vector<std::uint32_t> sizes;
    for (std::uint32_t bytes = beyond_l2(); bytes <= whole_l3 / 4 * 3;
         bytes = std::max(bytes + kPage, bytes / 4 * 5 / kPage * kPage))
      sizes.push_back(bytes);
    if (sizes.size() < 2 || whole_l3 >= options_.far_bytes) return {};
    std::vector<double> times;
    for (const std::uint32_t bytes : sizes) {  // each alone: streams in turn would push each other out
      const auto time = read({stream(bytes)}, kShareNoise, "size of L3");
      if (!time) return tl::unexpected(time.error());
      times.push_back(time->front());
    }
    const auto far = read({stream(options_.far_bytes)}, kFarNoise, "size of L3");
    if (!far) return tl::unexpected(far.error());
    const double half = (times.front() + far->front()) / 2;
    // Others only make a stream slower: the largest that hits counts, whatever a smaller one met.
    const auto last = std::find_if(times.rbegin(), times.rend(), [half](double t) { return t <= half; });
    const auto hits = static_cast<std::size_t>(times.rend() - last);
    if (hits == 0) return {};  // DRAM no slower than L3: nothing to see
    const std::string part =
        fmt::format("lines streamed from {} KiB {:.2f} cycles each, from {} KiB {:.2f}", sizes[hits - 1] / 1024,
                    times[hits - 1], options_.far_bytes / 1024, far->front());
    if (hits == sizes.size()) {
      note("l3.size_bytes", part, Confidence::Medium);
      return {};
    }
    const double share = (half - times[hits - 1]) / (times[hits] - times[hits - 1]);
    const double bytes = sizes[hits - 1] + share * (sizes[hits] - sizes[hits - 1]);
    const std::uint32_t set = kLine * std::max(1U, memory_.l3.ways);
    memory_.l3.size_bytes = static_cast<std::uint32_t>(bytes) / set * set;
    note("l3.size_bytes",
         fmt::format("of {} KiB; {}, {} KiB {:.2f}", whole_l3 / 1024, part, sizes[hits] / 1024, times[hits]),
         Confidence::Low);
    return {};
  }

  static unsigned bytes_for(double cycles_per_line) { return std::min(whole(kLine / cycles_per_line), 2 * kLine); }

  Result<void> bandwidths() {
    const std::uint32_t in_l2 = options_.l2.bytes / 4;
    const std::uint32_t lines = 3 * options_.l1.bytes / kLine;  // none is in L1 when its turn comes
    const auto readings =
        read_often({lines_in_order(lines, 1, false), striding(2 * lines / 3, 3), walk(in_l2, kLine, true),
                    lines_in_order(lines, 2, false), lines_in_order(lines, 1, true)},
                   kRhythmNoise, "bandwidth of L2");
    if (!readings) return tl::unexpected(readings.error());
    const double in_order = (*readings)[0].least;
    std::vector<double> near;
    for (const Often& reading : *readings) near.push_back(reading.median);
    const auto far = read({striding(well_beyond_l2() / kLine, 1), stream(options_.far_bytes)}, kFarNoise,
                          "bandwidth of L3 and DRAM");
    if (!far) return tl::unexpected(far.error());
    memory_.l2.fill_bytes_per_cycle = bytes_for((*far)[0]);
    memory_.l3.fill_bytes_per_cycle = bytes_for((*far)[0]);
    memory_.dram_bytes_per_cycle = whole(64 / (*far)[1]);
    memory_.l1.lone_fill_cycles = whole(near[1], 0) > 1 ? whole(near[1]) : 0;
    memory_.l1.fill_bytes_per_cycle = bytes_for(in_order);  // the path at its best
    memory_.l1.miss_buffers = std::max(memory_.l1.miss_buffers, whole(memory_.dram_latency / (*far)[1]));
    for (layout::CacheLevel* below : {&memory_.l2, &memory_.l3}) {
      if (below->miss_buffers != 0) below->miss_buffers = std::max(below->miss_buffers, memory_.l1.miss_buffers);
    }
    memory_.prefetch_degree = near[2] < memory_.l2.latency * 0.6 ? 16 : 0;
    const bool alone = memory_.l1.lone_fill_cycles != 0;  // which every second line then is
    memory_.l1.fill_banks = !alone && near[3] > kSlowBank * near[0] ? 2 : 0;
    if (memory_.l1.fill_banks != 0) memory_.l1.bank_bytes_per_cycle = bytes_for(near[3]);
    // A cycle of the port for the line that comes, the rest for the one that leaves.
    const bool waits = near[4] > near[0] + kWriteBack && near[4] > memory_.l1.lone_fill_cycles + kWriteBack;
    memory_.l1.write_back_cycles = waits ? whole(near[4] - 1) : 0;
    const auto told = [&](const char* key, const char* what, double cycles, Confidence confidence) {
      note(key, fmt::format("{} {:.2f} cycles each", what, cycles), confidence);
    };
    told("l1.fill_bytes_per_cycle", "lines from L2 in order", in_order, Confidence::Medium);
    told("l1.lone_fill_cycles", "every third line from L2, by four loads that step on,", near[1], Confidence::Medium);
    told("l1.fill_banks", "every second line from L2", near[3], Confidence::Medium);
    told("l1.bank_bytes_per_cycle", "every second line from L2", near[3], Confidence::Medium);
    told("l1.write_back_cycles", "stores to lines in L2", near[4], Confidence::Medium);
    told("l2.fill_bytes_per_cycle", "lines from L3, by four loads that step on,", (*far)[0], Confidence::Low);
    told("l3.fill_bytes_per_cycle", "lines from L3, by four loads that step on,", (*far)[0], Confidence::Low);
    told("dram_bytes_per_cycle", "lines streamed from DRAM", (*far)[1], Confidence::Low);
    told("l1.miss_buffers", "at least a miss's time by that of lines streamed from DRAM,", (*far)[1], Confidence::Low);
    told("prefetch_degree", "chain through lines of L2 in order", near[2], Confidence::Medium);
    return {};
  }

  Result<void> stores() {
    const std::vector<unsigned> lines{1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 24, 32};
    std::vector<HostLoop> loops{store_and_reload(true), store_and_reload(false)};
    for (const unsigned n : lines) loops.push_back(rotating_stores(n));
    const auto times = read(loops, kCacheNoise, "stores");
    if (!times) return tl::unexpected(times.error());
    memory_.rename_forward_latency.reset();
    if ((*times)[0] < 2.5) memory_.rename_forward_latency = (*times)[0] < 0.9 ? 0 : whole((*times)[0]);
    // Shorter than a load from L1: renamed by that name, too, and the loop does not show what forwarding takes.
    const bool forwards = (*times)[1] > memory_.l1.latency;
    if (forwards) memory_.forward_latency = whole((*times)[1]);
    const std::vector<double> turns(times->begin() + 2, times->end());
    memory_.store_combining_lines = 0;
    for (std::size_t i = 0; i < lines.size() && turns[i] < 1.3 * turns[0]; ++i)
      memory_.store_combining_lines = lines[i];
    if (turns.back() < 1.3 * turns[0]) memory_.store_combining_lines = 0;
    memory_.store_commit_per_cycle = whole(1 / turns.back());
    if (draft_.layout.max_vector_bits == 512) {
      if (auto done = lines_behind_wide_stores(turns.front(), turns.back()); !done) return done;
    }
    note("rename_forward_latency", fmt::format("store and reload by the same register {:.2f} cycles", (*times)[0]),
         Confidence::High);
    note("forward_latency",
         fmt::format("store and reload by another name {:.2f} cycles{}", (*times)[1],
                     forwards ? "" : ", which is no forwarding: as in the start layout"),
         forwards ? Confidence::High : Confidence::Low);
    note("store_combining_lines",
         fmt::format("stores to one line {:.2f} cycles each, to 32 in turn {:.2f}", turns[0], turns.back()),
         Confidence::Medium);
    note("store_commit_per_cycle", draft_.notes["memory.store_combining_lines"].text, Confidence::Medium);
    return {};
  }

  // Cycles of a store that merges and of one that opens a line.
  Result<void> lines_behind_wide_stores(double merging, double opening) {
    std::vector<HostLoop> loops;
    for (const unsigned narrow : kNarrowStores) loops.push_back(stores_behind_wide_ones(narrow));
    const auto times = read(loops, kPairingNoise, "stores behind wide ones");
    if (!times) return tl::unexpected(times.error());
    double saved = 0;
    for (std::size_t i = 0; i < times->size(); ++i) {
      saved += kNarrowStores[i] * opening + 1.0 / memory_.stores_per_cycle_512 - (*times)[i];
    }
    memory_.store_lines_after_512 = 0;
    if (opening > 1.3 * merging) {
      const double lines = saved / (opening - merging) / kNarrowStores.size();
      memory_.store_lines_after_512 = std::min(kNarrowStores.back(), whole(lines, 0));
    }
    note("store_lines_after_512",
         fmt::format("a store of 64 bytes and {} or {} of 8, each to its own line, {:.2f} and {:.2f} cycles",
                     kNarrowStores.front(), kNarrowStores.back(), times->front(), times->back()),
         Confidence::Low);
    return {};
  }

  Meter& meter_;
  const FitOptions& options_;
  Draft& draft_;
  layout::Memory& memory_;
};

}  // namespace

Result<void> fit_memory(Meter& meter, const FitOptions& options, Draft& draft) {
  return MemoryFit(meter, options, draft).run();
}

}  // namespace vtpu::testbench
