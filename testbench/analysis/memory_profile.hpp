// What a program's accesses look like and what they do to a core's caches: patterns by operation, reuse distances, set
// conflicts, where in phext space they are.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "isa/program.hpp"
#include "layout/layout.hpp"
#include "phext/page_prefetcher.hpp"
#include "testbench/analysis/access_trace.hpp"
#include "testbench/analysis/reuse_distance.hpp"

namespace vtpu::analysis {

// How an S operation moves from one of its executions to the next, in the same sentron.
//   Fixed       the same coordinate
//   Sequential  one step along dimension 0, up or down
//   Strided     another step, always the same, along one dimension
//   Gather      different steps, of a pointer that a register steps (sindex with a register)
//   Random      different steps, of a pointer that only immediates move
// A step that makes up at least half of the moves gives the first three; the rest are the turns of outer loops.
enum class Pattern : std::uint8_t { Fixed, Sequential, Strided, Gather, Random };
[[nodiscard]] std::string_view name_of(Pattern pattern);

struct OperationAccesses {
  std::uint32_t stream = 0;
  std::uint32_t word = 0;
  Pattern pattern = Pattern::Fixed;
  phext::DimensionStep step;  // Sequential, Strided
  double step_share = 1;      // of the moves
  std::uint64_t accesses = 0;
  std::uint64_t l1_misses = 0;           // of these, in a cache of the layout's L1 size, ways and replacement
  std::uint64_t l1_conflicts = 0;        // of the misses, those that hit where every line may be anywhere
  std::uint64_t translation_misses = 0;  // likewise in the translation cache
  std::uint64_t translation_conflicts = 0;
};

// Items that push each other out of one set.
struct Collider {
  isa::Coordinate at;  // a cell; for the translation cache the first cell of the page that was used
  std::uint64_t conflicts = 0;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> words;  // stream and word, those that miss it most first
};
struct SetConflicts {
  std::string_view cache;  // "L1" or "translation"
  std::uint64_t set = 0;
  unsigned ways = 0;
  std::uint64_t conflicts = 0;      // misses of the set that a fully associative cache would not have
  std::uint64_t items = 0;          // distinct lines or pages that were used in this set
  std::vector<Collider> colliders;  // most conflicts first, a few more than there are ways
};

// Accesses over positions of two dimensions, the two that change most; one row where only one does.
struct HeatMap {
  int x = 0;
  int y = 0;                                                   // the same as x: one row
  std::uint32_t x_low = 0, x_high = 0, y_low = 0, y_high = 0;  // positions
  unsigned columns = 0, rows = 0;                              // at most 64 each
  std::vector<std::uint64_t> counts;                           // row by row, row 0 is y_low
};

// Accesses over the positions of one dimension, in at most 64 parts of [low, high] of equal size (the last may be
// smaller).
struct DimensionUse {
  int dimension = 0;
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  std::uint64_t changes = 0;  // how often a sentron's next access differs in it
  std::vector<std::uint64_t> counts;
};

struct MemoryProfile {
  std::uint64_t accesses = 0;
  std::uint64_t cells = 0;  // distinct
  std::uint64_t pages = 0;
  std::uint64_t l1_lines = 0;  // that L1 holds
  std::uint64_t l1_misses = 0, l1_conflicts = 0;
  std::uint64_t translation_misses = 0, translation_conflicts = 0;
  ReuseHistogram reuse;                       // of cells, that is lines
  std::vector<OperationAccesses> operations;  // by stream, then word
  std::vector<SetConflicts> sets;             // with conflicts, most first, a few of each cache
  std::vector<DimensionUse> dimensions;       // those that change
  HeatMap heat;
};

// One L1 and one translation cache serve all sentrons, without prefetch and without time: what replacement alone does.
[[nodiscard]] MemoryProfile profile_memory(const isa::Program& program, const AccessTrace& trace,
                                           const layout::Layout& layout, const phext::PlacementPolicy& policy);

}  // namespace vtpu::analysis
