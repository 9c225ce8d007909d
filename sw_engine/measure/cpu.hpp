// Which CPU this is: every measured figure names it, and `compare` picks the layout of the same core.
#pragma once

#include <string>

namespace vtpu::measure {

struct CpuIdentity {
  std::string name;     // brand string, then family, model, stepping and layout: virtual machines shorten the brand
  std::string vendor;   // "GenuineIntel", "AuthenticAMD"
  unsigned family = 0;  // display family: base plus extended
  unsigned model = 0;   // display model
  unsigned stepping = 0;
  bool has_avx2_and_fma = false;
  bool has_avx512 = false;  // all of F, BW, DQ and VL
  bool has_avx512_vpopcntdq = false;
  bool has_avx512_vnni = false;
  bool has_avx512_bf16 = false;

  // The layout file that describes this core, without path or suffix ("zen5"); empty for a core without a layout.
  [[nodiscard]] std::string layout() const;
};

[[nodiscard]] CpuIdentity this_cpu();

// Maps vendor, display family and display model to the name of a core layout; empty where none fits.
// Sources: AMD PPR model ranges, Intel SDM volume 4 table 2-1.
[[nodiscard]] std::string layout_of(const std::string& vendor, unsigned family, unsigned model);

}  // namespace vtpu::measure
