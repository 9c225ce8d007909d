#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "testbench/calibrate/core_fit.hpp"

namespace vtpu::testbench {
namespace {

using H = lowering::HostOp;
using layout::Layout;
using lowering::gpr;
using lowering::HostCond;
using lowering::HostInst;

HostInst operation(H op, lowering::HostReg to, lowering::HostReg from) {
  HostInst inst;
  inst.op = op;
  inst.dst = to;
  inst.a = from;
  return inst;
}

HostInst immediate(H op, lowering::HostReg to, std::int64_t value) {
  HostInst inst;
  inst.op = op;
  inst.dst = to;
  inst.imm = value;
  return inst;
}

HostLoop loop_of(std::string name, std::vector<HostInst> body) {
  HostLoop loop;
  loop.name = std::move(name);
  loop.counted = body.size();
  loop.body = std::move(body);
  return loop;
}

// A choice of the layout and the loops that tell it.
struct Choice {
  std::string key;
  std::string value;
  std::function<void(Layout&)> set;
};
struct Question {
  std::string key;
  std::vector<HostLoop> loops;
  std::vector<Choice> choices;
};

lowering::HostReg result(std::size_t number) { return gpr(kLoopResults[number % kLoopResults.size()]); }

Question zero_idioms() {
  std::vector<HostInst> body;
  for (std::size_t i = 0; i < 240; ++i) body.push_back(operation(H::Xor, result(i), result(i)));
  return {"rename.eliminates_zero_idioms",
          {loop_of("xor of registers with themselves", body)},
          {{"", "false", [](Layout& l) { l.rename.eliminates_zero_idioms = false; }},
           {"", "true", [](Layout& l) { l.rename.eliminates_zero_idioms = true; }}}};
}

Question immediate_adds() {
  std::vector<HostInst> body(120, immediate(H::Add, result(0), 1));
  return {"rename.folds_immediate_adds",
          {loop_of("chain of add r, 1", body)},
          {{"", "false", [](Layout& l) { l.rename.folds_immediate_adds = false; }},
           {"", "true", [](Layout& l) { l.rename.folds_immediate_adds = true; }}}};
}

Question moved_operations() {
  std::vector<HostInst> body;
  for (std::size_t i = 0; i < 160; ++i) {
    body.push_back(operation(H::Mov, result(i), kLoopOther));
    body.push_back(immediate(i % 2 == 0 ? H::And : H::Add, result(i), 5));
  }
  return {
      "move_fusion",
      {loop_of("mov and an operation in place", body)},
      {{"", "false", [](Layout& l) { l.move_fusion = false; }}, {"", "true", [](Layout& l) { l.move_fusion = true; }}}};
}

Question conditional_moves() {
  std::vector<HostLoop> loops;
  const std::pair<HostCond, const char*> conditions[] = {{HostCond::E, "e"}, {HostCond::BE, "be"}, {HostCond::L, "l"}};
  for (const auto& [cond, name] : conditions) {
    std::vector<HostInst> body;
    for (std::size_t i = 0; i < 60; ++i) {
      body.push_back(operation(H::Cmp, result(0), kLoopOther));
      body.push_back(operation(H::Cmov, result(0), kLoopSource));
      body.back().cond = cond;
    }
    loops.push_back(loop_of(fmt::format("chain of cmp and cmov{}", name), body));
  }
  const auto choice = [](const char* value) {
    return Choice{"", value, [value](Layout& l) { l.cmov_two_uops = value; }};
  };
  return {"cmov_two_uops", loops, {choice("none"), choice("carry_and_zero"), choice("two_flags")}};
}

// Chains side by side, endless, and begun again from constants: how the queue of the general ports serves them.
std::vector<HostLoop> chain_loops() {
  std::vector<HostLoop> loops;
  for (const std::size_t chains : {2U, 3U, 4U, 6U, 8U, 10U}) {
    std::vector<HostInst> body;
    for (std::size_t i = 0; i < 30 * chains; ++i) body.push_back(operation(H::Add, result(i % chains), kLoopOther));
    loops.push_back(loop_of(fmt::format("{} chains of add", chains), body));
  }
  for (const std::size_t length : {1U, 2U, 3U, 7U}) {
    std::vector<HostInst> body;
    for (std::size_t i = 0; i < 40; ++i) {
      body.push_back(immediate(H::MovImm, result(i), 3));
      for (std::size_t k = 0; k < length; ++k) body.push_back(operation(H::Add, result(i), kLoopOther));
    }
    loops.push_back(loop_of(fmt::format("chains of {} add from a constant", length), body));
  }
  for (const std::size_t adds : {1U, 3U, 5U}) {
    std::vector<HostInst> body;
    for (std::size_t i = 0; i < 40; ++i) {
      body.push_back(operation(H::Popcnt, result(2 * i), kLoopOther));
      for (std::size_t k = 0; k < adds; ++k) body.push_back(operation(H::Add, result(2 * i + 1), result(2 * i)));
    }
    loops.push_back(loop_of(fmt::format("popcnt and {} add that read it", adds), body));
  }
  return loops;
}

Question general_queue() {
  Question question{"queue.aluq", chain_loops(), {}};
  for (int flags = 0; flags < 8; ++flags) {
    const bool shuffles = (flags & 1) != 0;
    const bool eager = (flags & 2) != 0;
    const bool one_result = (flags & 4) != 0;
    if (eager && !shuffles) continue;
    question.choices.push_back(
        {"", fmt::format("shuffles {}, eager {}, one result {}", shuffles, eager, one_result), [=](Layout& l) {
           for (layout::Queue& q : l.queues) {
             if (q.name != "aluq") continue;
             q.shuffles = shuffles;
             q.shuffle_backlog = shuffles ? 8 : 0;
             q.eager = eager;
             q.one_result = one_result;
           }
         }});
  }
  return question;
}

// The choice with which the model comes nearest to the loops.
Result<void> answer(Meter& meter, const FitOptions& options, const Question& question, Draft& draft) {
  const auto readings = read_quiet(meter, question.loops, options.noise, question.key);
  if (!readings) return tl::unexpected(readings.error());
  double least = 1e9;
  double second = 1e9;
  const Choice* best = nullptr;
  for (const Choice& choice : question.choices) {
    Layout layout = draft.layout;
    choice.set(layout);
    const double off = misfit_of(layout, question.loops, *readings);
    if (off < least) {
      second = least;
      least = off;
      best = &choice;
    } else {
      second = std::min(second, off);
    }
  }
  best->set(draft.layout);
  draft.notes[question.key] = {fmt::format("{}: {} loops are off by {:.1f} %, with the next choice by {:.1f} %",
                                           best->value, question.loops.size(), 100 * least, 100 * second),
                               least < 0.03   ? Confidence::High
                               : least < 0.10 ? Confidence::Medium
                                              : Confidence::Low};
  return {};
}

}  // namespace

double misfit_of(const Layout& layout, const std::vector<HostLoop>& loops, const std::vector<LoopReading>& readings) {
  double off = 0;
  for (std::size_t i = 0; i < loops.size(); ++i) {
    off += std::abs(modelled_cycles(loops[i], layout) - readings[i].cycles) / readings[i].cycles;
  }
  return off / static_cast<double>(loops.size());
}

Result<void> fit_features(Meter& meter, const FitOptions& options, Draft& draft) {
  for (const Question& question :
       {zero_idioms(), immediate_adds(), general_queue(), moved_operations(), conditional_moves()}) {
    if (auto done = answer(meter, options, question, draft); !done) return done;
  }
  return {};
}

}  // namespace vtpu::testbench
