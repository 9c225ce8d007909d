// An execution port: the ready uops that may use it, the uop that holds it, and how many are bound to it.
#pragma once

#include "core/age_bitmap.hpp"
#include "core/window.hpp"

namespace vtpu::core {

struct ExecutionPort {
  explicit ExecutionPort(std::uint32_t positions) : ready(positions) {}

  AgeBitmap ready;
  Cycle free_at = 0;      // first cycle in which it may start a uop
  std::uint64_t age = 0;  // of the uop that was started last
  isa::Pipe pipe = isa::Pipe::D;
  events::UopInfo holder;  // kept for listeners only
  unsigned bound = 0;      // AtDispatch: bound and not started, as at the start of the cycle plus those bound in it
  unsigned leaving = 0;    // started in this cycle

  // Taken in `now`: started a uop in this cycle or is held by an earlier one.
  [[nodiscard]] bool taken(Cycle now) const { return free_at > now; }
  void end_cycle() {
    bound -= leaving;
    leaving = 0;
  }
};

}  // namespace vtpu::core
