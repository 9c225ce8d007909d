#include "testbench/explore/workload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "native/engine.hpp"
#include "reference/engine.hpp"
#include "testbench/explore/identity.hpp"

namespace vtpu::explore {
namespace {

constexpr std::uint64_t kMostWords = 1'000'000'000;

// Executed words by all sentrons, as the loops say.
std::uint64_t words_of(const isa::Program& program) {
  std::vector<std::uint64_t> by_stream;
  for (const isa::Stream& stream : program.streams) {
    const std::vector<std::uint64_t> executions = native::executions_of(stream);
    by_stream.push_back(std::accumulate(executions.begin(), executions.end(), std::uint64_t{0}));
  }
  std::uint64_t words = 0;
  for (const isa::SentronSpec& sentron : program.sentrons) words += by_stream[sentron.stream];
  return words;
}

unsigned depth_of(const isa::Stream& stream, std::size_t loop) {
  unsigned depth = 0;  // loops stand outer before inner
  for (std::size_t i = 0; i < loop; ++i) {
    if (stream.loops[i].first <= stream.loops[loop].first && stream.loops[loop].last <= stream.loops[i].last) ++depth;
  }
  return depth;
}

isa::Program shortened(isa::Program program, std::uint64_t target) {
  for (unsigned depth = 0; depth < isa::kMaxLoopDepth; ++depth) {
    const std::uint64_t words = words_of(program);
    if (words <= target + target / 2) break;
    const double factor = static_cast<double>(target) / static_cast<double>(words);
    for (isa::Stream& stream : program.streams) {
      for (std::size_t i = 0; i < stream.loops.size(); ++i) {
        if (depth_of(stream, i) != depth) continue;
        const double count = std::floor(static_cast<double>(stream.loops[i].count) * factor);
        stream.loops[i].count = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(count));
      }
    }
  }
  return program;
}

// Why the program does not come to its end; nothing where it does.
std::optional<std::string> why_not(const isa::Program& program, reference::RunOutcome& outcome) {
  reference::ReferenceOptions options;
  options.max_words = kMostWords;
  outcome = reference::run(program, options);
  if (outcome.limit_reached) return fmt::format("executes more than {} words", kMostWords);
  if (outcome.deadlock) return "deadlock: " + outcome.deadlock->text();
  for (std::size_t s = 0; s < outcome.state.sentrons.size(); ++s) {
    if (outcome.state.sentrons[s].lifecycle == isa::Lifecycle::Retired) continue;
    return fmt::format("sentron {} does not come to its end", program.sentrons[s].name);
  }
  return std::nullopt;
}

}  // namespace

Result<Workload> prepare_workload(isa::Program program, std::uint64_t target_words) {
  Workload work;
  work.name = program.name;
  work.whole_words = words_of(program);
  reference::RunOutcome outcome;
  std::optional<std::string> fault = "whole";
  if (target_words != 0 && work.whole_words > target_words + target_words / 2) {
    work.program = shortened(program, target_words);
    fault = why_not(work.program, outcome);
  }
  if (fault) {
    work.program = std::move(program);
    fault = why_not(work.program, outcome);
  }
  if (fault) return fail(work.name, fmt::format("{}; expected a program that every sentron ends", *fault));
  work.hash = hash_of(work.program);
  work.words = words_of(work.program);
  work.operations = outcome.all_operations();
  for (const isa::Stream& stream : work.program.streams) work.executions.push_back(native::executions_of(stream));
  return work;
}

}  // namespace vtpu::explore
