#include "cpu/cpu.hpp"

#include <catch2/catch.hpp>

namespace vtpu::cpu {

TEST_CASE("family and model are those of the manuals") {
  // Extended family and model join in as the manuals of both vendors define them.
  const auto identity = [](std::uint32_t signature) { return Cpu{"V", "", version_of(signature)}.identity(); };
  CHECK(identity(0x00b00f21) == "V 26 2");
  CHECK(identity(0x00800f12) == "V 23 1");
  CHECK(identity(0x000806f8) == "V 6 143");
  CHECK(version_of(0x000806f8).stepping == 8);
}

TEST_CASE("a CPU's name has its version, its identity has no brand") {
  const Cpu cpu{"AuthenticAMD", "AMD EPYC", version_of(0x00b00f21)};
  CHECK(cpu.name() == "AMD EPYC (family 26 model 2 stepping 1)");
  CHECK(cpu.identity() == "AuthenticAMD 26 2");
  Cpu renamed{"GenuineIntel", "", version_of(0x000a0678)};
  CHECK(renamed.identity() == "GenuineIntel 6 167");
  renamed.avx512_fp16 = true;
  CHECK(renamed.identity() == "GenuineIntel 6 167 avx512_fp16");
  renamed.prefetchi = true;
  CHECK(renamed.identity() == "GenuineIntel 6 167 avx512_fp16 prefetchi");
}

TEST_CASE("this CPU has a brand, a vendor and consistent features") {
  const Cpu& cpu = this_cpu();
  CHECK_FALSE(cpu.brand.empty());
  CHECK_THAT(cpu.identity(), Catch::Matches("[A-Za-z ]+ [0-9]+ [0-9]+( avx512_fp16)?( prefetchi)?"));
  CHECK((!cpu.avx512 || cpu.avx2));
}

}  // namespace vtpu::cpu
