// Random programs for the crosscheck: valid, free of races and always at an end, so that every engine must reach the
// same state. Each sentron writes only coordinates of its own region and reads these and a region that nobody writes.
// Messages and collectives follow one global order in which each waits only for earlier ones, so that a program
// finishes; a share of programs faults or deadlocks on purpose, which has one defined outcome too.
#pragma once

#include <cstdint>

#include "isa/program.hpp"

namespace vtpu::testbench {

struct RandomProgramOptions {
  double faulting_share = 0.05;     // programs that step over edges and send without a route
  double deadlocking_share = 0.05;  // programs in which a sentron leaves early or waits for a message too many
  unsigned max_sentrons = 5;
  unsigned max_items = 8;     // items of the top-level plan; a stream has about three words per item of its own
  double dense_share = 0.5;   // programs that fill most slots of their words
  double loops = 0.2;         // items of a plan that are loops
  unsigned iterations = 200;  // of a word, at most
  double long_loops = 0.1;    // loops that may have many iterations
  double memory = 0;          // more S operations that load or store than chance brings
  double stores = 0;          // more S operations that store
  double steps = 0.6;         // accesses that step their coordinate
  double moves = 0;           // more D operations that rename can do by itself than chance brings
  unsigned coordinates = 8;   // p registers that words address by: few make loads meet stores
  friend bool operator==(const RandomProgramOptions&, const RandomProgramOptions&) = default;
};

// The same program for the same seed and options, on every host. It passes isa::validate.
[[nodiscard]] isa::Program random_program(std::uint64_t seed, const RandomProgramOptions& options = {});

}  // namespace vtpu::testbench
