// Executes host instructions functionally: the registers of an x86-64 thread, and the memory of this process through
// real pointers. It computes what the JIT's code computes, bit for bit, without depending on what the CPU at hand can
// do (an AVX-512 stream runs anywhere), and says for every instruction what a timing model has to know.
//
// What machine code would lose is lost here too, so that no lowering works by accident: entering poisons all registers
// but rbp and rsp, a helper call all that the ABI lets a callee change.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "isa/state.hpp"
#include "lowering/context.hpp"
#include "lowering/host_op.hpp"
#include "native/jit.hpp"

namespace vtpu::native {

struct HostFlags {
  bool carry = false;
  bool zero = false;
  bool sign = false;
  bool overflow = false;
  bool parity = false;
};

struct alignas(64) HostRegisters {
  std::array<isa::Vector, 32> zmm{};
  std::array<std::uint64_t, 17> gpr{};  // x86 numbering; 16 stays zero, for a memory operand without an index
  std::array<std::uint64_t, 8> k{};
  HostFlags flags;
};

// What one executed instruction did. address and bytes describe its memory operand (0 bytes: none).
struct HostEffect {
  std::uint64_t address = 0;
  std::uint8_t bytes = 0;
  bool is_load = false;
  bool is_store = false;
  bool taken = false;  // Jcc, Jmp
  bool long_root =
      false;  // square roots of f64, one of which has digits: is neither 0, a power of two, infinite nor NaN
  std::uint32_t next = 0;  // index of the next instruction; unchanged by Exit
};

// One instruction, ready to execute.
struct DecodedInst;
struct HostFrame;
using HostHandler = void (*)(const HostFrame&);

// Where an operand lies: in the registers, in memory, or in the instruction (an immediate).
struct DecodedOperand {
  enum Place : std::uint8_t { kRegister, kMemory, kImmediate };
  Place place = kRegister;
  std::uint16_t offset = 0;  // in HostRegisters
};

struct DecodedInst {
  HostHandler run = nullptr;
  std::array<DecodedOperand, 4> operand{};
  std::int64_t imm = 0;
  std::int32_t disp = 0;
  std::uint32_t target = 0;
  std::uint8_t base = 16;
  std::uint8_t index = 16;
  std::uint8_t shift = 0;
  std::uint8_t bytes = 0;  // of the memory operand
  bool is_load = false;
  bool is_store = false;
  bool has_write_mask = false;
  bool zeroing = false;
  bool is_root = false;  // square root of f64
  std::uint8_t write_mask = 0;
  std::uint8_t width = 0;
  lowering::HostOp op = lowering::HostOp::Mov;
  lowering::HostCond cond = lowering::HostCond::E;
};

// A stream's code, decoded once. Throws std::invalid_argument, with the instruction's text, for a combination of
// operands that x86-64 does not have. `code` must outlive it.
class DecodedCode {
 public:
  explicit DecodedCode(const lowering::HostCode& code);
  [[nodiscard]] const lowering::HostCode& code() const { return *code_; }
  [[nodiscard]] const DecodedInst& operator[](std::uint32_t i) const { return insts_[i]; }

 private:
  const lowering::HostCode* code_;
  std::vector<DecodedInst> insts_;
};

class HostMachine {
 public:
  enum class Step : std::uint8_t { Inst, Helper, Exit };

  explicit HostMachine(HelperTable helpers) : helpers_(helpers) {}

  // rbp = context, all else poisoned.
  void enter(lowering::SentronContext* context);
  // Executes instruction `index`. For a helper call the helper has run when this returns.
  Step step(const DecodedCode& code, std::uint32_t index, HostEffect& effect);

  [[nodiscard]] HostRegisters& registers() { return registers_; }

 private:
  void call_helper(std::int64_t helper);

  HelperTable helpers_;
  HostRegisters registers_;
};

}  // namespace vtpu::native
