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
};
const std::vector<Reason>& reasons() {
  static const std::vector<Reason> kReasons{};
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
    if (fact.core == reason.core && fact.inst.op == reason.op && fact.inst.width == reason.width)
      row.reason = reason.text;
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

std::vector<FactRow> check_facts(const layout::Layout& layout) {
  std::vector<FactRow> checked;
  for (const PublishedFact& fact : published_facts(layout.name)) checked.push_back(check(fact, layout));
  return checked;
}

std::string to_text(const std::vector<FactRow>& checked) {
  std::string text =
      fmt::format("{:<6} {:<34} {:>9} {:>9} {:>9} {:>9}\n{:<6} {:<34} {:>9} {:>9} {:>9} {:>9}\n", "core", "instruction",
                  "latency", "", "cycles", "", "", "", "published", "simulated", "published", "simulated");
  for (const FactRow& row : checked) {
    text += fmt::format("{:<6} {:<34} {:>9} {:>9} {:>9} {:>9}{}\n", row.published.core, to_text(row.published.inst),
                        number(row.published.latency), number(row.latency), number(row.published.cycles),
                        number(row.cycles), row.agrees ? "" : "  *");
    if (!row.agrees) text += fmt::format("       * {}\n", row.reason.empty() ? "no reason is known" : row.reason);
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
