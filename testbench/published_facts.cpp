#include "testbench/published_facts.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

namespace vtpu::testbench {
namespace {

using lowering::HostOp;
using H = HostOp;

constexpr double kNone = -1;
constexpr std::array<const char*, 4> kCores{"zen2", "zen3", "zen4", "zen5"};

struct Timing {
  double latency = kNone;
  double cycles = kNone;
};
struct Row {
  HostOp op;
  unsigned width;
  const char* operands;  // empty: the plain form
  std::array<Timing, 4> cores;
};

constexpr Timing kAbsent{};

const std::vector<Row>& rows() {
  static const std::vector<Row> kRows{
      {H::Add, 8, "", {{{1, .25}, {1, .25}, {1, .25}, {1, .167}}}},
      {H::Cmp, 8, "", {{{kNone, .25}, {kNone, .25}, {kNone, .25}, {kNone, .167}}}},
      {H::Shl, 8, "", {{{1, .25}, {1, .5}, {1, .5}, {1, .333}}}},
      {H::Lea, 8, "", {{{kNone, .25}, {kNone, .25}, {kNone, .25}, {kNone, .167}}}},
      {H::Imul, 8, "", {{{3, 1}, {3, 1}, {3, 1}, {3, .333}}}},
      {H::Popcnt, 8, "", {{{1, .25}, {1, .25}, {1, .25}, {1, .167}}}},
      {H::Tzcnt, 8, "", {{{2, .5}, {2, .5}, {1, .25}, {1, .333}}}},
      {H::Pext, 8, "", {{{19, 19}, {3, 1}, {3, 1}, {3, .333}}}},
      {H::Cmov, 8, "", {{{1, .25}, {1, .5}, {1, .5}, {1, .167}}}},
      {H::Mov, 8, "", {{{kNone, .2}, {kNone, .167}, {kNone, .167}, {kNone, .125}}}},
      {H::Mov, 8, "gm", {{{4, .5}, {4, .333}, {4, .333}, {4, .25}}}},
      {H::Mov, 8, "Mg", {{{kNone, 1}, {kNone, .5}, {kNone, .5}, {kNone, .5}}}},
      {H::PrefetchT0, 8, "", {{{kNone, .5}, {kNone, .333}, {kNone, .333}, {kNone, .25}}}},
      {H::Clflushopt, 8, "m", {{{kNone, 243}, {kNone, 22.2}, {kNone, 22}, {kNone, 22.3}}}},
      {H::Mfence, 8, "", {{{kNone, 78}, {kNone, 61.2}, {kNone, 58.1}, {kNone, 82}}}},
      {H::Vmov, 32, "vm", {{{kNone, .5}, {kNone, .5}, {kNone, .5}, {kNone, .5}}}},
      {H::Vmov, 64, "vm", {{kAbsent, kAbsent, {kNone, 1}, {kNone, .5}}}},
      {H::Vmov, 32, "Mv", {{{kNone, 1}, {kNone, 1}, {kNone, 1}, {kNone, .5}}}},
      {H::Vmov, 64, "Mv", {{kAbsent, kAbsent, {kNone, 2}, {kNone, 1}}}},
      {H::Vaddpd, 32, "", {{{3, .5}, {3, .5}, {3, .5}, {2, .5}}}},
      {H::Vaddpd, 64, "", {{kAbsent, kAbsent, {3, 1}, {2, .5}}}},
      {H::Vmulpd, 32, "", {{{3, .5}, {3, .5}, {3, .5}, {3, .5}}}},
      {H::Vmulpd, 64, "", {{kAbsent, kAbsent, {3, 1}, {3, .5}}}},
      {H::Vfmadd231pd, 32, "", {{{5, .5}, {4, .5}, {4, .5}, {4, .5}}}},
      {H::Vfmadd231pd, 64, "", {{kAbsent, kAbsent, {4, 1}, {4, .5}}}},
      {H::Vdivpd, 32, "", {{{13, 5}, {13.5, 4.5}, {13, 4.7}, {13, 4}}}},
      {H::Vsqrtpd, 32, "", {{{20, 9}, {20.5, 8.6}, {21, 8.1}, {20, 7.5}}}},
      {H::Vcmppd, 32, "", {{{1, .5}, {1, .5}, {2, .5}, {2, .5}}}},
      {H::Vcvtdq2ps, 32, "", {{{3, 1}, {3, .5}, {3, .5}, {3, .5}}}},
      {H::Vcvttsd2si, 16, "", {{{kNone, 1}, {kNone, 1}, {kNone, 1}, {kNone, .5}}}},
      {H::Vpaddd, 32, "", {{{1, .333}, {1, .25}, {1, .25}, {2, .25}}}},
      {H::Vpaddd, 64, "", {{kAbsent, kAbsent, {1, .5}, {2, .25}}}},
      {H::Vpand, 32, "", {{{1, .25}, {1, .25}, {1, .25}, {2, .25}}}},
      {H::Vpand, 64, "", {{kAbsent, kAbsent, {1, .5}, {2, .25}}}},
      {H::Vpslld, 32, "", {{{1, 1}, {1, .5}, {1, .5}, {2, .5}}}},
      {H::Vpcmpeqd, 32, "", {{{1, .333}, {1, .25}, {1, .25}, {2, .25}}}},
      {H::Vpmulld, 32, "", {{{4, 2}, {3, .5}, {3, .5}, {3, .5}}}},
      {H::Vpmaddwd, 32, "", {{{3, 1}, {3, .5}, {3, .5}, {3, .5}}}},
      {H::Vpternlog, 64, "", {{kAbsent, kAbsent, {1, .5}, {1.1, .25}}}},
      {H::Vpopcntq, 32, "", {{kAbsent, kAbsent, {2, .5}, {2, .5}}}},
      {H::Vpopcntq, 64, "", {{kAbsent, kAbsent, {2, 1}, {2, .5}}}},
      {H::Vpdpbusd, 32, "", {{kAbsent, kAbsent, {4, .5}, {4, .5}}}},
      {H::Vpdpbusd, 64, "", {{kAbsent, kAbsent, {4, 1}, {4, .5}}}},
      {H::Vpshufd, 32, "", {{{1, .5}, {1, .5}, {1, .5}, {1, .25}}}},
      {H::Vpshufb, 32, "", {{{1, .5}, {1, .5}, {2, .5}, {2, .5}}}},
      {H::Vpermq, 32, "", {{{6, 1.33}, kAbsent, {4, .5}, {4, .5}}}},
      {H::Vinserti128, 32, "", {{{1, 1}, {1.8, 1}, {1, .5}, {1, .5}}}},
      {H::Vextracti128, 32, "", {{{3, 1}, {3, 1}, {1, .25}, {3, .5}}}},
  };
  return kRows;
}

struct Reason {
  const char* core;
  HostOp op;
  unsigned width;
  const char* text;
  const char* operands = "";  // of one form only
};
const std::vector<Reason>& reasons() {
  static const std::vector<Reason> kReasons{
      {"zen2", H::Tzcnt, 8, "two dependent uops on four ports: the model's choice of ports collides now and then"},
      {"zen2", H::Mov, 8, "dispatch of 6 (AMD's guide); 0.2 would be the 5-wide rename that Chips and Cheese draws",
       "gg"},
      {"zen2", H::Vpermq, 32, "three uops on two ports; their number is from memory, not from a guide"},
      {"zen3", H::Vdivpd, 32, "13.5 is a mean over operands; layouts have whole cycles"},
      {"zen3", H::Vsqrtpd, 32, "20.5 and 8.6 are means over operands; layouts have whole cycles"},
      {"zen3", H::Vcvttsd2si, 16,
       "conversion on fp2 and fp3, move on fp4 and fp5 (LLVM) allow two per cycle; OSACA has one port for the move"},
      {"zen3", H::Vinserti128, 32, "1.8 is no whole cycle; LLVM has 2"},
      {"zen4", H::Vdivpd, 32,
       "4.7 carries the overhead of its loop; the layout has the 4.5 of Zen 3, whose divider it is"},
      {"zen4", H::Vcvttsd2si, 16,
       "conversion on fp2 and fp3, move on fp4 and fp5 (LLVM) allow two per cycle; OSACA has one port for the move"},
      {"zen5", H::Add, 8, "the queue loses starts to operands that come late; EPYC Turin takes 0.195"},
      {"zen5", H::Cmov, 8, "all cmov of a pass wait for the flags of the loop's own dec"},
      {"zen5", H::Vpternlog, 64,
       "InstLatx64's 1.1 is not reproduced on EPYC Turin, which takes 2, as AMD's guide says of logic"},
      {"zen5", H::Vpshufd, 32, "InstLatx64's 1 is not reproduced on EPYC Turin, which takes 2, as OSACA has it"},
      {"zen5", H::Vinserti128, 32, "InstLatx64's 1 is not reproduced on EPYC Turin, which takes 2"},
  };
  return kReasons;
}

std::optional<double> known(double value) { return value < 0 ? std::nullopt : std::optional(value); }

bool near(const std::optional<double>& published, const std::optional<double>& simulated) {
  return !published || (simulated && std::abs(*simulated - *published) <= kFactTolerance * *published);
}

constexpr std::size_t kChain = 60;
constexpr std::size_t kIndependent = 240;

FactRow check(const PublishedFact& fact, const layout::Layout& layout) {
  FactRow row;
  row.published = fact;
  if (fact.latency) {
    if (const auto chain = chain_loop(fact.inst, kChain)) {
      row.latency = modelled_cycles(*chain, layout) / static_cast<double>(chain->counted);
    }
  }
  if (fact.cycles) {
    const HostLoop loop = independent_loop({{fact.inst, 1}}, kIndependent);
    row.cycles = modelled_cycles(loop, layout) / static_cast<double>(loop.counted);
  }
  row.agrees = near(fact.latency, row.latency) && near(fact.cycles, row.cycles);
  for (const Reason& reason : reasons()) {
    const bool form = *reason.operands == '\0' || fact.inst.operands == reason.operands;
    if (form && fact.core == reason.core && fact.inst.op == reason.op && fact.inst.width == reason.width) {
      row.reason = reason.text;
    }
  }
  return row;
}

std::string number(const std::optional<double>& value) { return value ? fmt::format("{:.3g}", *value) : "-"; }
nlohmann::json optional_json(const std::optional<double>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json();
}

}  // namespace

std::vector<PublishedFact> published_facts(const std::string& core) {
  std::vector<PublishedFact> facts;
  for (std::size_t c = 0; c < kCores.size(); ++c) {
    if (core != kCores[c]) continue;
    for (const Row& row : rows()) {
      const Timing& timing = row.cores[c];
      if (timing.latency < 0 && timing.cycles < 0) continue;
      const auto plain = plain_form(row.op, row.width);
      const std::string operands = *row.operands != '\0' || !plain ? row.operands : plain->operands;
      facts.push_back({core, {row.op, row.width, operands}, known(timing.latency), known(timing.cycles)});
    }
  }
  return facts;
}

Result<std::vector<PublishedFact>> measured_facts(lowering::HostIsa isa, unsigned rounds, unsigned samples_per_round) {
  struct Wanted {
    LoopInst inst;
    bool chain = false;
    double counted = 0;  // instructions of a call
  };
  std::vector<Wanted> wanted;
  std::vector<CompiledLoop> loops;
  const auto add = [&](const LoopInst& inst, bool chain, const HostLoop& loop) {
    auto compiled = CompiledLoop::compile(loop, isa);
    if (!compiled) return;  // an instruction of the other set
    wanted.push_back({inst, chain, static_cast<double>(loop.counted) * loop.passes});
    loops.push_back(std::move(*compiled));
  };
  for (int i = 0; i < lowering::kHostOps; ++i) {
    for (const unsigned width : widths_of(static_cast<HostOp>(i))) {
      if (isa == lowering::HostIsa::Avx2 && width == 64) continue;
      const LoopInst inst = *plain_form(static_cast<HostOp>(i), width);
      if (const auto chain = chain_loop(inst, kChain)) add(inst, true, *chain);
      add(inst, false, independent_loop({{inst, 1}}, kIndependent));
    }
  }
  auto source = measure::open_cycle_source(measure::CycleSourceChoice::automatic);
  if (!source) return tl::unexpected(source.error());
  std::vector<measure::LoopUnderTest> under_test;
  for (CompiledLoop& loop : loops) under_test.push_back(loop.under_test());
  measure::MeasureOptions options;
  options.rounds = rounds;
  options.most_rounds = 2 * rounds;
  options.samples_per_round = samples_per_round;
  const auto results = measure::measure_many(**source, under_test, options);
  if (!results) return tl::unexpected(results.error());
  std::vector<PublishedFact> facts;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const double cycles = (*results)[i].best_cycles_per_call() / wanted[i].counted;
    if (facts.empty() || !(facts.back().inst == wanted[i].inst)) facts.push_back({"here", wanted[i].inst, {}, {}});
    (wanted[i].chain ? facts.back().latency : facts.back().cycles) = cycles;
  }
  return facts;
}

