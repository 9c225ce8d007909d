#include "model.hpp"
#include "rtl/adapter/core_config.hpp"
#include "rtl/adapter/rtl_core.hpp"
#include "testbench/engine_adapters.hpp"
#include "testbench/model_listeners.hpp"

namespace vtpu::testbench {
namespace {

std::vector<PortUse> port_uses(const systemc::ModelOutcome& outcome, const layout::Layout& layout) {
  std::vector<PortUse> uses;
  for (std::size_t p = 0; p < layout.ports.size(); ++p) {
    PortUse use;
    use.name = layout.ports[p].name;
    if (p < outcome.ports.size()) {
      use.busy_cycles = outcome.ports[p].busy_cycles.by_pipe;
      for (std::size_t loser = 0; loser < isa::kPipes; ++loser) {
        use.lost_to[loser] = outcome.ports[p].lost_by[loser].by_pipe;
      }
    }
    uses.push_back(std::move(use));
  }
  return uses;
}

std::map<std::string, std::uint64_t> figures_of(const systemc::ModelOutcome& outcome) {
  std::map<std::string, std::uint64_t> figures;
  for (const core::CoreCounts& c : outcome.cores) {
    figures["loads"] += c.loads;
    figures["stores"] += c.stores;
    figures["forwarded loads"] += c.forwarded_loads;
    figures["failed forwards"] += c.failed_forwards;
    figures["renamed loads"] += c.renamed_loads;
    figures["bank conflicts"] += c.bank_conflicts;
    figures["taken branches"] += c.taken_branches;
    figures["mispredicted"] += c.mispredicted_branches;
  }
  figures["DRAM lines read"] = outcome.dram_reads;
  figures["helper calls"] = outcome.helper_calls;
  figures["decoded instr"] = outcome.instructions_decoded;
  figures["code cache misses"] = outcome.code_cache_misses;
  figures["sentron switches"] = outcome.sentron_switches;
  std::erase_if(figures, [](const auto& figure) { return figure.second == 0; });
  return figures;
}

std::vector<CacheReport> caches_of(const systemc::ModelOutcome& outcome, SourceKind source) {
  std::vector<CacheReport> caches{{"L1", outcome.l1.hits, outcome.l1.misses},
                                  {"L2", outcome.l2.hits, outcome.l2.misses},
                                  {"L3", outcome.l3.hits, outcome.l3.misses}};
  if (source == SourceKind::Host) {
    caches.push_back({"TLB", outcome.tlb.hits, outcome.tlb.second_hits + outcome.tlb.walks});
  }
  return caches;
}

ModelReport model_report(const systemc::ModelOutcome& outcome, const EngineChoice& choice) {
  ModelReport model;
  model.layout = choice.layout->name;
  model.cores = choice.cores;
  model.cycles = outcome.cycles;
  if (outcome.processor_seconds > 0)
    model.cycles_per_second = static_cast<double>(outcome.cycles_simulated) / outcome.processor_seconds;
  model.uops = outcome.uops;
  model.fused_uops = outcome.fused_uops;
  model.host_instructions = outcome.host_instructions;
  model.ports = port_uses(outcome, *choice.layout);
  model.slots = outcome.slots;
  model.caches = caches_of(outcome, choice.source);
  model.figures = figures_of(outcome);
  return model;
}

}  // namespace

Result<RunReport> run_model(const isa::Program& program, const EngineChoice& choice) {
  if (choice.kind == EngineKind::Rtl) {
    if (choice.source != SourceKind::Siw) return fail("rtl", "found source host, expected siw: the RTL executes words");
    if (Errors errors = rtl::why_too_large(*choice.layout); !errors.empty()) return fail(std::move(errors));
  }
  systemc::ModelOptions options;
  options.layout = choice.layout;
  options.source = choice.source == SourceKind::Host ? systemc::Source::Host : systemc::Source::Siw;
  options.placement = choice.placement;
  options.cores = choice.source == SourceKind::Host ? 1 : choice.cores;
  options.isa = choice.isa.value_or(isa_for(*choice.layout));
  options.warm_up_runs = choice.warm_up_runs;
  Result<ModelListeners> listeners = ModelListeners::create(program, choice);
  if (!listeners) return fail(listeners.error());
  options.listeners = listeners->all();
  if (choice.kind == EngineKind::Rtl) {
    options.make_core = [&](const core::CoreParts& parts) { return rtl::make_rtl_core(parts, listeners->probe()); };
  }
  systemc::ModelOutcome outcome = systemc::simulate(program, options);
  RunReport report;
  report.model = model_report(outcome, choice);
  report.operations = outcome.operations.by_pipe;
  if (const Result<void> written = listeners->finish(report); !written) return fail(written.error());
  if (choice.source == SourceKind::Siw) {
    report.translation = outcome.translation;
    report.messages = outcome.fabric.messages;
  } else if (outcome.operations_known) {
    report.elided = outcome.elided_operations.by_pipe;
  }
  if (outcome.deadlock) report.deadlock = outcome.deadlock->text();
  report.state = std::move(outcome.state);
  return report;
}

}  // namespace vtpu::testbench
