#include "pack/pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vtpu::pack {
namespace {

constexpr unsigned kMostCopies = 16;
constexpr unsigned kMoreCopies = 3;    // beyond the least number: more arrangements
constexpr unsigned kMoreInterval = 6;  // words that an interval may be above the bound

class Attempt {
 public:
  Attempt(const LoopAnalysis& analysis, std::uint64_t count, RegisterMask live_after, RegisterMask free)
      : analysis_(analysis),
        count_(count),
        live_after_(live_after),
        free_(free),
        problem_(make_problem(analysis.operations, analysis.dependences)) {}

  PipelineAttempt run(unsigned longest) {
    PipelineAttempt result;
    if (problem_.nodes.size() > kMostNodes) {
      result.obstacle = fmt::format("the body has {} operations, and modulo scheduling takes at most {}",
                                    problem_.nodes.size(), kMostNodes);
      return result;
    }
    const unsigned bound = analysis_.bounds.words();
    for (unsigned interval = bound; interval <= std::min(longest, bound + kMoreInterval); ++interval) {
      for (const bool with_latencies : {true, false}) {
        if (result.loop = at(interval, with_latencies); result.loop) {
          result.obstacle = obstacle_;
          return result;
        }
      }
    }
    result.obstacle = obstacle_.empty() ? "one iteration is no longer than the bound" : obstacle_;
    return result;
  }

 private:
  std::optional<PipelinedLoop> at(unsigned interval, bool with_latencies) {
    const std::vector<unsigned> distances = wanted_distances(problem_, interval, with_latencies);
    std::optional<ModuloSchedule> schedule = modulo_schedule(problem_, interval, distances);
    if (!schedule) {
      if (obstacle_.empty()) obstacle_ = fmt::format("no arrangement in {} words was found", interval);
      return std::nullopt;
    }
    if (auto loop = with_registers(*schedule)) return loop;
    shorten_lifetimes(problem_, distances, analysis_.renamed, *schedule);
    return with_registers(*schedule);
  }

  std::optional<PipelinedLoop> with_registers(const ModuloSchedule& schedule) {
    if (count_ < schedule.stages) {
      note(fmt::format("{} iterations do not fill the {} stages of a pipeline", count_, schedule.stages));
      return std::nullopt;
    }
    std::vector<unsigned> word_of(analysis_.operations.size());
    for (std::uint32_t n = 0; n < problem_.nodes.size(); ++n) {
      for (const std::uint32_t i : problem_.nodes[n].operations) word_of[i] = schedule.time[n];
    }
    const LoopValues whole = values_of(analysis_.operations, analysis_.renamed, live_after_);
    const unsigned least = least_copies(whole, word_of, schedule.interval);
    for (unsigned copies = least; copies <= std::min(least + kMoreCopies, kMostCopies); ++copies) {
      if (auto rotation = rotate(whole, word_of, schedule.interval, count_, copies, free_)) {
        return finished(schedule, *rotation, whole, word_of, count_);
      }
      const std::uint64_t even = count_ - count_ % copies;
      if (even == count_ || even < schedule.stages) continue;
      // What the peeled iterations read must leave the pipelined ones.
      RegisterMask read = 0;
      for (const Operation& operation : analysis_.operations) read |= operation.read;
      const LoopValues cut = values_of(analysis_.operations, analysis_.renamed, live_after_ | read);
      if (auto rotation = rotate(cut, word_of, schedule.interval, even, copies, free_ & ~read)) {
        return finished(schedule, *rotation, cut, word_of, even);
      }
    }
    note(fmt::format("{} words would keep more values alive than there are registers", schedule.interval));
    return std::nullopt;
  }

  PipelinedLoop finished(const ModuloSchedule& schedule, const Rotation& rotation, const LoopValues& values,
                         const std::vector<unsigned>& word_of, std::uint64_t iterations) const {
    PipelinedLoop loop;
    loop.schedule = schedule;
    loop.rotation = rotation;
    loop.values = values;
    loop.iterations = iterations;
    loop.peeled = count_ - iterations;
    loop.rows.resize(schedule.stages * schedule.interval);
    std::vector<bool> holds(schedule.interval, false);
    std::vector<bool> holds_late = holds;
    for (std::uint32_t i = 0; i < word_of.size(); ++i) {
      loop.rows[word_of[i]].push_back(i);
      holds[word_of[i] % schedule.interval] = true;
      if (!analysis_.operations[i].runs_ahead) holds_late[word_of[i] % schedule.interval] = true;
    }
    loop.interval_words = static_cast<unsigned>(std::count(holds.begin(), holds.end(), true));
    loop.late_words = static_cast<unsigned>(std::count(holds_late.begin(), holds_late.end(), true));
    for (const auto& copies : rotation.registers) {
      for (const unsigned reg : copies) loop.used |= bit(reg);
    }
    return loop;
  }

