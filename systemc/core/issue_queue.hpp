// An issue queue: how full it is, and which uops wait in it. Entries left in a cycle can be taken in the next one, or
// `held` cycles later.
#pragma once

#include <utility>
#include <vector>

#include "core/age_bitmap.hpp"

namespace vtpu::core {

class IssueQueue {
 public:
  IssueQueue(unsigned entries, unsigned held, std::uint32_t positions)
      : entries_(entries), held_(held), waiting_(positions) {}

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
    ++leaving_;
  }
  void end_cycle() {
    if (!held_.empty()) {
      std::swap(leaving_, held_[oldest_held_]);
      if (++oldest_held_ == held_.size()) oldest_held_ = 0;
    }
    used_ -= std::exchange(leaving_, 0);
  }
  [[nodiscard]] const AgeBitmap& waiting() const { return waiting_; }

 private:
  unsigned entries_;
  unsigned used_ = 0;
  unsigned leaving_ = 0;
  std::vector<unsigned> held_;  // left in the last cycles, from oldest_held_ on and around
  std::size_t oldest_held_ = 0;
  bool open_ = true;
  AgeBitmap waiting_;
};

}  // namespace vtpu::core
