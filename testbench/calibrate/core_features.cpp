#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "testbench/calibrate/question.hpp"

namespace vtpu::testbench {
namespace {

using H = lowering::HostOp;
using layout::Layout;
using lowering::HostCond;
using lowering::HostInst;

Question zero_idioms() {
  std::vector<HostInst> body;
  for (std::size_t i = 0; i < 240; ++i) body.push_back(operation(H::Xor, loop_result(i), loop_result(i)));
  return {"rename.eliminates_zero_idioms",
          {loop_of("xor of registers with themselves", body)},
          off_or_on([](Layout& l) -> bool& { return l.rename.eliminates_zero_idioms; })};
}

Question immediate_adds() {
  std::vector<HostInst> body(120, immediate(H::Add, loop_result(0), 1));
  return {"rename.folds_immediate_adds", {loop_of("chain of add r, 1", body)}, off_or_on([](Layout& l) -> bool& {
            return l.rename.folds_immediate_adds;
          })};
}

Question moved_operations() {
  std::vector<HostInst> body;
  for (std::size_t i = 0; i < 160; ++i) {
    body.push_back(operation(H::Mov, loop_result(i), kLoopOther));
    body.push_back(immediate(i % 2 == 0 ? H::And : H::Add, loop_result(i), 5));
  }
  return {"move_fusion", {loop_of("mov and an operation in place", body)}, off_or_on([](Layout& l) -> bool& {
            return l.move_fusion;
          })};
}

Question conditional_moves() {
  std::vector<HostLoop> loops;
  const std::pair<HostCond, const char*> conditions[] = {{HostCond::E, "e"}, {HostCond::BE, "be"}, {HostCond::L, "l"}};
  for (const auto& [cond, name] : conditions) {
    std::vector<HostInst> body;
    for (std::size_t i = 0; i < 60; ++i) {
      body.push_back(operation(H::Cmp, loop_result(0), kLoopOther));
      body.push_back(operation(H::Cmov, loop_result(0), kLoopSource));
      body.back().cond = cond;
    }
    loops.push_back(loop_of(fmt::format("chain of cmp and cmov{}", name), body));
  }
  const auto choice = [](const char* value) { return Choice{value, [value](Layout& l) { l.cmov_two_uops = value; }}; };
  return {"cmov_two_uops", loops, {choice("none"), choice("carry_and_zero"), choice("two_flags")}};
}

bool crosses_to_general(const LoopInst& inst) {
  return inst.operands.starts_with('g') && inst.operands.find_first_of("vk") != std::string::npos;
}

// f(crack, plain form) for each operation that the layout breaks up and calibration measures.
template <typename F>
void for_each_measured(Layout& layout, F f) {
  for (int op = 0; op < lowering::kHostOps; ++op) {
    layout::Crack& crack = layout.host_cracks[static_cast<std::size_t>(op)];
    const std::vector<unsigned> widths = widths_of(static_cast<H>(op));
    if (crack.uops.empty() || widths.empty()) continue;
    const auto form = plain_form(static_cast<H>(op), widths.front());
    f(crack, *form);
  }
}

// The last cycle of what comes from vector and mask registers takes a port of those that write a general one.
void end_on_general_port(Layout& layout) {
  layout::UopKind write;
  write.name = "gpr_write";
  write.ports = layout.uops[uop_of(layout, H::MovImm)].ports;
  for_each_measured(layout, [&](layout::Crack& crack, const LoopInst& form) {
    if (!crosses_to_general(form)) return;
    layout::UopKind before = layout.uops[crack.uops.back()];
    before.latency = std::max(1U, before.latency - 1);
    before.latency_512 = before.latency_512 == 0 ? 0 : std::max(1U, before.latency_512 - 1);
    crack.uops.back() = kind_like(layout, before, before.name);
    crack.uops.push_back(kind_like(layout, write, write.name));
  });
}

// Their results leave by ports of a queue that hands out one per port and cycle instead: without a uop of their own.
void end_by_results_of(Layout& layout, const std::vector<unsigned>& ports) {
  const unsigned plain = uop_of(layout, H::MovImm);
  for_each_measured(layout, [&](layout::Crack& crack, const LoopInst& form) {
    if (!crosses_to_general(form) || crack.uops.size() < 2 || crack.uops.back() != plain) return;
    crack.uops.pop_back();
    layout::UopKind whole = layout.uops[crack.uops.back()];
    ++whole.latency;
    if (whole.latency_512 != 0) ++whole.latency_512;
    crack.uops.back() = kind_like(layout, whole, whole.name);
    crack.fused_uops = std::min(crack.fused_uops, static_cast<unsigned>(crack.uops.size()));
  });
  const std::vector<unsigned> from = layout.uops[uop_of(layout, H::VmovqToGpr)].ports;
  for (std::size_t i = 0; i < from.size(); ++i) layout.ports[from[i]].slow_results = ports[i % ports.size()];
}

// Asked when it is known how the queues give out ports.
Question results_of_moves(const Draft& draft) {
  Question question{"results of moves to general registers", {}, {{"as found before", [](Layout&) {}}}};
  const LoopInst move{H::VmovqToGpr, 16, "gv"};
  for (const LoopInst& other : {LoopInst{H::MovImm, 8, "gi"}, LoopInst{H::Shl, 8, "gi"}, LoopInst{H::Imul, 8, "gg"}}) {
    for (const unsigned others : {2U, 3U, 4U, 5U}) {
      question.loops.push_back(independent_loop({{move, 1}, {other, others}}, 120));
      question.loops.push_back(independent_loop({{move, 2}, {other, others}}, 120));
    }
  }
  const std::vector<unsigned> ports = draft.layout.uops[uop_of(draft.layout, H::MovImm)].ports;
  for (const unsigned a : ports) {
    for (const unsigned b : ports) {
      if (a < b)
        question.choices.push_back(
            {fmt::format("results by {} and {}", draft.layout.ports[a].name, draft.layout.ports[b].name),
             [=](Layout& l) {
               end_by_results_of(l, {a, b});
             }});
    }
  }
  return question;
}

// Which port of the multiplier hands its results to an other one.
Question results_of_multiplier(const Draft& draft) {
  Question question{"results of the multiplier", {}, {{"by their own ports", [](Layout&) {}}}};
  for (const LoopInst& slow : {LoopInst{H::Imul, 8, "gg"}, LoopInst{H::Pext, 8, "ggg"}}) {
    for (const LoopInst& other :
         {LoopInst{H::Shl, 8, "gi"}, LoopInst{H::Imul, 8, "gg"}, LoopInst{H::MovImm, 8, "gi"}}) {
      if (slow.op == other.op) continue;
      for (const unsigned others : {2U, 3U, 6U}) {
        question.loops.push_back(independent_loop({{slow, 1}, {other, others}}, 120));
        question.loops.push_back(independent_loop({{slow, 3}, {other, others}}, 120));
      }
    }
  }
  for (const unsigned from : draft.layout.uops[uop_of(draft.layout, H::Imul)].ports) {
    for (const unsigned to : draft.layout.uops[uop_of(draft.layout, H::MovImm)].ports) {
      if (from != to)
        question.choices.push_back(
            {fmt::format("of {} by {}", draft.layout.ports[from].name, draft.layout.ports[to].name),
             [=](Layout& l) { l.ports[from].slow_results = to; }});
    }
  }
  return question;
}

// What was found of results that leave elsewhere stands with the ports that they come from.
void note_slow_results(const std::string& key, const Layout& before, Draft& draft) {
  const auto note = draft.notes.extract(key);
  if (note.empty()) return;
  for (std::size_t p = 0; p < draft.layout.ports.size(); ++p) {
    const layout::Port& port = draft.layout.ports[p];
    if (port.slow_results && port.slow_results != before.ports[p].slow_results)
      draft.notes["port." + port.name + ".slow_results"] = note.mapped();
  }
}

Question moves_to_general() {
  std::vector<HostLoop> loops;
  for (const LoopInst& move : {LoopInst{H::VmovqToGpr, 16, "gv"}, LoopInst{H::VmovdToGpr, 16, "gv"}}) {
    for (const unsigned others : {2U, 3U, 4U, 5U}) {
      loops.push_back(independent_loop({{move, 1}, {{H::MovImm, 8, "gi"}, others}}, 120));
    }
  }
  return {"host.vmovq_to_gpr",
          loops,
          {{"its own ports only", [](Layout&) {}}, {"a general port in its last cycle", end_on_general_port}}};
}

// In any order: in a strict one turns of the ports decide, too.
Question wide_loads() {
  const LoopInst wide{H::Vmov, 64, "vm"};
  const LoopInst general{H::Mov, 8, "gm"};
  const LoopInst vector{H::Vmov, 32, "vm"};
  std::vector<HostLoop> loops;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    for (const std::vector<LoopInst>& some :
         {std::vector{wide, general}, {wide, general, general}, {wide, vector}, {wide, general, general, vector}})
      loops.push_back(random_sequence(some, 20, seed, 6));
  }
  return {"memory.loads_512_alone", loops, off_or_on([](Layout& l) -> bool& { return l.memory.loads_512_alone; })};
}

// ---- results that come later to others ----

// Instructions that hand on what they read, whatever it is: none makes a float that is too small to be quick.
constexpr std::array<H, 3> kPreserving{H::Vpand, H::Vpshufd, H::Vminps};

bool is_of_vectors(const LoopInst& inst) {
  return inst.operands.starts_with("vv") && inst.operands.find_first_of("gkmM") == std::string::npos;
}

// The operation gets a kind of its own, with others of which the same is found: those of its ports and latency need not
// be late.
void come_later(Layout& layout, H op) {
  layout::Crack& crack = layout.host_cracks[static_cast<std::size_t>(op)];
  layout::UopKind kind = layout.uops[crack.uops[0]];
  kind.latency_to_others = kind.latency + 1;
  kind.name += "_late";
  crack.uops[0] = kind_like(layout, kind, kind.name);
}

// What was found of the operations stands with the kinds that they got.
void note_late_kinds(Draft& draft) {
  for (int op = 0; op < lowering::kHostOps; ++op) {
    const layout::Crack& crack = draft.layout.host_cracks[static_cast<std::size_t>(op)];
    const auto note = draft.notes.find(fmt::format("host.{}", lowering::name_of(static_cast<H>(op))));
    if (crack.uops.size() != 1 || note == draft.notes.end()) continue;
    const layout::UopKind& kind = draft.layout.uops[crack.uops[0]];
    if (kind.latency_to_others != 0) draft.notes.try_emplace("uop." + kind.name, note->second);
  }
}

std::vector<Question> late_results(const Draft& draft) {
  std::vector<Question> questions;
  for (const DraftSet& set : draft.sets) {
    for (const LoopInst& inst : set.insts) {
      const layout::Crack& crack = draft.layout.host_cracks[static_cast<std::size_t>(inst.op)];
      if (!is_of_vectors(inst) || crack.uops.size() != 1) continue;
      const layout::UopKind& kind = draft.layout.uops[crack.uops[0]];
      Question question{fmt::format("host.{}", lowering::name_of(inst.op)), {}, {}};
      for (const H other : kPreserving) {
        if (uop_of(draft.layout, other) != crack.uops[0])
          question.loops.push_back(ping_pong(inst, *plain_form(other, inst.width)));
      }
      const H op = inst.op;
      question.choices = {
          {"results no later to others", [](Layout&) {}},
          {fmt::format("results to others after {} cycles", kind.latency + 1), [op](Layout& l) { come_later(l, op); }}};
      questions.push_back(std::move(question));
    }
  }
  return questions;
}

// ---- the last slots of dispatch ----

// The instruction and so many that nothing else holds up.
HostLoop beside_plain(const LoopInst& inst, std::size_t others) {
  const std::array<LoopInst, 5> plain{LoopInst{H::MovImm, 8, "gi"}, LoopInst{H::Vpaddd, 32, "vvv"},
                                      LoopInst{H::MovImm, 8, "gi"}, LoopInst{H::MovImm, 8, "gi"},
                                      LoopInst{H::Vpaddd, 32, "vvv"}};
  std::vector<LoopInst> insts{inst};
  for (std::size_t i = 0; i < others; ++i) insts.push_back(plain[i % plain.size()]);
  return sequence_loop(fmt::format("{} and {} others", to_text(inst), others), insts, 24);
}

// Each beside so many that, with the slots of its own, they fill one cycle of dispatch or two, or leave a slot empty.
std::vector<HostLoop> around_width(const std::vector<LoopInst>& insts, unsigned own, const Draft& draft) {
  const unsigned width = draft.layout.rename.dispatch_width;
  std::vector<HostLoop> loops;
  for (const LoopInst& inst : insts) {
    for (const unsigned slots : {width - 1, width, 2 * width - 1, 2 * width}) {
      if (slots > own) loops.push_back(beside_plain(inst, slots - own));
    }
  }
  return loops;
}

Question whole_instructions(const Draft& draft) {
  std::vector<LoopInst> pairs;
  for (const H op : {H::VpbroadcastqGpr, H::VpbroadcastdGpr, H::KmovToMask}) {
    const layout::Crack& crack = draft.layout.host_cracks[static_cast<std::size_t>(op)];
    const std::vector<unsigned> widths = widths_of(op);
    if (crack.fused_uops == 2 && !widths.empty()) pairs.push_back(*plain_form(op, widths.front()));
  }
  return {"rename.whole_instructions", around_width(pairs, 2, draft),
          off_or_on([](Layout& l) -> bool& { return l.rename.whole_instructions; })};
}

// Moves end on a general port by a kind that other operations have, too: that one stays as it is.
void keep_from_last_slot(Layout& layout, bool memory, bool to_general) {
  for (layout::UopKind& kind : layout.uops) {
    kind.last_slot = !(memory && (kind.is_load || kind.is_store_address || kind.is_store_data));
  }
  const unsigned plain = uop_of(layout, H::MovImm);
  for_each_measured(layout, [&](const layout::Crack& crack, const LoopInst& form) {
    if (crack.fused_uops != 1) return;
    if (!(memory && form.operands == "m") && !(to_general && crosses_to_general(form))) return;
    for (const unsigned kind : crack.uops) layout.uops[kind].last_slot = kind == plain;
  });
}

Question last_slots(const Draft& draft) {
  const std::vector<LoopInst> insts{
      {H::Mov, 8, "gm"}, {H::Vmov, 32, "vm"}, {H::Mov, 8, "Mg"}, {H::Vmov, 32, "Mv"}, {H::VmovqToGpr, 16, "gv"}};
  const auto choice = [](const char* name, bool memory, bool to_general) {
    return Choice{name, [=](Layout& l) { keep_from_last_slot(l, memory, to_general); }};
  };
  return {"uop.load.last_slot",
          around_width(insts, 1, draft),
          {choice("all instructions", false, false), choice("all but moves to general registers", false, true),
           choice("all but loads and stores", true, false),
           choice("all but loads, stores and moves to general registers", true, true)}};
}

Question wide_stores(const Draft& draft) {
  const auto fused = [](unsigned n) {
    return Choice{fmt::format("{}", n), [n](Layout& l) { l.memory.store_512_fused = n; }};
  };
  return {"memory.store_512_fused", around_width({{H::Vmov, 64, "Mv"}}, 1, draft), {fused(1), fused(2)}};
}

// Rows of so many vector uops, in front of the queues that no general instruction uses; 0: none.
void use_rows(Layout& layout, unsigned places) {
  layout.rename.vector_row = places;
  for (layout::Queue& queue : layout.queues) queue.behind_rows = places != 0;
  const auto in_front = [&](unsigned kind) {
    for (const unsigned port : layout.uops[kind].ports) layout.queues[layout.ports[port].queue].behind_rows = false;
  };
  in_front(layout.load_uop);
  in_front(layout.store_address_uop);
  for (const H op : {H::Add, H::Imul, H::Lea, H::Jmp}) {
    for (const unsigned kind : layout.host_cracks[static_cast<std::size_t>(op)].uops) in_front(kind);
  }
}

// Vector operations and moves, which no port keeps from filling dispatch where moves are eliminated.
Question vector_slots(const Draft& draft) {
  std::vector<HostLoop> loops;
  for (const auto& [operations, moves] : {std::pair(0U, 4U), {1U, 1U}, {1U, 2U}, {2U, 4U}, {1U, 3U}, {3U, 4U}}) {
    std::vector<LoopInst> insts(operations, {H::Vpaddd, 32, "vvv"});
    insts.insert(insts.end(), moves, {H::Vmov, 32, "vv"});
    loops.push_back(sequence_loop(fmt::format("{} vpaddd and {} vmov", operations, moves), insts, 24));
  }
  Question question{"rename.vector_row", loops, {}};
  question.choices.push_back({"as many as all", [](Layout& l) { use_rows(l, 0); }});
  for (unsigned width = 3; width < draft.layout.rename.dispatch_width; ++width) {
    question.choices.push_back({fmt::format("{}", width), [width](Layout& l) { use_rows(l, width); }});
  }
  return question;
}

}  // namespace

