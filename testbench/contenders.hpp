// Which engines the crosscheck sets against each other, and how: layouts, placements, instruction sets, cores and
// workers rotate with the seed, so that a long check meets all of them.
#pragma once

#include <vector>

#include "testbench/crosscheck.hpp"
#include "testbench/engines.hpp"

namespace vtpu::testbench {

struct ContenderOptions {
  bool systemc = true;
  bool native = true;
  bool rtl = false;
  std::vector<layout::Layout> layouts;  // for systemc and rtl; must not be empty then
};

// One choice as a contender.
[[nodiscard]] Contender contender_of(const EngineChoice& choice);

// For one program of a random check: the reference first, then one of each kind, chosen by the seed. `options` outlives
// the contenders.
[[nodiscard]] std::vector<Contender> rotating_contenders(const ContenderOptions& options, std::uint64_t seed);

// For one program that matters: every layout with both sources, every instruction set of this CPU, 1 and 2 workers,
// every placement, some with a region.
[[nodiscard]] std::vector<Contender> all_contenders(const ContenderOptions& options);

}  // namespace vtpu::testbench
