// Host instructions as assembly text that an assembler takes: Intel syntax, the very instruction that the JIT encodes.
// (lowering::to_text names host operations; this names x86-64 instructions.)
#pragma once

#include <string>
#include <string_view>

#include "lowering/context.hpp"
#include "lowering/host_op.hpp"

namespace vtpu::native {

// "vaddps zmm1, zmm2, zmmword ptr [rsi+64]". `target`: the label of a jump's target, or of the epilogue for Exit.
// CallHelper gives the lines of its sequence, separated by "\n", with `target` as the helper's symbol.
[[nodiscard]] std::string assembly_of(const lowering::HostInst& inst, std::string_view target = "");

[[nodiscard]] std::string_view name_of(lowering::HelperId helper);  // "translate", "send", ...

}  // namespace vtpu::native
