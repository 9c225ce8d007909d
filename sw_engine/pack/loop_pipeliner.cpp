#include "pack/loop_pipeliner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "pack/borrowing.hpp"
#include "pack/list_schedule.hpp"
#include "pack/liveness.hpp"
#include "pack/loop_analysis.hpp"
#include "pack/pipeline.hpp"
#include "pack/pointer_split.hpp"
#include "pack/prefetching.hpp"

namespace vtpu::pack {
namespace {

constexpr RegisterMask kEveryRegister = (RegisterMask{1} << kRegisters) - 1;
// What the fill and drain of a loop that is pipelined for its prefetches alone may cost.
constexpr double kPrefetchCost = 0.02;

// Registers that the loop neither names nor leaves a value in.
RegisterMask untouched(const LoopAnalysis& analysis, RegisterMask free) {
  for (const Operation& operation : analysis.operations) free &= ~(operation.read | operation.written);
  return free;
}

// An innermost loop on its way: what will be written, and what is known on the way there.
struct Candidate {
  const Region& region;
  ListSchedule plain;  // the best that blocks allow
  RegisterMask live_after = 0;
  RegisterMask free = 0;
  LoopAnalysis analysis;
  std::vector<isa::Siw> before;       // goes in front of the loop
  RegisterMask used = 0;              // by `before`
  std::optional<PipelinedLoop> loop;  // nothing: stays as it is
  std::string obstacle;

  [[nodiscard]] unsigned length() const { return static_cast<unsigned>(plain.words.size()); }
  [[nodiscard]] unsigned interval() const { return loop ? loop->interval_words : length(); }
};

class LoopPipeliner {
 public:
  LoopPipeliner(const isa::Program& program, const Sharing& sharing, std::uint32_t index, const Stage& source,
                const Latencies& latencies, bool prefetch, std::vector<LoopReport>& reports, std::uint64_t& room)
      : program_(program),
        sharing_(sharing),
        index_(index),
        source_(source),
        latencies_(latencies),
        prefetch_(prefetch),
        reports_(reports),
        room_(room),
        liveness_(liveness_of(source.stream.words, source.regions)),
        borrowable_(borrowable(program, index, ~liveness_.touched)),
        writer_(source.stream.name) {}

  Stage run() {
    pipeline(source_.regions);
    writer_.add(words_that_restore(program_, index_, borrowed_));
    Stage stage(program_, sharing_, index_, writer_.take());
    stage.reports = std::move(loops_);
    stage.kernels = std::move(kernels_);
    return stage;
  }

 private:
  void copy(std::uint32_t first, std::uint32_t end) {
    for (std::uint32_t w = first; w < end; ++w) writer_.add(source_.stream.words[w]);
  }

  void pipeline(const std::vector<Region>& regions) {
    for (const Region& region : regions) {
      if (!region.is_loop()) {
        copy(region.first, region.end);
      } else if (!region.is_innermost() || !pipeline_innermost(region)) {
        const std::uint32_t first = writer_.position();
        writer_.begin_loop(region.count);
        pipeline(region.regions);
        writer_.end_loop();
        if (region.is_innermost()) loops_[first] = source_.reports.at(region.first);
      }
    }
  }

  // False where the loop is left as it is; its report then says why.
  bool pipeline_innermost(const Region& region) {
    LoopReport& report = reports_[source_.reports.at(region.first)];
    Candidate candidate{region, {}, 0, 0, analyse(region), {}, 0, {}, {}};
    if (!candidate.analysis.complete) {
      report.gap = fmt::format("the body has more than {} operations, too many for pipelining", kMostAnalysed);
      report.prefetch.why_none = "the body is too long for pipelining";
      return false;
    }
    if (candidate.analysis.operations.empty()) return false;
    candidate.plain = list_schedule(source_.stream.words, region.first, region.end, source_.ranges, latencies_);
    candidate.live_after = liveness_.after_loop.at(region.first);
    candidate.free = (~candidate.live_after | borrowable_) & kEveryRegister;
    overlap(candidate, report);
    const LoopAnalysis bare = candidate.analysis;
    if (prefetch_) prefetch(candidate, report);
    if (!candidate.loop) {
      if (candidate.length() > report.bounds.words()) report.gap = candidate.obstacle;
      return false;
    }
    const std::uint64_t growth = most_words(candidate);
    if (growth > room_) {
      report.gap = fmt::format("the packed program would have more than {} words", isa::kMaxWords);
      report.prefetch = {0, 0, 0, report.gap};
      return false;
    }
    room_ -= growth;
    write(candidate);
    describe(report, candidate, bare);
    return true;
  }

