// The CPU at hand, as cpuid and xgetbv tell it.
#pragma once

#include <string>

#include "isa/result.hpp"
#include "lowering/host_op.hpp"

namespace vtpu::native {

struct HostCpu {
  std::string vendor;  // "AuthenticAMD", "GenuineIntel"; "" where it is no x86-64
  std::string name;    // brand string, without padding
  unsigned family = 0;
  unsigned model = 0;
  unsigned stepping = 0;
  // With the operating system's support for their registers.
  bool avx2 = false;    // all that lowering::HostIsa::Avx2 needs
  bool avx512 = false;  // all that lowering::HostIsa::Avx512 needs

  [[nodiscard]] bool has(lowering::HostIsa isa) const { return isa == lowering::HostIsa::Avx512 ? avx512 : avx2; }
  [[nodiscard]] std::string text() const;  // "AMD EPYC 9654 (AuthenticAMD family 25 model 17 stepping 1)"
};

[[nodiscard]] const HostCpu& host_cpu();  // asked once

// The widest instruction set that generated code can use here. Error: the CPU has neither.
[[nodiscard]] Result<lowering::HostIsa> best_isa(const HostCpu& cpu);
// Error: the CPU lacks `isa`; the message says what it needs.
[[nodiscard]] Result<lowering::HostIsa> require_isa(const HostCpu& cpu, lowering::HostIsa isa);

}  // namespace vtpu::native
