#include "testbench/crosscheck.hpp"

#include <fmt/format.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <new>

#include "testbench/isolated.hpp"
#include "testbench/shrink.hpp"

namespace vtpu::testbench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kKeptBytes = 256 * 1024 * 1024;

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count();
}
double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// What a worker tells its parent while it runs; lies in memory that both share.
struct alignas(64) WorkerState {
  std::atomic<std::uint64_t> seed{0};
  std::atomic<std::uint32_t> contender{0};
  std::atomic<std::int64_t> started_ns{0};  // of this contender's run
  std::atomic<std::uint64_t> checked{0};
  std::atomic<std::uint64_t> runs{0};
  std::atomic<bool> disagreed{false};
};

class SharedStates {
 public:
  explicit SharedStates(std::size_t n) : bytes_(n * sizeof(WorkerState)) {
    void* memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    states_ = static_cast<WorkerState*>(memory);
    for (std::size_t i = 0; i < n; ++i) new (states_ + i) WorkerState();
  }
  ~SharedStates() { munmap(states_, bytes_); }
  SharedStates(const SharedStates&) = delete;
  SharedStates& operator=(const SharedStates&) = delete;
  WorkerState& operator[](std::size_t i) { return states_[i]; }

 private:
  std::size_t bytes_;
  WorkerState* states_;
};

std::vector<std::string> disagreement(const isa::Program& program, const Contender& truth, const Contender& contender,
                                      FindingKind& kind) {
  const Result<isa::MachineState> expected = truth.run(program);
  const Result<isa::MachineState> found = contender.run(program);
  kind = FindingKind::Refused;
  for (const auto* side : {&expected, &found}) {
    if (*side) continue;
    std::vector<std::string> sentences;
    for (const Error& e : side->error()) sentences.push_back(e.text());
    return sentences;
  }
  kind = FindingKind::Differs;
  return isa::differences(*expected, truth.name, *found, contender.name);
}

// ---- a worker ----

// Checks one seed; false at the first disagreement.
bool check_seed(const CrosscheckPlan& plan, std::uint64_t seed, WorkerState& state) {
  const isa::Program program = plan.program(seed);
  const std::vector<Contender> contenders = plan.contenders(seed);
  std::optional<isa::MachineState> truth;
  for (std::uint32_t c = 0; c < contenders.size(); ++c) {
    state.contender = c;
    state.started_ns = now_ns();
    Result<isa::MachineState> found = contenders[c].run(program);
    if (!found) return false;
    ++state.runs;
    if (!truth) {
      truth = std::move(*found);
    } else if (!(*truth == *found)) {
      return false;
    }
  }
  ++state.checked;
  return true;
}

[[noreturn]] void work(const CrosscheckPlan& plan, unsigned job, WorkerState& state) {
  // Engines come and go thousands of times a minute; memory that went back to the kernel each time took half the time.
  mallopt(M_MMAP_THRESHOLD, kKeptBytes);
  mallopt(M_TRIM_THRESHOLD, kKeptBytes);
  const std::uint64_t end = plan.first_seed + plan.programs;
  for (std::uint64_t seed = plan.first_seed + job; seed < end; seed += plan.jobs) {
    state.started_ns = now_ns();
    state.seed = seed;
    if (!check_seed(plan, seed, state)) {
      state.disagreed = true;
      _exit(1);
    }
  }
  _exit(0);
}

// ---- the parent of workers ----

struct Suspect {
  std::uint64_t seed = 0;
  std::uint32_t contender = 0;
};

class Campaign {
 public:
  explicit Campaign(const CrosscheckPlan& plan) : plan_(plan), states_(plan.jobs), pids_(plan.jobs, 0) {}

