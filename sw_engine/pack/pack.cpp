#include "pack/pack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "pack/bounds.hpp"
#include "pack/list_schedule.hpp"
#include "pack/loop_analysis.hpp"
#include "pack/region.hpp"

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

class StreamPacker {
 public:
  StreamPacker(const isa::Program& program, std::uint32_t index, const Latencies& latencies, int tier,
               PackReport& report)
      : program_(program),
        index_(index),
        latencies_(latencies),
        tier_(tier),
        report_(report),
        source_(program.streams[index]),
        regions_(regions_of(source_)),
        ranges_(coordinate_ranges(program, index, regions_)),
        writer_(source_.name) {}

  isa::Stream run(double sentrons) {
    note_steps();
    pack_regions(regions_, sentrons);
    isa::Stream packed = tier_ == 0 ? source_ : writer_.take();
    const std::vector<Region> after = regions_of(packed);
    report_.static_words_before += source_.words.size();
    report_.static_words_after += packed.words.size();
    report_.words_before += sentrons * executed_words(regions_);
    report_.words_after += sentrons * executed_words(after);
    report_.operations_before += sentrons * operations_in(source_.words, regions_);
    report_.operations_after += sentrons * operations_in(packed.words, after);
    return packed;
  }

 private:
  void note_steps() {
    for (const std::uint32_t word : ranges_.unproven_steps) {
      report_.unproven_steps.push_back(fmt::format("stream {} word {}", source_.name, word));
    }
  }

  // `entries`: how often the run gets here, by all sentrons.
  void pack_regions(const std::vector<Region>& regions, double entries) {
    for (const Region& region : regions) {
      if (!region.is_loop()) {
        writer_.add(pack_block(region.first, region.end));
      } else if (region.is_innermost()) {
        pack_innermost(region, entries);
      } else {
        writer_.begin_loop(region.count);
        pack_regions(region.regions, entries * static_cast<double>(region.count));
        writer_.end_loop();
      }
    }
  }

  std::vector<Siw> pack_block(std::uint32_t first, std::uint32_t end) const {
    switch (tier_) {
      case 0: return {source_.words.begin() + first, source_.words.begin() + end};
      case 1: return merge_neighbours(source_.words, first, end, ranges_, latencies_);
      default: return list_schedule(source_.words, first, end, ranges_, latencies_);
    }
  }

  void pack_innermost(const Region& region, double entries) {
    const LoopAnalysis analysis = analyse_loop(source_.words, region, ranges_, latencies_);
    LoopReport loop = report_of(analysis, region);
    loop.stream = index_;
    loop.entries = entries;
    const std::vector<Siw> body = pack_block(region.first, region.end);
    writer_.begin_loop(region.count);
    writer_.add(body);
    writer_.end_loop();
    loop.interval = static_cast<unsigned>(body.size());
    loop.executed_after = static_cast<double>(region.count) * loop.interval;
    loop.gap = explain_unpipelined(loop, tier_);
    report_.loops.push_back(std::move(loop));
  }

  const isa::Program& program_;
  std::uint32_t index_;
  const Latencies& latencies_;
  int tier_;
  PackReport& report_;
  const isa::Stream& source_;
  std::vector<Region> regions_;
  StreamRanges ranges_;
  StreamWriter writer_;
};

}  // namespace

double LoopReport::operations_per_word() const {
  return interval == 0 ? 0 : static_cast<double>(operations) / interval;
}

Packed pack(const isa::Program& program, const layout::Layout& layout, const PackOptions& options) {
  if (options.tier < 0 || options.tier >= kTiers) {
    throw std::invalid_argument(fmt::format("tier {}, expected 0..{}", options.tier, kTiers - 1));
  }
  const Latencies latencies(layout);
  Packed packed{program, {}};
  packed.report.tier = options.tier;
  packed.report.layout = layout.name;
  std::vector<double> sentrons(program.streams.size(), 0);
  for (const isa::SentronSpec& sentron : program.sentrons) ++sentrons[sentron.stream];
  for (std::uint32_t s = 0; s < program.streams.size(); ++s) {
    packed.program.streams[s] = StreamPacker(program, s, latencies, options.tier, packed.report).run(sentrons[s]);
  }
  return packed;
}

}  // namespace vtpu::pack
