#include "measure/cpu.hpp"

#include <catch2/catch.hpp>

#include "measure/cpu_pin.hpp"

using namespace vtpu::measure;

TEST_CASE("The CPU's name says family and model as the manuals count them") {
  // Extended family and model join in as the manuals of both vendors define them.
  CHECK(cpu_name("AMD EPYC", 0x00b00f21) == "AMD EPYC (family 26 model 2 stepping 1)");
  CHECK(cpu_name("AMD EPYC 7571", 0x00800f12) == "AMD EPYC 7571 (family 23 model 1 stepping 2)");
  CHECK(cpu_name("Intel", 0x000806f8) == "Intel (family 6 model 143 stepping 8)");
}

TEST_CASE("This CPU has a name") { CHECK_THAT(cpu_name(), Catch::Matches(".+ \\(family [0-9]+ model [0-9]+ .*")); }

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
