#include "testbench/explore/remote_pool.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <charconv>
#include <deque>
#include <set>

namespace vtpu::explore {
namespace {

// Rank 0's side of a transport whose other ranks are scripted: each answers a job at once, unless it is dead.
class ScriptedRanks final : public Transport {
 public:
  explicit ScriptedRanks(std::vector<std::size_t> capacities) : capacities_(std::move(capacities)) {
    for (std::size_t r = 0; r < capacities_.size(); ++r)
      post(static_cast<int>(r + 1), fmt::format("hello {}", capacities_[r]));
  }
  [[nodiscard]] int rank() const override { return 0; }
  [[nodiscard]] int ranks() const override { return static_cast<int>(capacities_.size()) + 1; }
  void send(int to, std::string text) override {
    if (dead.contains(to)) return;
    if (text == "beat") return post(to, "beat");
    if (!text.starts_with("job ")) {
      sent_home.insert(to);
      return;
    }
    std::uint64_t number = 0;
    std::from_chars(text.data() + 4, text.data() + text.size(), number);
    jobs_of[to].push_back(number);
    if (dies_with_first_job == to) {
      dead.insert(to);
      return;
    }
    post(to, fmt::format("answer {} 0\ndone {}", number, text.substr(text.find('\n') + 1)));
  }
  [[nodiscard]] std::optional<Letter> receive() override {
    if (letters_.empty()) return std::nullopt;
    Letter letter = letters_.front();
    letters_.pop_front();
    return letter;
  }
  void finish(bool all_alive) override { finished_alive = all_alive; }

  std::set<int> dead, sent_home;
  int dies_with_first_job = -1;
  std::map<int, std::vector<std::uint64_t>> jobs_of;
  std::optional<bool> finished_alive;

 private:
  void post(int from, std::string text) { letters_.push_back({from, std::move(text)}); }
  std::vector<std::size_t> capacities_;
  std::deque<Letter> letters_;
};

std::map<std::uint64_t, std::string> run_jobs(RemotePool& pool, std::uint64_t jobs) {
  std::map<std::uint64_t, std::string> answers;
  for (std::uint64_t next = 0; next < jobs || pool.in_flight() != 0;) {
    while (next < jobs && pool.room() != 0) {
      pool.start({next, fmt::format("job {}", next)});
      ++next;
    }
    for (Answer& answer : pool.wait(std::chrono::milliseconds(20))) {
      CHECK(answers.emplace(answer.number, answer.text).second);
    }
  }
  return answers;
}

}  // namespace

TEST_CASE("ranks get jobs by what they take at a time, and every job is answered once") {
  ScriptedRanks ranks({1, 4});
  RemotePool pool(ranks, std::chrono::seconds(5));
  const auto answers = run_jobs(pool, 50);
  REQUIRE(answers.size() == 50);
  CHECK(answers.at(17) == "done job 17");
  CHECK(ranks.jobs_of.at(2).size() > ranks.jobs_of.at(1).size());
  pool.dismiss();
  CHECK(ranks.sent_home == std::set<int>{1, 2});
  CHECK(ranks.finished_alive == true);
}

TEST_CASE("a rank that falls silent is given up; its jobs are done by others, and nobody waits for it at the end") {
  ScriptedRanks ranks({2, 2});
  ranks.dies_with_first_job = 1;
  RemotePool pool(ranks, std::chrono::milliseconds(2000));
  const auto answers = run_jobs(pool, 30);
  CHECK(answers.size() == 30);
  CHECK(pool.lost_ranks() == 1);
  CHECK_FALSE(ranks.jobs_of.at(1).empty());
  pool.dismiss();
  CHECK(ranks.sent_home == std::set<int>{2});
  CHECK(ranks.finished_alive == false);
}

TEST_CASE("without any rank left the pool says so") {
  ScriptedRanks ranks({1});
  ranks.dies_with_first_job = 1;
  RemotePool pool(ranks, std::chrono::milliseconds(100));
  CHECK_THROWS_WITH(run_jobs(pool, 3), Catch::Contains("no rank is left"));
}

}  // namespace vtpu::explore
