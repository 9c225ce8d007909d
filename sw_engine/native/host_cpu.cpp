#include "native/host_cpu.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace vtpu::native {
namespace {

#if defined(__x86_64__)

struct CpuidLeaf {
  std::uint32_t a = 0, b = 0, c = 0, d = 0;
};

CpuidLeaf cpuid(std::uint32_t leaf, std::uint32_t subleaf = 0) {
  CpuidLeaf r;
  __get_cpuid_count(leaf, subleaf, &r.a, &r.b, &r.c, &r.d);  // all zero where there is no such leaf
  return r;
}

// The register state that the operating system saves (XCR0).
std::uint64_t enabled_state() {
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return std::uint64_t{high} << 32U | low;
}

constexpr bool all_bits(std::uint64_t value, std::uint64_t bits) { return (value & bits) == bits; }
constexpr std::uint32_t bit(unsigned n) { return 1U << n; }

std::string brand() {
  if (cpuid(0x80000000U).a < 0x80000004U) return "unknown x86-64 CPU";
  std::array<char, 49> text{};
  for (std::uint32_t i = 0; i < 3; ++i) {
    const CpuidLeaf r = cpuid(0x80000002U + i);
    std::memcpy(text.data() + 16 * i, &r, 16);
  }
  const std::string name(text.data());
  const std::size_t first = name.find_first_not_of(' ');
  if (first == std::string::npos) return "unknown x86-64 CPU";
  return name.substr(first, name.find_last_not_of(' ') - first + 1);
}

void read_version(HostCpu& cpu) {
  const std::uint32_t version = cpuid(1).a;
  const unsigned family = (version >> 8U) & 0xFU;
  cpu.family = family == 15 ? family + ((version >> 20U) & 0xFFU) : family;
  cpu.model = (version >> 4U) & 0xFU;
  if (family == 6 || family == 15) cpu.model |= (version >> 12U) & 0xF0U;
  cpu.stepping = version & 0xFU;
}

void read_features(HostCpu& cpu) {
  const CpuidLeaf one = cpuid(1);
  const CpuidLeaf seven = cpuid(7);
  constexpr std::uint32_t kOsxsave = bit(27);
  if (!all_bits(one.c, kOsxsave)) return;
  const std::uint64_t state = enabled_state();
  // FMA, POPCNT, AVX; BMI1, AVX2, BMI2; xmm and ymm state.
  cpu.avx2 = all_bits(one.c, bit(12) | bit(23) | bit(28)) && all_bits(seven.b, bit(3) | bit(5) | bit(8)) &&
             all_bits(state, 0x6);
  // F, DQ, BW, VL; VNNI, VPOPCNTDQ; mask and zmm state too.
  cpu.avx512 = cpu.avx2 && all_bits(seven.b, bit(16) | bit(17) | bit(30) | bit(31)) &&
               all_bits(seven.c, bit(11) | bit(14)) && all_bits(state, 0xE6);
}

HostCpu detect() {
  HostCpu cpu;
  const CpuidLeaf zero = cpuid(0);
  std::array<char, 13> vendor{};
  std::memcpy(vendor.data(), &zero.b, 4);
  std::memcpy(vendor.data() + 4, &zero.d, 4);
  std::memcpy(vendor.data() + 8, &zero.c, 4);
  cpu.vendor = vendor.data();
  cpu.name = brand();
  read_version(cpu);
  read_features(cpu);
  return cpu;
}

#else

HostCpu detect() {
  HostCpu cpu;
  cpu.name = "not an x86-64 CPU";
  return cpu;
}

#endif

constexpr const char* kAvx2Needs = "AVX2, FMA, BMI1, BMI2 and POPCNT";
constexpr const char* kAvx512Needs = "AVX-512 F, BW, DQ, VL, VNNI and VPOPCNTDQ";

}  // namespace

std::string HostCpu::text() const {
  if (vendor.empty()) return name;
  return fmt::format("{} ({} family {} model {} stepping {})", name, vendor, family, model, stepping);
}

const HostCpu& host_cpu() {
  static const HostCpu cpu = detect();
  return cpu;
}

Result<lowering::HostIsa> best_isa(const HostCpu& cpu) {
  if (cpu.avx512) return lowering::HostIsa::Avx512;
  if (cpu.avx2) return lowering::HostIsa::Avx2;
  return fail("native engine", fmt::format("{} lacks {}, which the smallest code needs", cpu.text(), kAvx2Needs));
}

Result<lowering::HostIsa> require_isa(const HostCpu& cpu, lowering::HostIsa isa) {
  if (cpu.has(isa)) return isa;
  const char* needs = isa == lowering::HostIsa::Avx512 ? kAvx512Needs : kAvx2Needs;
  const char* hint = isa == lowering::HostIsa::Avx512 && cpu.avx2 ? "; --isa avx2 works here" : "";
  return fail("native engine", fmt::format("{} lacks {}, or its operating system does not save their registers{}",
                                           cpu.text(), needs, hint));
}

}  // namespace vtpu::native