  [[nodiscard]] LoopAnalysis analyse(const Region& region,
                                     const std::map<std::uint32_t, isa::Slot>& replaced = {}) const {
    return analyse_loop(source_.stream.words, region, source_.ranges, latencies_, replaced);
  }

  // Sets candidate.loop where overlapped iterations pay.
  void overlap(Candidate& candidate, const LoopReport& report) const {
    const unsigned length = candidate.length();
    if (!latencies_.in_order() && length <= candidate.analysis.bounds.resource()) return;
    split_where_it_helps(candidate);
    PipelineAttempt attempt =
        pipeline_loop(candidate.analysis, report.count, candidate.live_after, candidate.free, length);
    candidate.obstacle = std::move(attempt.obstacle);
    if (attempt.loop && pays(*attempt.loop, report.count, candidate.plain, candidate.analysis.bounds, 1.0)) {
      candidate.loop = std::move(attempt.loop);
      return;
    }
    if (candidate.obstacle.empty()) {
      candidate.obstacle = fmt::format("{} iterations are too few to pay for fill and drain", report.count);
    }
  }

  // Where a recurrence is the larger bound, it may be one that only ties a pointer to its own step.
  void split_where_it_helps(Candidate& candidate) const {
    const LoopBounds& bounds = candidate.analysis.bounds;
    if (std::max(bounds.recurrence, bounds.recurrence_cycles) <= bounds.resource()) return;
    PointerSplit split =
        split_pointers(source_.stream.words, candidate.region, untouched(candidate.analysis, candidate.free));
    LoopAnalysis apart = analyse(candidate.region, split.replaced);
    const bool helps =
        apart.bounds.recurrence < bounds.recurrence || apart.bounds.recurrence_cycles < bounds.recurrence_cycles;
    if (!helps) return;
    candidate.analysis = std::move(apart);
    candidate.before = std::move(split.before);
    candidate.used = split.used;
  }

  // Puts as many prefetches into the loop as find S slots, a register and no more words.
  void prefetch(Candidate& candidate, LoopReport& report) const {
    const Region& region = candidate.region;
    const unsigned interval = candidate.interval();
    const PrefetchPlan plan =
        plan_prefetches(source_.stream.words, region, source_.ranges, candidate.analysis, latencies_, interval);
    report.prefetch.why_none = plan.why_none;
    if (plan.walks.empty()) return;
    const unsigned s_slots = candidate.analysis.bounds.slots[static_cast<std::size_t>(isa::Pipe::S)];
    const unsigned empty = interval > s_slots ? interval - s_slots : 0;
    const RegisterMask free = untouched(candidate.analysis, candidate.free);
    const CoordinateGrowth growth = growth_over(source_.stream.words, region.first, region.end);
    if (empty < 2)
      report.prefetch.why_none = fmt::format("{} of {} S slots are empty, and it takes two", empty, interval);
    for (unsigned lines = std::min(plan.lines(), empty / 2); lines > 0;) {
      const Prefetches prefetches = prefetches_of(plan, lines, free, region.end);
      if (prefetches.lines == 0) {
        report.prefetch.why_none = "no coordinate register is free";
        return;
      }
      LoopAnalysis with = with_prefetches(candidate.analysis, prefetches, growth, latencies_);
      PipelineAttempt attempt =
          pipeline_loop(with, region.count, candidate.live_after, candidate.free & ~prefetches.used, interval);
      if (attempt.loop) {
        attempt.loop->ahead = plan.distance;
        const bool small = attempt.loop->interval_words <= interval && attempt.loop->passes_ahead() > 0;
        if (small && pays(*attempt.loop, region.count, candidate.plain, candidate.analysis.bounds, 1 + kPrefetchCost)) {
          candidate.loop = std::move(attempt.loop);
          candidate.analysis = std::move(with);
          candidate.before.insert(candidate.before.end(), prefetches.before.begin(), prefetches.before.end());
          candidate.used |= prefetches.used;
          report.prefetch = {
              prefetches.lines, plan.distance, candidate.loop->executed_ahead(candidate.analysis.operations), {}};
          return;
        }
      }
      report.prefetch.why_none = fmt::format("no arrangement without more than {} words was found", interval);
      lines = prefetches.lines - 1;
    }
  }

