#include "measure/cpu.hpp"

#include <cpuid.h>
#include <fmt/format.h>

#include <array>
#include <cstring>

namespace vtpu::measure {
namespace {

std::array<unsigned, 4> cpuid(unsigned leaf) {
  std::array<unsigned, 4> registers{};
  __get_cpuid_count(leaf, 0, &registers[0], &registers[1], &registers[2], &registers[3]);
  return registers;
}

std::string brand_string() {
  std::array<char, 49> text{};
  for (unsigned i = 0; i < 3; ++i) {
    const auto registers = cpuid(0x80000002U + i);
    std::memcpy(&text[16 * i], registers.data(), 16);
  }
  std::string brand(text.data());
  brand.erase(0, brand.find_first_not_of(' '));
  brand.erase(brand.find_last_not_of(' ') + 1);
  return brand;
}

}  // namespace

std::string cpu_name(const std::string& brand, unsigned signature) {
  const unsigned base_family = (signature >> 8U) & 0xfU;
  const unsigned extended_family = (signature >> 20U) & 0xffU;
  const unsigned family = base_family == 0xf ? base_family + extended_family : base_family;
  const unsigned model = ((signature >> 4U) & 0xfU) | (((signature >> 16U) & 0xfU) << 4U);
  return fmt::format("{} (family {} model {} stepping {})", brand, family, model, signature & 0xfU);
}

std::string cpu_name() { return cpu_name(brand_string(), cpuid(1)[0]); }

}  // namespace vtpu::measure