Result<void> fit_features(Meter& meter, const FitOptions& options, Draft& draft) {
  const auto ask = [&](const std::vector<Question>& questions) -> Result<void> {
    for (const Question& question : questions) {
      if (question.loops.empty()) continue;
      if (auto done = answer(meter, options, question, draft); !done) return done;
    }
    return {};
  };
  const std::vector<Question> queues =
      options.random_mixes == 0 ? std::vector<Question>{} : queue_questions(draft, options);
  std::vector<Question> single{zero_idioms(), immediate_adds(), moved_operations(), conditional_moves(),
                               moves_to_general()};
  const std::vector<Question> late = late_results(draft);
  single.insert(single.end(), late.begin(), late.end());
  single.push_back(whole_instructions(draft));
  single.push_back(last_slots(draft));
  single.push_back(vector_slots(draft));
  const bool wide = options.isa == lowering::HostIsa::Avx512;
  if (wide) single.push_back(wide_stores(draft));
  if (auto done = ask(single); !done) return done;
  note_late_kinds(draft);
  if (auto done = ask_dividers(meter, options, draft); !done) return done;
  // Twice: what is right for one queue depends on what the others do. And those of vectors and memory once more, when
  // it is known where results leave.
  for (int round = 0; round < 2; ++round) {
    if (auto done = ask(queues); !done) return done;
  }
  if (wide) {
    if (auto done = ask({wide_loads()}); !done) return done;
  }
  if (queues.empty()) return {};
  const unsigned general = queue_feeding(draft.layout, draft.layout.uops[uop_of(draft.layout, H::MovImm)].ports);
  for (const auto& asked : {results_of_multiplier, results_of_moves}) {
    if (options.choose && !draft.layout.queues[general].one_result) break;
    const Question question = asked(draft);
    const Layout before = draft.layout;
    if (auto done = ask({question}); !done) return done;
    note_slow_results(question.key, before, draft);
  }
  std::vector<Question> others = queues;
  others.erase(others.begin() + general);
  return ask(others);
}

}  // namespace vtpu::testbench
