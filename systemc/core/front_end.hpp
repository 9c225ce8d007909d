// The front end of one thread: takes uops from the source into the uop queue, and stops at taken and mispredicted
// branches.
#pragma once

#include "core/core_state.hpp"

namespace vtpu::core {

class FrontEnd {
 public:
  FrontEnd(CoreState& core, ThreadState& thread, UopSource& source) : core_(core), thread_(thread), source_(source) {}

  void begin_cycle() { queued_at_start_ = thread_.queued_fused; }
  void fetch(Cycle now);  // step 4

 private:
  [[nodiscard]] bool accept(Cycle now, Uop& uop);

  CoreState& core_;
  ThreadState& thread_;
  UopSource& source_;
  unsigned queued_at_start_ = 0;
  unsigned taken_branches_ = 0;  // in this cycle
};

}  // namespace vtpu::core
