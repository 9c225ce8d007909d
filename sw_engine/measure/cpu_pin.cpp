#include "measure/cpu_pin.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace vtpu::measure {

Result<CpuPin> CpuPin::to(std::optional<int> cpu) {
  const int chosen = cpu.value_or(sched_getcpu());
  if (chosen < 0 || chosen >= CPU_SETSIZE) {
    return fail("--cpu", fmt::format("{} is no CPU number; expected 0 to {}", chosen, CPU_SETSIZE - 1));
  }
  cpu_set_t before;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<std::size_t>(chosen), &one);
  if (sched_getaffinity(0, sizeof before, &before) != 0 || sched_setaffinity(0, sizeof one, &one) != 0) {
    return fail("--cpu", fmt::format("cannot run on CPU {}: {}; choose one that `taskset -p $$` lists", chosen,
                                     std::strerror(errno)));
  }
  return CpuPin(chosen, before);
}

CpuPin::CpuPin(CpuPin&& other) noexcept
    : cpu_(other.cpu_), before_(other.before_), active_(std::exchange(other.active_, false)) {}

CpuPin::~CpuPin() {
  if (active_) sched_setaffinity(0, sizeof before_, &before_);
}

}  // namespace vtpu::measure
