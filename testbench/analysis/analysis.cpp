#include "testbench/analysis/analysis.hpp"

#include <algorithm>
#include <map>

#include "asm/disassembler.hpp"
#include "native/engine.hpp"
#include "reference/engine.hpp"

namespace vtpu::analysis {
namespace {

std::vector<AnnotatedWord> words_of(const isa::Program& program) {
  std::vector<std::uint64_t> runs(program.streams.size());
  for (const isa::SentronSpec& sentron : program.sentrons) ++runs[sentron.stream];
  std::vector<AnnotatedWord> words;
  for (std::uint32_t s = 0; s < program.streams.size(); ++s) {
    const isa::Stream& stream = program.streams[s];
    const std::vector<std::uint64_t> executions = native::executions_of(stream);
    for (std::uint32_t w = 0; w < stream.words.size(); ++w) {
      AnnotatedWord word;
      word.stream = s;
      word.word = w;
      word.executions = executions[w] * runs[s];
      word.text = assembly::to_text(stream.words[w], program);
      for (const isa::Loop& loop : stream.loops) {
        if (loop.first > w || w > loop.last) continue;
        ++word.depth;
        if (loop.first != w) continue;
        word.begins_loop = true;
        word.loop_count = loop.count;
      }
      words.push_back(std::move(word));
    }
  }
  return words;
}

void annotate(Analysis& analysis) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, AnnotatedWord*> by_name;
  for (AnnotatedWord& word : analysis.listing) by_name[{word.stream, word.word}] = &word;
  for (const OperationAccesses& accesses : analysis.memory.operations) {
    by_name.at({accesses.stream, accesses.word})->accesses = accesses;
  }
  for (const PortConflict& conflict : analysis.ports.conflicts) {
    by_name.at({conflict.loser.stream, conflict.loser.word})->lost_cycles += conflict.cycles;
  }
  if (analysis.path.cycles == 0) return;
  for (const PathStep& step : analysis.path.steps) {
    by_name.at({step.stream, step.word})->path_share +=
        static_cast<double>(step.cycles) / static_cast<double>(analysis.path.cycles);
  }
}

// The best regions for the trace, where they miss clearly less than the placement at hand.
std::optional<BetterPlacement> better_placement(const isa::Program& program, const AccessTrace& trace,
                                                const AnalysisOptions& options, const MemoryProfile& now) {
  if (now.l1_misses + now.translation_misses == 0) return std::nullopt;
  const phext::TranslationCacheShape shape{options.layout->translation.entries, options.layout->translation.ways};
  std::optional<BetterPlacement> best;
  for (const phext::Placement kind : {phext::Placement::Linear, phext::Placement::ZOrder}) {
    const phext::PlacementPolicy policy = best_region(trace, kind, shape);
    if (policy == options.placement) continue;
    const MemoryProfile other = profile_memory(program, trace, *options.layout, policy);
    const std::uint64_t misses = other.l1_misses + other.translation_misses;
    if (best && best->l1_misses + best->translation_misses <= misses) continue;
    best = BetterPlacement{policy, other.l1_misses, other.translation_misses};
  }
  const bool clearly =
      best && (best->l1_misses + best->translation_misses) * 10 <= (now.l1_misses + now.translation_misses) * 9;
  return clearly ? best : std::nullopt;
}

}  // namespace

Result<Analysis> analyse(const isa::Program& program, const AnalysisOptions& options) {
  const auto say = [&](const std::string& text) {
    if (options.progress) options.progress(text);
  };
  const layout::Layout& layout = *options.layout;
  say("following the accesses of " + program.name);
  const AccessTrace trace = trace_accesses(program);
  if (!trace.finished) return fail(program.name, "does not come to its end (a fault or a deadlock)");
  Analysis analysis;
  analysis.program = program.name;
  analysis.layout = layout.name;
  analysis.placement = phext::name_of(options.placement);
  analysis.accesses = trace.total;
  analysis.l2_lines = layout.memory.l2.size_bytes / 64;
  analysis.l3_lines = layout.memory.l3.size_bytes / 64;
  for (const isa::Stream& stream : program.streams) analysis.stream_names.push_back(stream.name);
  const reference::RunOutcome outcome = reference::run(program);
  analysis.operations = outcome.all_operations();
  analysis.operations_by_pipe = outcome.operations;
  analysis.words = outcome.words;
  say("memory");
  analysis.memory = profile_memory(program, trace, layout, options.placement);
  analysis.better = better_placement(program, trace, options, analysis.memory);
  say("critical path");
  analysis.path = critical_path(program, layout);
  say("simulating on " + layout.name);
  analysis.ports = profile_ports(program, layout, options.placement, options.max_cycles);
  analysis.demands = demand_on_ports(program, layout);
  for (const layout::Layout& other : options.others) {
    say("simulating on " + other.name);
    analysis.others.push_back({other.name, profile_ports(program, other, options.placement, options.max_cycles),
                               demand_on_ports(program, other)});
  }
  analysis.loops = pack::pack(program, layout, {0}).report.loops;
  analysis.listing = words_of(program);
  annotate(analysis);
  analysis.findings = findings_of(analysis, program);
  return analysis;
}

}  // namespace vtpu::analysis
