#include "testbench/instruction_mixes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/core_tables.hpp"
#include "core/host_cracker.hpp"
#include "testbench/eta.hpp"
#include "testbench/mix_reasons.hpp"
#include "testbench/port_groups.hpp"
#include "testbench/random.hpp"

namespace vtpu::testbench {
namespace {

using lowering::HostOp;
using nlohmann::json;

constexpr std::size_t kLoopInsts = 48;
constexpr unsigned kPasses = 100;      // of llvm-mca through each loop
constexpr std::size_t kRegions = 64;   // of one call
constexpr double kSingleApart = 0.05;  // an instruction that may be the cause of a mix's difference
constexpr unsigned kMostInstructions = 6;
constexpr unsigned kMostTimes = 3;

std::vector<LoopInst> instructions_of(const layout::Layout& layout) {
  std::vector<LoopInst> all;
  for (int i = 0; i < lowering::kHostOps; ++i) {
    const auto op = static_cast<HostOp>(i);
    for (const unsigned width : widths_of(op)) all.push_back(*plain_form(op, width));
  }
  for (const char* form : {"gm", "Mg"}) all.push_back({HostOp::Mov, 8, form});
  for (const unsigned width : {32U, 64U}) {
    for (const char* form : {"vm", "Mv"}) all.push_back({HostOp::Vmov, width, form});
  }
  std::erase_if(all, [&](const LoopInst& inst) { return !layout.why_unsupported(inst.op, inst.width).empty(); });
  return all;
}

// A mix of other classes each time; no instruction twice.
Mix random_mix(const std::vector<LoopInst>& instructions, Random& random) {
  Mix mix;
  const auto size = static_cast<std::size_t>(random.between(2, kMostInstructions));
  while (mix.size() < size) {
    const LoopInst& inst = random.pick(instructions);
    const bool there = std::any_of(mix.begin(), mix.end(), [&](const auto& part) { return part.first == inst; });
    if (!there) mix.emplace_back(inst, static_cast<unsigned>(random.between(1, kMostTimes)));
  }
  return mix;
}

class Comparer {
 public:
  Comparer(const layout::Layout& layout, LlvmMca mca, const std::function<void(const std::string&)>& progress)
      : layout_(layout), mca_(std::move(mca)), progress_(progress) {}

  // Of each mix once. `what` they are, for the progress; empty: none. Errors: llvm-mca's.
  [[nodiscard]] Result<std::vector<BothCycles>> compare(const std::vector<Mix>& mixes,
                                                        const std::string& what = "") const {
    std::vector<BothCycles> all;
    const Eta eta(mixes.size());
    while (all.size() < mixes.size()) {
      const std::size_t first = all.size();
      const std::size_t count = std::min(kRegions, mixes.size() - first);
      std::vector<HostLoop> loops;
      std::vector<std::string> regions;
      for (std::size_t i = first; i < first + count; ++i) {
        loops.push_back(independent_loop(mixes[i], kLoopInsts));
        regions.push_back(assembly_of(loops.back(), fmt::format(".L{}", i)));
      }
      const Result<std::vector<double>> theirs = llvm_mca_cycles(mca_, regions, kPasses);
      if (!theirs) return tl::unexpected(theirs.error());
      for (std::size_t i = 0; i < count; ++i) {
        const double times = static_cast<double>(loops[i].counted) / mixes[first + i].front().second;
        all.push_back({modelled_cycles(loops[i], layout_) / times, (*theirs)[i] / times});
      }
      if (progress_ && !what.empty())
        progress_(fmt::format("{} {} of {}{}", what, all.size(), mixes.size(), eta.after(all.size())));
    }
    return all;
  }

