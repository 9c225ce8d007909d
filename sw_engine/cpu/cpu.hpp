// The CPU at hand, as cpuid and xgetbv tell it.
#pragma once

#include <cstdint>
#include <string>

namespace vtpu::cpu {

// Family and model as the manuals of AMD and Intel count them.
struct Version {
  unsigned family = 0;
  unsigned model = 0;
  unsigned stepping = 0;
};

// From EAX of cpuid leaf 1.
[[nodiscard]] Version version_of(std::uint32_t signature);

struct Cpu {
  std::string vendor;  // "AuthenticAMD", "GenuineIntel"; "unknown" where it is no x86-64
  std::string brand;   // without padding
  Version version;
  // With the operating system's support for their registers.
  bool avx2 = false;    // AVX2, FMA, BMI1, BMI2 and POPCNT
  bool avx512 = false;  // avx2, and AVX-512 F, BW, DQ, VL, VNNI and VPOPCNTDQ
  bool avx512_fp16 = false;
  bool prefetchi = false;  // prefetches of code

  // For reports, with the version because virtual machines shorten the brand: "AMD EPYC (family 26 model 2 stepping
  // 1)".
  [[nodiscard]] std::string name() const;
  // "AuthenticAMD 26 2": vendor, family, model in decimal, and " avx512_fp16" and " prefetchi" where an Intel CPU has
  // that: some hypervisors give a Sapphire Rapids, which has the first, and a Granite Rapids, which has both, the model
  // number of a Rocket Lake.
  [[nodiscard]] std::string identity() const;
};

[[nodiscard]] const Cpu& this_cpu();  // asked once

}  // namespace vtpu::cpu
