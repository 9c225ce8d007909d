// What the runtime costs behind the calls of messages, barriers and reductions: the numbers of [sentrons], each from a
// program of one kind of call.
#pragma once

#include <functional>
#include <vector>

#include "isa/program.hpp"
#include "testbench/calibrate/core_fit.hpp"

namespace vtpu::testbench {

// Cycles of one run of each program, on this machine or on a model in its place.
using ProgramMeter = std::function<Result<std::vector<double>>(const std::vector<const isa::Program*>& programs)>;

[[nodiscard]] ProgramMeter machine_programs(lowering::HostIsa isa);
[[nodiscard]] ProgramMeter model_programs(layout::Layout layout);

// Of each cost the number with which the model takes the time of its program.
[[nodiscard]] Result<void> fit_runtime(const ProgramMeter& meter, Draft& draft);

}  // namespace vtpu::testbench
