// What one iteration of a loop needs at least.
#pragma once

#include <cstdint>
#include <vector>

#include "pack/dependences.hpp"
#include "pack/pack.hpp"

namespace vtpu::pack {

// Registers that may get a new place with every value: those that no operation of the body updates in place (a
// post-increment, one lane of a message, a reduction's operand) and that no route belongs to.
[[nodiscard]] RegisterMask renameable(const std::vector<Operation>& operations);

// What a cycle of dependences costs: words that must pass, or cycles that do.
enum class Cost : std::uint8_t { Words, Cycles };

struct Recurrence {
  unsigned bound = 0;                // smallest whole interval that all cycles allow; 0: there is none
  std::vector<std::uint32_t> nodes;  // a cycle that needs it, in order
};
// `count` is the number of nodes that the dependences speak of.
[[nodiscard]] Recurrence recurrence_of(std::size_t count, const std::vector<Dependence>& dependences, Cost cost);

// Slots, immediate and coordinate.
[[nodiscard]] LoopBounds resource_bounds(const std::vector<Operation>& operations);

}  // namespace vtpu::pack