  // Cycles of a mix on the layout's ports, however uops are steered.
  [[nodiscard]] double allowed_by_ports(const Mix& mix) const {
    const core::CoreTables tables(layout_, true);
    lowering::HostCode code;
    const HostLoop loop = independent_loop(mix, kLoopInsts);
    code.insts = loop.body;
    PortWork work;
    for (const core::CrackedInst& inst : core::crack_host_code(code, layout_)) {
      for (const core::SourceUop& uop : inst.uops) {
        const core::KindInfo& kind = tables.kinds[uop.kind];
        const core::KindTimes& times = kind.times(uop.wide);
        if (!uop.eliminated && !kind.at_rename) work[times.ports()] += times.busy;
      }
    }
    double most = 0;
    for (const PortGroup& group : port_groups(work)) {
      most = std::max(most, static_cast<double>(group.held_cycles) / group.size());
    }
    return most * mix.front().second / static_cast<double>(loop.counted);
  }

 private:
  const layout::Layout& layout_;
  LlvmMca mca_;
  const std::function<void(const std::string&)>& progress_;
};

std::string both(const BothCycles& cycles) {
  return fmt::format("{:.3g} cycles against {:.3g}", cycles.ours, cycles.theirs);
}

// Why mixes differ: instructions that differ alone, and where the rest still differs, the smallest part of it that
// does.
class CauseFinder {
 public:
  CauseFinder(const Comparer& comparer, const std::vector<SingleRow>& singles)
      : comparer_(comparer), singles_(singles) {}

  Result<void> explain(MixRow& row) const {
    Mix rest;
    for (const auto& part : row.mix) {
      const BothCycles& alone = single(part.first).cycles;
      if (std::abs(alone.difference()) > kSingleApart) {
        row.causes.push_back(fmt::format("{}: {}", testbench::to_text(part.first), both(alone)));
      } else {
        rest.push_back(part);
      }
    }
    return add_smallest(rest, row);
  }

 private:
  [[nodiscard]] const SingleRow& single(const LoopInst& inst) const {
    return *std::find_if(singles_.begin(), singles_.end(), [&](const SingleRow& row) { return row.inst == inst; });
  }

  Result<void> add_smallest(Mix mix, MixRow& row) const {
    if (mix.size() < 2) return {};
    Result<std::vector<BothCycles>> now = comparer_.compare({mix});
    if (!now) return tl::unexpected(now.error());
    if (!now->front().differ()) return {};
    BothCycles cycles = now->front();
    for (std::size_t part = 0; part < mix.size() && mix.size() > 2;) {
      Mix smaller = mix;
      smaller.erase(smaller.begin() + static_cast<std::ptrdiff_t>(part));
      now = comparer_.compare({smaller});
      if (!now) return tl::unexpected(now.error());
      if (now->front().differ()) {
        mix = std::move(smaller);
        cycles = now->front();
        part = 0;
      } else {
        ++part;
      }
    }
    const double allowed = comparer_.allowed_by_ports(mix);
    const bool by_ports = std::abs(cycles.ours / allowed - 1) < kSingleApart;
    row.causes.push_back(
        fmt::format("together, {}: {}; the layout's ports allow {:.3g}, so {}", to_text(mix), both(cycles), allowed,
                    by_ports ? "llvm-mca has other ports for them" : "the rest is the choice of queues at dispatch"));
    return {};
  }

