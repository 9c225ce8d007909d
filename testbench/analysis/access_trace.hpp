// The memory accesses of a program in the order of the reference engine: what locality is judged by.
#pragma once

#include <cstdint>
#include <vector>

#include "isa/program.hpp"
#include "phext/placement.hpp"
#include "phext/translation_cache.hpp"
#include "reference/word_executor.hpp"

namespace vtpu::analysis {

struct Access {
  isa::Coordinate at;  // without flags
  std::uint32_t sentron = 0;
  std::uint32_t stream = 0;
  std::uint32_t word = 0;
  reference::MemoryAction action = reference::MemoryAction::Load;
};

struct AccessTrace {
  std::vector<Access> accesses;  // the first `limit` of them
  std::uint64_t total = 0;       // of the whole run
  bool finished = true;          // every sentron came to its end
  [[nodiscard]] bool complete() const { return accesses.size() == total; }
};

inline constexpr std::uint64_t kTraceLimit = 1U << 21;

// Precondition: the program is valid. Runs it whole, so that endless programs never return.
[[nodiscard]] AccessTrace trace_accesses(const isa::Program& program, std::uint64_t limit = kTraceLimit);

// The dimensions in which accesses of the trace differ.
[[nodiscard]] phext::DimensionSet dimensions_of(const AccessTrace& trace);

// What a placement makes of a trace.
struct PageCounts {
  std::uint64_t pages = 0;         // distinct ones
  std::uint64_t page_changes = 0;  // accesses to another page than the same sentron's access before
  phext::HitCount translation;     // one translation cache for all sentrons
};
[[nodiscard]] PageCounts count_pages(const AccessTrace& trace, const phext::PlacementPolicy& policy,
                                     phext::TranslationCacheShape shape, std::uint64_t most_accesses = kTraceLimit);

// The region for which `kind` translates a trace best: of the sets of up to five of its dimensions (those that change
// most often) the one with fewest translation misses, then page changes, then dimensions. No dimension: the placement
// as it is, where no region is better.
[[nodiscard]] phext::PlacementPolicy best_region(const AccessTrace& trace, phext::Placement kind,
                                                 phext::TranslationCacheShape shape);

}  // namespace vtpu::analysis
