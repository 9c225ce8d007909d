#include "measure/cpu_pin.hpp"

#include <catch2/catch.hpp>

using namespace vtpu::measure;

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
