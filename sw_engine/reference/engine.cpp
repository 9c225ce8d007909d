#include "reference/engine.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "reference/machine.hpp"

namespace vtpu::reference {

using isa::Lifecycle;

Machine::Machine(const isa::Program& program, const ReferenceOptions& options)
    : program_(program), options_(options), memory_(options.placement, options.limits) {
  if (options.cores == 0) throw std::invalid_argument("the reference engine needs at least one core");
  if (!memory_.load(program.memory)) throw std::length_error("initial memory needs more pages than the page limit");
  translation_caches_.assign(options.cores, phext::TranslationCache(options.translation_cache));
  for (const isa::Stream& stream : program.streams) {
    streams_.push_back(
        {&stream, decode(stream, options.observer != nullptr), std::vector<std::int64_t>(stream.words.size() + 1)});
  }
  arrived_.resize(program.groups.size());
  outcome_.state.sentrons.resize(program.sentrons.size());
  sentrons_.resize(program.sentrons.size());
  for (std::size_t i = 0; i < sentrons_.size(); ++i) {
    Sentron& s = sentrons_[i];
    s.number = static_cast<std::uint32_t>(i);
    s.state = &outcome_.state.sentrons[i];
    s.state->registers = program.sentrons[i].initial;
    s.state->lifecycle = Lifecycle::Running;
    s.stream = &streams_[program.sentrons[i].stream];
    s.translation_cache = &translation_caches_[i % options.cores];
    s.remaining.resize(s.stream->decoded.loop_depth);
    ready_.push_back(s.number);
  }
  (void)at_limit(0);  // sets the first check
}

bool Machine::at_limit(std::uint64_t words) {
  constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
  if (options_.max_words != 0 && words >= options_.max_words) return true;
  next_check_ = options_.max_words != 0 ? options_.max_words : kNever;
  if (options_.progress) {
    if (words != 0) options_.progress(words);
    next_check_ = std::min(next_check_, words + std::max<std::uint64_t>(options_.progress_words, 1));
  }
  return false;
}

RunOutcome Machine::run() {
  while (!ready_.empty() && !outcome_.limit_reached) {
    Sentron& s = sentrons_[ready_.front()];
    ready_.pop_front();
    outcome_.limit_reached = interpret(s) == Stop::Limit || (words_ >= next_check_ && at_limit(words_));
  }
  if (!outcome_.limit_reached) find_deadlock();
  outcome_.words = words_;
  for (const Sentron& s : sentrons_) outcome_.words_by_sentron.push_back(s.words);
  count_operations(outcome_);
  for (const phext::TranslationCache& cache : translation_caches_) outcome_.translation += cache.counts();
  outcome_.memory = memory_.counters();
  outcome_.state.memory = memory_.nonzero_cells();
  return std::move(outcome_);
}

void Machine::find_deadlock() {
  std::vector<Wait> waits;
  for (const Sentron& s : sentrons_) {
    if (s.state->lifecycle == Lifecycle::Waiting) waits.push_back(s.wait);
  }
  if (!waits.empty()) outcome_.deadlock = explain_deadlock(program_, outcome_.state.sentrons, std::move(waits));
}

void Machine::count_operations(RunOutcome& outcome) const {
  for (const Stream& stream : streams_) {
    std::int64_t executions = 0;
    for (std::size_t i = 0; i < stream.source->words.size(); ++i) {
      executions += stream.executions[i];
      for (const isa::Pipe pipe : {isa::Pipe::D, isa::Pipe::S, isa::Pipe::C}) {
        const isa::Op op = op_of(stream.source->words[i].slot(pipe));
        if (isa::is_nop(op)) continue;
        outcome.operations[static_cast<std::size_t>(pipe)] += static_cast<std::uint64_t>(executions);
        outcome.operations_by_op[static_cast<std::size_t>(op)] += static_cast<std::uint64_t>(executions);
      }
    }
  }
  outcome.messages = outcome.operations_by_op[static_cast<std::size_t>(isa::Op::CSEND)];
}

RunOutcome run(const isa::Program& program, const ReferenceOptions& options) { return Machine(program, options).run(); }

}  // namespace vtpu::reference
