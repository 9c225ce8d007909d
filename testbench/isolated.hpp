// A function in a process of its own, which answers with a text: an engine that crashes or hangs takes nobody with it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>

namespace vtpu::testbench {

struct IsolatedOutcome {
  enum class End : std::uint8_t { Answered, Crashed, TimedOut };
  End end = End::Answered;
  std::string answer;  // of the function; when it crashed, a sentence that says how
};

// Forks a process that ends with its parent, with the signal handlers of the system. 0 in the child. Precondition of
// this and all below: no other thread runs.
[[nodiscard]] pid_t fork_worker();

class IsolatedRun {
 public:
  // Starts at once.
  IsolatedRun(const std::function<std::string()>& function, std::chrono::milliseconds longest);
  ~IsolatedRun();
  IsolatedRun(const IsolatedRun&) = delete;
  IsolatedRun& operator=(const IsolatedRun&) = delete;

  // Takes what there is, waiting up to `patience` for more; true: `outcome` is complete.
  bool wait(std::chrono::milliseconds patience);
  [[nodiscard]] const IsolatedOutcome& outcome() const { return outcome_; }

 private:
  void settle(IsolatedOutcome::End end);

  pid_t pid_ = 0;
  int fd_ = -1;
  std::chrono::steady_clock::time_point end_;
  bool done_ = false;
  IsolatedOutcome outcome_;
};

[[nodiscard]] IsolatedOutcome run_isolated(const std::function<std::string()>& function,
                                           std::chrono::milliseconds longest);

// `work(i)` for every i below `count`, up to `jobs` at a time, each in a process of its own; `done(i, outcome)` as they
// end.
void run_all_isolated(std::size_t count, unsigned jobs, std::chrono::milliseconds longest,
                      const std::function<std::string(std::size_t)>& work,
                      const std::function<void(std::size_t, const IsolatedOutcome&)>& done);

}  // namespace vtpu::testbench
