#include "testbench/explore/worker_pool.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <map>
#include <stdexcept>
#include <thread>

namespace vtpu::explore {
namespace {

using End = testbench::IsolatedOutcome::End;

std::string work(const std::string& job) {
  if (job == "crash") std::raise(SIGSEGV);
  if (job == "throw") throw std::runtime_error("what a job throws");
  if (job == "hang") std::this_thread::sleep_for(std::chrono::hours(1));
  return job + job;
}

std::map<std::uint64_t, Answer> all_of(LocalPool& pool, const std::vector<std::string>& jobs) {
  std::map<std::uint64_t, Answer> answers;
  for (std::size_t next = 0; next < jobs.size() || pool.in_flight() != 0;) {
    while (next < jobs.size() && pool.room() != 0) {
      pool.start({next, jobs[next]});
      ++next;
    }
    for (Answer& answer : pool.wait(std::chrono::seconds(5))) answers.emplace(answer.number, answer);
  }
  return answers;
}

}  // namespace

TEST_CASE("every job is answered, large texts too") {
  LocalPool pool(3, work, std::chrono::seconds(30));
  std::vector<std::string> jobs(40, "x");
  jobs[7] = std::string(3'000'000, 'y');
  const auto answers = all_of(pool, jobs);
  REQUIRE(answers.size() == jobs.size());
  for (const auto& [number, answer] : answers) {
    CHECK(answer.end == End::Answered);
    CHECK(answer.text == jobs[number] + jobs[number]);
  }
}

TEST_CASE("a worker that crashes or hangs costs its job, not the pool") {
  LocalPool pool(2, work, std::chrono::milliseconds(500));
  const auto answers = all_of(pool, {"a", "crash", "b", "hang", "throw", "c"});
  REQUIRE(answers.size() == 6);
  CHECK(answers.at(0).text == "aa");
  CHECK(answers.at(2).text == "bb");
  CHECK(answers.at(5).text == "cc");
  CHECK(answers.at(1).end == End::Crashed);
  CHECK(answers.at(3).end == End::TimedOut);
  CHECK(answers.at(4).end == End::Crashed);
}

}  // namespace vtpu::explore
