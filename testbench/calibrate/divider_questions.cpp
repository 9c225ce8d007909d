#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "testbench/calibrate/question.hpp"

namespace vtpu::testbench {
namespace {

using H = lowering::HostOp;
using layout::Layout;
using lowering::HostInst;
using lowering::vec;

constexpr unsigned kBytes = 16;
constexpr unsigned kConstant = 14;  // vector register that no loop writes
constexpr std::array kDivisions{H::Vdivps, H::Vdivpd, H::Vsqrtps, H::Vsqrtpd};

// Two dividers beside the ports of operations, and the division that holds one for longest.
struct Dividers {
  unsigned queue = 0;
  H slowest = H::Vsqrtpd;
  unsigned kind = 0;  // its second uop
};

std::optional<Dividers> dividers_of(const Layout& layout) {
  std::optional<Dividers> found;
  for (const H op : kDivisions) {
    const layout::Crack& crack = layout.host_cracks[static_cast<std::size_t>(op)];
    if (crack.uops.size() != 2) return std::nullopt;
    const layout::UopKind& kind = layout.uops[crack.uops.back()];
    const unsigned queue = queue_feeding(layout, kind.ports);
    if (kind.ports.size() != 2 || layout.queues[queue].ports != kind.ports) return std::nullopt;
    if (found && queue != found->queue) return std::nullopt;
    if (!found || kind.busy > layout.uops[found->kind].busy) found = {queue, op, crack.uops.back()};
  }
  return found;
}

HostInst instance(H op, unsigned result, unsigned operand) {
  const LoopInst form = *plain_form(op, kBytes);
  HostInst inst = instance_of(form, {vec(result), kLoopSource, vec(operand), lowering::mask(7)});
  if (form.operands == "vvv") inst.b = vec(kConstant);
  return inst;
}

std::string names_of(const std::vector<H>& ops) {
  std::string text;
  for (const H op : ops) text += fmt::format(" {}", lowering::name_of(op));
  return text;
}

HostLoop in_this_order(const std::vector<H>& ops) {
  std::vector<LoopInst> insts;
  for (const H op : ops) insts.push_back(*plain_form(op, kBytes));
  return sequence_loop("independent" + names_of(ops), insts, 12);
}

HostLoop chains_of(H op, unsigned chains) {
  std::vector<HostInst> body;
  for (unsigned i = 0; i < 8 * chains; ++i) body.push_back(instance(op, i % chains, i % chains));
  return loop_of(fmt::format("{} chains of{}", chains, names_of({op})), body);
}

// One, and some more that are all ready so many vminpd behind it; the next such waits for the last.
HostLoop some_behind(H op, unsigned steps, unsigned number) {
  constexpr std::size_t kLeast = 64;
  std::vector<HostInst> body;
  while (body.size() < kLeast) {
    body.push_back(instance(op, 1, 0));
    for (unsigned i = 0; i < steps; ++i) body.push_back(instance(H::Vminpd, 2, i == 0 ? 0 : 2));
    for (unsigned i = 0; i < number; ++i) body.push_back(instance(op, 3 + i, steps == 0 ? 0 : 2));
    body.push_back(instance(H::Vminpd, 0, 2 + number));
  }
  return loop_of(fmt::format("{} {}, {} vminpd behind another", number, lowering::name_of(op), steps), body);
}

// On all ports that leave whole cycles to others, or on one of them alone.
Question starts(const Draft& draft, const Dividers&) {
  const Layout& layout = draft.layout;
  const unsigned kind = layout.host_cracks[static_cast<std::size_t>(kDivisions.front())].uops.front();
  Question question{fmt::format("uop.{}.ports", layout.uops[kind].name), {}, {}};
  for (const H op : kDivisions) {
    for (const unsigned number : {1U, 2U}) question.loops.push_back(some_behind(op, 0, number));
  }
  const std::vector<unsigned> all = layout.uops[kind].ports;
  const auto choice = [&](const std::string& value, const std::vector<unsigned>& ports) {
    return Choice{value, [=](Layout& l) {
                    for (const H op : kDivisions) {
                      const unsigned start = l.host_cracks[static_cast<std::size_t>(op)].uops.front();
                      if (l.uops[start].ports == all) l.uops[start].ports = ports;
                    }
                  }};
  };
  question.choices.push_back(choice("all", all));
  for (const unsigned port : all) question.choices.push_back(choice(layout.ports[port].name, {port}));
  return question;
}

Question turns(const Draft& draft, const Dividers& dividers) {
  std::vector<H> others;
  std::copy_if(kDivisions.begin(), kDivisions.end(), std::back_inserter(others),
               [&](H op) { return op != dividers.slowest; });
  const layout::Queue& queue = draft.layout.queues[dividers.queue];
  Question question{fmt::format("queue.{}.starts_in_turn", queue.name), {}, {}};
  for (std::size_t i = 0; i < others.size(); ++i) {
    const H a = others[i];
    const H b = others[(i + 1) % others.size()];
    for (const std::vector<H>& ops :
         {std::vector{a, b}, {a, a, b}, {b, b, a}, {a, a, b, b}, {a, a, a, b}, {b, b, b, b, a}})
      question.loops.push_back(in_this_order(ops));
    for (const unsigned chains : {3U, 4U}) question.loops.push_back(chains_of(a, chains));
  }
  question.choices.push_back({"false", [=](Layout& l) { l.queues[dividers.queue].starts_in_turn = false; }});
  for (unsigned between = 1; between < 6; ++between) {
    question.choices.push_back({fmt::format("true, {} cycles between kinds", between), [=](Layout& l) {
                                  l.queues[dividers.queue].starts_in_turn = true;
                                  l.queues[dividers.queue].between_kinds = between;
                                }});
  }
  return question;
}

void set_alone(Layout& layout, unsigned kind, unsigned alone, unsigned within, unsigned after) {
  layout.uops[kind].busy_alone = alone;
  layout.uops[kind].joined_within = within;
  layout.uops[kind].followed_after = after;
}

// Between its half, for which two that join hold their ports each, and the whole.
Question alone(const Draft& draft, const Dividers& dividers) {
  const layout::UopKind& slowest = draft.layout.uops[dividers.kind];
  Question question{fmt::format("uop.{}.busy_alone", slowest.name), {}, {}};
  const H a = dividers.slowest;
  for (const H b : kDivisions) {
    if (b == a) continue;
    for (const std::vector<H>& ops : {std::vector{a, b}, {a, a, b, b}, {a, a, a, b}, {b, b, b, b, a}})
      question.loops.push_back(in_this_order(ops));
  }
  for (const unsigned chains : {3U, 4U}) question.loops.push_back(chains_of(a, chains));
  question.choices.push_back({"0", [kind = dividers.kind](Layout& l) { set_alone(l, kind, 0, 0, 0); }});
  for (unsigned cycles = slowest.busy - 1; 2 * cycles > slowest.busy; --cycles) {
    const unsigned after = (cycles + slowest.busy / 2) / 2;
    question.choices.push_back({fmt::format("{}", cycles), [=, kind = dividers.kind](Layout& l) {
                                  set_alone(l, kind, cycles, slowest.busy - cycles, after);
                                }});
  }
  return question;
}

Question followers(const Draft& draft, const Dividers& dividers) {
  const layout::UopKind& slowest = draft.layout.uops[dividers.kind];
  Question question{fmt::format("uop.{}.followed_after", slowest.name), {}, {}};
  for (unsigned steps = 0; steps < 7; ++steps) {
    for (const unsigned number : {1U, 2U, 3U}) question.loops.push_back(some_behind(dividers.slowest, steps, number));
  }
  if (slowest.busy_alone == 0) {
    question.choices.push_back({"0", [](Layout&) {}});
    return question;
  }
  for (unsigned within = 1; within < 6; ++within) {
    for (unsigned after = std::max(within, slowest.busy / 2); after <= slowest.busy_alone; ++after) {
      question.choices.push_back({fmt::format("{}, joined within {}", after, within),
                                  [=, kind = dividers.kind, cycles = slowest.busy_alone](Layout& l) {
                                    set_alone(l, kind, cycles, within, after);
                                  }});
    }
  }
  return question;
}

}  // namespace

Result<void> ask_dividers(Meter& meter, const FitOptions& options, Draft& draft) {
  std::optional<Dividers> dividers = dividers_of(draft.layout);
  if (!dividers && options.choose) return {};
  if (!dividers) dividers = Dividers{};  // whose loops are listed all the same
  for (const auto& question : {turns, alone, followers, starts}) {
    if (auto done = answer(meter, options, question(draft, *dividers), draft); !done) return done;
    if (options.choose && !draft.layout.queues[dividers->queue].starts_in_turn) return {};
  }
  return {};
}

}  // namespace vtpu::testbench
