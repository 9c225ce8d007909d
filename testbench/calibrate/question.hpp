// A question to the machine: loops that are measured, and modelled with each choice that a layout has. The nearest
// choice is the answer.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "testbench/calibrate/core_fit.hpp"

namespace vtpu::testbench {

struct Choice {
  std::string value;  // as the note names it
  std::function<void(layout::Layout&)> set;
};

struct Question {
  std::string key;  // of the note
  std::vector<HostLoop> loops;
  std::vector<Choice> choices;  // of two that are as near the first is taken
};

// Of what a layout has or has not.
[[nodiscard]] std::vector<Choice> off_or_on(bool& (*which)(layout::Layout&));

// Changes the draft to the nearest choice and notes how near it and the next are.
[[nodiscard]] Result<void> answer(Meter& meter, const FitOptions& options, const Question& question, Draft& draft);

// A general instruction of two registers, one of a register and a constant, and a loop of such.
[[nodiscard]] lowering::HostInst operation(lowering::HostOp op, lowering::HostReg to, lowering::HostReg from);
[[nodiscard]] lowering::HostInst immediate(lowering::HostOp op, lowering::HostReg to, std::int64_t value);
[[nodiscard]] HostLoop loop_of(std::string name, std::vector<lowering::HostInst> body);

// Loops in which instructions stand as given, `rounds` times: results rotate through registers that nobody reads.
[[nodiscard]] HostLoop sequence_loop(const std::string& name, const std::vector<LoopInst>& insts, std::size_t rounds);

// So many of the instructions in any order, drawn from a seed, `rounds` times.
[[nodiscard]] HostLoop random_sequence(const std::vector<LoopInst>& insts, std::size_t length, std::uint64_t seed,
                                       std::size_t rounds);

// How each queue gives out its ports, asked by random mixes of what all queues feed: a question per queue, in order.
[[nodiscard]] std::vector<Question> queue_questions(const Draft& draft, const FitOptions& options);

// How two dividers beside the ports work together; nothing is asked where the draft has no such two.
[[nodiscard]] Result<void> ask_dividers(Meter& meter, const FitOptions& options, Draft& draft);

}  // namespace vtpu::testbench
