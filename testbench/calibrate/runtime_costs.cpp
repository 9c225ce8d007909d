#include "testbench/calibrate/runtime_costs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "asm/assembler.hpp"
#include "testbench/engines.hpp"
#include "testbench/measurement.hpp"

namespace vtpu::testbench {
namespace {

using layout::Layout;

struct Cost {
  const char* key;
  const char* calls;  // as the note names them
  unsigned layout::Sentrons::*cycles;
  const char* program;
};

// In this order: a call that waits takes a switch, too.
constexpr Cost kCosts[] = {
    {"helper_cycles", "croute by register", &layout::Sentrons::helper_cycles,
     ".program calls_route\n"
     ".stream one\n"
     "loop 600 {\n"
     "  croute m0, r14\n"
     "}\n"
     ".end\n"
     ".sentron only stream=one r14=0\n"},
    {"switch_cycles", "two sentrons that answer each other", &layout::Sentrons::switch_cycles,
     ".program calls_answer\n"
     ".stream asks\n"
     "croute m0, r14\n"
     "clisten m0, r14\n"
     "loop 300 {\n"
     "  csend m0\n"
     "  crecv m0\n"
     "}\n"
     ".end\n"
     ".stream answers\n"
     "croute m0, r14\n"
     "clisten m0, r14\n"
     "loop 300 {\n"
     "  crecv m0\n"
     "  csend m0\n"
     "}\n"
     ".end\n"
     ".sentron left stream=asks r14=1\n"
     ".sentron right stream=answers r14=0\n"},
    {"barrier_cycles", "cbar of 8", &layout::Sentrons::barrier_cycles,
     ".program calls_barrier\n"
     ".stream member\n"
     "loop 200 {\n"
     "  cbar all\n"
     "}\n"
     ".end\n"
     ".sentron worker[8] stream=member\n"
     ".group all=worker[*]\n"},
    {"reduce_cycles", "creduce.i64 of 8", &layout::Sentrons::reduce_cycles,
     ".program calls_reduce\n"
     ".stream member\n"
     "loop 200 {\n"
     "  creduce.i64.max r2, all\n"
     "}\n"
     ".end\n"
     ".sentron worker[8] stream=member r2=i\n"
     ".group all=worker[*]\n"},
    {"reduce_vector_cycles", "creduce.i32x16 of 8", &layout::Sentrons::reduce_vector_cycles,
     ".program calls_reduce_vector\n"
     ".stream member\n"
     "dbcst.i32x16 v0, r1\n"
     "loop 200 {\n"
     "  creduce.i32x16.max v0, all\n"
     "}\n"
     ".end\n"
     ".sentron worker[8] stream=member r1=i\n"
     ".group all=worker[*]\n"},
    {"cast_cycles", "ccast of 8", &layout::Sentrons::cast_cycles,
     ".program calls_cast\n"
     ".stream member\n"
     "loop 200 {\n"
     "  ccast m0, #0, all\n"
     "}\n"
     ".end\n"
     ".sentron worker[8] stream=member\n"
     ".group all=worker[*]\n"},
};

double modelled(const isa::Program& program, const Layout& layout) {
  EngineChoice choice;
  choice.kind = EngineKind::SystemC;
  choice.source = SourceKind::Host;
  choice.layout = &layout;
  choice.warm_up_runs = 1;
  const auto run = run_on(program, choice);
  if (!run) throw std::invalid_argument(run.error().front().text());
  return static_cast<double>(run->model->cycles);
}

// The cost with which the model comes to the measured cycles: its time rises by as much per call.
unsigned cost_for(const Cost& cost, const isa::Program& program, double measured, Layout layout) {
  constexpr unsigned kStep = 100;
  const auto at = [&](unsigned cycles) {
    layout.sentrons.*cost.cycles = cycles;
    return modelled(program, layout);
  };
  unsigned low = 0;
  for (int round = 0; round < 2; ++round) {
    const double here = at(low);
    const double slope = (at(low + kStep) - here) / kStep;
    if (slope <= 0) break;
    low = static_cast<unsigned>(std::max(0L, std::lround(low + (measured - here) / slope)));
  }
  return low;
}

std::vector<isa::Program> runtime_programs() {
  std::vector<isa::Program> programs;
  for (const Cost& cost : kCosts) {
    auto program = assembly::assemble(cost.program, cost.key);
    if (!program) throw std::logic_error(program.error().front().text());
    programs.push_back(std::move(*program));
  }
  return programs;
}

}  // namespace

ProgramMeter machine_programs(lowering::HostIsa isa) {
  return [isa](const std::vector<const isa::Program*>& programs) -> Result<std::vector<double>> {
    constexpr int kTimes = 3;  // a loop of calls keeps the rhythm in which it began, up to a fifth slower than its best
    MeasurementOptions options;
    options.isa = isa;
    std::vector<double> cycles(programs.size(), std::numeric_limits<double>::max());
    for (int time = 0; time < kTimes; ++time) {
      const auto measured = measure_programs(programs, options);
      if (!measured) return tl::unexpected(measured.error());
      for (std::size_t i = 0; i < programs.size(); ++i)
        cycles[i] = std::min(cycles[i], (*measured)[i].result.best_cycles_per_call());
    }
    return cycles;
  };
}

ProgramMeter model_programs(Layout layout) {
  return [layout = std::move(layout)](const std::vector<const isa::Program*>& programs) -> Result<std::vector<double>> {
    std::vector<double> cycles;
    for (const isa::Program* program : programs) cycles.push_back(modelled(*program, layout));
    return cycles;
  };
}

Result<void> fit_runtime(const ProgramMeter& meter, Draft& draft) {
  const std::vector<isa::Program> programs = runtime_programs();
  std::vector<const isa::Program*> all;
  for (const isa::Program& program : programs) all.push_back(&program);
  const auto cycles = meter(all);
  if (!cycles) return tl::unexpected(cycles.error());
  for (std::size_t i = 0; i < programs.size(); ++i) {
    const Cost& cost = kCosts[i];
    draft.layout.sentrons.*cost.cycles = cost_for(cost, programs[i], (*cycles)[i], draft.layout);
    draft.notes[fmt::format("sentrons.{}", cost.key)] = {
        fmt::format("{}: {:.0f} cycles a run, modelled {:.0f}", cost.calls, (*cycles)[i],
                    modelled(programs[i], draft.layout)),
        Confidence::Medium};
  }
  return {};
}

}  // namespace vtpu::testbench
