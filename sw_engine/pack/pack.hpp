// The packer: from a stream with one operation per word to dense words that mean the same.
//
//   tier 0  as written
//   tier 1  neighbours of different pipes share a word; nothing is reordered
//   tier 2  straight code and loop bodies are list-scheduled into three-wide words
//   tier 3  innermost loops are software-pipelined (iterative modulo scheduling, registers renamed over unrolled
//           kernels) and prefetch along their walks through memory where slots stay empty, then as tier 2
//
// The packed program reaches the same final state, every register included, as long as the program neither faults nor
// deadlocks: a word that faults or waits has no effect, so what shares a word with it changes the state that is left.
// docs/developer/packing.md says what is assumed and how it is done.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "isa/program.hpp"
#include "layout/layout.hpp"

namespace vtpu::pack {

inline constexpr int kTiers = 4;

struct PackOptions {
  int tier = 3;          // 0..3
  bool prefetch = true;  // tier 3: prefetches go into S slots that stay empty
};

// Words that one iteration needs at least, by what it needs them for.
struct LoopBounds {
  std::array<unsigned, isa::kPipes> slots{};  // by Pipe: its operations
  unsigned immediate = 0;                     // different immediates share no word
  unsigned coordinate = 0;                    // different coordinates share no word
  unsigned recurrence = 0;                    // longest dependence cycle, one word from each operation to the next
  unsigned recurrence_cycles = 0;             // the same cycle problem with the layout's latencies, in cycles

  [[nodiscard]] unsigned resource() const;  // the largest of slots, immediate and coordinate
  [[nodiscard]] unsigned words() const;     // the larger of resource and recurrence, at least 1
};

// What tier 3 asks memory for ahead of its use.
struct LoopPrefetch {
  unsigned lines = 0;     // of one iteration
  unsigned distance = 0;  // iterations ahead
  double operations = 0;  // executed by one entry of the loop: prefetches and the steps of their registers
  std::string why_none;   // where there are no lines; empty where nobody looked
};
// "2 lines an iteration, 35 iterations ahead" or "none: what the loop walks over fits L1".
[[nodiscard]] std::string text_of(const LoopPrefetch& prefetch);

// One loop that holds no other loop.
struct LoopReport {
  std::uint32_t stream = 0;
  std::uint32_t first = 0;  // words of the source; in a stream with split loops, of the source as they leave it
  std::uint32_t last = 0;
  std::uint64_t count = 0;
  double entries = 0;         // how often the loop is entered, by all sentrons of the stream
  unsigned operations = 0;    // of one iteration
  unsigned words_before = 0;  // of one iteration
  LoopBounds bounds;
  unsigned interval = 0;       // initiation interval: words per iteration in steady state
  double executed_before = 0;  // words of one entry, fill and drain included
  double executed_after = 0;
  bool pipelined = false;
  unsigned stages = 1;                          // iterations in flight
  unsigned unrolled = 1;                        // iterations in one pass of the kernel
  std::vector<std::uint32_t> recurrence_words;  // of the source, where the recurrence is the larger bound
  LoopPrefetch prefetch;
  std::string gap;  // one sentence: what keeps the interval above the bound, or which bound it meets

  [[nodiscard]] double operations_per_word() const;                                         // in steady state
  [[nodiscard]] double iterations() const { return entries * static_cast<double>(count); }  // of all sentrons
};

struct PackReport {
  int tier = 0;
  std::string layout;
  std::vector<LoopReport> loops;
  std::uint64_t static_words_before = 0;
  std::uint64_t static_words_after = 0;
  double words_before = 0;  // executed by all sentrons; words of NOPs alone are words too
  double words_after = 0;
  double operations_before = 0;    // executed by all sentrons
  double operations_after = 0;     // more by what copies pointers and restores borrowed registers; without prefetches
  double prefetch_operations = 0;  // executed by all sentrons, steps of their registers included
  unsigned split_loops = 0;        // that got several accumulators: unrolled by these, and reported so
  // Source words ("stream NAME word I") whose step could leave 0..2047 for all that is known before the run.
  std::vector<std::string> unproven_steps;

  // All loops in steady state, fill and drain left out.
  [[nodiscard]] double steady_operations() const;
  [[nodiscard]] double steady_words() const;
  [[nodiscard]] double bound_words() const;  // those that the larger bound of each loop asks for
  // The loop that costs most words above its bound, or, where none does, most words; none without loops.
  [[nodiscard]] const LoopReport* telling_loop() const;
  // What was prefetched in the loop that gets most, or why nothing was in the telling one; empty where nobody looked.
  [[nodiscard]] std::string prefetches() const;
};

struct Packed {
  isa::Program program;  // valid, with its dependency flags
  PackReport report;
};

// Precondition: isa::validate(program) finds nothing. Throws std::invalid_argument for another tier than 0..3.
[[nodiscard]] Packed pack(const isa::Program& program, const layout::Layout& layout, const PackOptions& options = {});

}  // namespace vtpu::pack
