// An issue queue: how full it is, and which uops wait in it. Entries left in a cycle can be taken in the next one.
#pragma once

#include "core/age_bitmap.hpp"

namespace vtpu::core {

class IssueQueue {
 public:
  IssueQueue(unsigned entries, std::uint32_t positions) : entries_(entries), waiting_(positions) {}

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
    used_ -= leaving_;
    leaving_ = 0;
  }
  [[nodiscard]] const AgeBitmap& waiting() const { return waiting_; }

 private:
  unsigned entries_;
  unsigned used_ = 0;
  unsigned leaving_ = 0;
  bool open_ = true;
  AgeBitmap waiting_;
};

}  // namespace vtpu::core
