// Which instruction sets the code may use on a CPU.
#pragma once

#include "cpu/cpu.hpp"
#include "isa/result.hpp"
#include "lowering/host_op.hpp"

namespace vtpu::native {

[[nodiscard]] bool has_isa(const cpu::Cpu& cpu, lowering::HostIsa isa);

// The widest instruction set that generated code can use there. Error: the CPU has neither.
[[nodiscard]] Result<lowering::HostIsa> best_isa(const cpu::Cpu& cpu);
// Error: the CPU lacks `isa`; the message says what it needs.
[[nodiscard]] Result<lowering::HostIsa> require_isa(const cpu::Cpu& cpu, lowering::HostIsa isa);

}  // namespace vtpu::native