  const Comparer& comparer_;
  const std::vector<SingleRow>& singles_;
};

std::string row_text(const BothCycles& cycles, const std::string& name) {
  return fmt::format("{:>8.3f} {:>9.3f} {:>+8.1f} %  {}\n", cycles.ours, cycles.theirs, 100 * cycles.difference(),
                     name);
}

json cycles_json(const BothCycles& cycles) {
  return {{"vtpu", cycles.ours}, {"llvm_mca", cycles.theirs}, {"difference", cycles.difference()}};
}

}  // namespace

bool BothCycles::differ() const { return std::max(ours / theirs, theirs / ours) > 1 + kMixTolerance; }

std::size_t MixComparison::unexplained() const {
  const auto single = [](const SingleRow& row) { return row.cycles.differ() && row.reason.empty(); };
  const auto mix = [](const MixRow& row) { return row.cycles.differ() && row.causes.empty(); };
  return static_cast<std::size_t>(std::count_if(singles.begin(), singles.end(), single) +
                                  std::count_if(mixes.begin(), mixes.end(), mix));
}

Result<MixComparison> compare_mixes(const layout::Layout& layout, const LlvmMca& mca, unsigned mixes,
                                    std::uint64_t seed, const std::function<void(const std::string&)>& progress) {
  MixComparison all{layout.name, mca, {}, {}};
  const Comparer comparer(layout, mca, progress);
  const std::vector<LoopInst> instructions = instructions_of(layout);
  std::vector<Mix> alone;
  for (const LoopInst& inst : instructions) alone.push_back({{inst, 1}});
  const auto singles = comparer.compare(alone, "instructions");
  if (!singles) return tl::unexpected(singles.error());
  for (std::size_t i = 0; i < instructions.size(); ++i) {
    all.singles.push_back({instructions[i], (*singles)[i], mix_reason(layout.name, instructions[i])});
  }
  Random random(seed);
  std::vector<Mix> random_mixes;
  while (random_mixes.size() < mixes) random_mixes.push_back(random_mix(instructions, random));
  const auto mixed = comparer.compare(random_mixes, "mixes");
  if (!mixed) return tl::unexpected(mixed.error());
  for (std::size_t i = 0; i < mixes; ++i) all.mixes.push_back({random_mixes[i], (*mixed)[i], {}});
  const CauseFinder finder(comparer, all.singles);
  for (MixRow& row : all.mixes) {
    if (!row.cycles.differ()) continue;
    if (Result<void> done = finder.explain(row); !done) return tl::unexpected(done.error());
  }
  return all;
}

std::string to_text(const Mix& mix) {
  std::string text;
  for (const auto& [inst, times] : mix) {
    text += fmt::format("{}{} {}", text.empty() ? "" : " + ", times, testbench::to_text(inst));
  }
  return text;
}

std::string to_text(const MixComparison& all) {
  std::string text =
      fmt::format("{} against {} {}\n\ninstructions alone that differ by more than {:.0f} %\n{:>8} {:>9} {:>10}\n",
                  all.layout, all.mca.command, all.mca.cpu, 100 * kMixTolerance, "vtpu", "llvm-mca", "speed");
  std::size_t singles = 0;
  for (const SingleRow& row : all.singles) {
    if (!row.cycles.differ()) continue;
    ++singles;
    text += row_text(row.cycles, testbench::to_text(row.inst));
    text += fmt::format("{:32}{}\n", "", row.reason.empty() ? "NO REASON WRITTEN" : row.reason);
  }
  text += "\nmixes that differ by so much\n";
  std::size_t mixes = 0;
  double absolute = 0;
  for (const MixRow& row : all.mixes) {
    absolute += std::abs(row.cycles.difference());
    if (!row.cycles.differ()) continue;
    ++mixes;
    text += row_text(row.cycles, to_text(row.mix));
    for (const std::string& cause : row.causes) text += fmt::format("{:32}{}\n", "", cause);
    if (row.causes.empty()) text += fmt::format("{:32}NO CAUSE FOUND\n", "");
  }
  return text +
         fmt::format(
             "\n{} of {} instructions and {} of {} mixes differ; mean difference of mixes {:.1f} %; {} unexplained\n",
             singles, all.singles.size(), mixes, all.mixes.size(),
             all.mixes.empty() ? 0 : 100 * absolute / static_cast<double>(all.mixes.size()), all.unexplained());
}

json to_json(const MixComparison& all) {
  json singles = json::array();
  for (const SingleRow& row : all.singles) {
    singles.push_back(
        {{"instruction", testbench::to_text(row.inst)}, {"cycles", cycles_json(row.cycles)}, {"reason", row.reason}});
  }
  json mixes = json::array();
  for (const MixRow& row : all.mixes) {
    mixes.push_back({{"mix", to_text(row.mix)}, {"cycles", cycles_json(row.cycles)}, {"causes", row.causes}});
  }
  return {{"layout", all.layout},       {"llvm_mca", {{"command", all.mca.command}, {"cpu", all.mca.cpu}}},
          {"tolerance", kMixTolerance}, {"instructions", std::move(singles)},
          {"mixes", std::move(mixes)},  {"unexplained", all.unexplained()}};
}

}  // namespace vtpu::testbench
