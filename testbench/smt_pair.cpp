#include "testbench/smt_pair.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>
#include <vector>

#include "isa/validate.hpp"
#include "model.hpp"

namespace vtpu::testbench {
namespace {

using events::Cycle;
using events::UopInfo;
using isa::Coordinate;
using isa::Op;

// ---- the programs side by side ----

std::string name_of(const isa::Program& program) { return program.name.empty() ? "the program" : program.name; }

// Why a hardware thread cannot run the program beside another one; empty: it can.
std::string why_not_alone(const isa::Program& program) {
  if (program.sentrons.size() != 1) {
    return fmt::format("found {} sentrons, expected one, which a hardware thread runs", program.sentrons.size());
  }
  for (const isa::Siw& word : program.streams[program.sentrons[0].stream].words) {
    const Op c = isa::op_of(word.c);
    if (isa::is_nop(c) || c == Op::CPACK || c == Op::CFENCE) continue;
    return fmt::format("found {}, expected no messages and groups: nobody else is there", isa::info_of(c).mnemonic);
  }
  return {};
}

template <typename F>
void each_coordinate(isa::Program& program, F f) {
  for (isa::Stream& stream : program.streams) {
    for (isa::Siw& word : stream.words) {
      const bool used = isa::uses_coord(word.d) || isa::uses_coord(word.s) || isa::uses_coord(word.c);
      if (used) word.set_coord(f(word.coord()));
    }
  }
  for (isa::SentronSpec& sentron : program.sentrons) {
    for (Coordinate& p : sentron.initial.p) p = f(p);
  }
  std::map<Coordinate, isa::Cell> memory;
  for (const auto& [at, cell] : program.memory) memory.emplace(f(at), cell);
  program.memory = std::move(memory);
}

unsigned stepped_dimensions(const isa::Program& program) {
  unsigned stepped = 0;
  for (const isa::Stream& stream : program.streams) {
    for (const isa::Siw& word : stream.words) {
      if (isa::is_nop(isa::op_of(word.s))) continue;
      const isa::Form& form = isa::form_info(word.s);
      if (form.literal == isa::LitKind::PostInc) stepped |= 1U << isa::post_inc_of(word.s.lit).dimension;
      if (isa::op_of(word.s) == Op::SINDEX) stepped |= 1U << word.s.lit;
    }
  }
  return stepped;
}

// Moves all of `b` along a dimension to where `a` has nothing; false where no dimension has the room.
bool move_away(const isa::Program& a, isa::Program& b) {
  const unsigned stepped = stepped_dimensions(a) | stepped_dimensions(b);
  for (int d = isa::kDimensions - 1; d >= 0; --d) {
    if ((stepped >> d & 1U) != 0) continue;
    std::uint32_t most = 0;
    std::uint32_t reach = 0;
    isa::Program copy = a;
    const auto highest = [d](std::uint32_t& of) {
      return [d, &of](const Coordinate& at) {
        of = std::max(of, isa::get_dimension(at, d));
        return at;
      };
    };
    each_coordinate(copy, highest(most));
    each_coordinate(b, highest(reach));
    if (most + 1 + reach >= isa::kDimensionSize) continue;
    each_coordinate(b, [&](const Coordinate& at) { return isa::step(at, d, most + 1).value(); });
    return true;
  }
  return false;
}

// ---- what is seen of a run ----

constexpr std::size_t kReasons = static_cast<std::size_t>(events::SlotReason::Count);

struct Tally {
  std::array<std::uint64_t, 2> operations{}, issued{}, lost_to_other{}, lost_to_own{};
  std::array<std::uint64_t, kReasons> slots{};
  std::vector<std::uint64_t> starts;  // by port
  Cycle cycle = 0;
};

// Conflicts between the threads: loser's thread and pipe, port, winner's pipe.
using Conflict = std::tuple<std::uint32_t, isa::Pipe, unsigned, isa::Pipe>;

class Watch final : public events::Listener {
 public:
  explicit Watch(const layout::Layout& layout) { now_.starts.assign(layout.ports.size(), 0); }

  void on_issued(Cycle, const UopInfo& uop, unsigned port) override {
    ++now_.issued[uop.sentron];
    ++now_.starts[port];
  }
  void on_conflict(Cycle, const UopInfo& uop, unsigned port, const UopInfo& winner) override {
    if (uop.sentron == winner.sentron) {
      ++now_.lost_to_own[uop.sentron];
    } else {
      ++now_.lost_to_other[uop.sentron];
      ++conflicts_[{uop.sentron, uop.pipe, port, winner.pipe}];
    }
  }
  void on_slots(Cycle, std::uint32_t, events::SlotReason reason, unsigned slots) override {
    now_.slots[static_cast<std::size_t>(reason)] += slots;
  }
  void on_retired(Cycle cycle, const UopInfo& uop) override {
    now_.cycle = cycle + 1;
    if (!uop.is_operation) return;
    if (now_.operations[uop.sentron]++ % kEvery == 0) retired_at_[uop.sentron].push_back(cycle + 1);
    at_last_[uop.sentron] = now_;
  }

