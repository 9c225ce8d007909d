#include "pack/pack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include "pack/accumulators.hpp"
#include "pack/borrowing.hpp"
#include "pack/list_schedule.hpp"
#include "pack/liveness.hpp"
#include "pack/loop_analysis.hpp"
#include "pack/pipeline.hpp"
#include "pack/pointer_split.hpp"
#include "pack/region.hpp"
#include "pack/sharing.hpp"

namespace vtpu::pack {
namespace {

using isa::Siw;

double operations_in(const std::vector<Siw>& words, const std::vector<Region>& regions) {
  double operations = 0;
  for (const Region& region : regions) {
    if (region.is_loop()) {
      operations += static_cast<double>(region.count) * operations_in(words, region.regions);
      continue;
    }
    for (std::uint32_t w = region.first; w < region.end; ++w) {
      for (const isa::Slot* slot : {&words[w].d, &words[w].s, &words[w].c}) {
        operations += isa::is_nop(op_of(*slot)) ? 0 : 1;
      }
    }
  }
  return operations;
}

// A stream on its way through the tiers, with what is known of its words.
struct Stage {
  Stage(const isa::Program& program, const Sharing& sharing, std::uint32_t index, isa::Stream source)
      : stream(std::move(source)),
        regions(regions_of(stream)),
        ranges(coordinate_ranges(program, index, stream.words, regions)) {
    sharing.mark(index, stream.words, ranges);
  }

  isa::Stream stream;
  std::vector<Region> regions;
  StreamRanges ranges;
  std::map<std::uint32_t, std::size_t> reports;  // innermost loops by first word: index of their report
  std::set<std::uint32_t> kernels;               // by first word: loops that are as they should be
};

// Tiers 0 to 2: blocks and loop bodies, one by one.
class BlockPacker {
 public:
  BlockPacker(const Stage& stage, const Latencies& latencies, int tier, std::vector<LoopReport>& reports)
      : stage_(stage), latencies_(latencies), tier_(tier), reports_(reports), writer_(stage.stream.name) {}

  isa::Stream run() {
    if (tier_ == 0) {
      for (const auto& [first, report] : stage_.reports) finish(reports_[report], reports_[report].words_before);
      return stage_.stream;
    }
    pack(stage_.regions);
    return writer_.take();
  }

 private:
  void pack(const std::vector<Region>& regions) {
    for (const Region& region : regions) {
      if (!region.is_loop()) {
        writer_.add(block(region.first, region.end));
        continue;
      }
      const std::uint32_t from = writer_.position();
      writer_.begin_loop(region.count);
      if (region.is_innermost() && stage_.kernels.contains(region.first)) {
        writer_.add(words(region.first, region.end));
      } else {
        pack(region.regions);
      }
      const std::uint32_t length = writer_.position() - from;
      writer_.end_loop();
      const auto report = stage_.reports.find(region.first);
      if (region.is_innermost() && report != stage_.reports.end()) finish(reports_[report->second], length);
    }
  }

  void finish(LoopReport& loop, std::uint32_t words) const {
    loop.interval = words;
    loop.executed_after = static_cast<double>(loop.count) * words;
    if (loop.gap.empty()) loop.gap = explain_unpipelined(loop, tier_);
  }

  [[nodiscard]] std::vector<Siw> words(std::uint32_t first, std::uint32_t end) const {
    return {stage_.stream.words.begin() + first, stage_.stream.words.begin() + end};
  }

  [[nodiscard]] std::vector<Siw> block(std::uint32_t first, std::uint32_t end) const {
    if (tier_ == 1) return merge_neighbours(stage_.stream.words, first, end, stage_.ranges, latencies_);
    return list_schedule(stage_.stream.words, first, end, stage_.ranges, latencies_).words;
  }

