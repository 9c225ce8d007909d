#include "measure/cpu.hpp"

#include <catch2/catch.hpp>

#include "measure/cpu_pin.hpp"

using namespace vtpu::measure;

TEST_CASE("Family and model name the core's layout") {
  CHECK(layout_of("AuthenticAMD", 0x17, 0x31) == "zen2");      // Rome
  CHECK(layout_of("AuthenticAMD", 0x17, 0x71) == "zen2");      // Matisse
  CHECK(layout_of("AuthenticAMD", 0x19, 0x01) == "zen3");      // Milan
  CHECK(layout_of("AuthenticAMD", 0x19, 0x21) == "zen3");      // Vermeer
  CHECK(layout_of("AuthenticAMD", 0x19, 0x11) == "zen4");      // Genoa
  CHECK(layout_of("AuthenticAMD", 0x19, 0x61) == "zen4");      // Raphael
  CHECK(layout_of("AuthenticAMD", 0x1a, 0x02) == "zen5");      // Turin
  CHECK(layout_of("GenuineIntel", 6, 0x8f) == "golden_cove");  // Sapphire Rapids
}

TEST_CASE("A core without a layout is not passed off as a similar one") {
  CHECK(layout_of("AuthenticAMD", 0x17, 0x01).empty());  // Zen
  CHECK(layout_of("GenuineIntel", 6, 0x55).empty());     // Skylake server
  CHECK(layout_of("GenuineIntel", 0x19, 0x8f).empty());
  CHECK(layout_of("AuthenticAMD", 6, 0x8f).empty());
}

TEST_CASE("This CPU has a vendor and a name that says family and model") {
  const CpuIdentity cpu = this_cpu();
  CHECK(cpu.vendor.size() == 12);
  CHECK_THAT(cpu.name, Catch::Contains("family") && Catch::Contains("model"));
}

TEST_CASE("A pin keeps the thread on its CPU and gives the others back") {
  cpu_set_t before;
  REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
  {
    const auto pin = CpuPin::to({});
    REQUIRE(pin);
    cpu_set_t pinned;
    REQUIRE(sched_getaffinity(0, sizeof pinned, &pinned) == 0);
    CHECK(CPU_COUNT(&pinned) == 1);
    CHECK(CPU_ISSET(static_cast<std::size_t>(pin->cpu()), &pinned));
  }
  cpu_set_t after;
  REQUIRE(sched_getaffinity(0, sizeof after, &after) == 0);
  CHECK(CPU_EQUAL(&before, &after));
}

TEST_CASE("Pinning to a CPU that does not exist says so") {
  const auto absent = CpuPin::to(CPU_SETSIZE - 1);
  REQUIRE_FALSE(absent);
  CHECK_THAT(absent.error().front().text(), Catch::StartsWith("--cpu: cannot run on CPU 1023"));
  const auto negative = CpuPin::to(-1);
  REQUIRE_FALSE(negative);
  CHECK_THAT(negative.error().front().text(), Catch::Contains("-1 is no CPU number"));
}
