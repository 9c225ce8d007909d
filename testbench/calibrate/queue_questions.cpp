#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "testbench/calibrate/question.hpp"
#include "testbench/random.hpp"

namespace vtpu::testbench {
namespace {

using H = lowering::HostOp;
using layout::Layout;
using lowering::gpr;
using lowering::HostInst;

constexpr std::size_t kMix = 120;
constexpr unsigned kCountsAge = 4;  // cycles; from 1 to 6 they fit alike
constexpr unsigned kHeld = 5;       // cycles; 4 and 6 fit nearly as well

bool is_memory(const LoopInst& inst) {
  return inst.operands.find_first_of("mM") != std::string::npos && inst.op != H::Lea;
}

// What each queue feeds: one instruction per set of ports, latency and width.
using FedQueues = std::vector<std::vector<LoopInst>>;

// Jumps would be mispredicted among operations that change the flags.
FedQueues fed_queues(const Draft& draft, lowering::HostIsa isa) {
  FedQueues fed(draft.layout.queues.size());
  std::set<std::pair<std::vector<unsigned>, unsigned>> seen;
  for (const DraftSet& set : draft.sets) {
    for (const LoopInst& inst : set.insts) {
      if (is_memory(inst) || inst.op == H::Jcc) continue;
      const unsigned latency = draft.layout.uops[uop_of(draft.layout, inst.op)].latency;
      if (!seen.insert({set.ports, latency}).second) continue;
      fed[queue_feeding(draft.layout, set.ports)].push_back(inst);
      const auto wide = isa == lowering::HostIsa::Avx512 ? plain_form(inst.op, 64) : std::nullopt;
      if (wide) fed[queue_feeding(draft.layout, set.ports)].push_back(*wide);
    }
  }
  std::vector<LoopInst>& accesses = fed[queue_feeding(draft.layout, draft.layout.uops[draft.layout.load_uop].ports)];
  accesses = {{H::Mov, 8, "gm"}, {H::Vmov, 32, "vm"}, {H::Mov, 8, "Mg"}};
  if (isa == lowering::HostIsa::Avx512) accesses.push_back({H::Vmov, 64, "vm"});
  return fed;
}

// Patterns of integers may be tiny as floats, which cost more: floats only read floats.
bool is_float(const LoopInst& inst) {
  const std::string_view name = lowering::name_of(inst.op);
  return name.find("ps") != name.npos || name.find("pd") != name.npos || name.find("sd") != name.npos;
}

// Instructions of several queues in any order, each so many of 8 times on one of the results before it. Without an
// order that repeats every few cycles no rule of a queue fits or spoils all of it.
HostLoop random_loop(const FedQueues& fed, std::uint64_t seed) {
  constexpr unsigned kEach = 6;  // vector registers for results that are floats, and others
  Random random(seed);
  const std::size_t kinds = 2 + random.below(5);
  const std::uint64_t depends = random.below(7);
  HostLoop loop;
  loop.name = fmt::format("random mix {} of", seed);
  std::vector<LoopInst> some;
  for (std::size_t k = 0; k < kinds; ++k) {
    some.push_back(random.pick(random.pick(fed)));
    loop.name = fmt::format("{} {}", loop.name, to_text(some.back()));
  }
  for (std::size_t i = 0; i < kMix; ++i) {
    const LoopInst& inst = random.pick(some);
    const unsigned first = is_float(inst) || inst.operands == "vm" ? 0 : kEach;
    LoopRegisters registers{{}, kLoopSource, lowering::vec(14), lowering::mask(7)};
    if (random.below(8) < depends) registers.general = gpr(kLoopResults[random.below(kLoopResults.size())]);
    if (random.below(8) < depends) registers.vector = lowering::vec(first + static_cast<unsigned>(random.below(kEach)));
    const char to = inst.operands.empty() ? 'i' : inst.operands[0];
    if (to == 'g') registers.result = gpr(kLoopResults[random.below(kLoopResults.size())]);
    if (to == 'v') registers.result = lowering::vec(first + static_cast<unsigned>(random.below(kEach)));
    if (to == 'k') registers.result = lowering::mask(1 + static_cast<unsigned>(random.below(kEach)));
    loop.body.push_back(instance_of(inst, registers, to == 'M' ? 0 : 1 + static_cast<unsigned>(i % 7)));
  }
  loop.counted = kMix;
  return loop;
}

std::vector<HostLoop> random_loops(FedQueues fed, unsigned number) {
  std::erase_if(fed, [](const std::vector<LoopInst>& queue) { return queue.empty(); });
  std::vector<HostLoop> loops;
  for (std::uint64_t seed = 1; seed <= number; ++seed) loops.push_back(random_loop(fed, seed));
  return loops;
}

// Chains side by side, endless, and begun again from constants; and what reads another's result.
std::vector<HostLoop> chains_of_adds() {
  std::vector<HostLoop> loops;
  for (const std::size_t chains : {2U, 3U, 4U, 6U, 8U, 10U}) {
    std::vector<HostInst> body;
    for (std::size_t i = 0; i < 30 * chains; ++i)
      body.push_back(operation(H::Add, loop_result(i % chains), kLoopOther));
    loops.push_back(loop_of(fmt::format("{} chains of add", chains), body));
  }
  for (const std::size_t length : {1U, 2U, 3U, 7U}) {
    std::vector<HostInst> body;
    for (std::size_t i = 0; i < 40; ++i) {
      body.push_back(immediate(H::MovImm, loop_result(i), 3));
      for (std::size_t k = 0; k < length; ++k) body.push_back(operation(H::Add, loop_result(i), kLoopOther));
    }
    loops.push_back(loop_of(fmt::format("chains of {} add from a constant", length), body));
  }
  for (const std::size_t adds : {1U, 3U, 5U}) {
    std::vector<HostInst> body;
    for (std::size_t i = 0; i < 40; ++i) {
      body.push_back(operation(H::Popcnt, loop_result(2 * i), kLoopOther));
      for (std::size_t k = 0; k < adds; ++k)
        body.push_back(operation(H::Add, loop_result(2 * i + 1), loop_result(2 * i)));
    }
    loops.push_back(loop_of(fmt::format("popcnt and {} add that read it", adds), body));
  }
  return loops;
}

// Chains of up to three kinds, begun again from a constant, of whatever length: how many are under way at a time, and
// how often two of their uops meet at a port, is up to the queues.
std::vector<HostLoop> chains_of_vectors(const std::vector<LoopInst>& fed) {
  constexpr std::size_t kLoops = 40;
  std::vector<LoopInst> integers;
  for (const LoopInst& inst : fed) {
    const bool of_vectors =
        inst.operands.starts_with("vv") && inst.operands.find_first_not_of("vi") == std::string::npos;
    if (of_vectors && !is_float(inst)) integers.push_back(inst);
  }
  std::vector<HostLoop> loops;
  for (std::uint64_t seed = 1; seed <= kLoops && !integers.empty(); ++seed) {
    Random random(seed);
    std::vector<LoopInst> some;
    for (std::size_t kinds = 1 + random.below(3); kinds != 0; --kinds) some.push_back(random.pick(integers));
    HostLoop loop;
    const std::size_t length = 4 + random.below(21);
    loop.name = fmt::format("random chain {} of {} of", seed, length);
    for (const LoopInst& inst : some) loop.name = fmt::format("{} {}", loop.name, to_text(inst));
    LoopRegisters registers{lowering::vec(6), kLoopSource, lowering::vec(14), lowering::mask(7)};
    std::vector<HostInst> chain{instance_of({H::Vmov, 32, "vv"}, registers, 1)};
    registers.vector = registers.result;
    for (std::size_t i = 0; i < length; ++i) chain.push_back(instance_of(random.pick(some), registers, 1));
    while (loop.body.size() < kMix) loop.body.insert(loop.body.end(), chain.begin(), chain.end());
    loop.counted = loop.body.size();
    loops.push_back(std::move(loop));
  }
  return loops;
}

// ---- choices ----

enum class Results { Free, One, Waiting };

struct Rule {
  bool shuffles = false;
  unsigned counts_age = 0;
  bool takes_turns = false;
  unsigned held = 0;
  bool eager = false;
  Results results = Results::Free;
  unsigned group_ports = 0;
  unsigned group_block = 1;
  unsigned room = 1;
};

bool is_part(const std::vector<unsigned>& some, const std::vector<unsigned>& all) {
  return !some.empty() && std::all_of(some.begin(), some.end(),
                                      [&](unsigned p) { return std::find(all.begin(), all.end(), p) != all.end(); });
}

// Of the sets of half the queue's ports, the one on which most instructions start; empty where there is none.
std::vector<unsigned> commonest_half(const Layout& layout, const std::vector<unsigned>& ports) {
  std::map<std::vector<unsigned>, unsigned> starts;
  for (const layout::Crack& crack : layout.host_cracks) {
    for (const unsigned kind : crack.uops) {
      const std::vector<unsigned>& on = layout.uops[kind].ports;
      if (2 * on.size() == ports.size() && is_part(on, ports)) ++starts[on];
    }
  }
  const auto most =
      std::max_element(starts.begin(), starts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == starts.end() ? std::vector<unsigned>{} : most->first;
}

// The ports of a queue in two halves, of which the commonest set comes first. Mixes show too much sharing where a
// result leaves by another port, so a set of half the ports is a half, and a larger one is all.
void part_ports(Layout& layout, unsigned queue) {
  const std::vector<unsigned> ports = layout.queues[queue].ports;
  const std::vector<unsigned> first = commonest_half(layout, ports);
  std::vector<unsigned> order = first;
  for (const unsigned p : ports) {
    if (std::find(first.begin(), first.end(), p) == first.end()) order.push_back(p);
  }
  const auto half = static_cast<std::ptrdiff_t>(ports.size() / 2);
  for (layout::UopKind& kind : layout.uops) {
    if (!is_part(kind.ports, ports)) continue;
    std::vector<unsigned> now;
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (std::find(kind.ports.begin(), kind.ports.end(), order[i]) != kind.ports.end()) now.push_back(ports[i]);
    }
    if (kind.is_store_data || 2 * kind.ports.size() > ports.size()) now = ports;
    if (2 * kind.ports.size() == ports.size() && kind.ports != first) now.assign(ports.begin() + half, ports.end());
    std::sort(now.begin(), now.end());
    kind.ports = now;
  }
}

// The ports of a queue named anew, so that those of vector loads, where they are half of them, stand between the
// others.
void alternate_ports(Layout& layout, unsigned queue) {
  const std::vector<unsigned> ports = layout.queues[queue].ports;
  const std::vector<unsigned> some = layout.uops[layout.load_vector_uop].ports;
  if (!is_part(some, ports) || 2 * some.size() != ports.size()) return;
  std::map<unsigned, unsigned> named;
  std::size_t of_some = 0, of_others = 1;
  for (const unsigned p : ports) {
    std::size_t& place = std::find(some.begin(), some.end(), p) != some.end() ? of_some : of_others;
    named[p] = ports[place];
    place += 2;
  }
  for (layout::UopKind& kind : layout.uops) {
    if (!is_part(kind.ports, ports)) continue;
    for (unsigned& port : kind.ports) port = named[port];
    std::sort(kind.ports.begin(), kind.ports.end());
  }
}

void give(Layout& layout, unsigned queue, const Rule& rule) {
  layout::Queue& q = layout.queues[queue];
  q.shuffles = rule.shuffles;
  q.counts_age = rule.counts_age;
  q.takes_turns = rule.takes_turns;
  q.held_cycles = rule.held;
  q.eager = rule.eager;
  q.one_result = rule.results != Results::Free;
  q.results_wait = rule.results == Results::Waiting;
  q.group_ports = rule.group_ports;
  q.group_block = rule.group_block;
  q.dispatch_room = rule.room;
  if (rule.group_ports != 0) part_ports(layout, queue);
  if (rule.takes_turns) alternate_ports(layout, queue);
}

std::string to_text(const Rule& rule) {
  std::string text = "a port at issue";
  if (rule.takes_turns) text = "a port at dispatch, in turn";
  if (rule.shuffles) text = "a port at dispatch";
  if (rule.counts_age != 0) text += fmt::format(", by who waited {} cycles before", rule.counts_age);
  if (rule.group_ports != 0)
    text = fmt::format("one of {} ports at issue, groups in blocks of {}, room {}", rule.group_ports, rule.group_block,
                       rule.room);
  if (rule.held != 0) text += fmt::format(", entries held for {}", rule.held);
  if (rule.eager) text += ", starts in vain";
  if (rule.results != Results::Free) text += ", one result per port";
  return text + (rule.results == Results::Waiting ? ", which waits" : "");
}

// Of a queue for general operations.
std::vector<Rule> general_rules() {
  std::vector<Rule> all;
  for (const Results results : {Results::Free, Results::One}) {
    all.push_back({.results = results});
    for (const bool eager : {false, true}) {
      for (const unsigned age : {0U, kCountsAge})
        all.push_back({.shuffles = true, .counts_age = age, .eager = eager, .results = results});
    }
  }
  return all;
}

std::vector<Rule> vector_rules() {
  std::vector<Rule> all;
  for (const unsigned held : {0U, kHeld}) {
    for (const Results results : {Results::Free, Results::One, Results::Waiting}) {
      all.push_back({.held = held, .results = results});
      for (const unsigned age : {0U, kCountsAge})
        all.push_back({.shuffles = true, .counts_age = age, .held = held, .results = results});
    }
  }
  return all;
}

std::vector<Rule> access_rules() {
  return {{}, {.shuffles = true}, {.shuffles = true, .counts_age = kCountsAge}, {.takes_turns = true}};
}

// With the ports in two halves.
std::vector<Rule> rules_of_halves(unsigned ports) {
  std::vector<Rule> all;
  for (const Results results : {Results::Free, Results::One}) {
    for (const bool eager : {false, true}) {
      for (const unsigned block : {1U, 4U}) {
        for (const unsigned room : {1U, 6U})
          all.push_back(
              {.eager = eager, .results = results, .group_ports = ports / 2, .group_block = block, .room = room});
      }
    }
  }
  return all;
}

Question compute_question(const Draft& draft, unsigned queue, const std::vector<LoopInst>& fed,
                          std::vector<HostLoop> loops) {
  Question question{"queue." + draft.layout.queues[queue].name, std::move(loops), {}};
  const bool general = queue_feeding(draft.layout, draft.layout.uops[uop_of(draft.layout, H::Add)].ports) == queue;
  if (general) {
    for (HostLoop& loop : chains_of_adds()) question.loops.push_back(std::move(loop));
    if (!commonest_half(draft.layout, draft.layout.queues[queue].ports).empty()) {
      for (const Rule& rule : rules_of_halves(static_cast<unsigned>(draft.layout.queues[queue].ports.size()))) {
        question.choices.push_back({to_text(rule), [=](Layout& l) { give(l, queue, rule); }});
      }
    }
  }
  for (HostLoop& loop : chains_of_vectors(fed)) question.loops.push_back(std::move(loop));
  for (const Rule& rule : general ? general_rules() : vector_rules()) {
    question.choices.push_back({to_text(rule), [=](Layout& l) { give(l, queue, rule); }});
  }
  return question;
}

// Loads of general and vector registers and stores, in this order, and loads in any.
std::vector<HostLoop> access_loops() {
  constexpr std::uint64_t kRandom = 40;
  const LoopInst general{H::Mov, 8, "gm"};
  const LoopInst vector{H::Vmov, 32, "vm"};
  const LoopInst store{H::Mov, 8, "Mg"};
  std::vector<HostLoop> loops;
  for (const std::string order :
       {"mv", "mmvv", "mmmmvvvv", "mmv", "mmmv", "mvv", "ms", "vs", "mmmmss", "vvss", "vvs", "mmvvs", "mmss", "mvs"}) {
    std::vector<LoopInst> insts;
    for (const char c : order) insts.push_back(c == 'm' ? general : c == 'v' ? vector : store);
    loops.push_back(sequence_loop("general loads, vector loads and stores as " + order, insts, 24));
  }
  for (std::uint64_t seed = 1; seed <= kRandom; ++seed) {
    const std::vector<LoopInst> some =
        seed % 2 == 0 ? std::vector{general, vector} : std::vector{general, general, vector};
    loops.push_back(random_sequence(some, 5 + seed % 8, seed, 16));
  }
  return loops;
}

// Without the random mixes, in which other queues decide as much.
Question access_question(const Draft& draft, unsigned queue) {
  Question question{"queue." + draft.layout.queues[queue].name, access_loops(), {}};
  const std::vector<unsigned> few = draft.layout.uops[draft.layout.store_address_uop].ports;
  const std::vector<unsigned> all = draft.layout.queues[queue].ports;
  for (const bool every : {false, true}) {
    if (every && few == all) continue;
    for (const Rule& rule : access_rules()) {
      question.choices.push_back(
          {fmt::format("{}, addresses of stores on {} ports", to_text(rule), every ? all.size() : few.size()),
           [=](Layout& l) {
             give(l, queue, rule);
             l.uops[l.store_address_uop].ports = every ? all : few;
           }});
    }
  }
  return question;
}

}  // namespace

std::vector<Question> queue_questions(const Draft& draft, const FitOptions& options) {
  std::vector<Question> questions;
  const FedQueues fed = fed_queues(draft, options.isa);
  const std::vector<HostLoop> loops = random_loops(fed, options.random_mixes);
  const unsigned access = queue_feeding(draft.layout, draft.layout.uops[draft.layout.load_uop].ports);
  const auto feeds_starts = [&](unsigned queue) {
    return std::any_of(draft.sets.begin(), draft.sets.end(),
                       [&](const DraftSet& set) { return queue_feeding(draft.layout, set.ports) == queue; });
  };
  for (unsigned q = 0; q < draft.layout.queues.size(); ++q) {
    if (feeds_starts(q))
      questions.push_back(q == access ? access_question(draft, q) : compute_question(draft, q, fed[q], loops));
  }
  return questions;
}

}  // namespace vtpu::testbench