  const Stage& stage_;
  const Latencies& latencies_;
  int tier_;
  std::vector<LoopReport>& reports_;
  StreamWriter writer_;
};

// Tier 3: innermost loops become fill, kernel and drain; all else stays for the block packer.
class LoopPipeliner {
 public:
  LoopPipeliner(const isa::Program& program, const Sharing& sharing, std::uint32_t index, const Stage& source,
                const Latencies& latencies, std::vector<LoopReport>& reports, std::uint64_t& room)
      : program_(program),
        sharing_(sharing),
        index_(index),
        source_(source),
        latencies_(latencies),
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
    LoopAnalysis analysis = analyse_loop(source_.stream.words, region, source_.ranges, latencies_);
    if (!analysis.complete) {
      report.gap = fmt::format("the body has more than {} operations, too many for pipelining", kMostAnalysed);
      return false;
    }
    if (analysis.operations.empty()) return false;
    const ListSchedule plain =
        list_schedule(source_.stream.words, region.first, region.end, source_.ranges, latencies_);
    const auto length = static_cast<unsigned>(plain.words.size());
    if (!latencies_.in_order() && length <= analysis.bounds.resource()) return false;
    const RegisterMask live_after = liveness_.after_loop.at(region.first);
    const RegisterMask free = (~live_after | borrowable_) & kEveryRegister;
    const PointerSplit split = split_where_it_helps(region, analysis, free);
    const PipelineAttempt attempt = pipeline_loop(analysis, region.count, live_after, free, length);
    if (!attempt.loop || !pays(*attempt.loop, region.count, plain, analysis.bounds)) {
      if (length > report.bounds.words()) {
        report.gap = attempt.obstacle.empty()
                         ? fmt::format("{} iterations are too few to pay for fill and drain", region.count)
                         : attempt.obstacle;
      }
      return false;
    }
    const std::uint64_t growth = most_words(*attempt.loop, length);
    if (growth > room_) {
      report.gap = fmt::format("the packed program would have more than {} words", isa::kMaxWords);
      return false;
    }
    room_ -= growth;
    report.bounds = analysis.bounds;
    report.recurrence_words.clear();
    if (analysis.bounds.recurrence > analysis.bounds.resource()) report.recurrence_words = analysis.recurrence_words;
    borrowed_ |= split.used & borrowable_;
    writer_.add(split.before);
    write(analysis, *attempt.loop, region);
    describe(report, *attempt.loop, attempt.obstacle, length);
    return true;
  }

  // Where a recurrence is the larger bound, it may be one that only ties a pointer to its own step.
  [[nodiscard]] PointerSplit split_where_it_helps(const Region& region, LoopAnalysis& analysis,
                                                  RegisterMask free) const {
    const LoopBounds& bounds = analysis.bounds;
    if (std::max(bounds.recurrence, bounds.recurrence_cycles) <= bounds.resource()) return {};
    RegisterMask touched = 0;
    for (const Operation& operation : analysis.operations) touched |= operation.read | operation.written;
    PointerSplit split = split_pointers(source_.stream.words, region, free & ~touched);
    LoopAnalysis apart = analyse_loop(source_.stream.words, region, source_.ranges, latencies_, split.replaced);
    const bool helps =
        apart.bounds.recurrence < bounds.recurrence || apart.bounds.recurrence_cycles < bounds.recurrence_cycles;
    if (!helps) return {};
    analysis = std::move(apart);
    return split;
  }

  // Of fill, kernel, drain, what is peeled, and what sets up and restores registers.
  [[nodiscard]] static std::uint64_t most_words(const PipelinedLoop& loop, unsigned length) {
    constexpr std::uint64_t kAround = 128;
    const std::uint64_t intervals =
        2 * std::uint64_t{loop.schedule.stages - 1} + 2 * std::uint64_t{loop.rotation.copies};
    return intervals * loop.interval_words + loop.peeled * length + kAround;
  }

  // Words decide; in order, cycles do.
  [[nodiscard]] bool pays(const PipelinedLoop& loop, std::uint64_t count, const ListSchedule& plain,
                          const LoopBounds& bounds) const {
    const auto length = static_cast<double>(plain.words.size());
    if (!latencies_.in_order()) {
      return loop.executed_words() + static_cast<double>(loop.peeled) * length < static_cast<double>(count) * length;
    }
    const double interval = std::max(loop.interval_words, bounds.recurrence_cycles);
    const double overlapped = static_cast<double>(loop.iterations) + loop.schedule.stages - 1;
    const double one_by_one = std::max(plain.cycles, bounds.recurrence_cycles);
    return overlapped * interval + static_cast<double>(loop.peeled) * one_by_one <
           static_cast<double>(count) * one_by_one;
  }

  void write(const LoopAnalysis& analysis, const PipelinedLoop& loop, const Region& region) {
    if (const auto kernel = write_pipelined(analysis, loop, writer_)) kernels_.insert(*kernel);
    for (std::uint64_t i = 0; i < loop.peeled; ++i) copy(region.first, region.end);
    borrowed_ |= loop.used & borrowable_;
  }

  void describe(LoopReport& report, const PipelinedLoop& loop, const std::string& obstacle, unsigned length) const {
    report.pipelined = true;
    report.interval = loop.interval_words;
    report.stages = loop.schedule.stages;
    report.unrolled = loop.rotation.copies;
    report.executed_after = loop.executed_words() + static_cast<double>(loop.peeled) * length;
    report.gap = report.interval <= report.bounds.words() ? fmt::format("meets the bound set by {}", limit_of(report))
                                                          : obstacle;
  }

  static constexpr RegisterMask kEveryRegister = (RegisterMask{1} << kRegisters) - 1;

