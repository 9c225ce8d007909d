#include "testbench/explore/worker_pool.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <stdexcept>

namespace vtpu::explore {
namespace {

using Clock = std::chrono::steady_clock;
using End = testbench::IsolatedOutcome::End;

// A message is its length in 8 bytes of this machine, then its text.
bool send_text(int fd, const std::string& text) {
  const std::uint64_t length = text.size();
  std::string message(reinterpret_cast<const char*>(&length), sizeof length);
  message += text;
  for (std::size_t at = 0; at < message.size();) {
    const ssize_t n = ::send(fd, message.data() + at, message.size() - at, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += static_cast<std::size_t>(n);
  }
  return true;
}

// The first whole message of what was received, taken out of it.
std::optional<std::string> first_text(std::string& received) {
  std::uint64_t length = 0;
  if (received.size() < sizeof length) return std::nullopt;
  std::memcpy(&length, received.data(), sizeof length);
  if (received.size() - sizeof length < length) return std::nullopt;
  std::string text = received.substr(sizeof length, length);
  received.erase(0, sizeof length + length);
  return text;
}

// False at the end of the stream.
bool receive_some(int fd, std::string& received) {
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    received.append(buffer.data(), static_cast<std::size_t>(n));
    return true;
  }
}

[[noreturn]] void serve(int fd, const LocalPool::Work& work) {
  std::string received;
  while (receive_some(fd, received)) {
    while (auto job = first_text(received)) {
      std::string answer;
      try {
        answer = work(*job);
      } catch (const std::exception& e) {
        static_cast<void>(!::write(STDERR_FILENO, e.what(), std::strlen(e.what())));
        _exit(1);
      }
      if (!send_text(fd, answer)) _exit(0);
    }
  }
  _exit(0);
}

}  // namespace

LocalPool::LocalPool(unsigned workers, Work work, std::chrono::milliseconds longest_job)
    : work_(std::move(work)), longest_job_(longest_job), workers_(workers) {
  for (Worker& worker : workers_) hire(worker);
}

LocalPool::~LocalPool() {
  for (Worker& worker : workers_) dismiss(worker);
}

void LocalPool::hire(Worker& worker) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw std::runtime_error(fmt::format("socketpair: {}", std::strerror(errno)));
  }
  const pid_t pid = testbench::fork_worker();
  if (pid == 0) {
    ::close(ends[0]);
    for (const Worker& other : workers_) {
      if (other.to >= 0) ::close(other.to);
    }
    serve(ends[1], work_);
  }
  ::close(ends[1]);
  worker = Worker{};
  worker.pid = pid;
  worker.to = worker.from = ends[0];
}

std::string LocalPool::dismiss(Worker& worker) {
  if (worker.to >= 0) ::close(worker.to);
  worker.to = worker.from = -1;
  if (worker.pid == 0) return "";
  int status = 0;
  // One that crashed is left to say how; one that waits or hangs would not end by itself soon enough.
  const bool has_ended = ::waitpid(worker.pid, &status, WNOHANG) == worker.pid;
  if (!has_ended) {
    ::kill(worker.pid, SIGKILL);
    ::waitpid(worker.pid, &status, 0);
  }
  worker.pid = 0;
  if (WIFSIGNALED(status)) return fmt::format("ended by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  return fmt::format("ended with code {}", WEXITSTATUS(status));
}

std::size_t LocalPool::room() const {
  return static_cast<std::size_t>(
      std::count_if(workers_.begin(), workers_.end(), [](const Worker& w) { return !w.busy; }));
}

std::size_t LocalPool::in_flight() const { return workers_.size() - room(); }

void LocalPool::start(Job job) {
  const auto worker = std::find_if(workers_.begin(), workers_.end(), [](const Worker& w) { return !w.busy; });
  if (worker == workers_.end()) throw std::logic_error("a job for a pool that has no room");
  if (!send_text(worker->to, job.text)) {
    dismiss(*worker);
    hire(*worker);
    if (!send_text(worker->to, job.text)) throw std::runtime_error("a worker takes no job");
  }
  worker->busy = true;
  worker->job = job.number;
  worker->until = Clock::now() + longest_job_;
}

bool LocalPool::take(Worker& worker, std::vector<Answer>& answers) {
  if (!receive_some(worker.from, worker.received)) return false;
  if (auto text = first_text(worker.received)) {
    answers.push_back({worker.job, End::Answered, std::move(*text)});
    worker.busy = false;
  }
  return true;
}

std::vector<Answer> LocalPool::wait(std::chrono::milliseconds patience) {
  std::vector<Answer> answers;
  std::vector<pollfd> polled;
  Clock::time_point until = Clock::now() + patience;
  for (const Worker& worker : workers_) {
    polled.push_back({worker.from, POLLIN, 0});
    if (worker.busy) until = std::min(until, worker.until);
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  const int ready = ::poll(polled.data(), polled.size(), static_cast<int>(std::max<std::int64_t>(left, 0)));
  if (ready < 0 && errno != EINTR) throw std::runtime_error(fmt::format("poll: {}", std::strerror(errno)));
  for (std::size_t w = 0; w < workers_.size(); ++w) {
    Worker& worker = workers_[w];
    const bool heard = ready > 0 && polled[w].revents != 0;
    const bool gone = heard && !take(worker, answers);
    const bool late = worker.busy && Clock::now() >= worker.until;
    if (!gone && !late) continue;
    const Answer lost{worker.job, late ? End::TimedOut : End::Crashed, ""};
    const bool was_busy = worker.busy;
    const std::string how = dismiss(worker);
    if (was_busy) answers.push_back({lost.number, lost.end, late ? "" : how});
    hire(worker);
  }
  return answers;
}

std::string LocalPool::describe() const {
  return fmt::format("{} worker{}", workers_.size(), workers_.size() == 1 ? "" : "s");
}

}  // namespace vtpu::explore
