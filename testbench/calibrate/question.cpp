#include "testbench/calibrate/question.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "testbench/random.hpp"

namespace vtpu::testbench {
namespace {

constexpr unsigned kVectorResults = 12;
constexpr unsigned kMaskResults = 6;

lowering::HostReg result_of(char operand, std::size_t number) {
  if (operand == 'g') return loop_result(number);
  if (operand == 'v') return lowering::vec(static_cast<unsigned>(number % kVectorResults));
  return lowering::mask(1 + static_cast<unsigned>(number % kMaskResults));
}

}  // namespace

double misfit_of(const layout::Layout& layout, const std::vector<HostLoop>& loops,
                 const std::vector<LoopReading>& readings) {
  double off = 0;
  for (std::size_t i = 0; i < loops.size(); ++i) {
    off += std::abs(modelled_cycles(loops[i], layout) - readings[i].cycles) / readings[i].cycles;
  }
  return off / static_cast<double>(loops.size());
}

std::vector<Choice> off_or_on(bool& (*which)(layout::Layout&)) {
  return {{"false", [which](layout::Layout& l) { which(l) = false; }},
          {"true", [which](layout::Layout& l) { which(l) = true; }}};
}

Result<void> answer(Meter& meter, const FitOptions& options, const Question& question, Draft& draft) {
  const auto readings = read_quiet(meter, question.loops, options.noise, question.key);
  if (!readings) return tl::unexpected(readings.error());
  if (!options.choose) return {};
  double least = 1e9;
  double second = 1e9;
  const Choice* best = nullptr;
  for (const Choice& choice : question.choices) {
    layout::Layout layout = draft.layout;
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

lowering::HostInst operation(lowering::HostOp op, lowering::HostReg to, lowering::HostReg from) {
  lowering::HostInst inst;
  inst.op = op;
  inst.dst = to;
  inst.a = from;
  return inst;
}

lowering::HostInst immediate(lowering::HostOp op, lowering::HostReg to, std::int64_t value) {
  lowering::HostInst inst = operation(op, to, {});
  inst.imm = value;
  return inst;
}

HostLoop loop_of(std::string name, std::vector<lowering::HostInst> body) {
  HostLoop loop;
  loop.name = std::move(name);
  loop.counted = body.size();
  loop.body = std::move(body);
  return loop;
}

HostLoop sequence_loop(const std::string& name, const std::vector<LoopInst>& insts, std::size_t rounds) {
  constexpr unsigned kLines = 7;  // of the loop's memory that loads read, behind the one that stores write
  HostLoop loop;
  loop.name = name;
  std::size_t number = 0;
  for (std::size_t round = 0; round < rounds; ++round) {
    for (const LoopInst& inst : insts) {
      LoopRegisters registers{{}, kLoopSource, lowering::vec(14), lowering::mask(7)};
      const bool stores = inst.operands.starts_with('M');
      if (!inst.operands.empty() && !stores) registers.result = result_of(inst.operands[0], number);
      loop.body.push_back(instance_of(inst, registers, stores ? 0 : 1 + static_cast<unsigned>(number % kLines)));
      ++number;
    }
  }
  loop.counted = rounds;
  return loop;
}

HostLoop random_sequence(const std::vector<LoopInst>& insts, std::size_t length, std::uint64_t seed,
                         std::size_t rounds) {
  Random random(seed);
  std::vector<LoopInst> some;
  std::string name = fmt::format("random order {} of {}:", seed, length);
  for (const LoopInst& inst : insts) name = fmt::format("{} {}", name, to_text(inst));
  while (some.size() < length) some.push_back(random.pick(insts));
  return sequence_loop(name, some, rounds);
}

}  // namespace vtpu::testbench
