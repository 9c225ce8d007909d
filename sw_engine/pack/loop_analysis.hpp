// One innermost loop: its operations, dependences and bounds, and the sentence that says why it is as long as it is.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "pack/bounds.hpp"
#include "pack/region.hpp"

namespace vtpu::pack {

// Of longer bodies only the resource bounds are computed: every pair of memory operations is compared.
inline constexpr std::size_t kMostAnalysed = 1024;

struct LoopAnalysis {
  bool complete = true;  // false: too long, no dependences and no recurrence
  std::vector<Operation> operations;
  RegisterMask renamed = 0;
  std::vector<Dependence> dependences;  // between operations, with `renamed` registers renamed
  LoopBounds bounds;
  std::vector<std::uint32_t> recurrence_words;  // source words of the cycle that sets bounds.recurrence
};

// Precondition: region.is_innermost(). `replaced`: S slots, by word, that stand in for those of the source and address
// the same cells by other registers.
[[nodiscard]] LoopAnalysis analyse_loop(const std::vector<isa::Siw>& words, const Region& region,
                                        const StreamRanges& ranges, const Latencies& latencies,
                                        const std::map<std::uint32_t, isa::Slot>& replaced = {});

// What is known of the loop before it is packed; `interval`, `executed_after` and `gap` are left.
[[nodiscard]] LoopReport report_of(const LoopAnalysis& analysis, const Region& region);

// "3 S slots", "the recurrence through words 4, 5": what sets the bound.
[[nodiscard]] std::string limit_of(const LoopReport& loop);

// Why a loop that is not pipelined needs its words.
[[nodiscard]] std::string explain_unpipelined(const LoopReport& loop, int tier);

}  // namespace vtpu::pack