  void note(std::string obstacle) {
    if (obstacle_.empty()) obstacle_ = std::move(obstacle);
  }

  const LoopAnalysis& analysis_;
  std::uint64_t count_;
  RegisterMask live_after_;
  RegisterMask free_;
  ScheduleProblem problem_;
  std::string obstacle_;  // the first one met
};

// The words of one interval, counted from the start: every stage works on an iteration of its own.
class IntervalWriter {
 public:
  IntervalWriter(const LoopAnalysis& analysis, const PipelinedLoop& loop, StreamWriter& writer)
      : operations_(analysis.operations),
        loop_(loop),
        writer_(writer),
        renamer_(analysis.operations, loop.values, loop.rotation) {}

  void write(std::uint64_t interval, bool late) {
    for (unsigned row = 0; row < loop_.schedule.interval; ++row) {
      WordInProgress word;
      for (unsigned stage = 0; stage < loop_.schedule.stages; ++stage) {
        if (stage > interval || interval - stage >= loop_.iterations) continue;
        for (const std::uint32_t operation : loop_.rows[stage * loop_.schedule.interval + row]) {
          if (late && operations_[operation].runs_ahead) continue;
          word.add(renamer_.renamed(operation, interval - stage));
        }
      }
      if (!word.empty()) writer_.add(word.word());
    }
  }

 private:
  const std::vector<Operation>& operations_;
  const PipelinedLoop& loop_;
  StreamWriter& writer_;
  Renamer renamer_;
};

}  // namespace

std::uint64_t PipelinedLoop::passes() const { return (iterations - (schedule.stages - 1)) / rotation.copies; }

// The last interval's iteration steps its pointer once more: that place, too, must be one that the loop gets to.
std::uint64_t PipelinedLoop::passes_ahead() const {
  if (ahead == 0) return 0;
  const std::uint64_t taken = ahead + schedule.stages;
  const std::uint64_t all = iterations + peeled;
  return all <= taken ? 0 : std::min(passes(), (all - taken) / rotation.copies);
}

std::uint64_t PipelinedLoop::intervals_ahead() const {
  return ahead == 0 ? 0 : schedule.stages - 1 + passes_ahead() * rotation.copies;
}

double PipelinedLoop::executed_words() const {
  const std::uint64_t all = iterations + schedule.stages - 1;
  const std::uint64_t with = intervals_ahead();
  return static_cast<double>(with) * interval_words + static_cast<double>(all - with) * late_words;
}

double PipelinedLoop::executed_ahead(const std::vector<Operation>& operations) const {
  double sum = 0;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto count = std::count_if(rows[row].begin(), rows[row].end(),
                                     [&](std::uint32_t operation) { return operations[operation].runs_ahead; });
    const std::uint64_t stage = row / schedule.interval;
    sum += static_cast<double>(count) * static_cast<double>(intervals_ahead() - std::min(stage, intervals_ahead()));
  }
  return sum;
}

PipelineAttempt pipeline_loop(const LoopAnalysis& analysis, std::uint64_t count, RegisterMask live_after,
                              RegisterMask free, unsigned longest) {
  return Attempt(analysis, count, live_after, free).run(longest);
}

std::vector<std::uint32_t> write_pipelined(const LoopAnalysis& analysis, const PipelinedLoop& loop,
                                           StreamWriter& writer) {
  IntervalWriter intervals(analysis, loop, writer);
  std::vector<std::uint32_t> kernels;
  const std::uint64_t full = loop.schedule.stages - 1;  // the first interval in which all stages work
  std::uint64_t at = 0;
  for (; at < full; ++at) intervals.write(at, false);
  const auto write_kernel = [&](std::uint64_t passes, bool late) {
    if (passes == 0) return;
    if (passes > 1) {
      kernels.push_back(writer.position());
      writer.begin_loop(passes);
    }
    for (unsigned copy = 0; copy < loop.rotation.copies; ++copy) intervals.write(at + copy, late);
    if (passes > 1) writer.end_loop();
    at += passes * loop.rotation.copies;
  };
  write_kernel(loop.passes_ahead(), false);
  write_kernel(loop.passes() - loop.passes_ahead(), true);
  for (; at < loop.iterations + full; ++at) intervals.write(at, true);
  return kernels;
}

}  // namespace vtpu::pack
