// The sentrons of one worker that can run, and how other workers hand it sentrons.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "native/translation_table.hpp"

namespace vtpu::native {

// First in, first out; never more than `capacity` at once.
class ReadyQueue {
 public:
  void set_capacity(std::size_t capacity);
  void clear() { head_ = tail_ = 0; }
  [[nodiscard]] bool empty() const { return head_ == tail_; }
  void push(std::uint32_t sentron) { ring_[tail_++ & mask_] = sentron; }
  [[nodiscard]] std::uint32_t pop() { return ring_[head_++ & mask_]; }

 private:
  std::vector<std::uint32_t> ring_{0};
  std::size_t mask_ = 0;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
};

// Says when nothing can happen any more: no worker is busy and no sentron is on its way to one.
class Activity {
 public:
  void start(unsigned busy_workers) { count_.store(busy_workers, std::memory_order_relaxed); }
  void add(std::uint64_t n) { count_.fetch_add(n, std::memory_order_acq_rel); }
  // True for the one call that reaches zero.
  [[nodiscard]] bool remove(std::uint64_t n) { return count_.fetch_sub(n, std::memory_order_acq_rel) == n; }

 private:
  std::atomic<std::uint64_t> count_{0};
};

class Worker {
 public:
  // From this worker's thread.
  ReadyQueue ready;
  TranslationTable translations;

  // From another worker's thread: `sentron` can run again.
  void hand_over(std::uint32_t sentron, Activity& activity);
  // Moves what was handed over to `ready`. Cheap when there is nothing.
  void collect(Activity& activity);
  // Sleeps until something is handed over (true) or all is over (false). Precondition: `ready` is empty.
  [[nodiscard]] bool wait(Activity& activity);
  void stop();
  void reset();

 private:
  void take_inbox();

  std::mutex guard_;
  std::condition_variable arrived_;
  std::vector<std::uint32_t> inbox_;
  std::atomic<bool> has_mail_{false};
  bool stopped_ = false;
};

}  // namespace vtpu::native
