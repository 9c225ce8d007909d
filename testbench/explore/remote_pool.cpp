#include "testbench/explore/remote_pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>
#include <thread>

namespace vtpu::explore {
namespace {

// Letters: "hello CAPACITY", "beat", "job NUMBER\nTEXT", "answer NUMBER END\nTEXT", "home ALL_ALIVE".
using End = testbench::IsolatedOutcome::End;

constexpr std::chrono::milliseconds kBeat{500};
constexpr std::chrono::milliseconds kLook{1};
constexpr std::chrono::hours kOrphan{1};

struct Parsed {
  std::string_view kind;
  std::vector<std::uint64_t> numbers;
  std::string_view text;
};

Parsed parse(std::string_view letter) {
  Parsed parsed;
  const std::size_t line_end = std::min(letter.find('\n'), letter.size());
  std::string_view line = letter.substr(0, line_end);
  if (line_end < letter.size()) parsed.text = letter.substr(line_end + 1);
  parsed.kind = line.substr(0, line.find(' '));
  line.remove_prefix(parsed.kind.size());
  while (!line.empty()) {
    line.remove_prefix(1);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    if (error != std::errc{}) break;
    parsed.numbers.push_back(number);
    line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  }
  return parsed;
}

}  // namespace

RemotePool::RemotePool(Transport& transport, std::chrono::milliseconds silence)
    : transport_(transport), silence_(silence), ranks_(static_cast<std::size_t>(transport.ranks())) {
  for (Rank& rank : ranks_) rank.heard = Clock::now();
  ranks_[0].lost = true;  // it hands out
}

std::size_t RemotePool::room() const {
  std::size_t room = 0;
  for (const Rank& rank : ranks_) {
    if (!rank.lost && rank.capacity > rank.jobs.size()) room += rank.capacity - rank.jobs.size();
  }
  return room - std::min(room, waiting_.size());
}

std::size_t RemotePool::in_flight() const {
  std::size_t jobs = waiting_.size();
  for (const Rank& rank : ranks_) jobs += rank.jobs.size();
  return jobs;
}

std::size_t RemotePool::lost_ranks() const {
  return static_cast<std::size_t>(
      std::count_if(ranks_.begin() + 1, ranks_.end(), [](const Rank& rank) { return rank.lost; }));
}

void RemotePool::start(Job job) {
  waiting_.push_back(std::move(job));
  hand_out();
}

// The rank with the most room gets the next job.
void RemotePool::hand_out() {
  while (!waiting_.empty()) {
    std::size_t best = 0;
    std::size_t most = 0;
    for (std::size_t r = 1; r < ranks_.size(); ++r) {
      const Rank& rank = ranks_[r];
      const std::size_t room = rank.lost || rank.capacity <= rank.jobs.size() ? 0 : rank.capacity - rank.jobs.size();
      if (room <= most) continue;
      most = room;
      best = r;
    }
    if (most == 0) return;
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    transport_.send(static_cast<int>(best), fmt::format("job {}\n{}", job.number, job.text));
    ranks_[best].jobs.emplace(job.number, std::move(job.text));
  }
}

void RemotePool::take(const Transport::Letter& letter, std::vector<Answer>& answers) {
  Rank& rank = ranks_.at(static_cast<std::size_t>(letter.from));
  if (rank.lost) return;  // it was only slow; its jobs are with others
  rank.heard = Clock::now();
  const Parsed parsed = parse(letter.text);
  if (parsed.kind == "hello" && parsed.numbers.size() == 1) rank.capacity = parsed.numbers[0];
  if (parsed.kind != "answer" || parsed.numbers.size() != 2 || rank.jobs.erase(parsed.numbers[0]) == 0) return;
  answers.push_back({parsed.numbers[0], static_cast<End>(parsed.numbers[1]), std::string(parsed.text)});
}

void RemotePool::give_up_silent_ranks() {
  const Clock::time_point now = Clock::now();
  for (std::size_t r = 1; r < ranks_.size(); ++r) {
    Rank& rank = ranks_[r];
    if (rank.lost || now - rank.heard < silence_) continue;
    rank.lost = true;
    fmt::print(stderr, "rank {} is lost, its {} points go to others\n", r, rank.jobs.size());
    for (auto& [number, text] : rank.jobs) waiting_.push_back({number, std::move(text)});
    rank.jobs.clear();
  }
  if (lost_ranks() + 1 == ranks_.size()) throw std::runtime_error("no rank is left to simulate");
}

std::vector<Answer> RemotePool::wait(std::chrono::milliseconds patience) {
  const Clock::time_point until = Clock::now() + patience;
  std::vector<Answer> answers;
  for (;;) {
    const Clock::time_point now = Clock::now();
    if (now - beat_ >= kBeat) {
      beat_ = now;
      for (std::size_t r = 1; r < ranks_.size(); ++r) {
        if (!ranks_[r].lost) transport_.send(static_cast<int>(r), "beat");
      }
    }
    const std::size_t room_before = room();
    while (auto letter = transport_.receive()) take(*letter, answers);
    give_up_silent_ranks();
    hand_out();
    if (!answers.empty() || room() > room_before || now >= until) return answers;
    std::this_thread::sleep_for(kLook);
  }
}

void RemotePool::dismiss() {
  const bool all_alive = lost_ranks() == 0;
  for (std::size_t r = 1; r < ranks_.size(); ++r) {
    if (!ranks_[r].lost) transport_.send(static_cast<int>(r), fmt::format("home {}", all_alive ? 1 : 0));
  }
  transport_.finish(all_alive);
}

std::string RemotePool::describe() const { return fmt::format("{} ranks", ranks_.size() - 1); }

void serve_rank(Transport& transport, WorkerPool& pool) {
  using Clock = std::chrono::steady_clock;
  transport.send(0, fmt::format("hello {}", pool.room()));
  Clock::time_point beat = Clock::now();
  Clock::time_point heard = beat;
  for (;;) {
    while (auto letter = transport.receive()) {
      heard = Clock::now();
      const Parsed parsed = parse(letter->text);
      if (parsed.kind == "home") return transport.finish(parsed.numbers == std::vector<std::uint64_t>{1});
      if (parsed.kind == "job" && parsed.numbers.size() == 1) pool.start({parsed.numbers[0], std::string(parsed.text)});
    }
    for (const Answer& answer : pool.wait(std::chrono::milliseconds(pool.in_flight() == 0 ? 5 : 2))) {
      transport.send(0, fmt::format("answer {} {}\n{}", answer.number, static_cast<int>(answer.end), answer.text));
    }
    const Clock::time_point now = Clock::now();
    if (now - beat >= kBeat) {
      beat = now;
      transport.send(0, "beat");
    }
    if (now - heard > kOrphan) return transport.finish(false);
  }
}

}  // namespace vtpu::explore
