// The reference engine: what a program means. A single-threaded, deterministic interpreter.
//
// Order: all sentrons are spawned, ascending, into a queue. The first in the queue runs until it waits or ends, then
// the next. A sentron whose wait is over goes to the end of the queue. Since channels are bounded queues between two
// sentrons and groups meet as a whole, the final state does not depend on this order, unless sentrons race on memory.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "isa/program.hpp"
#include "phext/page_table.hpp"
#include "phext/translation_cache.hpp"
#include "reference/deadlock.hpp"

namespace vtpu::reference {

class WordObserver;  // reference/observer.hpp

struct ReferenceOptions {
  phext::PlacementPolicy placement = phext::Placement::Linear;
  phext::PhextLimits limits = {};
  phext::TranslationCacheShape translation_cache = {};  // one cache per core
  unsigned cores = 1;                                   // sentron s belongs to core s % cores
  std::uint64_t max_words =
      0;  // 0: none. Looked at where loops and streams end, so a pass of straight code may be over
  std::function<void(std::uint64_t words)> progress = {};  // called every `progress_words` words or so
  std::uint64_t progress_words = 1ULL << 26U;
  WordObserver* observer = nullptr;  // outlives the run
};

struct RunOutcome {
  isa::MachineState state;
  std::uint64_t words = 0;  // executed to the end, by all sentrons
  std::vector<std::uint64_t> words_by_sentron;
  std::array<std::uint64_t, isa::kPipes> operations{};  // by Pipe, without NOPs
  std::array<std::uint64_t, 256> operations_by_op{};    // by the operation's code, without NOPs
  std::uint64_t messages = 0;                           // sent
  phext::TranslationCounts translation;                 // all cores
  phext::PhextCounters memory;
  std::optional<Deadlock> deadlock;  // set where sentrons were left waiting
  bool limit_reached = false;        // stopped at max_words; the state is that of the moment

  [[nodiscard]] std::uint64_t all_operations() const { return operations[0] + operations[1] + operations[2]; }
};

// Precondition: isa::validate(program) found nothing. Throws std::invalid_argument for impossible options (no core, a
// translation cache without sets) and std::length_error where the initial memory needs more pages than the limit.
[[nodiscard]] RunOutcome run(const isa::Program& program, const ReferenceOptions& options = {});

}  // namespace vtpu::reference
