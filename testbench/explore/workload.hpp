// A program as an exploration runs it: shortened to a number of words, so that a point costs milliseconds, and with how
// often each word is executed, for the bound.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "isa/program.hpp"
#include "isa/result.hpp"

namespace vtpu::explore {

struct Workload {
  isa::Program program;
  std::string name;
  std::string hash;
  std::uint64_t words = 0;                             // executed by all sentrons
  std::uint64_t whole_words = 0;                       // of the program before it was shortened
  std::uint64_t operations = 0;                        // the same, NOPs left out
  std::vector<std::vector<std::uint64_t>> executions;  // by stream and word, for one sentron
  [[nodiscard]] bool shortened() const { return words != whole_words; }
};

// The program with the counts of its loops reduced, outermost first and all alike, until about `target` words are
// executed; 0, or a program that is short enough: as it is. A program that would not end any more (sentrons that wait
// for messages which shorter loops do not send) stays whole.
// Errors: a program that faults, deadlocks, or executes more than 10^9 words.
[[nodiscard]] Result<Workload> prepare_workload(isa::Program program, std::uint64_t target_words);

}  // namespace vtpu::explore
