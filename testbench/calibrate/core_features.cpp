#include <fmt/format.h>

#include <algorithm>

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
          {{"false", [](Layout& l) { l.rename.eliminates_zero_idioms = false; }},
           {"true", [](Layout& l) { l.rename.eliminates_zero_idioms = true; }}}};
}

Question immediate_adds() {
  std::vector<HostInst> body(120, immediate(H::Add, loop_result(0), 1));
  return {"rename.folds_immediate_adds",
          {loop_of("chain of add r, 1", body)},
          {{"false", [](Layout& l) { l.rename.folds_immediate_adds = false; }},
           {"true", [](Layout& l) { l.rename.folds_immediate_adds = true; }}}};
}

Question moved_operations() {
  std::vector<HostInst> body;
  for (std::size_t i = 0; i < 160; ++i) {
    body.push_back(operation(H::Mov, loop_result(i), kLoopOther));
    body.push_back(immediate(i % 2 == 0 ? H::And : H::Add, loop_result(i), 5));
  }
  return {"move_fusion",
          {loop_of("mov and an operation in place", body)},
          {{"false", [](Layout& l) { l.move_fusion = false; }}, {"true", [](Layout& l) { l.move_fusion = true; }}}};
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

// The last cycle of what comes from vector and mask registers takes a port of those that write a general one.
void end_on_general_port(Layout& layout) {
  layout::UopKind write;
  write.name = "gpr_write";
  write.ports = layout.uops[uop_of(layout, H::MovImm)].ports;
  for (int op = 0; op < lowering::kHostOps; ++op) {
    layout::Crack& crack = layout.host_cracks[static_cast<std::size_t>(op)];
    const std::vector<unsigned> widths = widths_of(static_cast<H>(op));
    if (crack.uops.empty() || widths.empty() || !crosses_to_general(*plain_form(static_cast<H>(op), widths.front()))) {
      continue;
    }
    layout::UopKind before = layout.uops[crack.uops.back()];
    before.latency = std::max(1U, before.latency - 1);
    before.latency_512 = before.latency_512 == 0 ? 0 : std::max(1U, before.latency_512 - 1);
    crack.uops.back() = kind_like(layout, before, before.name);
    crack.uops.push_back(kind_like(layout, write, write.name));
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

Question wide_loads() {
  std::vector<HostLoop> loops;
  const LoopInst wide{H::Vmov, 64, "vm"};
  for (const unsigned others : {1U, 2U, 4U}) {
    loops.push_back(independent_loop({{wide, 1}, {{H::Mov, 8, "gm"}, others}}, 120));
    loops.push_back(independent_loop({{wide, 1}, {{H::Vmov, 32, "vm"}, others}}, 120));
  }
  return {"memory.loads_512_alone",
          loops,
          {{"false", [](Layout& l) { l.memory.loads_512_alone = false; }},
           {"true", [](Layout& l) { l.memory.loads_512_alone = true; }}}};
}

}  // namespace

Result<void> fit_features(Meter& meter, const FitOptions& options, Draft& draft) {
  std::vector<Question> questions{zero_idioms(), immediate_adds(), moved_operations(), conditional_moves(),
                                  moves_to_general()};
  if (options.random_mixes != 0) {
    const std::vector<Question> queues = queue_questions(draft, options);
    // Twice: what is right for one queue depends on what the others do.
    for (int round = 0; round < 2; ++round) questions.insert(questions.end(), queues.begin(), queues.end());
  }
  if (options.isa == lowering::HostIsa::Avx512) questions.push_back(wide_loads());
  for (const Question& question : questions) {
    if (auto done = answer(meter, options, question, draft); !done) return done;
  }
  return {};
}

}  // namespace vtpu::testbench
