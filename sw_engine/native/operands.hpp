// How a HostInst's fields make up the operand list of an x86-64 instruction. The encoder and the host machine both read
// instructions through this one function, so that they cannot disagree about it.
//
// Registers come in Intel order: dst, a, b, c, leaving out the invalid ones (so `Add dst, b`, `Add dst, a` and a
// `Cmp` with its operands in dst and b or in a and b are all fine). A memory operand stands first where it is the
// destination, last where it is a source, except for operations whose r/m operand x86 puts elsewhere: Shlx, Shrx, Sarx
// and Bextr (second) and Vblendvps, Vblendvpd (third). The immediate follows where the operation takes one; a
// two-operand integer form takes it where it has no other source. Operands that the mnemonic implies (cl of a shift by
// register) must be the right ones.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "lowering/host_op.hpp"

namespace vtpu::native {

struct Operand {
  enum class Kind : std::uint8_t { Register, Memory, Immediate };
  Kind kind = Kind::Register;
  lowering::HostReg reg;   // Register
  std::uint8_t bytes = 0;  // of the register or of the memory access; Lea's memory: 0, prefetches and flushes: 64
};

struct OperandList {
  std::array<Operand, 6> at{};
  std::size_t count = 0;
  [[nodiscard]] bool is(std::size_t i, Operand::Kind kind) const { return i < count && at[i].kind == kind; }
  [[nodiscard]] bool is(std::size_t i, lowering::RegClass cls) const {
    return is(i, Operand::Kind::Register) && at[i].reg.cls == cls;
  }
};

// Precondition: not Jcc, Jmp, CallHelper or Exit (their list is empty). Widths: 1, 2 (Mov, Movzx, Test, Cmp), 4, 8 for
// integers; Movzx's is that of its source; 16, 32, 64 for vectors; scalar and lane operations ignore it, except that
// Vcvtsi2sd and Vcvttsd2si take a 32-bit integer at width 4 and a 64-bit one otherwise. Mask moves are 16 bits wide.
[[nodiscard]] OperandList operands_of(const lowering::HostInst& inst);

// True where the instruction reads (writes) its memory operand. Lea, prefetches and flushes do neither.
[[nodiscard]] bool loads(const lowering::HostInst& inst);
[[nodiscard]] bool stores(const lowering::HostInst& inst);

// True where VEX cannot encode it: a 512-bit register, a vector register from 16 on, a write mask, or an operation of
// AVX-512 only.
[[nodiscard]] bool needs_evex(const lowering::HostInst& inst, const OperandList& list);

// Width of a lane under a write mask, in bytes: 4 or 8; operations on bits (Vmov, Vpand, ...) have 8. 0: the operation
// takes no write mask.
[[nodiscard]] unsigned mask_lane_bytes(lowering::HostOp op);

}  // namespace vtpu::native