  // Of fill, kernels, drain, what is peeled, and what sets up and restores registers.
  [[nodiscard]] static std::uint64_t most_words(const Candidate& candidate) {
    constexpr std::uint64_t kAround = 128;
    const PipelinedLoop& loop = *candidate.loop;
    const std::uint64_t kernels = loop.ahead == 0 ? 2 : 3;  // the last for what is left of a pass
    const std::uint64_t intervals = 2 * std::uint64_t{loop.schedule.stages - 1} + kernels * loop.rotation.copies;
    return intervals * loop.interval_words + loop.peeled * candidate.length() + kAround;
  }

  // Words decide; in order, cycles do. `times`: how much of what the plain loop costs is allowed.
  [[nodiscard]] bool pays(const PipelinedLoop& loop, std::uint64_t count, const ListSchedule& plain,
                          const LoopBounds& bounds, double times) const {
    const auto length = static_cast<double>(plain.words.size());
    if (!latencies_.in_order()) {
      const double words = loop.executed_words() + static_cast<double>(loop.peeled) * length;
      return words < times * static_cast<double>(count) * length;
    }
    const double interval = std::max(loop.interval_words, bounds.recurrence_cycles);
    const double overlapped = static_cast<double>(loop.iterations) + loop.schedule.stages - 1;
    const double one_by_one = std::max(plain.cycles, bounds.recurrence_cycles);
    return overlapped * interval + static_cast<double>(loop.peeled) * one_by_one <
           times * static_cast<double>(count) * one_by_one;
  }

  void write(const Candidate& candidate) {
    borrowed_ |= (candidate.used | candidate.loop->used) & borrowable_;
    writer_.add(candidate.before);
    const auto kernels = write_pipelined(candidate.analysis, *candidate.loop, writer_);
    kernels_.insert(kernels.begin(), kernels.end());
    for (std::uint64_t i = 0; i < candidate.loop->peeled; ++i) copy(candidate.region.first, candidate.region.end);
  }

  // `bare`: the loop without prefetches, which sets the bounds.
  static void describe(LoopReport& report, const Candidate& candidate, const LoopAnalysis& bare) {
    const PipelinedLoop& loop = *candidate.loop;
    report.bounds = bare.bounds;
    report.recurrence_words.clear();
    if (bare.bounds.recurrence > bare.bounds.resource()) report.recurrence_words = bare.recurrence_words;
    report.pipelined = true;
    report.interval = loop.interval_words;
    report.stages = loop.schedule.stages;
    report.unrolled = loop.rotation.copies;
    report.executed_after = loop.executed_words() + static_cast<double>(loop.peeled) * candidate.length();
    report.gap = report.interval <= report.bounds.words() ? fmt::format("meets the bound set by {}", limit_of(report))
                                                          : candidate.obstacle;
  }

  const isa::Program& program_;
  const Sharing& sharing_;
  std::uint32_t index_;
  const Stage& source_;
  const Latencies& latencies_;
  bool prefetch_;
  std::vector<LoopReport>& reports_;
  std::uint64_t& room_;
  Liveness liveness_;
  RegisterMask borrowable_;
  RegisterMask borrowed_ = 0;
  StreamWriter writer_;
  std::map<std::uint32_t, std::size_t> loops_;
  std::set<std::uint32_t> kernels_;
};

}  // namespace

Stage pipeline_loops(const isa::Program& program, const Sharing& sharing, std::uint32_t index, const Stage& source,
                     const Latencies& latencies, bool prefetch, std::vector<LoopReport>& reports, std::uint64_t& room) {
  return LoopPipeliner(program, sharing, index, source, latencies, prefetch, reports, room).run();
}

}  // namespace vtpu::pack
