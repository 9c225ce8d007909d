#include "pack/prefetching.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace vtpu::pack {
namespace {

using isa::Op;
using isa::Siw;

constexpr std::uint64_t kCellBytes = 64;
constexpr unsigned kPageBytes = 4096;
// Steps along dimension 0 of at most so many cells touch a page of 64 cells often enough for a stride to be seen.
constexpr int kFollowedStep = 16;

bool stays_in_pages(const MemoryWalk& walk) { return walk.dimension == 0 && std::abs(walk.step) <= kFollowedStep; }

// What fetching a cell takes where it has left L1: the next level that holds the whole walk has it from the last time.
unsigned fetch_cycles(const MemoryWalk& walk, const layout::Memory& memory) {
  if (walk.most_cells <= memory.l2.size_bytes / kCellBytes) return memory.l2.latency;
  if (walk.most_cells <= memory.l3.size_bytes / kCellBytes) return memory.l3.latency;
  return memory.dram_latency;
}

// Why a walk gets no prefetches; empty: it does.
std::string hidden_anyway(const MemoryWalk& walk, const Latencies& latencies) {
  const layout::Memory& memory = latencies.layout().memory;
  if (walk.most_cells <= memory.l1.size_bytes / kCellBytes) return "what the loop walks over fits L1";
  const unsigned cycles = fetch_cycles(walk, memory);
  if (latencies.planned(cycles) <= 1) return fmt::format("the core's window hides the {} cycles of a fetch", cycles);
  if (memory.prefetch_degree > 0 && stays_in_pages(walk)) {
    return fmt::format("the core's own prefetcher follows steps of {} along dimension 0", walk.step);
  }
  return {};
}

// Lines that may wait for their use in L1, of a walk: half of what it can hold. A walk from page to page comes to the
// same place in each, and so to the same sets.
unsigned room_of(const MemoryWalk& walk, const layout::CacheLevel& l1) {
  const unsigned pages = std::max(1U, l1.size_bytes / l1.ways / kPageBytes);
  const unsigned lines = stays_in_pages(walk) ? l1.size_bytes / l1.line_bytes : l1.ways * pages;
  return lines / 2;
}

bool prefetches_itself(const std::vector<Siw>& words, const Region& region) {
  return std::any_of(words.begin() + region.first, words.begin() + region.end,
                     [](const Siw& word) { return op_of(word.s) == Op::SPREFCH; });
}

Siw step_word(unsigned target, unsigned source, int dimension, int by) {
  Siw word;
  word.s = {static_cast<std::uint8_t>(Op::SINDEX),
            isa::make_form_type(0, isa::Type::None),
            {static_cast<std::uint8_t>(target), static_cast<std::uint8_t>(source)},
            static_cast<std::uint16_t>(dimension)};
  word.imm = static_cast<std::uint64_t>(std::int64_t{by});
  return word;
}

Siw prefetch_word(unsigned p) {
  Siw word;
  word.s = {static_cast<std::uint8_t>(Op::SPREFCH),
            isa::make_form_type(0, isa::Type::None),
            {static_cast<std::uint8_t>(p)},
            static_cast<std::uint16_t>(isa::Level::L1)};
  return word;
}

}  // namespace

unsigned PrefetchPlan::lines() const {
  unsigned sum = 0;
  for (const MemoryWalk& walk : walks) sum += static_cast<unsigned>(walk.cells.size());
  return sum;
}

PrefetchPlan plan_prefetches(const std::vector<Siw>& words, const Region& region, const StreamRanges& ranges,
                             const LoopAnalysis& analysis, const Latencies& latencies, unsigned interval) {
  PrefetchPlan plan;
  plan.why_none = "no access steps through memory along one dimension";
  if (prefetches_itself(words, region)) {
    plan.why_none = "the program prefetches itself";
    return plan;
  }
  const layout::Layout& core = latencies.layout();
  unsigned cycles = 0;
  for (MemoryWalk& walk : memory_walks(words, region, ranges)) {
    std::string hidden = hidden_anyway(walk, latencies);
    if (!hidden.empty()) {
      if (plan.walks.empty()) plan.why_none = std::move(hidden);
      continue;
    }
    cycles = std::max(cycles, fetch_cycles(walk, core.memory));
    plan.walks.push_back(std::move(walk));
  }
  if (plan.walks.empty()) return plan;
  std::stable_sort(plan.walks.begin(), plan.walks.end(),
                   [](const MemoryWalk& a, const MemoryWalk& b) { return a.most_cells > b.most_cells; });
  const unsigned width = std::max(1U, core.front_end.siw_per_cycle);
  const unsigned iteration = std::max({1U, interval / width, analysis.bounds.recurrence_cycles});
  unsigned room = room_of(plan.walks[0], core.memory.l1);
  for (const MemoryWalk& walk : plan.walks) room = std::min(room, room_of(walk, core.memory.l1));
  const auto half = static_cast<unsigned>(std::min<std::uint64_t>(region.count / 2, room));
  plan.distance = std::min({(cycles + iteration - 1) / iteration, std::max(1U, room / plan.lines()), half});
  plan.why_none.clear();
  if (plan.distance == 0) {
    plan.walks.clear();
    plan.why_none = "one iteration has none ahead";
  }
  return plan;
}

Prefetches prefetches_of(const PrefetchPlan& plan, unsigned lines, RegisterMask free, std::uint32_t next_word) {
  Prefetches out;
  std::vector<Siw> body;
  unsigned copy = 0;
  for (const MemoryWalk& walk : plan.walks) {
    const FileRange& file = kRenamedFiles[2];
    while (copy < file.count && (free & bit(file.first + copy)) == 0) ++copy;
    if (copy == file.count || out.lines == lines) break;
    const std::size_t count = std::min<std::size_t>(walk.cells.size(), lines - out.lines);
    const int ahead = static_cast<int>(plan.distance) * walk.step + walk.cells[0];
    out.before.push_back(step_word(copy, walk.p, walk.dimension, ahead));
    for (std::size_t i = 0; i < count; ++i) {
      const int next = i + 1 < count ? walk.cells[i + 1] : walk.cells[0] + walk.step;
      body.push_back(prefetch_word(copy));
      if (next != walk.cells[i]) body.push_back(step_word(copy, copy, walk.dimension, next - walk.cells[i]));
    }
    out.lines += static_cast<unsigned>(count);
    out.used |= bit(file.first + copy);
    ++copy;
  }
  StreamRanges anywhere;
  anywhere.address.assign(body.size(), kEverywhere);
  out.operations = operations_of(body, 0, static_cast<std::uint32_t>(body.size()), anywhere);
  for (Operation& operation : out.operations) {
    operation.word += next_word;
    operation.memory = MemoryUse::None;  // no effect on state, and nothing to wait for
    operation.runs_ahead = true;
  }
  return out;
}

LoopAnalysis with_prefetches(const LoopAnalysis& analysis, const Prefetches& prefetches, const CoordinateGrowth& growth,
                             const Latencies& latencies) {
  LoopAnalysis out = analysis;
  out.operations.insert(out.operations.end(), prefetches.operations.begin(), prefetches.operations.end());
  out.renamed &= ~prefetches.used;  // they step in place
  out.dependences = loop_dependences_of(out.operations, latencies, growth, out.renamed);
  const LoopBounds with = resource_bounds(out.operations);
  out.bounds.slots = with.slots;
  out.bounds.immediate = with.immediate;
  out.bounds.coordinate = with.coordinate;
  return out;
}

}  // namespace vtpu::pack
