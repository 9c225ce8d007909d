#include "testbench/isolated.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <deque>
#include <memory>
#include <stdexcept>

namespace vtpu::testbench {
namespace {

using Clock = std::chrono::steady_clock;
using End = IsolatedOutcome::End;

[[noreturn]] void answer(int fd, const std::function<std::string()>& function) {
  int code = 0;
  std::string text;
  try {
    text = function();
  } catch (const std::exception& e) {
    code = 1;
    text = e.what();
  }
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t n = write(fd, text.data() + at, text.size() - at);
    if (n <= 0) _exit(2);
    at += static_cast<std::size_t>(n);
  }
  _exit(code);
}

}  // namespace

pid_t fork_worker() {
  std::fflush(nullptr);
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error(fmt::format("fork: {}", std::strerror(errno)));
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // A handler of the parent (a test framework has some) would hide how an engine died.
    for (const int s : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTERM}) std::signal(s, SIG_DFL);
  }
  return pid;
}

IsolatedRun::IsolatedRun(const std::function<std::string()>& function, std::chrono::milliseconds longest)
    : end_(Clock::now() + longest) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error(fmt::format("pipe: {}", std::strerror(errno)));
  pid_ = fork_worker();
  if (pid_ == 0) {
    close(ends[0]);
    answer(ends[1], function);
  }
  close(ends[1]);
  fd_ = ends[0];
}

IsolatedRun::~IsolatedRun() {
  if (!done_) settle(End::TimedOut);
}

bool IsolatedRun::wait(std::chrono::milliseconds patience) {
  const Clock::time_point until = std::min(end_, Clock::now() + patience);
  while (!done_) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd waiting{fd_, POLLIN, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) {
      if (Clock::now() < end_) return false;
      settle(End::TimedOut);
      break;
    }
    std::array<char, 4096> buffer{};
    const ssize_t n = read(fd_, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      settle(End::Answered);
      break;
    }
    outcome_.answer.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return true;
}

void IsolatedRun::settle(End end) {
  close(fd_);
  if (end == End::TimedOut) kill(pid_, SIGKILL);
  int status = 0;
  waitpid(pid_, &status, 0);
  done_ = true;
  outcome_.end = end;
  if (end == End::TimedOut) return;
  if (WIFSIGNALED(status)) {
    outcome_.end = End::Crashed;
    outcome_.answer = fmt::format("ended by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  } else if (WEXITSTATUS(status) != 0) {
    outcome_.end = End::Crashed;
    outcome_.answer = fmt::format("ended with code {}: {}", WEXITSTATUS(status), outcome_.answer);
  }
}

IsolatedOutcome run_isolated(const std::function<std::string()>& function, std::chrono::milliseconds longest) {
  IsolatedRun run(function, longest);
  while (!run.wait(std::chrono::seconds(1))) {
  }
  return run.outcome();
}

void run_all_isolated(std::size_t count, unsigned jobs, std::chrono::milliseconds longest,
                      const std::function<std::string(std::size_t)>& work,
                      const std::function<void(std::size_t, const IsolatedOutcome&)>& done) {
  constexpr std::chrono::milliseconds kPatience{10};
  std::deque<std::pair<std::size_t, std::unique_ptr<IsolatedRun>>> running;
  std::size_t next = 0;
  while (next < count || !running.empty()) {
    while (next < count && running.size() < std::max(1U, jobs)) {
      const std::size_t i = next++;
      running.emplace_back(i, std::make_unique<IsolatedRun>([&work, i] { return work(i); }, longest));
    }
    auto job = std::move(running.front());
    running.pop_front();
    if (job.second->wait(kPatience)) {
      done(job.first, job.second->outcome());
    } else {
      running.push_back(std::move(job));
    }
  }
}

}  // namespace vtpu::testbench
