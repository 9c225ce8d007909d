#include "measure/cpu.hpp"

#include <cpuid.h>
#include <fmt/format.h>

#include <array>
#include <cstring>

namespace vtpu::measure {
namespace {

struct Registers {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Registers cpuid(unsigned leaf) {
  Registers r;
  __get_cpuid_count(leaf, 0, &r.eax, &r.ebx, &r.ecx, &r.edx);
  return r;
}

std::string vendor_string() {
  const Registers r = cpuid(0);
  std::string text(12, '\0');
  std::memcpy(text.data(), &r.ebx, 4);
  std::memcpy(text.data() + 4, &r.edx, 4);
  std::memcpy(text.data() + 8, &r.ecx, 4);
  return text;
}

std::string brand_string() {
  std::array<char, 49> text{};
  for (unsigned i = 0; i < 3; ++i) {
    const Registers r = cpuid(0x80000002u + i);
    std::memcpy(text.data() + 16 * i, &r, 16);
  }
  std::string brand(text.data());
  brand.erase(0, brand.find_first_not_of(' '));
  brand.erase(brand.find_last_not_of(' ') + 1);
  return brand;
}

bool within(unsigned value, unsigned low, unsigned high) { return value >= low && value <= high; }

std::string amd_layout(unsigned family, unsigned model) {
  if (family == 0x17 && model >= 0x30) return "zen2";
  if (family == 0x19) return within(model, 0x10, 0x1f) || within(model, 0x60, 0xaf) ? "zen4" : "zen3";
  if (family == 0x1a && (model <= 0x4f || within(model, 0x60, 0x7f))) return "zen5";
  return "";
}

std::string intel_layout(unsigned family, unsigned model) {
  constexpr std::array<unsigned, 7> kGoldenCove = {0x8f, 0xcf, 0x97, 0x9a, 0xb7, 0xba, 0xbf};
  if (family != 6) return "";
  for (const unsigned known : kGoldenCove) {
    if (model == known) return "golden_cove";
  }
  return "";
}

}  // namespace

std::string layout_of(const std::string& vendor, unsigned family, unsigned model) {
  if (vendor == "AuthenticAMD") return amd_layout(family, model);
  if (vendor == "GenuineIntel") return intel_layout(family, model);
  return "";
}

std::string CpuIdentity::layout() const { return layout_of(vendor, family, model); }

CpuIdentity this_cpu() {
  CpuIdentity cpu;
  cpu.vendor = vendor_string();
  const unsigned signature = cpuid(1).eax;
  const unsigned base_family = (signature >> 8) & 0xf;
  cpu.family = base_family == 0xf ? base_family + ((signature >> 20) & 0xff) : base_family;
  cpu.model = ((signature >> 4) & 0xf) | (((signature >> 16) & 0xf) << 4);
  cpu.stepping = signature & 0xf;
  // Also asks the operating system (XCR0), which raw CPUID does not.
  cpu.has_avx2_and_fma = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  cpu.has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  cpu.has_avx512_vpopcntdq = __builtin_cpu_supports("avx512vpopcntdq");
  cpu.has_avx512_vnni = __builtin_cpu_supports("avx512vnni");
  cpu.has_avx512_bf16 = __builtin_cpu_supports("avx512bf16");
  const std::string core = cpu.layout().empty() ? "no layout" : cpu.layout();
  cpu.name = fmt::format("{} (family {:x}h model {:x}h stepping {}, {})", brand_string(), cpu.family, cpu.model,
                         cpu.stepping, core);
  return cpu;
}

}  // namespace vtpu::measure
