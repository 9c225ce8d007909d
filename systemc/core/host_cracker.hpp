// Cracking of host instructions: which uops one x86-64 instruction becomes on a core, by the layout's [host] table, and
// what each of them reads and writes, flags included.
#pragma once

#include <vector>

#include "core/uop_source.hpp"
#include "lowering/host_op.hpp"

namespace vtpu::core {

struct CrackedInst {
  std::vector<SourceUop> uops;
  unsigned fused_uops = 1;
  unsigned constants = 0;        // displacement, immediate, way of a jump; an immediate of 64 bits counts twice
  bool fuses_with_next = false;  // with the jcc behind it: `uops` is then that of the pair
  unsigned instructions = 1;     // 2 for a pair
};

// Every instruction of a stream; entry i + 1 of a pair (i, i + 1) stays as it is alone, for jumps into the middle.
[[nodiscard]] std::vector<CrackedInst> crack_host_code(const lowering::HostCode& code, const layout::Layout& layout);

[[nodiscard]] bool writes_flags(lowering::HostOp op);
[[nodiscard]] bool reads_flags(lowering::HostOp op);

}  // namespace vtpu::core
