#include "pack/loop_analysis.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "pack/schedule_problem.hpp"

namespace vtpu::pack {

LoopAnalysis analyse_loop(const std::vector<isa::Siw>& words, const Region& region, const StreamRanges& ranges,
                          const Latencies& latencies, const std::map<std::uint32_t, isa::Slot>& replaced) {
  LoopAnalysis out;
  out.operations = operations_of(words, region.first, region.end, ranges);
  for (Operation& operation : out.operations) {
    const auto slot = replaced.find(operation.word);
    if (operation.pipe == isa::Pipe::S && slot != replaced.end()) replace_slot(operation, slot->second);
  }
  out.bounds = resource_bounds(out.operations);
  out.complete = out.operations.size() <= kMostAnalysed;
  if (!out.complete) return out;
  out.renamed = renameable(out.operations);
  out.dependences =
      loop_dependences_of(out.operations, latencies, growth_over(words, region.first, region.end), out.renamed);
  const ScheduleProblem problem = make_problem(out.operations, out.dependences);
  const Recurrence by_words = recurrence_of(problem.nodes.size(), problem.dependences, Cost::Words);
  out.bounds.recurrence = by_words.bound;
  out.bounds.recurrence_cycles = recurrence_of(problem.nodes.size(), problem.dependences, Cost::Cycles).bound;
  for (const std::uint32_t node : by_words.nodes) {
    out.recurrence_words.push_back(out.operations[problem.nodes[node].operations[0]].word);
  }
  const auto from = std::min_element(out.recurrence_words.begin(), out.recurrence_words.end());
  std::rotate(out.recurrence_words.begin(), from, out.recurrence_words.end());
  return out;
}

LoopReport report_of(const LoopAnalysis& analysis, const Region& region) {
  LoopReport loop;
  loop.first = region.first;
  loop.last = region.end - 1;
  loop.count = region.count;
  loop.operations = static_cast<unsigned>(analysis.operations.size());
  loop.words_before = region.end - region.first;
  loop.executed_before = static_cast<double>(region.count) * loop.words_before;
  loop.bounds = analysis.bounds;
  if (analysis.bounds.recurrence > analysis.bounds.resource()) loop.recurrence_words = analysis.recurrence_words;
  return loop;
}

std::string limit_of(const LoopReport& loop) {
  const LoopBounds& bounds = loop.bounds;
  if (bounds.recurrence > bounds.resource()) {
    return fmt::format("the recurrence through {} {}", loop.recurrence_words.size() == 1 ? "word" : "words",
                       fmt::join(loop.recurrence_words, ", "));
  }
  for (const isa::Pipe pipe : {isa::Pipe::D, isa::Pipe::S, isa::Pipe::C}) {
    const unsigned slots = bounds.slots[static_cast<std::size_t>(pipe)];
    if (slots > 0 && slots == bounds.resource()) {
      return fmt::format("its {} {} {}", slots, isa::name_of(pipe), slots == 1 ? "operation" : "operations");
    }
  }
  if (bounds.resource() == 0) return "nothing";
  return bounds.immediate == bounds.resource() ? "its different immediates" : "its different coordinates";
}

std::string explain_unpipelined(const LoopReport& loop, int tier) {
  if (loop.interval <= loop.bounds.words()) return fmt::format("meets the bound set by {}", limit_of(loop));
  switch (tier) {
    case 0: return "the source's words are kept";
    case 1: return "tier 1 merges neighbours and reorders nothing";
    default: return "iterations do not overlap: one iteration is as long as its own chain of dependences";
  }
}

}  // namespace vtpu::pack
