#include "native/host_isa.hpp"

#include <fmt/format.h>

namespace vtpu::native {
namespace {

constexpr const char* kAvx2Needs = "AVX2, FMA, BMI1, BMI2 and POPCNT";
constexpr const char* kAvx512Needs = "AVX-512 F, BW, DQ, VL, VNNI and VPOPCNTDQ";

}  // namespace

bool has_isa(const cpu::Cpu& cpu, lowering::HostIsa isa) {
  return isa == lowering::HostIsa::Avx512 ? cpu.avx512 : cpu.avx2;
}

Result<lowering::HostIsa> best_isa(const cpu::Cpu& cpu) {
  if (cpu.avx512) return lowering::HostIsa::Avx512;
  if (cpu.avx2) return lowering::HostIsa::Avx2;
  return fail("native engine", fmt::format("{} lacks {}, which the smallest code needs", cpu.name(), kAvx2Needs));
}

Result<lowering::HostIsa> require_isa(const cpu::Cpu& cpu, lowering::HostIsa isa) {
  if (has_isa(cpu, isa)) return isa;
  const char* needs = isa == lowering::HostIsa::Avx512 ? kAvx512Needs : kAvx2Needs;
  const char* hint = isa == lowering::HostIsa::Avx512 && cpu.avx2 ? "; --isa avx2 works here" : "";
  return fail("native engine", fmt::format("{} lacks {}, or its operating system does not save their registers{}",
                                           cpu.name(), needs, hint));
}

}  // namespace vtpu::native
