// An issue queue: how full it is, and which uops wait in it. Entries left in a cycle can be taken in the next one, or
// `held` cycles later.
#pragma once

#include <vector>

#include "core/age_bitmap.hpp"

namespace vtpu::core {

class IssueQueue {
 public:
  IssueQueue(unsigned entries, unsigned held, std::uint32_t positions)
      : entries_(entries), leaving_(held + 1), waiting_(positions) {}

  // Before a cycle's dispatch: it brings no uop unless so many entries, or all, are free.
  void begin_dispatch(unsigned room) { open_ = used_ == 0 || entries_ - used_ >= room; }
  [[nodiscard]] bool has_room() const { return open_ && used_ < entries_; }
  [[nodiscard]] unsigned used() const { return used_; }
  // An entry is taken for a uop that is about to be dispatched, or given back because it cannot be.
  void take() { ++used_; }
  void untake() { --used_; }
  void enter(std::uint32_t position) { waiting_.set(position); }
  void leave(std::uint32_t position) {
    waiting_.clear(position);
    ++leaving_[this_cycle_];
  }
  void end_cycle() {
    if (++this_cycle_ == leaving_.size()) this_cycle_ = 0;
    used_ -= leaving_[this_cycle_];
    leaving_[this_cycle_] = 0;
  }
  [[nodiscard]] const AgeBitmap& waiting() const { return waiting_; }

 private:
  unsigned entries_;
  unsigned used_ = 0;
  std::vector<unsigned> leaving_;  // by cycle, modulo as many as an entry stays taken
  std::size_t this_cycle_ = 0;
  bool open_ = true;
  AgeBitmap waiting_;
};

}  // namespace vtpu::core
