#include "reference/engine.hpp"
#include "testbench/engine_adapters.hpp"

namespace vtpu::testbench {

Result<RunReport> run_reference(const isa::Program& program, const EngineChoice& choice) {
  reference::ReferenceOptions options;
  options.placement = choice.placement;
  options.cores = choice.cores;
  reference::RunOutcome outcome = reference::run(program, options);
  RunReport report;
  report.state = std::move(outcome.state);
  report.words = outcome.words;
  report.operations = outcome.operations;
  report.messages = outcome.messages;
  report.translation = outcome.translation;
  report.memory = outcome.memory;
  if (outcome.deadlock) report.deadlock = outcome.deadlock->text();
  return report;
}

}  // namespace vtpu::testbench
