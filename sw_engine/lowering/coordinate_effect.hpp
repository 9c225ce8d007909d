// What a run of words does to the coordinate registers, as a value: constant propagation and affine steps through
// loops, without walking the iterations. Also the tree of a stream's loops.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "isa/program.hpp"

namespace vtpu::lowering {

// The new value of one coordinate register: a constant, or an old register stepped along dimensions, or unknown.
// Steps that leave 0..2047 fault, so sums of steps describe what happens where nothing faults.
struct CoordinateEffect {
  enum class Base : std::uint8_t { Register, Constant, Unknown };
  Base base = Base::Register;
  unsigned source = 0;       // Register
  isa::Coordinate constant;  // Constant
  std::array<std::int64_t, isa::kDimensions> delta{};

  [[nodiscard]] bool is_constant() const { return base == Base::Constant; }
  [[nodiscard]] bool unstepped() const { return delta == decltype(delta){}; }
  // Exactly the old value of register p.
  [[nodiscard]] bool keeps(unsigned p) const { return base == Base::Register && source == p && unstepped(); }
  // The old value of register p plus steps.
  [[nodiscard]] bool steps(unsigned p) const { return base == Base::Register && source == p; }
  friend bool operator==(const CoordinateEffect&, const CoordinateEffect&) = default;
};
using CoordinateEffects = std::array<CoordinateEffect, isa::kCoordinateRegisters>;

[[nodiscard]] CoordinateEffects no_effect();
void apply_word(CoordinateEffects& effects, const isa::Siw& word);
// First `first`, then `second`.
[[nodiscard]] CoordinateEffects then(const CoordinateEffects& first, const CoordinateEffects& second);
// `count` times, count >= 1.
[[nodiscard]] CoordinateEffects repeat(const CoordinateEffects& body, std::uint64_t count);

// A loop with the loops directly inside it, in order.
struct LoopNode {
  std::uint32_t index = 0;  // into Stream::loops
  isa::Loop loop;
  std::vector<LoopNode> inner;
  CoordinateEffects body;        // one iteration
  CoordinateEffects all;         // all of them
  std::uint64_t written = 0;     // p registers written in it, a bit each
  std::uint64_t flat_words = 0;  // words of one iteration with the inner loops written out; saturates
};
[[nodiscard]] std::vector<LoopNode> loop_tree(const isa::Stream& stream);

// The words of one iteration with every inner loop written out.
[[nodiscard]] std::vector<std::uint32_t> flat_body(const LoopNode& node);

// Bit per p register that the slot writes (post-increment included).
[[nodiscard]] unsigned coordinates_written(const isa::Slot& slot);

}  // namespace vtpu::lowering
