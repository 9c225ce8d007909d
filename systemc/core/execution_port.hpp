// An execution port: the ready uops that may use it, the uop that holds it, and how many wait for it.
#pragma once

#include <algorithm>
#include <array>
#include <utility>

#include "core/age_bitmap.hpp"
#include "core/window.hpp"

namespace vtpu::core {

struct ExecutionPort {
  explicit ExecutionPort(std::uint32_t positions) : ready(positions) {}

  AgeBitmap ready;
  Cycle started_at = kNever;            // latest start
  Cycle free_at = 0;                    // first cycle in which it may start a uop
  std::array<Cycle, 2> unit_free_at{};  // the same for the halves of the unit behind it
  Cycle unit_refused_at = kNever;       // latest cycle in which a uop that wants the unit did not get it
  std::uint64_t age = 0;                // of the uop that was started last
  unsigned kind = 0;                    // the same
  bool follows = false;                 // the same: behind one of its kind that it had not joined
  isa::Pipe pipe = isa::Pipe::D;
  events::UopInfo holder;  // kept for listeners only
  // Uops in the queue that may use it, as at the start of the cycle plus those dispatched in it.
  unsigned waiting = 0;
  unsigned leaving = 0;           // of these, started in this cycle
  unsigned waiting_at_start = 0;  // `waiting` at the start of the cycle
  unsigned waiting_before = 0;    // and at the start of the cycle before
  // In a queue that shuffles: its place in this cycle's order, and the uops that this cycle's dispatch bound to it.
  unsigned place_in_cycle = 0;
  unsigned bound_in_cycle = 0;

  // Taken in `now`: started a uop in this cycle or is held by an earlier one.
  [[nodiscard]] bool taken(Cycle now) const { return free_at > now; }
  // Asked for uops from the oldest on: one that is refused keeps the unit from younger ones for the cycle.
  [[nodiscard]] bool may_take_unit(bool half, Cycle now) {
    const auto [first, last] = std::minmax(unit_free_at[0], unit_free_at[1]);
    if (unit_refused_at != now && (half ? first : last) > now) unit_refused_at = now;
    return unit_refused_at != now;
  }
  // Precondition: it may.
  void take_unit(bool half, Cycle now, Cycle cycles) {
    for (Cycle& free_at_half : unit_free_at) {
      if (free_at_half > now) continue;
      free_at_half = now + cycles;
      if (half) return;
    }
  }
  void end_cycle() {
    waiting -= leaving;
    leaving = 0;
    waiting_before = std::exchange(waiting_at_start, waiting);
  }
};

}  // namespace vtpu::core
