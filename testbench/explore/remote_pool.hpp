// A pool whose workers are the other ranks of a transport. Ranks may be unequal: each says how many jobs it takes at a
// time, and gets the next one when it has answered. A rank that falls silent is given up, and its jobs go to others.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <vector>

#include "testbench/explore/transport.hpp"
#include "testbench/explore/worker_pool.hpp"

namespace vtpu::explore {

class RemotePool final : public WorkerPool {
 public:
  // A rank of which nothing is heard for `silence` is lost. The transport outlives the pool.
  RemotePool(Transport& transport, std::chrono::milliseconds silence);

  [[nodiscard]] std::size_t room() const override;
  [[nodiscard]] std::size_t in_flight() const override;
  void start(Job job) override;
  // Throws std::runtime_error when no rank is left.
  [[nodiscard]] std::vector<Answer> wait(std::chrono::milliseconds patience) override;
  [[nodiscard]] std::string describe() const override;

  [[nodiscard]] std::size_t lost_ranks() const;
  // Sends the others home.
  void dismiss();

 private:
  using Clock = std::chrono::steady_clock;
  struct Rank {
    std::size_t capacity = 0;  // 0: not heard of yet
    bool lost = false;
    Clock::time_point heard;
    std::map<std::uint64_t, std::string> jobs;  // in its hands, by number
  };
  void take(const Transport::Letter& letter, std::vector<Answer>& answers);
  void give_up_silent_ranks();
  void hand_out();

  Transport& transport_;
  std::chrono::milliseconds silence_;
  std::vector<Rank> ranks_;  // index rank; 0 is this process
  std::deque<Job> waiting_;  // of lost ranks
  Clock::time_point beat_;
};

// What a rank but 0 does: jobs of rank 0, on the pool of its own, until it is sent home or rank 0 is silent for an
// hour.
void serve_rank(Transport& transport, WorkerPool& pool);

}  // namespace vtpu::explore
