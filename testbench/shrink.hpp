// Makes a failing program small: delta debugging over sentrons, words, loops, slots, groups, memory and initial
// registers. Every candidate passes the validator before it is tried.
#pragma once

#include <cstdint>
#include <functional>

#include "isa/program.hpp"

namespace vtpu::testbench {

// True where the program still shows the fault that is looked for.
using StillFails = std::function<bool(const isa::Program&)>;

struct ShrinkResult {
  isa::Program program;        // no single step makes it smaller and keeps the fault, unless the tries ran out
  std::uint64_t tried = 0;     // candidates that were run
  std::uint64_t accepted = 0;  // of these, how many still failed
  bool minimal = true;         // false: stopped at `most_tries`
};

// Precondition: still_fails(program).
[[nodiscard]] ShrinkResult shrink(const isa::Program& program, const StillFails& still_fails,
                                  std::uint64_t most_tries = 20'000);

// What shrinking makes smaller: words, filled slots, loops, sentrons, groups, cells and initial values, added up.
[[nodiscard]] std::uint64_t size_of(const isa::Program& program);

}  // namespace vtpu::testbench
