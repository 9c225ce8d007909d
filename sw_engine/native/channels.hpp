// The channels of a run, made when they are first asked for.
#pragma once

#include <cstdint>
#include <deque>
#include <memory_resource>
#include <mutex>
#include <unordered_map>

#include "lowering/context.hpp"

namespace vtpu::native {

// `guard` orders everything in a channel whose ends are on different workers (shared == 1), from the messages to
// `waiting`. A channel of one worker needs no lock: its ends never run at the same time.
struct GuardedChannel : lowering::Channel {
  std::mutex guard;
};

class Channels {
 public:
  // `memory` is used under this object's lock while a run is on.
  Channels(unsigned workers, std::pmr::memory_resource* memory) : workers_(workers), channels_(memory) {}

  // Thread-safe. The address is stable.
  [[nodiscard]] GuardedChannel& between(std::uint32_t sender, std::uint32_t receiver);
  // Empties every channel and keeps it. No other thread may be at work.
  void reset();

 private:
  unsigned workers_;
  std::mutex guard_;
  std::pmr::deque<GuardedChannel> channels_;
  std::unordered_map<std::uint64_t, GuardedChannel*> by_ends_;
};

}  // namespace vtpu::native
