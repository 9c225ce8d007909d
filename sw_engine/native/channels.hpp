// The channels of a run, made when they are first asked for.
#pragma once

#include <cstdint>
#include <deque>
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
  explicit Channels(unsigned workers) : workers_(workers) {}

  // Thread-safe. The address is stable.
  [[nodiscard]] GuardedChannel& between(std::uint32_t sender, std::uint32_t receiver);
  // Empties every channel and keeps it. No other thread may be at work.
  void reset();

 private:
  unsigned workers_;
  std::mutex guard_;
  std::deque<GuardedChannel> channels_;
  std::unordered_map<std::uint64_t, GuardedChannel*> by_ends_;
};

}  // namespace vtpu::native
