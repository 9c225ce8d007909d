#include "testbench/calibrate/operation_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "measure/statistics.hpp"
#include "testbench/calibrate/port_inference.hpp"

namespace vtpu::testbench {
namespace {

using H = lowering::HostOp;

constexpr std::size_t kChain = 60;
constexpr std::size_t kAlone = 240;
constexpr std::size_t kMix = 120;
constexpr double kWholePorts = 0.12;        // how far 1 / cycles may be from a number of ports, of it
constexpr double kSameSet = 0.12;           // how far a mix may be from twice the time, to be one set
constexpr std::size_t kNoisyLoops = 1;      // that are borne
constexpr std::size_t kLoopsPerNoisy = 50;  // and one more in so many
constexpr double kFills = 1.1;              // of a slot's time: what an instruction may take that fills dispatch
constexpr unsigned kMostSlots = 16;
constexpr double kSlowest = 2.5;  // cycles per instruction up to which dispatch slots are seen

bool is_vector(const LoopInst& inst) { return inst.operands.find_first_of("vk") != std::string::npos; }
bool crosses(const LoopInst& inst) { return is_vector(inst) && inst.operands.find('g') != std::string::npos; }
bool is_memory(const LoopInst& inst) {
  return inst.operands.find_first_of("mM") != std::string::npos && inst.op != H::Lea;
}
bool is_store(const LoopInst& inst) { return inst.operands.starts_with('M'); }

// Prefetches, which take a load's port, and what the operation is at 512 bits.
std::vector<LoopInst> forms_of_all(lowering::HostIsa isa) {
  std::vector<LoopInst> forms;
  const auto encodes = [isa](const LoopInst& inst) {
    return CompiledLoop::compile(independent_loop({{inst, 1}}, 2), isa).has_value();
  };
  for (int i = 0; i < lowering::kHostOps; ++i) {
    const auto op = static_cast<H>(i);
    const std::vector<unsigned> widths = widths_of(op);
    if (widths.empty()) continue;
    const unsigned width = std::find(widths.begin(), widths.end(), 32U) != widths.end() ? 32 : widths.front();
    const LoopInst inst = *plain_form(op, width);
    if (encodes(inst)) forms.push_back(inst);
  }
  forms.push_back({H::Jcc, 8, ""});  // not taken
  forms.push_back({H::Mov, 8, "gm"});
  forms.push_back({H::Vmov, 32, "vm"});
  forms.push_back({H::Mov, 8, "Mg"});
  forms.push_back({H::Vmov, 32, "Mv"});
  return forms;
}

std::optional<LoopInst> wide_form(const LoopInst& inst, lowering::HostIsa isa) {
  if (isa != lowering::HostIsa::Avx512 || inst.width != 32) return std::nullopt;
  LoopInst wide = inst;
  wide.width = 64;
  if (is_memory(inst)) return wide;
  return plain_form(inst.op, 64);
}

// ---- alone and in chains ----

struct Wanted {
  std::vector<HostLoop> loops;
  std::vector<std::function<void(const LoopReading&)>> takers;
  void add(HostLoop loop, std::function<void(const LoopReading&)> taker) {
    loops.push_back(std::move(loop));
    takers.push_back(std::move(taker));
  }
  Result<void> run(Meter& meter, double tolerance, const std::string& what) {
    const auto readings = read_quiet(meter, loops, tolerance, what);
    if (!readings) return tl::unexpected(readings.error());
    for (std::size_t i = 0; i < loops.size(); ++i) takers[i]((*readings)[i]);
    return {};
  }
};

void add_alone(Wanted& wanted, OperationFact& fact, lowering::HostIsa isa) {
  const auto per = [](const HostLoop& loop) { return static_cast<double>(loop.counted); };
  HostLoop alone = independent_loop({{fact.inst, 1}}, kAlone);
  const double count = per(alone);
  wanted.add(std::move(alone), [&fact, count](const LoopReading& r) {
    fact.cycles = r.cycles / count;
    fact.spread = r.spread;
  });
  if (auto chain = chain_loop(fact.inst, kChain)) {
    wanted.add(std::move(*chain), [&fact](const LoopReading& r) { fact.latency = r.cycles / kChain; });
  }
  const auto wide = wide_form(fact.inst, isa);
  if (!wide) return;
  HostLoop wide_alone = independent_loop({{*wide, 1}}, kAlone);
  const double wide_count = per(wide_alone);
  wanted.add(std::move(wide_alone),
             [&fact, wide_count](const LoopReading& r) { fact.cycles_512 = r.cycles / wide_count; });
  if (auto chain = chain_loop(*wide, kChain)) {
    wanted.add(std::move(*chain), [&fact](const LoopReading& r) { fact.latency_512 = r.cycles / kChain; });
  }
}

// ---- dispatch ----

// Mixes of operations that start everywhere: the fastest shows the width of dispatch.
std::vector<HostLoop> width_loops() {
  const LoopInst move{H::Mov, 8, "gg"};
  const LoopInst lea{H::Lea, 8, "gm"};
  const LoopInst add{H::Vpaddd, 32, "vvv"};
  const LoopInst load{H::Mov, 8, "gm"};
  const LoopInst load_vector{H::Vmov, 32, "vm"};
  return {independent_loop({{move, 1}}, 480),
          independent_loop({{lea, 1}}, 480),
          independent_loop({{LoopInst{H::Vmov, 32, "vv"}, 1}}, 480),
          independent_loop({{add, 1}, {load, 1}}, 480),
          independent_loop({{lea, 2}, {add, 2}, {load, 1}}, 480),
          independent_loop({{lea, 4}, {add, 2}, {load, 2}}, 480),
          independent_loop({{lea, 3}, {add, 2}, {load, 1}}, 480),
          independent_loop({{lea, 2}, {add, 3}, {load_vector, 1}}, 480),
          independent_loop({{move, 1}, {lea, 1}}, 480),
          independent_loop({{move, 2}, {lea, 2}, {add, 1}}, 480)};
}

Result<void> measure_width(Meter& meter, OperationFacts& facts, double noise) {
  const std::vector<HostLoop> loops = width_loops();
  const auto readings = read_quiet(meter, loops, noise, "dispatch width");
  if (!readings) return tl::unexpected(readings.error());
  double most = 0;
  for (std::size_t i = 0; i < loops.size(); ++i) {
    // the loop's own dec and jump are one more
    most = std::max(most, static_cast<double>(loops[i].body.size() + 1) / (*readings)[i].cycles);
  }
  facts.dispatch_width = static_cast<unsigned>(std::ceil(most - 0.15));
  const std::vector<std::vector<LoopInst>> fillers{
      {{H::Mov, 8, "gg"}}, {{H::Lea, 8, "gm"}}, {{H::Vmov, 32, "vv"}}, {{H::Vpaddd, 32, "vvv"}, {H::Mov, 8, "gm"}}};
  for (std::size_t i = 0; i < fillers.size(); ++i) {
    const double cycles = (*readings)[i].cycles / static_cast<double>(loops[i].body.size());
    if (cycles <= kFills / facts.dispatch_width) facts.fillers.push_back({fillers[i], cycles});
  }
  return {};
}

// Beside fillers of dispatch, a few of the operation take the time of their slots. A filler may be in the way by other
// things than its slots; so the one that shows fewest counts.
Result<void> measure_slots(Meter& meter, OperationFacts& facts, double noise) {
  constexpr unsigned kCopies = 4;
  constexpr double kRoundUp = 0.75;  // of a slot
  const double width = facts.dispatch_width;
  Wanted wanted;
  for (OperationFact& fact : facts.operations) {
    const bool renamed = fact.inst.op == H::Mov || fact.inst.op == H::Vmov || fact.inst.op == H::Lea;
    if (fact.cycles > kSlowest || is_memory(fact.inst) || renamed || facts.fillers.empty()) continue;
    fact.slots = kMostSlots;
    for (const Filler& filler : facts.fillers) {
      const auto each = static_cast<unsigned>(
          std::ceil(1.6 * kCopies * fact.cycles / filler.cycles / static_cast<double>(filler.insts.size())));
      std::vector<std::pair<LoopInst, unsigned>> mix{{fact.inst, kCopies}};
      for (const LoopInst& inst : filler.insts) mix.emplace_back(inst, each);
      HostLoop loop = independent_loop(mix, kMix);
      const double rounds = static_cast<double>(loop.counted) / kCopies;
      const double filled = each * static_cast<double>(filler.insts.size()) * filler.cycles;
      wanted.add(std::move(loop), [&fact, rounds, filled, width](const LoopReading& r) {
        const double extra = (r.cycles / rounds - filled) * width / kCopies;
        const auto slots = static_cast<unsigned>(std::max(1.0, std::floor(extra + 1 - kRoundUp)));
        fact.slots = std::min(fact.slots, slots);
      });
    }
  }
  return wanted.run(meter, noise, "slots of dispatch");
}

// ---- pairs ----

unsigned whole_ports(double cycles) {
  const double rate = 1 / cycles;
  const double whole = std::round(rate);
  return whole >= 1 && whole <= 8 && std::abs(rate - whole) <= kWholePorts * whole ? static_cast<unsigned>(whole) : 0;
}

// What comes from general registers starts where these are read.
bool in_vector_ports(const LoopInst& inst) { return is_vector(inst) && !(crosses(inst) && inst.operands[0] != 'g'); }

// The move between register files that is part of all operations that cross; one uop.
bool is_plain_crossing(H op) {
  return op == H::VmovqToVec || op == H::VmovdToVec || op == H::VmovqToGpr || op == H::VmovdToGpr || op == H::KmovToGpr;
}

// With a jump behind them these are one uop.
bool may_fuse(const LoopInst& a, const LoopInst& jump) {
  if (jump.op != H::Jcc) return false;
  switch (a.op) {
    case H::Cmp:
    case H::Test:
    case H::And:
    case H::Add:
    case H::Sub:
    case H::Inc:
    case H::Dec: return true;
    default: return false;
  }
}

// Which two may share ports at all: general with general, vector with vector, memory with what it may use.
bool may_share(const LoopInst& a, const LoopInst& b) {
  if (may_fuse(a, b) || may_fuse(b, a)) return false;
  if (is_memory(a) && is_memory(b)) return !is_store(a) || !is_store(b);
  if (is_memory(a) != is_memory(b) && !is_store(a) && !is_store(b)) return false;
  return in_vector_ports(a) == in_vector_ports(b);
}

struct Pair {
  std::size_t a, b;
  double cycles;  // of the mix of as many as each has ports
};

HostLoop pair_loop(const OperationFact& a, const OperationFact& b) {
  return independent_loop({{a.inst, a.ports}, {b.inst, b.ports}}, kMix);
}

Result<std::vector<Pair>> measure_pairs(Meter& meter, const OperationFacts& facts,
                                        const std::vector<std::size_t>& operations, double noise) {
  std::vector<Pair> pairs;
  Wanted wanted;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    for (std::size_t j = i + 1; j < operations.size(); ++j) {
      const OperationFact& a = facts.operations[operations[i]];
      const OperationFact& b = facts.operations[operations[j]];
      if (may_share(a.inst, b.inst)) pairs.push_back({operations[i], operations[j], 0});
    }
  }
  for (Pair& pair : pairs) {
    const OperationFact& a = facts.operations[pair.a];
    HostLoop loop = pair_loop(a, facts.operations[pair.b]);
    const double rounds = static_cast<double>(loop.counted) / a.ports;
    wanted.add(std::move(loop), [&pair, rounds](const LoopReading& r) { pair.cycles = r.cycles / rounds; });
  }
  if (auto done = wanted.run(meter, noise, "pairs of operations"); !done) return tl::unexpected(done.error());
  return pairs;
}

// Operations one of which fills the ports of the other become one set. A store is two: its data, and the address that
// all stores share.
void find_sets(OperationFacts& facts, const std::vector<std::size_t>& operations, const std::vector<Pair>& pairs) {
  std::map<std::pair<std::size_t, std::size_t>, double> cycles;
  for (const Pair& pair : pairs) cycles[{pair.a, pair.b}] = cycles[{pair.b, pair.a}] = pair.cycles;
  for (const std::size_t op : operations) {
    OperationFact& fact = facts.operations[op];
    if (is_store(fact.inst)) {
      if (!facts.store_address_set) {
        facts.store_address_set = facts.sets.size();
        facts.sets.push_back({"store address", fact.ports, {op}, {}});
      }
      fact.set = facts.sets.size();
      facts.sets.push_back({to_text(fact.inst), fact.ports, {op}, {}});
      continue;
    }
    double longest = 2 * (1 - kSameSet);
    fact.set = facts.sets.size();
    for (std::size_t s = 0; s < facts.sets.size(); ++s) {
      const auto pair = cycles.find({op, facts.sets[s].operations.front()});
      const bool alike = crosses(facts.operations[facts.sets[s].operations.front()].inst) == crosses(fact.inst);
      if (!alike || facts.sets[s].ports != fact.ports || pair == cycles.end() || pair->second < longest) continue;
      longest = pair->second;
      fact.set = s;
    }
    if (fact.set == facts.sets.size()) facts.sets.push_back({to_text(fact.inst), fact.ports, {}, {}});
    facts.sets[fact.set].operations.push_back(op);
  }
}

// Beside loads a store is its address, beside all else its data.
std::size_t set_in(const OperationFacts& facts, std::size_t op, std::size_t other) {
  const bool address = is_store(facts.operations[op].inst) && is_memory(facts.operations[other].inst);
  return address ? *facts.store_address_set : facts.operations[op].set;
}

Result<void> map_ports(OperationFacts& facts, const std::vector<Pair>& pairs) {
  std::map<std::pair<std::size_t, std::size_t>, std::vector<double>> between;
  for (const Pair& pair : pairs) {
    const std::size_t a = set_in(facts, pair.a, pair.b);
    const std::size_t b = set_in(facts, pair.b, pair.a);
    if (a != b) between[{std::min(a, b), std::max(a, b)}].push_back(pair.cycles);
  }
  std::vector<PortUser> users;
  for (const PortSet& set : facts.sets) users.push_back({set.name, set.ports});
  std::vector<MeasuredMix> mixes;
  for (const auto& [sets, cycles] : between) {
    // what some lose beside the ports that they share is not the ports'
    mixes.push_back({sets.first, sets.second, *std::min_element(cycles.begin(), cycles.end())});
  }
  const auto map = infer_ports(users, mixes, facts.dispatch_width);
  if (!map) return tl::unexpected(map.error());
  for (std::size_t s = 0; s < facts.sets.size(); ++s) facts.sets[s].at = map->ports[s];
  facts.port_count = map->number;
  facts.port_error = map->error;
  return {};
}

// Operations of several uops, and those that hold a port: what they take from the ports of each set, beside enough
// operations of the set to fill them.
Result<void> measure_taken(Meter& meter, OperationFacts& facts, double noise) {
  facts.taken.assign(facts.operations.size(), std::vector<double>(facts.sets.size(), 0));
  Wanted wanted;
  for (std::size_t op = 0; op < facts.operations.size(); ++op) {
    const OperationFact& fact = facts.operations[op];
    if (fact.ports != 0 || fact.cycles > 30) continue;
    for (std::size_t s = 0; s < facts.sets.size(); ++s) {
      const PortSet& set = facts.sets[s];
      const OperationFact& filler = facts.operations[set.operations.front()];
      if (is_memory(filler.inst) || !(crosses(fact.inst) || may_share(fact.inst, filler.inst))) continue;
      const auto copies = fact.cycles < 1 ? 2U : 1U;
      const auto fillers = static_cast<unsigned>(std::ceil(copies * fact.cycles)) * set.ports + set.ports;
      HostLoop loop = independent_loop({{fact.inst, copies}, {filler.inst, fillers}}, kMix);
      const double rounds = static_cast<double>(loop.counted) / copies;
      double& taken = facts.taken[op][s];
      wanted.add(std::move(loop), [&taken, rounds, copies, fillers, ports = set.ports](const LoopReading& r) {
        taken = std::max(0.0, (r.cycles / rounds * ports - fillers) / copies);
      });
    }
  }
  return wanted.run(meter, noise, "what operations of several uops take");
}

// What looks alike alone.
std::string likeness(const OperationFact& fact) {
  return fmt::format("{} {} {}", fact.inst.operands, fact.ports, fact.latency ? std::lround(*fact.latency) : -1);
}

// Two of each group of operations that look alike.
std::vector<std::size_t> two_of_each(const OperationFacts& facts, const std::vector<std::size_t>& operations) {
  std::vector<std::size_t> chosen;
  std::map<std::string, unsigned> seen;
  for (const std::size_t op : operations) {
    if (seen[likeness(facts.operations[op])]++ < 2) chosen.push_back(op);
  }
  return chosen;
}

// The rest of each group joins the first.
void join_sets(OperationFacts& facts, const std::vector<std::size_t>& operations,
               const std::vector<std::size_t>& chosen) {
  std::map<std::string, std::size_t> first;
  for (const std::size_t op : chosen) first.try_emplace(likeness(facts.operations[op]), facts.operations[op].set);
  for (const std::size_t op : operations) {
    if (std::find(chosen.begin(), chosen.end(), op) != chosen.end()) continue;
    OperationFact& fact = facts.operations[op];
    fact.set = first.at(likeness(fact));
    facts.sets[fact.set].operations.push_back(op);
  }
}

}  // namespace