std::vector<FactRow> check_facts(const std::vector<PublishedFact>& facts, const layout::Layout& layout) {
  std::vector<FactRow> checked;
  for (const PublishedFact& fact : facts) {
    if (layout.why_unsupported(fact.inst.op, fact.inst.width).empty()) checked.push_back(check(fact, layout));
  }
  return checked;
}

std::vector<FactRow> check_facts(const layout::Layout& layout) {
  return check_facts(published_facts(layout.name), layout);
}

std::string to_text(const std::vector<FactRow>& checked, const std::string& origin) {
  std::string text =
      fmt::format("{:<6} {:<34} {:>9} {:>9} {:>9} {:>9}\n{:<6} {:<34} {:>9} {:>9} {:>9} {:>9}\n", "core", "instruction",
                  "latency", "", "cycles", "", "", "", origin, "simulated", origin, "simulated");
  for (const FactRow& row : checked) {
    text += fmt::format("{:<6} {:<34} {:>9} {:>9} {:>9} {:>9}{}\n", row.published.core, to_text(row.published.inst),
                        number(row.published.latency), number(row.latency), number(row.published.cycles),
                        number(row.cycles), row.agrees ? "" : "  *");
    if (!row.agrees && !row.reason.empty()) text += fmt::format("       * {}\n", row.reason);
  }
  return text;
}

nlohmann::json to_json(const std::vector<FactRow>& checked) {
  nlohmann::json list = nlohmann::json::array();
  for (const FactRow& row : checked) {
    list.push_back({{"core", row.published.core},
                    {"instruction", to_text(row.published.inst)},
                    {"published_latency", optional_json(row.published.latency)},
                    {"simulated_latency", optional_json(row.latency)},
                    {"published_cycles", optional_json(row.published.cycles)},
                    {"simulated_cycles", optional_json(row.cycles)},
                    {"agrees", row.agrees},
                    {"reason", row.reason}});
  }
  return list;
}

}  // namespace vtpu::testbench
