#include "native/worker.hpp"

#include <bit>

namespace vtpu::native {

void ReadyQueue::set_capacity(std::size_t capacity) {
  ring_.assign(std::bit_ceil(capacity + 1), 0);
  mask_ = ring_.size() - 1;
  clear();
}

void Worker::hand_over(std::uint32_t sentron, Activity& activity) {
  activity.add(1);
  {
    const std::lock_guard lock(guard_);
    inbox_.push_back(sentron);
    has_mail_.store(true, std::memory_order_relaxed);
  }
  arrived_.notify_one();
}

void Worker::take_inbox() {
  for (const std::uint32_t sentron : inbox_) ready.push(sentron);
  inbox_.clear();
  has_mail_.store(false, std::memory_order_relaxed);
}

// The worker is busy and counted, so the sentrons on their way need no count of their own any more.
void Worker::collect(Activity& activity) {
  if (!has_mail_.load(std::memory_order_relaxed)) return;
  const std::lock_guard lock(guard_);
  const std::size_t n = inbox_.size();
  take_inbox();
  if (n > 0) static_cast<void>(activity.remove(n));
}

// Idle: the worker's own count goes; it comes back with what wakes the worker.
bool Worker::wait(Activity& activity) {
  std::unique_lock lock(guard_);
  if (inbox_.empty()) {
    lock.unlock();
    if (activity.remove(1)) return false;
    lock.lock();
    arrived_.wait(lock, [this] { return stopped_ || !inbox_.empty(); });
    if (inbox_.empty()) return false;
    activity.add(1);
  }
  const std::size_t n = inbox_.size();
  take_inbox();
  static_cast<void>(activity.remove(n));
  return true;
}

void Worker::stop() {
  {
    const std::lock_guard lock(guard_);
    stopped_ = true;
  }
  arrived_.notify_one();
}

void Worker::reset() {
  ready.clear();
  inbox_.clear();
  has_mail_.store(false, std::memory_order_relaxed);
  stopped_ = false;
}

}  // namespace vtpu::native