const OperationFact* OperationFacts::find(lowering::HostOp op, const std::string& operands) const {
  for (const OperationFact& fact : operations) {
    const bool moves_memory = is_memory(fact.inst) && (op == H::Mov || op == H::Vmov);
    if (fact.inst.op == op && (operands.empty() ? !moves_memory : fact.inst.operands == operands)) return &fact;
  }
  return nullptr;
}

Result<std::vector<LoopReading>> read_quiet(Meter& meter, const std::vector<HostLoop>& loops, double tolerance,
                                            const std::string& what) {
  auto readings = meter.read(loops, tolerance);
  if (!readings) return readings;
  std::vector<std::size_t> noisy;
  for (std::size_t i = 0; i < loops.size(); ++i) {
    if ((*readings)[i].spread > tolerance) noisy.push_back(i);
  }
  if (noisy.size() <= kNoisyLoops + loops.size() / kLoopsPerNoisy) return readings;
  std::sort(noisy.begin(), noisy.end(),
            [&](std::size_t a, std::size_t b) { return (*readings)[a].spread > (*readings)[b].spread; });
  Errors errors;
  for (std::size_t n = 0; n < std::min<std::size_t>(5, noisy.size()); ++n) {
    errors.push_back(
        {what, fmt::format("{}: {:.0f} cycles, 10th to 90th percentile {:.1f} % apart, expected at most {:.1f} %",
                           loops[noisy[n]].name, (*readings)[noisy[n]].cycles, 100 * (*readings)[noisy[n]].spread,
                           100 * tolerance)});
  }
  errors.push_back({what, fmt::format("{} of {} loops are noisy: nothing is written. Quiet the machine and go on with "
                                      "--resume, or take another CPU",
                                      noisy.size(), loops.size())});
  return tl::unexpected(std::move(errors));
}

