#include "pack/pack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "pack/accumulators.hpp"
#include "pack/list_schedule.hpp"
#include "pack/loop_analysis.hpp"
#include "pack/loop_pipeliner.hpp"

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
                        const Latencies& latencies, const PackOptions& options, std::uint64_t& room,
                        PackReport& report) {
  Stage source(program, sharing, index, program.streams[index]);
  const isa::Stream& written = program.streams[index];
  const std::vector<Region> before = source.regions;
  const auto sentrons = static_cast<double>(std::count_if(program.sentrons.begin(), program.sentrons.end(),
                                                          [&](const auto& s) { return s.stream == index; }));
  for (const std::uint32_t word : source.ranges.unproven_steps) {
    report.unproven_steps.push_back(fmt::format("stream {} word {}", source.stream.name, word));
  }
  if (options.tier == 3) {
    SplitAccumulators split = split_accumulators(program, index, source.ranges, latencies);
    const std::uint64_t growth = split.stream.words.size() - written.words.size();
    if (split.loops > 0 && growth <= room) {
      room -= growth;
      report.split_loops += split.loops;
      source = Stage(program, sharing, index, std::move(split.stream));
    }
  }
  const std::size_t first_report = report.loops.size();
  report_loops(source, index, source.regions, sentrons, latencies, report.loops);
  isa::Stream packed;
  if (options.tier == 3) {
    const Stage pipelined =
        pipeline_loops(program, sharing, index, source, latencies, options.prefetch, report.loops, room);
    packed = BlockPacker(pipelined, latencies, 2, report.loops).run();
  } else {
    packed = BlockPacker(source, latencies, options.tier, report.loops).run();
  }
  const std::vector<Region> after = regions_of(packed);
  report.static_words_before += written.words.size();
  report.static_words_after += packed.words.size();
  report.words_before += sentrons * executed_words(before);
  report.words_after += sentrons * executed_words(after);
  report.operations_before += sentrons * operations_in(written.words, before);
  double prefetching = 0;
  for (std::size_t i = first_report; i < report.loops.size(); ++i) {
    prefetching += report.loops[i].entries * report.loops[i].prefetch.operations;
  }
  report.prefetch_operations += prefetching;
  report.operations_after += sentrons * operations_in(packed.words, after) - prefetching;
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

std::string text_of(const LoopPrefetch& prefetch) {
  if (prefetch.lines == 0) return fmt::format("none: {}", prefetch.why_none);
  return fmt::format("{} {} an iteration, {} {} ahead", prefetch.lines, prefetch.lines == 1 ? "line" : "lines",
                     prefetch.distance, prefetch.distance == 1 ? "iteration" : "iterations");
}

std::string PackReport::prefetches() const {
  const auto lines = [](const LoopReport& loop) { return loop.iterations() * loop.prefetch.lines; };
  const auto most = std::max_element(loops.begin(), loops.end(),
                                     [&](const LoopReport& a, const LoopReport& b) { return lines(a) < lines(b); });
  if (most == loops.end()) return {};
  const LoopReport& loop = most->prefetch.lines > 0 ? *most : *telling_loop();
  return loop.prefetch.lines == 0 && loop.prefetch.why_none.empty() ? std::string() : text_of(loop.prefetch);
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
    packed.program.streams[s] = pack_stream(program, sharing, s, latencies, options, room, packed.report);
  }
  return packed;
}

}  // namespace vtpu::pack