  // When the first of the two has retired its last operation; all of the run where there is but one.
  [[nodiscard]] const Tally& shared() const {
    if (!at_last_[1]) return now_;
    return at_last_[0]->cycle <= at_last_[1]->cycle ? *at_last_[0] : *at_last_[1];
  }
  // In which cycle the sentron had retired as many operations.
  [[nodiscard]] double cycle_of(std::uint64_t operations) const {
    const std::vector<Cycle>& at = retired_at_[0];
    if (operations == 0 || at.empty()) return 0;
    const std::size_t before = std::min<std::size_t>((operations - 1) / kEvery, at.size() - 1);
    const auto first = static_cast<double>(at[before]);
    const auto rest = static_cast<double>(operations - 1 - before * kEvery);
    const bool last = before + 1 == at.size();
    const auto end = static_cast<double>(last ? at_last_[0]->cycle : at[before + 1]);
    const auto in_part = static_cast<double>(last ? now_.operations[0] - 1 - before * kEvery : kEvery);
    return in_part > 0 ? first + (end - first) * rest / in_part : first;
  }
  [[nodiscard]] const std::map<Conflict, std::uint64_t>& conflicts() const { return conflicts_; }

 private:
  static constexpr std::uint64_t kEvery = 64;  // operations between two notes
  Tally now_;
  std::array<std::optional<Tally>, 2> at_last_;
  std::array<std::vector<Cycle>, 2> retired_at_;
  std::map<Conflict, std::uint64_t> conflicts_;
};

std::string bottleneck_of(const Tally& tally, const layout::Layout& layout) {
  ModelReport report;
  report.cycles = tally.cycle;
  report.slots = tally.slots;
  for (std::size_t p = 0; p < layout.ports.size(); ++p) {
    PortUse use;
    use.name = layout.ports[p].name;
    use.busy_cycles[0] = tally.starts[p];
    report.ports.push_back(std::move(use));
  }
  return bottleneck(report);
}

struct Watched {
  systemc::ModelOutcome outcome;
  Watch watch;
};

Result<Watched> watch(const isa::Program& program, const layout::Layout& layout) {
  Watched watched{{}, Watch(layout)};
  systemc::ModelOptions options;
  options.layout = &layout;
  options.listeners = {&watched.watch};
  watched.outcome = systemc::simulate(program, options);
  for (std::size_t s = 0; s < program.sentrons.size(); ++s) {
    const isa::Lifecycle end = watched.outcome.state.sentrons[s].lifecycle;
    if (end == isa::Lifecycle::Retired) continue;
    return fail(name_of(program),
                fmt::format("its sentron ends {}, expected a program that comes to its end", isa::name_of(end)));
  }
  return watched;
}

bool same_but_coordinates(isa::Registers a, isa::Registers b) {
  a.p = {};
  b.p = {};
  return a == b;
}

std::string worst_of(const Watch& watch, const SmtPair& pair, const layout::Layout& layout) {
  const auto& conflicts = watch.conflicts();
  const auto worst = std::max_element(conflicts.begin(), conflicts.end(),
                                      [](const auto& x, const auto& y) { return x.second < y.second; });
  if (worst == conflicts.end()) return {};
  const auto& [loser, pipe, port, winner_pipe] = worst->first;
  return fmt::format("{} of {} lost {} cycles on {} to {} of {}", isa::name_of(pipe), pair.alone[loser].program,
                     worst->second, layout.ports[port].name, isa::name_of(winner_pipe), pair.alone[1 - loser].program);
}

double ratio(double a, double b) { return b > 0 ? a / b : 0; }

}  // namespace

Result<isa::Program> side_by_side(const isa::Program& a, const isa::Program& b) {
  Errors errors;
  for (const isa::Program* program : {&a, &b}) {
    if (const std::string why = why_not_alone(*program); !why.empty()) errors.push_back({name_of(*program), why});
  }
  if (!errors.empty()) return fail(std::move(errors));
  isa::Program moved = b;
  if (!move_away(a, moved)) {
    return fail(name_of(b),
                "found steps along or the whole reach of every dimension, expected one along which its "
                "memory can be moved away from the other program's");
  }
  isa::Program pair;
  pair.name = fmt::format("{}_beside_{}", a.name, b.name).substr(0, isa::kMaxNameLength);
  pair.streams = {a.streams[a.sentrons[0].stream], moved.streams[moved.sentrons[0].stream]};
  pair.streams[0].name = "first";
  pair.streams[1].name = "second";
  pair.sentrons = {{"first", 0, a.sentrons[0].initial}, {"second", 1, moved.sentrons[0].initial}};
  pair.memory = a.memory;
  pair.memory.merge(moved.memory);
  if (Errors found = isa::validate(pair); !found.empty()) return fail(std::move(found));
  return pair;
}

double SmtAlone::operations_per_cycle() const {
  return ratio(static_cast<double>(operations), static_cast<double>(cycles));
}
double SmtPair::relative_speed(std::size_t thread) const {
  return ratio(threads[thread].alone_cycles, static_cast<double>(cycles));
}
double SmtPair::operations_per_cycle() const {
  return ratio(static_cast<double>(threads[0].operations + threads[1].operations), static_cast<double>(cycles));
}
double SmtPair::conflict_share() const {
  std::uint64_t lost = 0;
  std::uint64_t all = 0;
  for (const SmtThread& t : threads) {
    lost += t.lost_to_other;
    all += t.issued + t.lost_to_other + t.lost_to_own;
  }
  return ratio(static_cast<double>(lost), static_cast<double>(all));
}

Result<SmtPair> run_pair(const isa::Program& a, const isa::Program& b, const layout::Layout& layout) {
  const Result<isa::Program> both = side_by_side(a, b);
  if (!both) return tl::unexpected(both.error());
  layout::Layout with_one = layout;
  layout::Layout with_two = layout;
  with_one.smt.threads = 1;
  with_two.smt.threads = 2;
  SmtPair pair;
  pair.layout = layout.name;
  const Result<Watched> together = watch(*both, with_two);
  if (!together) return tl::unexpected(together.error());
  const Tally& shared = together->watch.shared();
  pair.cycles = shared.cycle;
  pair.bottleneck = bottleneck_of(shared, layout);
  const std::array<const isa::Program*, 2> programs{&a, &b};
  for (std::size_t k = 0; k < 2; ++k) {
    const Result<Watched> alone = watch(*programs[k], with_one);
    if (!alone) return tl::unexpected(alone.error());
    const Tally& tally = alone->watch.shared();
    pair.alone[k] = {name_of(*programs[k]), tally.operations[0], tally.cycle, bottleneck_of(tally, layout)};
    SmtThread& thread = pair.threads[k];
    thread.operations = shared.operations[k];
    thread.alone_cycles = alone->watch.cycle_of(shared.operations[k]);
    thread.issued = shared.issued[k];
    thread.lost_to_other = shared.lost_to_other[k];
    thread.lost_to_own = shared.lost_to_own[k];
    thread.same_registers =
        same_but_coordinates(together->outcome.state.sentrons[k].registers, alone->outcome.state.sentrons[0].registers);
  }
  pair.worst_conflict = worst_of(together->watch, pair, layout);
  return pair;
}

nlohmann::json to_json(const SmtPair& pair) {
  nlohmann::json json{{"layout", pair.layout},
                      {"cycles", pair.cycles},
                      {"throughput", pair.throughput()},
                      {"operations_per_cycle", pair.operations_per_cycle()},
                      {"conflict_share", pair.conflict_share()},
                      {"bottleneck", pair.bottleneck},
                      {"worst_conflict", pair.worst_conflict},
                      {"threads", nlohmann::json::array()}};
  for (std::size_t k = 0; k < 2; ++k) {
    const SmtAlone& alone = pair.alone[k];
    const SmtThread& thread = pair.threads[k];
    json["threads"].push_back({{"program", alone.program},
                               {"alone",
                                {{"operations", alone.operations},
                                 {"cycles", alone.cycles},
                                 {"operations_per_cycle", alone.operations_per_cycle()},
                                 {"bottleneck", alone.bottleneck}}},
                               {"operations", thread.operations},
                               {"relative_speed", pair.relative_speed(k)},
                               {"uops_issued", thread.issued},
                               {"cycles_lost_to_other", thread.lost_to_other},
                               {"cycles_lost_to_own", thread.lost_to_own},
                               {"same_registers", thread.same_registers}});
  }
  return json;
}

std::string to_text(const SmtPair& pair) {
  std::string text =
      fmt::format("{:<32} {:>6} {:>7} {:>6}  {}\n", "layout " + pair.layout, "alone", "beside", "speed", "limit");
  for (std::size_t k = 0; k < 2; ++k) {
    const auto beside = ratio(static_cast<double>(pair.threads[k].operations), static_cast<double>(pair.cycles));
    text += fmt::format("{:<32} {:>6.3f} {:>7.3f} {:>6.3f}  {}\n", pair.alone[k].program,
                        pair.alone[k].operations_per_cycle(), beside, pair.relative_speed(k), pair.alone[k].bottleneck);
  }
  text += fmt::format("{:<32} {:>6} {:>7.3f} {:>6.3f}  {}\n", "together", "", pair.operations_per_cycle(),
                      pair.throughput(), pair.bottleneck);
  text += fmt::format("  {:.1f} % of issue cycles lost to the other thread{}\n", 100 * pair.conflict_share(),
                      pair.worst_conflict.empty() ? "" : ": " + pair.worst_conflict);
  return text;
}

}  // namespace vtpu::testbench
