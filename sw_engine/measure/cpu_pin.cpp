#include "measure/cpu_pin.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace vtpu::measure {
namespace {

bool run_on(int cpu) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<std::size_t>(cpu), &one);
  return sched_setaffinity(0, sizeof one, &one) == 0;
}

}  // namespace

Result<CpuPin> CpuPin::to(std::optional<int> cpu) {
  const int chosen = cpu.value_or(sched_getcpu());
  if (chosen < 0 || chosen >= CPU_SETSIZE) {
    return fail("--cpu", fmt::format("{} is no CPU number; expected 0 to {}", chosen, CPU_SETSIZE - 1));
  }
  cpu_set_t before;
  if (sched_getaffinity(0, sizeof before, &before) != 0 || !run_on(chosen)) {
    return fail("--cpu", fmt::format("cannot run on CPU {}: {}; choose one that `taskset -p $$` lists", chosen,
                                     std::strerror(errno)));
  }
  return CpuPin(chosen, before);
}

CpuPin::CpuPin(CpuPin&& other) noexcept
    : cpu_(other.cpu_), before_(other.before_), active_(std::exchange(other.active_, false)) {}

std::vector<int> CpuPin::allowed() const {
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<std::size_t>(cpu), &before_)) cpus.push_back(cpu);
  }
  return cpus;
}

bool CpuPin::move_to(int cpu) {
  if (!run_on(cpu)) return false;
  cpu_ = cpu;
  return true;
}

CpuPin::~CpuPin() {
  if (active_) sched_setaffinity(0, sizeof before_, &before_);
}

}  // namespace vtpu::measure
