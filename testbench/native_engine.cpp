#include <chrono>

#include "native/engine.hpp"
#include "native/host_isa.hpp"
#include "testbench/engine_adapters.hpp"

namespace vtpu::testbench {

bool cpu_has(lowering::HostIsa isa) { return native::has_isa(cpu::this_cpu(), isa); }

Result<RunReport> run_native(const isa::Program& program, const EngineChoice& choice) {
  native::NativeOptions options;
  options.isa = choice.isa;
  options.placement = choice.placement;
  options.workers = choice.workers;
  Result<std::unique_ptr<native::NativeMachine>> machine = native::NativeMachine::create(program, options);
  if (!machine) return tl::unexpected(machine.error());
  const auto start = std::chrono::steady_clock::now();
  (*machine)->run();
  RunReport report;
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  report.state = (*machine)->state();
  if (const auto counts = (*machine)->counts()) {
    report.words = counts->words;
    report.operations = counts->operations;
    report.elided = counts->elided;
  }
  const native::NativeOutcome outcome = (*machine)->outcome();
  if (outcome.deadlock) report.deadlock = outcome.deadlock->text();
  return report;
}

}  // namespace vtpu::testbench