  const isa::Program& program_;
  const Sharing& sharing_;
  std::uint32_t index_;
  const Stage& source_;
  const Latencies& latencies_;
  std::vector<LoopReport>& reports_;
  std::uint64_t& room_;  // words that the packed program may still grow by
  Liveness liveness_;
  RegisterMask borrowable_;
  RegisterMask borrowed_ = 0;
  StreamWriter writer_;
  std::map<std::uint32_t, std::size_t> loops_;
  std::set<std::uint32_t> kernels_;
};

// Bounds of all innermost loops; `entries`: how often the run gets to the regions, by all sentrons.
void report_loops(Stage& stage, std::uint32_t index, const std::vector<Region>& regions, double entries,
                  const Latencies& latencies, std::vector<LoopReport>& reports) {
  for (const Region& region : regions) {
    if (!region.is_loop()) continue;
    if (!region.is_innermost()) {
      report_loops(stage, index, region.regions, entries * static_cast<double>(region.count), latencies, reports);
      continue;
    }
    stage.reports[region.first] = reports.size();
    reports.push_back(report_of(analyse_loop(stage.stream.words, region, stage.ranges, latencies), region));
    reports.back().stream = index;
    reports.back().entries = entries;
  }
}

isa::Stream pack_stream(const isa::Program& program, const Sharing& sharing, std::uint32_t index,
                        const Latencies& latencies, int tier, std::uint64_t& room, PackReport& report) {
  Stage source(program, sharing, index, program.streams[index]);
  const isa::Stream& written = program.streams[index];
  const std::vector<Region> before = source.regions;
  const auto sentrons = static_cast<double>(std::count_if(program.sentrons.begin(), program.sentrons.end(),
                                                          [&](const auto& s) { return s.stream == index; }));
  for (const std::uint32_t word : source.ranges.unproven_steps) {
    report.unproven_steps.push_back(fmt::format("stream {} word {}", source.stream.name, word));
  }
  if (tier == 3) {
    SplitAccumulators split = split_accumulators(program, index, source.ranges, latencies);
    const std::uint64_t growth = split.stream.words.size() - written.words.size();
    if (split.loops > 0 && growth <= room) {
      room -= growth;
      report.split_loops += split.loops;
      source = Stage(program, sharing, index, std::move(split.stream));
    }
  }
  report_loops(source, index, source.regions, sentrons, latencies, report.loops);
  isa::Stream packed;
  if (tier == 3) {
    const Stage pipelined = LoopPipeliner(program, sharing, index, source, latencies, report.loops, room).run();
    packed = BlockPacker(pipelined, latencies, 2, report.loops).run();
  } else {
    packed = BlockPacker(source, latencies, tier, report.loops).run();
  }
  const std::vector<Region> after = regions_of(packed);
  report.static_words_before += written.words.size();
  report.static_words_after += packed.words.size();
  report.words_before += sentrons * executed_words(before);
  report.words_after += sentrons * executed_words(after);
  report.operations_before += sentrons * operations_in(written.words, before);
  report.operations_after += sentrons * operations_in(packed.words, after);
  return packed;
}

}  // namespace

double LoopReport::operations_per_word() const {
  return interval == 0 ? 0 : static_cast<double>(operations) / interval;
}

double PackReport::steady_operations() const {
  double sum = 0;
  for (const LoopReport& loop : loops) sum += loop.iterations() * loop.operations;
  return sum;
}

double PackReport::steady_words() const {
  double sum = 0;
  for (const LoopReport& loop : loops) sum += loop.iterations() * loop.interval;
  return sum;
}

double PackReport::bound_words() const {
  double sum = 0;
  for (const LoopReport& loop : loops) sum += loop.iterations() * loop.bounds.words();
  return sum;
}

const LoopReport* PackReport::telling_loop() const {
  const auto cost = [](const LoopReport& loop) {
    const double above = loop.interval > loop.bounds.words() ? loop.interval - loop.bounds.words() : 0;
    return std::pair(loop.iterations() * above, loop.iterations() * loop.interval);
  };
  const auto most = std::max_element(loops.begin(), loops.end(),
                                     [&](const LoopReport& a, const LoopReport& b) { return cost(a) < cost(b); });
  return most == loops.end() ? nullptr : &*most;
}

Packed pack(const isa::Program& program, const layout::Layout& layout, const PackOptions& options) {
  if (options.tier < 0 || options.tier >= kTiers) {
    throw std::invalid_argument(fmt::format("tier {}, expected 0..{}", options.tier, kTiers - 1));
  }
  const Latencies latencies(layout);
  const Sharing sharing(program);
  Packed packed{program, {}};
  packed.report.tier = options.tier;
  packed.report.layout = layout.name;
  std::uint64_t room = isa::kMaxWords;
  for (const isa::Stream& stream : program.streams) room -= stream.words.size();
  for (std::uint32_t s = 0; s < program.streams.size(); ++s) {
    packed.program.streams[s] = pack_stream(program, sharing, s, latencies, options.tier, room, packed.report);
  }
  return packed;
}

}  // namespace vtpu::pack
