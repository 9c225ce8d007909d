// Keeps the calling thread on one CPU for as long as the pin lives.
#pragma once

#include <sched.h>

#include <optional>
#include <vector>

#include "isa/result.hpp"

namespace vtpu::measure {

class CpuPin {
 public:
  // Pins to `cpu`, or to the CPU that the thread runs on now. Fails where this process may not run on that CPU.
  [[nodiscard]] static Result<CpuPin> to(std::optional<int> cpu);

  CpuPin(CpuPin&& other) noexcept;
  CpuPin& operator=(CpuPin&&) = delete;
  CpuPin(const CpuPin&) = delete;
  CpuPin& operator=(const CpuPin&) = delete;
  ~CpuPin();  // gives the thread back the CPUs that it had before

  [[nodiscard]] int cpu() const { return cpu_; }
  // The CPUs that the thread was allowed to run on before it was pinned, in ascending order.
  [[nodiscard]] std::vector<int> allowed() const;
  // Pins to another of these. False, and still where it was, where the thread may not run there (any more).
  [[nodiscard]] bool move_to(int cpu);

 private:
  CpuPin(int cpu, const cpu_set_t& before) : cpu_(cpu), before_(before), active_(true) {}

  int cpu_;
  cpu_set_t before_;
  bool active_;
};

}  // namespace vtpu::measure
