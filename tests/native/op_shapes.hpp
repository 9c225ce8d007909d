// Every form of every host operation that an engine must know.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "lowering/host_op.hpp"

namespace vtpu::native::test {

// One way to write an operation. Operands are letters after the mnemonic's order:
//   g general register, c cl, v vector register, k mask register, m memory as source, M memory as destination,
//   B memory read and written, i immediate
struct Shape {
  std::vector<lowering::HostOp> ops;
  std::vector<std::string> operands;
  std::vector<unsigned> widths;
  std::vector<std::int64_t> immediates{0};
  bool avx2 = true;
  bool avx512 = true;
  bool write_masks = false;
};
[[nodiscard]] const std::vector<Shape>& shapes();

// The registers change with `variant`, and so does the form of the address.
[[nodiscard]] lowering::HostInst write(lowering::HostOp op, unsigned width, const std::string& operands,
                                       std::int64_t imm, unsigned variant, lowering::HostIsa isa);

// Calls `check` for every instruction of `isa` that the shapes yield.
void for_each_instruction(lowering::HostIsa isa, const std::function<void(const lowering::HostInst&)>& check);

}  // namespace vtpu::native::test
