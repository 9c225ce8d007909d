// Between the host machine and the functions that execute one operation each.
#pragma once

#include <cstring>

#include "native/host_machine.hpp"

namespace vtpu::native {

// An instruction in execution. place[] turns a DecodedOperand into an address.
struct HostFrame {
  std::array<std::byte*, 3> place;  // registers, memory operand, immediate
  HostRegisters& registers;
  const DecodedInst& inst;

  [[nodiscard]] std::byte* at(std::size_t operand) const {
    const DecodedOperand& o = inst.operand[operand];
    return place[o.place] + o.offset;
  }
  template <typename T>
  [[nodiscard]] T load(std::size_t operand) const {
    T value;
    std::memcpy(&value, at(operand), sizeof(T));
    return value;
  }
  [[nodiscard]] bool is_memory(std::size_t operand) const {
    return inst.operand[operand].place == DecodedOperand::kMemory;
  }
};

[[nodiscard]] bool condition_holds(lowering::HostCond cond, const HostFlags& flags);

// The function that executes `inst`; nullptr where the host machine (or x86-64) has none for it. `operands` is the
// number of its operands, the immediate included.
[[nodiscard]] HostHandler integer_handler(const lowering::HostInst& inst, std::size_t operands);
[[nodiscard]] HostHandler vector_handler(const lowering::HostInst& inst, std::size_t operands);
[[nodiscard]] HostHandler float_handler(const lowering::HostInst& inst, std::size_t operands);

}  // namespace vtpu::native
