// From host instructions to x86-64 machine code in executable memory.
//
// Every HostInst becomes exactly one instruction, except for the two that stand for a fixed sequence:
//   CallHelper  vzeroupper; mov rdi, rbp; mov rsi, rax; mov rax, <helper>; call rax        (result in rax)
//   Exit        jmp to the common epilogue
// The code of a stream is: prologue | instructions | epilogue. The prologue saves the callee-saved registers, moves the
// context to rbp, aligns the stack for calls and jumps to the address asked for; the epilogue undoes it, with
// vzeroupper. Heads of loops (targets of backward jumps of HostRole::Loop) are aligned by multi-byte nops in front of
// them, which belong to no instruction.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "isa/result.hpp"
#include "lowering/context.hpp"
#include "lowering/host_op.hpp"

namespace vtpu::native {

using HelperTable = std::span<const lowering::Helper, static_cast<std::size_t>(lowering::HelperId::Count)>;

// Executable code of one stream. The memory is released with the object. No page is writable and executable at once.
class CompiledCode {
 public:
  CompiledCode(CompiledCode&&) noexcept;
  CompiledCode& operator=(CompiledCode&&) noexcept;
  ~CompiledCode();

  // Runs generated code from `address` until it exits. `context` stays valid meanwhile.
  void enter(lowering::SentronContext* context, const void* address) const { enter_(context, address); }
  // Address of the instruction at `offset` (HostCode::offsets).
  [[nodiscard]] const std::uint8_t* at(std::uint32_t offset) const { return base_ + offset; }
  // Prologue, instructions and epilogue as they lie in memory; offsets count from the first byte.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return {base_, size_}; }

 private:
  friend class Jit;
  struct Memory;
  using Entry = void (*)(lowering::SentronContext*, const void*);

  CompiledCode(std::shared_ptr<Memory> memory, const std::uint8_t* base, std::size_t size);

  std::shared_ptr<Memory> memory_;
  const std::uint8_t* base_ = nullptr;
  std::size_t size_ = 0;
  Entry enter_ = nullptr;
};

struct JitOptions {
  unsigned loop_alignment_bytes = 32;  // 1 (none), 16, 32 or 64
};

class Jit {
 public:
  explicit Jit(HelperTable helpers, JitOptions options = {});

  // Encodes `code` and fills its offsets and code_bytes (instructions with their alignment, without prologue and
  // epilogue). Errors name every instruction that x86-64 cannot encode: "inst 12: vaddps ...".
  [[nodiscard]] Result<CompiledCode> compile(lowering::HostCode& code) const;

 private:
  HelperTable helpers_;
  JitOptions options_;
  std::shared_ptr<CompiledCode::Memory> memory_;
};

}  // namespace vtpu::native
