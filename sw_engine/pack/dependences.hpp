// What must stay in order, and by how many words: over registers, memory cells and messages.
#pragma once

#include <cstdint>
#include <vector>

#include "pack/latency.hpp"
#include "pack/operation.hpp"

namespace vtpu::pack {

// `to`, `distance` iterations later, stands at least `delay` words behind `from`. 0: may share its word, in which all
// reads come before all writes. `latency` >= delay is when it should start, in planned cycles; `cycles` when it can.
struct Dependence {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  unsigned delay = 0;
  unsigned latency = 0;
  unsigned cycles = 0;
  unsigned distance = 0;
};

// All dependences inside straight code.
[[nodiscard]] std::vector<Dependence> dependences_of(const std::vector<Operation>& operations,
                                                     const Latencies& latencies);

// All dependences of a loop body, from one iteration to later ones too. Registers in `renamed` get a new place with
// every value: only the way from a value to its readers counts.
[[nodiscard]] std::vector<Dependence> loop_dependences_of(const std::vector<Operation>& operations,
                                                          const Latencies& latencies, const CoordinateGrowth& growth,
                                                          RegisterMask renamed);

// Whether the cells of two operations of one pass may overlap.
[[nodiscard]] bool may_overlap(const Operation& a, const Operation& b);

}  // namespace vtpu::pack
