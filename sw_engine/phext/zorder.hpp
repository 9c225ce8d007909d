// Z-order as a transposition of bit matrices: k rows of 11 bits (row = dimension) become 11 rows of k bits (row = bit).
// Each has one result and several ways to it, by what the CPU has; all are open for tests.
#pragma once

#include "isa/coordinate.hpp"

namespace vtpu::phext {

// What the fastest way needs. Each includes the ones before.
enum class BitTools : std::uint8_t {
  Tables,
  Pdep,  // BMI2 that is not microcode (that of Zen 1 and Zen 2 is)
  Gfni,  // 8x8 bit matrices by one instruction, and AVX
};
[[nodiscard]] BitTools bit_tools_of_this_cpu();
[[nodiscard]] bool cpu_has_bmi2();  // microcode or not
[[nodiscard]] bool cpu_has_gfni();  // with BMI2 and AVX

// All 11 dimensions, which is its own inverse. Flags must be zero. Preconditions: cpu_has_gfni(), cpu_has_bmi2().
[[nodiscard]] isa::Coordinate transpose_gfni(isa::Coordinate address);
[[nodiscard]] isa::Coordinate transpose_bmi2(isa::Coordinate address);
[[nodiscard]] isa::Coordinate transpose_portable(isa::Coordinate address);
[[nodiscard]] isa::Coordinate transpose(isa::Coordinate address);  // the fastest of this CPU

// The same for k rows, 1 <= k <= 11, in the low 11 k bits; bits above must be zero.
[[nodiscard]] isa::Coordinate interleave(isa::Coordinate rows, unsigned k);
[[nodiscard]] isa::Coordinate deinterleave(isa::Coordinate index, unsigned k);
[[nodiscard]] isa::Coordinate interleave_portable(isa::Coordinate rows, unsigned k);
[[nodiscard]] isa::Coordinate deinterleave_portable(isa::Coordinate index, unsigned k);

}  // namespace vtpu::phext