Result<OperationFacts> measure_operations(Meter& meter, const OperationOptions& options) {
  OperationFacts facts;
  if (auto done = measure_width(meter, facts, options.noise); !done) return tl::unexpected(done.error());
  for (const LoopInst& inst : forms_of_all(options.isa)) facts.operations.push_back({inst, 0, 0, {}, {}, {}, 1, 0, 0});
  Wanted alone;
  for (OperationFact& fact : facts.operations) add_alone(alone, fact, options.isa);
  if (auto done = alone.run(meter, options.noise, "operations alone"); !done) return tl::unexpected(done.error());
  if (auto done = measure_slots(meter, facts, options.noise); !done) return tl::unexpected(done.error());
  std::vector<std::size_t> single;
  for (std::size_t op = 0; op < facts.operations.size(); ++op) {
    OperationFact& fact = facts.operations[op];
    const bool renamed = fact.inst.op == H::Mov || fact.inst.op == H::Vmov || fact.inst.op == H::Lea;
    if (is_plain_crossing(fact.inst.op)) fact.slots = 1;
    if (fact.slots != 1 || (renamed && !is_memory(fact.inst))) continue;
    fact.ports = whole_ports(fact.cycles);
    if (fact.ports != 0) single.push_back(op);
  }
  const std::vector<std::size_t> chosen = options.quick ? two_of_each(facts, single) : single;
  const auto pairs = measure_pairs(meter, facts, chosen, options.noise);
  if (!pairs) return tl::unexpected(pairs.error());
  find_sets(facts, chosen, *pairs);
  join_sets(facts, single, chosen);
  if (auto done = map_ports(facts, *pairs); !done) return tl::unexpected(done.error());
  if (auto done = measure_taken(meter, facts, options.noise); !done) return tl::unexpected(done.error());
  return facts;
}

}  // namespace vtpu::testbench
