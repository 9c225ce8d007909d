// Jobs handed to workers, texts in and texts out. A worker that crashes or hangs costs its job, not the pool.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "testbench/isolated.hpp"

namespace vtpu::explore {

struct Job {
  std::uint64_t number = 0;
  std::string text;
};

struct Answer {
  std::uint64_t number = 0;  // of the job
  testbench::IsolatedOutcome::End end = testbench::IsolatedOutcome::End::Answered;
  std::string text;  // where it crashed, a sentence that says how
};

class WorkerPool {
 public:
  virtual ~WorkerPool() = default;
  WorkerPool() = default;
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Jobs that it takes now.
  [[nodiscard]] virtual std::size_t room() const = 0;
  [[nodiscard]] virtual std::size_t in_flight() const = 0;
  // Precondition: room() > 0.
  virtual void start(Job job) = 0;
  // What has been answered, waiting up to `patience` for the first.
  [[nodiscard]] virtual std::vector<Answer> wait(std::chrono::milliseconds patience) = 0;
  // "2 workers"
  [[nodiscard]] virtual std::string describe() const = 0;
};

// Processes of this machine, each of which does one job after the other.
class LocalPool final : public WorkerPool {
 public:
  using Work = std::function<std::string(const std::string&)>;
  // `work` is called in the workers. Precondition: no other thread runs, now and when a lost worker is replaced.
  LocalPool(unsigned workers, Work work, std::chrono::milliseconds longest_job);
  ~LocalPool() override;

  [[nodiscard]] std::size_t room() const override;
  [[nodiscard]] std::size_t in_flight() const override;
  void start(Job job) override;
  [[nodiscard]] std::vector<Answer> wait(std::chrono::milliseconds patience) override;
  [[nodiscard]] std::string describe() const override;

 private:
  struct Worker {
    pid_t pid = 0;
    int to = -1, from = -1;
    bool busy = false;
    std::uint64_t job = 0;
    std::chrono::steady_clock::time_point until;
    std::string received;
  };
  void hire(Worker& worker);
  // Ends the process and says how it ended.
  static std::string dismiss(Worker& worker);
  // False where the worker is gone.
  static bool take(Worker& worker, std::vector<Answer>& answers);

  Work work_;
  std::chrono::milliseconds longest_job_;
  std::vector<Worker> workers_;
};

}  // namespace vtpu::explore
