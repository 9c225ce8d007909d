#include "testbench/measurement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "measure/cpu_pin.hpp"
#include "native/engine.hpp"
#include "testbench/host_loop.hpp"

namespace vtpu::testbench {
namespace {

using Machine = std::unique_ptr<native::NativeMachine>;

measure::Licence licence_of(const isa::Program& program, const native::NativeMachine& machine) {
  measure::Licence most = measure::Licence::scalar;
  for (std::uint32_t s = 0; s < program.streams.size(); ++s) {
    most = std::max(most, testbench::licence_of(machine.code(s).insts));
  }
  return most;
}

std::uint64_t code_bytes(const isa::Program& program, const native::NativeMachine& machine) {
  std::uint64_t bytes = 0;
  for (std::uint32_t s = 0; s < program.streams.size(); ++s) bytes += machine.code(s).code_bytes;
  return bytes;
}

// Compiles and runs once: the run warms caches and shows whether the program ends.
Result<Machine> prepare(const isa::Program& program, const MeasurementOptions& options) {
  native::NativeOptions native;
  native.isa = options.isa;
  native.placement = options.placement;
  Result<Machine> machine = native::NativeMachine::create(program, native);
  if (!machine) return machine;
  (*machine)->run();
  if (!(*machine)->counts()) {
    return fail(program.name, "does not come to its end (a fault or a deadlock), so it cannot be measured");
  }
  return machine;
}

measure::LoopUnderTest loop_of(const isa::Program& program, native::NativeMachine& machine,
                               const Measurement& measurement) {
  measure::LoopUnderTest loop;
  loop.name = program.name;
  loop.prepare = [&machine] { machine.reset(); };
  loop.body = [&machine] { machine.run(); };
  loop.work_units_per_call = static_cast<double>(total(measurement.operations));
  loop.code_footprint_bytes = code_bytes(program, machine);
  loop.licence = licence_of(program, machine);
  return loop;
}

}  // namespace

double Measurement::at(double cycles) const {
  return cycles <= 0 ? 0 : static_cast<double>(total(operations)) / cycles;
}

std::optional<double> Measurement::p10() const {
  if (!result.accepted_cycles) return std::nullopt;
  return at(result.accepted_cycles->p90);
}

std::optional<double> Measurement::p90() const {
  if (!result.accepted_cycles) return std::nullopt;
  return at(result.accepted_cycles->p10);
}

double Measurement::unfiltered() const { return at(result.unfiltered_cycles.median); }

std::optional<double> Measurement::host_instructions_per_cycle() const {
  if (!result.instructions_per_call || result.best_cycles_per_call() <= 0) return std::nullopt;
  return *result.instructions_per_call / result.best_cycles_per_call();
}

Result<std::vector<Measurement>> measure_programs(const std::vector<const isa::Program*>& programs,
                                                  const MeasurementOptions& options) {
  std::vector<Machine> machines;
  std::vector<Measurement> measurements;
  std::vector<measure::LoopUnderTest> loops;
  for (const isa::Program* program : programs) {
    Result<Machine> machine = prepare(*program, options);
    if (!machine) return tl::unexpected(machine.error());
    const native::NativeCounts counts = *(*machine)->counts();
    Measurement m;
    m.program = program->name;
    m.isa = (*machine)->isa();
    m.words = counts.words;
    m.operations = counts.operations;
    m.elided = counts.elided;
    loops.push_back(loop_of(*program, **machine, m));
    measurements.push_back(std::move(m));
    machines.push_back(std::move(*machine));
  }
  Result<std::unique_ptr<measure::CycleSource>> source = measure::open_cycle_source(options.source);
  if (!source) return tl::unexpected(source.error());
  measure::MeasureOptions sampling;
  sampling.cpu = options.cpu;
  sampling.published_nops_per_cycle = options.published_nops_per_cycle;
  sampling.rounds = options.rounds;
  sampling.most_rounds = options.most_rounds.value_or(2 * options.rounds);
  sampling.samples_per_round = options.samples_per_round;
  sampling.progress = options.progress;
  const Result<std::vector<measure::MeasureResult>> results = measure::measure_many(**source, loops, sampling);
  if (!results) return tl::unexpected(results.error());
  for (std::size_t i = 0; i < measurements.size(); ++i) measurements[i].result = (*results)[i];
  return measurements;
}

nlohmann::json to_json(const Measurement& m) {
  nlohmann::json json{{"program", m.program},
                      {"isa", lowering::name_of(m.isa)},
                      {"words", m.words},
                      {"operations", {{"D", m.operations[0]}, {"S", m.operations[1]}, {"C", m.operations[2]}}},
                      {"operations_without_instruction", {{"D", m.elided[0]}, {"S", m.elided[1]}, {"C", m.elided[2]}}},
                      {"operations_per_cycle", {{"median", m.median()}, {"unfiltered_median", m.unfiltered()}}},
                      {"measurement", measure::to_json(m.result)}};
  if (m.p10()) json["operations_per_cycle"]["p10"] = *m.p10();
  if (m.p90()) json["operations_per_cycle"]["p90"] = *m.p90();
  if (const auto ipc = m.host_instructions_per_cycle()) json["host_instructions_per_cycle"] = *ipc;
  return json;
}

}  // namespace vtpu::testbench
