// Runs one host instruction on random operands, as machine code and on the host machine, and compares every byte.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>

#include "isa/state.hpp"
#include "lowering/host_op.hpp"

namespace vtpu::native::test {

// Registers of a bench: the instruction may use rax, rcx, rdx, rsi, r8, r9; vectors 0..3 and 16..19; masks 1..3. rbx
// holds the address of Operands, rdi a small index.
inline constexpr unsigned kPointer = 3;
inline constexpr unsigned kIndex = 7;
inline constexpr std::array<unsigned, 6> kGprs{0, 1, 2, 6, 8, 9};
inline constexpr std::array<unsigned, 8> kVectors{0, 1, 2, 3, 16, 17, 18, 19};
inline constexpr std::array<unsigned, 3> kMasks{1, 2, 3};

// Memory of a bench: values before, values after.
struct alignas(64) Operands {
  std::array<isa::Vector, kVectors.size()> v;
  std::array<std::uint64_t, 8> r;          // by kGprs
  std::array<std::uint64_t, 8> k;          // by kMasks; loaded as 16 bits
  isa::Vector memory;                      // the memory operand
  std::array<std::uint64_t, 8> condition;  // flags before: from comparing [0] with [1]
  std::array<std::uint8_t, 64> flags;      // after: one byte per condition code
  friend bool operator==(const Operands&, const Operands&) = default;
};

// Offset of Operands::memory, for memory operands.
[[nodiscard]] std::int32_t memory_offset();

// Values that matter: NaNs of both kinds, infinities, zeros, denormals, limits, small integers, and random bits.
[[nodiscard]] Operands random_operands(std::mt19937_64& random);

// "" where both agree on `trials` random operands, else what differs. Throws where the instruction does not encode.
[[nodiscard]] std::string compare_engines(const lowering::HostInst& inst, lowering::HostIsa isa, unsigned trials,
                                          std::uint64_t seed);

// The same with one instruction as machine code and another on the host machine.
[[nodiscard]] std::string compare_engines(const lowering::HostInst& native, const lowering::HostInst& machine,
                                          lowering::HostIsa isa, unsigned trials, std::uint64_t seed);

// Does the encoder take it (without running it)?
[[nodiscard]] bool encodes(const lowering::HostInst& inst, lowering::HostIsa isa);

}  // namespace vtpu::native::test
