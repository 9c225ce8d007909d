// The way of fused uops that name vector or mask registers from dispatch to the issue queues behind it: they are packed
// into rows, wait there, and one row leaves per cycle (docs/core_contract.md, section 15).
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "events/events.hpp"
#include "layout/layout.hpp"

namespace vtpu::core {

class VectorRows {
 public:
  // A fused uop that waits: its uops are [first, end) of a thread.
  struct Entry {
    unsigned thread = 0;
    std::uint64_t first = 0;
    std::uint64_t end = 0;
  };

  // Layouts without rows: none are used.
  explicit VectorRows(const layout::Rename& rename);

  [[nodiscard]] bool used() const { return row_ != 0; }
  // So many more may be dispatched in this cycle.
  [[nodiscard]] unsigned room() const { return entries_ - held_; }
  // Dispatched in this cycle, in slot `slot`; in order of slots.
  void add(const Entry& entry, unsigned slot);
  // All of this cycle are added, of so many slots. A cycle without any ends the row that was begun, too.
  void pack(unsigned slots);
  // The oldest row, whole or not at all: go(entries) says whether it may.
  template <typename F>
  void leave(F go) {
    held_ -= returns_[oldest_return_];
    returns_[oldest_return_] = 0;
    if (closed_.empty() && begun_ != 0 && !begun_left_) {
      closed_.push_back(begun_);
      begun_left_ = true;
    }
    if (!closed_.empty()) {
      const unsigned row = closed_.front();
      if (go(std::span<const Entry>(waiting_.begin(), row))) {
        waiting_.erase(waiting_.begin(), waiting_.begin() + row);
        closed_.pop_front();
        returns_[oldest_return_] = row;
      }
    }
    if (++oldest_return_ == returns_.size()) oldest_return_ = 0;
  }

 private:
  // The entries of this cycle from `from` on begin a row. without_gaps: the next cycle takes them to stand where the
  // entries of this cycle would without empty slots between, not in their own.
  void begin(unsigned from, bool within_reach, bool without_gaps);
  void close(unsigned entries) { closed_.push_back(entries); }

  unsigned row_;
  unsigned reach_;
  unsigned entries_;
  unsigned slots_;
  unsigned gap_;                   // empty places in front of the next cycle's first slot
  unsigned held_ = 0;              // entries that wait, or whose place has not been given back
  std::vector<unsigned> returns_;  // places given back in the next cycles, from oldest_return_ on and around
  std::size_t oldest_return_ = 0;
  std::vector<Entry> waiting_;       // in program order: the rows' entries, then those of the row that is begun
  std::deque<unsigned> closed_;      // rows: how many entries
  std::array<unsigned, 32> slot_{};  // of the entries of this cycle
  unsigned added_ = 0;
  unsigned slots_before_ = 0;  // of the last cycle
  unsigned begun_ = 0;         // entries of the row that was begun in the last cycle
  unsigned first_ = 0;         // place of its first one
  bool within_reach_ = false;  // nothing joins it from further than `reach`
  bool begun_left_ = false;    // nothing joins it any more: it left
};

}  // namespace vtpu::core