  // The first seed that failed, if one did.
  std::optional<Suspect> run() {
    for (unsigned job = 0; job < plan_.jobs; ++job) {
      states_[job].started_ns = now_ns();
      pids_[job] = fork_worker();
      if (pids_[job] == 0) work(plan_, job, states_[job]);
    }
    std::optional<Suspect> suspect;
    Clock::time_point told = start_;
    while (!suspect && running() > 0) {
      usleep(20'000);
      suspect = look();
      if (plan_.progress && seconds_since(told) >= 1) {
        told = Clock::now();
        tell();
      }
    }
    stop();
    if (plan_.progress) tell();
    return suspect;
  }

  [[nodiscard]] std::uint64_t checked() { return sum(&WorkerState::checked); }
  [[nodiscard]] std::uint64_t runs() { return sum(&WorkerState::runs); }
  [[nodiscard]] double seconds() const { return seconds_since(start_); }

 private:
  std::uint64_t sum(std::atomic<std::uint64_t> WorkerState::*field) {
    std::uint64_t n = 0;
    for (unsigned job = 0; job < plan_.jobs; ++job) n += states_[job].*field;
    return n;
  }
  [[nodiscard]] unsigned running() const {
    unsigned n = 0;
    for (const pid_t pid : pids_) n += pid > 0 ? 1 : 0;
    return n;
  }

  std::optional<Suspect> look() {
    for (unsigned job = 0; job < plan_.jobs; ++job) {
      if (pids_[job] <= 0) continue;
      WorkerState& state = states_[job];
      int status = 0;
      if (waitpid(pids_[job], &status, WNOHANG) == pids_[job]) {
        pids_[job] = 0;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return Suspect{state.seed, state.contender};
      } else if (now_ns() - state.started_ns > std::chrono::nanoseconds(plan_.longest_run).count()) {
        return Suspect{state.seed, state.contender};
      }
    }
    return std::nullopt;
  }

  void stop() {
    for (pid_t& pid : pids_) {
      if (pid <= 0) continue;
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
      pid = 0;
    }
  }

  void tell() {
    CrosscheckProgress progress;
    progress.checked = checked();
    progress.programs = plan_.programs;
    progress.per_second = static_cast<double>(progress.checked) / std::max(1e-3, seconds());
    progress.seconds_left =
        static_cast<double>(plan_.programs - progress.checked) / std::max(1e-3, progress.per_second);
    plan_.progress(progress);
  }

  const CrosscheckPlan& plan_;
  SharedStates states_;
  std::vector<pid_t> pids_;
  Clock::time_point start_ = Clock::now();
};

// ---- one program in a process of its own ----

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

Finding shrink_finding(const CrosscheckPlan& plan, const Suspect& suspect) {
  const isa::Program program = plan.program(suspect.seed);
  const std::vector<Contender> contenders = plan.contenders(suspect.seed);
  const Contender& truth = contenders.front();
  const Contender& contender = contenders.at(suspect.contender);
  std::chrono::milliseconds longest = plan.longest_run;
  const auto check = [&](const isa::Program& p) { return check_alone(p, truth, contender, longest); };
  Finding finding;
  finding.seed = suspect.seed;
  finding.truth = truth.name;
  finding.contender = contender.name;
  finding.size_before = size_of(program);
  const std::optional<Verdict> first = check(program);
  if (!first) {
    finding.kind = FindingKind::Crashed;
    finding.sentences = {"the finding did not show again when the program ran alone: it depends on what ran before"};
    finding.program = program;
  } else {
    // Hangs are slow to see: less patience and fewer steps for them.
    const bool hung = first->kind == FindingKind::Hung;
    if (hung) longest = std::min(longest, std::chrono::milliseconds(1000));
    const auto same = [&](const isa::Program& p) {
      const std::optional<Verdict> verdict = check(p);
      return verdict && verdict->kind == first->kind;
    };
    finding.program =
        shrink(program, same, hung ? std::min<std::uint64_t>(100, plan.shrink_tries) : plan.shrink_tries).program;
    finding.kind = first->kind;
    const std::optional<Verdict> last = check(finding.program);
    finding.sentences = (last ? last : first)->sentences;
  }
  finding.size_after = size_of(finding.program);
  return finding;
}

}  // namespace

std::string_view name_of(FindingKind kind) {
  static constexpr std::array<std::string_view, 4> kNames{"the states differ", "refused", "crashed", "hung"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::optional<Verdict> check_alone(const isa::Program& program, const Contender& truth, const Contender& contender,
                                   std::chrono::milliseconds longest_run) {
  // The answer's first character is the kind; nothing at all: they agree.
  const IsolatedOutcome outcome = run_isolated(
      [&] {
        FindingKind kind{};
        std::string text;
        for (const std::string& s : disagreement(program, truth, contender, kind)) text += s + "\n";
        return text.empty() ? text : (kind == FindingKind::Refused ? "R" : "D") + text;
      },
      longest_run);
  switch (outcome.end) {
    case IsolatedOutcome::End::TimedOut:
      return Verdict{FindingKind::Hung, {fmt::format("{} ran longer than {} ms", contender.name, longest_run.count())}};
    case IsolatedOutcome::End::Crashed: return Verdict{FindingKind::Crashed, {contender.name + " " + outcome.answer}};
    case IsolatedOutcome::End::Answered: break;
  }
  if (outcome.answer.empty()) return std::nullopt;
  const FindingKind kind = outcome.answer[0] == 'R' ? FindingKind::Refused : FindingKind::Differs;
  return Verdict{kind, lines_of(outcome.answer.substr(1))};
}

CrosscheckResult crosscheck(const CrosscheckPlan& plan) {
  Campaign campaign(plan);
  const std::optional<Suspect> suspect = campaign.run();
  CrosscheckResult result;
  result.checked = campaign.checked();
  result.runs = campaign.runs();
  result.seconds = campaign.seconds();
  if (suspect) result.finding = shrink_finding(plan, *suspect);
  return result;
}

}  // namespace vtpu::testbench
