#include "cpu/cpu.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace vtpu::cpu {
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

std::string vendor_string() {
  const CpuidLeaf zero = cpuid(0);
  std::array<char, 13> text{};
  std::memcpy(text.data(), &zero.b, 4);
  std::memcpy(text.data() + 4, &zero.d, 4);
  std::memcpy(text.data() + 8, &zero.c, 4);
  return text.data();
}

std::string brand_string() {
  constexpr const char* kNone = "unknown x86-64 CPU";
  if (cpuid(0x80000000U).a < 0x80000004U) return kNone;
  std::array<char, 49> text{};
  for (std::uint32_t i = 0; i < 3; ++i) {
    const CpuidLeaf r = cpuid(0x80000002U + i);
    std::memcpy(text.data() + std::size_t{16} * i, &r, 16);
  }
  const std::string brand(text.data());
  const std::size_t first = brand.find_first_not_of(' ');
  if (first == std::string::npos) return kNone;
  return brand.substr(first, brand.find_last_not_of(' ') - first + 1);
}

void read_features(Cpu& cpu) {
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
  cpu.avx512_fp16 = cpu.avx512 && all_bits(seven.d, bit(23));
  cpu.prefetchi = all_bits(cpuid(7, 1).d, bit(14));
}

Cpu detect() {
  Cpu cpu;
  cpu.vendor = vendor_string();
  cpu.brand = brand_string();
  cpu.version = version_of(cpuid(1).a);
  read_features(cpu);
  return cpu;
}

#else

Cpu detect() {
  Cpu cpu;
  cpu.vendor = "unknown";
  cpu.brand = "not an x86-64 CPU";
  return cpu;
}

#endif

}  // namespace

Version version_of(std::uint32_t signature) {
  Version version;
  const unsigned family = (signature >> 8U) & 0xFU;
  version.family = family == 15 ? family + ((signature >> 20U) & 0xFFU) : family;
  version.model = (signature >> 4U) & 0xFU;
  if (family == 6 || family == 15) version.model |= (signature >> 12U) & 0xF0U;
  version.stepping = signature & 0xFU;
  return version;
}

std::string Cpu::name() const {
  return fmt::format("{} (family {} model {} stepping {})", brand, version.family, version.model, version.stepping);
}

std::string Cpu::identity() const {
  const bool tells = vendor == "GenuineIntel";
  return fmt::format("{} {} {}{}{}", vendor, version.family, version.model, tells && avx512_fp16 ? " avx512_fp16" : "",
                     tells && prefetchi ? " prefetchi" : "");
}

const Cpu& this_cpu() {
  static const Cpu cpu = detect();
  return cpu;
}

}  // namespace vtpu::cpu
