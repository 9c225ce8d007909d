#include "model.hpp"

#include <algorithm>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <string>

#include "core/host_source.hpp"
#include "core/sentron_core.hpp"
#include "core/siw_machine.hpp"
#include "core/siw_source.hpp"
#include "memory/data_path.hpp"
#include "memory/dram.hpp"
#include "native/engine.hpp"
#include "shell.hpp"

namespace vtpu::systemc {
namespace {

using events::Cycle;

void add(core::PipeCounts& sum, const core::PipeCounts& part) {
  for (std::size_t p = 0; p < isa::kPipes; ++p) sum.by_pipe[p] += part.by_pipe[p];
}

void add(memory::CacheCounts& sum, const memory::CacheCounts& part) {
  sum.hits += part.hits;
  sum.misses += part.misses;
  sum.prefetches += part.prefetches;
  sum.write_backs += part.write_backs;
}

void add(core::PortCounts& sum, const core::PortCounts& part) {
  add(sum.busy_cycles, part.busy_cycles);
  add(sum.starts, part.starts);
  for (std::size_t p = 0; p < isa::kPipes; ++p) add(sum.lost_by[p], part.lost_by[p]);
}

void subtract(memory::CacheCounts& sum, const memory::CacheCounts& part) {
  sum.hits -= part.hits;
  sum.misses -= part.misses;
  sum.prefetches -= part.prefetches;
  sum.write_backs -= part.write_backs;
}

// The memory below the first level, and the cores' data paths.
class MemorySystem {
 public:
  MemorySystem(const layout::Layout& layout, unsigned cores, bool translates, Shell& shell)
      : dram_(layout.memory), l3_(layout.memory.l3, 3, shell.below_l3()) {
    for (unsigned k = 0; k < cores; ++k) {
      l2_.push_back(std::make_unique<memory::WatchedCache>(layout.memory.l2, std::uint8_t{2}, shell.below_l2(k),
                                                           layout.memory.l2_prefetch_degree));
      data_.push_back(std::make_unique<memory::DataPath>(layout.memory, shell.memory_of_core(k), translates));
    }
  }

  [[nodiscard]] memory::DataPath& data_of(unsigned core) { return *data_[core]; }
  void put_behind(ShellParts& parts) {
    for (const auto& cache : l2_) parts.l2.push_back(cache.get());
    parts.l3 = &l3_;
    parts.dram = &dram_;
  }
  void report(ModelOutcome& outcome) const {
    for (const auto& data : data_) {
      add(outcome.l1, data->counts());
      outcome.tlb.hits += data->tlb_counts().hits;
      outcome.tlb.second_hits += data->tlb_counts().second_hits;
      outcome.tlb.walks += data->tlb_counts().walks;
    }
    for (const auto& cache : l2_) add(outcome.l2, cache->counts());
    outcome.l3 = l3_.counts();
    outcome.dram_reads = dram_.reads();
    outcome.dram_writes = dram_.writes();
  }

 private:
  memory::Dram dram_;
  memory::Cache l3_;
  std::vector<std::unique_ptr<memory::WatchedCache>> l2_;
  std::vector<std::unique_ptr<memory::DataPath>> data_;
};

void report_core(const core::CoreCounts& counts, ModelOutcome& outcome) {
  outcome.cores.push_back(counts);
  add(outcome.operations, counts.operations);
  outcome.uops += counts.uops;
  outcome.fused_uops += counts.fused_uops;
  outcome.ports.resize(counts.ports.size());
  for (std::size_t p = 0; p < counts.ports.size(); ++p) add(outcome.ports[p], counts.ports[p]);
  for (std::size_t r = 0; r < counts.slots.size(); ++r) outcome.slots[r] += counts.slots[r];
}

// Packets for a core go to the thread that has the sentron.
struct CoreReceiver final : fabric::PacketTarget {
  void transport(const fabric::Packet& packet, Cycle now, Cycle& delay) override {
    const std::size_t place = packet.to / cores;
    threads[place % threads.size()]->transport(packet, now, delay);
  }
  unsigned cores = 1;
  std::vector<core::SiwSource*> threads;
};

// Everything of one run with the SIW source.
class SiwRun {
 public:
  SiwRun(const isa::Program& program, const ModelOptions& options)
      : program_(program),
        options_(options),
        shell_(Shell::instance()),
        memory_(*options.layout, options.cores, false, shell_),
        machine_(program, *options.layout, options.placement) {
    std::vector<fabric::PacketTarget*> outlets;
    for (unsigned k = 0; k < options.cores; ++k) outlets.push_back(&shell_.receiver(k));
    fabric_ = std::make_unique<fabric::MessageFabric>(program, options.layout->sentrons, outlets);
    receivers_.resize(options.cores);
    for (unsigned k = 0; k < options.cores; ++k) build_core(k);
  }

  ModelOutcome run() {
    ShellParts parts;
    memory_.put_behind(parts);
    parts.fabric = fabric_.get();
    for (unsigned k = 0; k < options_.cores; ++k) {
      parts.receivers.push_back(&receivers_[k]);
      parts.ticks.emplace_back([core = cores_[k].get()](Cycle now) { core->tick(now); });
    }
    ModelOutcome outcome;
    parts.after_cycle = [&](Cycle now) {
      outcome.cycles = now + 1;
      const bool finished =
          std::all_of(cores_.begin(), cores_.end(), [](const auto& core) { return core->finished(); });
      outcome.limit_reached = !finished && options_.max_cycles != 0 && outcome.cycles >= options_.max_cycles;
      return finished || outcome.limit_reached;
    };
    shell_.run(parts);
    outcome.cycles_simulated = outcome.cycles;
    report(outcome);
    return outcome;
  }

 private:
  void build_core(unsigned k) {
    const layout::Layout& layout = *options_.layout;
    const unsigned threads = std::max(1U, layout.smt.threads);
    translations_.push_back(std::make_unique<phext::TranslationCache>(
        phext::TranslationCacheShape{layout.translation.entries, layout.translation.ways}));
    warm_up(*translations_.back());
    std::vector<std::vector<std::uint32_t>> sentrons(threads);
    for (std::uint32_t s = k; s < machine_.sentrons(); s += options_.cores) {
      sentrons[s / options_.cores % threads].push_back(s);
    }
    const core::CoreState sizes(layout, k, 1, {});
    std::vector<core::WordSource*> sources;
    receivers_[k].cores = options_.cores;
    for (std::vector<std::uint32_t>& own : sentrons) {
      sources_.push_back(std::make_unique<core::SiwSource>(
          machine_, layout, *translations_.back(), shell_.fabric_of_core(k), std::move(own), sizes.uops.size()));
      sources_.back()->listen(k, options_.listeners);
      sources.push_back(sources_.back().get());
      receivers_[k].threads.push_back(sources_.back().get());
    }
    const core::CoreParts parts{layout, k, std::move(sources), memory_.data_of(k), options_.listeners};
    cores_.push_back(options_.make_core ? options_.make_core(parts) : std::make_unique<core::WordCore>(parts));
  }

  void warm_up(phext::TranslationCache& translation) const {
    unsigned left = options_.layout->translation.warm_up_pages;
    for (auto cell = program_.memory.begin(); cell != program_.memory.end() && left != 0; ++cell) {
      if (translation.insert(phext::place(options_.placement, cell->first).page)) --left;
    }
  }

  void report(ModelOutcome& outcome) {
    for (const auto& core : cores_) report_core(core->counts(), outcome);
    memory_.report(outcome);
    for (const auto& translation : translations_) outcome.translation += translation->counts();
    outcome.fabric = fabric_->counts();
    for (const auto& source : sources_) outcome.sentron_switches += source->switches();
    outcome.state = machine_.state();
    if (outcome.limit_reached) return;
    std::vector<reference::Wait> waits = machine_.waits();
    if (!waits.empty()) {
      outcome.deadlock = reference::explain_deadlock(program_, outcome.state.sentrons, std::move(waits));
    }
  }

  const isa::Program& program_;
  const ModelOptions& options_;
  Shell& shell_;
  MemorySystem memory_;
  core::SiwMachine machine_;
  std::unique_ptr<fabric::MessageFabric> fabric_;
  std::vector<CoreReceiver> receivers_;
  std::vector<std::unique_ptr<phext::TranslationCache>> translations_;
  std::vector<std::unique_ptr<core::SiwSource>> sources_;
  std::vector<std::unique_ptr<core::CoreModel>> cores_;
};

// Everything of one run with the host source.
class HostRun {
 public:
  HostRun(const isa::Program& program, const ModelOptions& options)
      : program_(program),
        options_(options),
        shell_(Shell::instance()),
        memory_(*options.layout, 1, true, shell_),
        execution_(prepare(program, options)),
        source_(std::make_unique<core::HostSource>(*execution_, *options.layout)) {}

  ModelOutcome run() {
    Cycle first = 0;
    for (unsigned k = 0; k < options_.warm_up_runs; ++k) {
      const ModelOutcome outcome = run_once(first, {});
      if (outcome.limit_reached) break;
      first += outcome.cycles;
      execution_->reset();
      source_ = std::make_unique<core::HostSource>(*execution_, *options_.layout, std::move(*source_));
    }
    ModelOutcome before;
    memory_.report(before);
    ModelOutcome outcome = run_once(first, options_.listeners);
    outcome.cycles_simulated = first + outcome.cycles;
    report(outcome);
    forget(outcome, before);
    return outcome;
  }

 private:
  ModelOutcome run_once(Cycle first, std::vector<events::Listener*> listeners) {
    core_ = std::make_unique<core::SentronCore>(*options_.layout, 0, std::vector<core::UopSource*>{source_.get()},
                                                memory_.data_of(0), std::move(listeners), true);
    ShellParts parts;
    parts.first_cycle = first;
    memory_.put_behind(parts);
    CoreReceiver nobody;
    parts.receivers.push_back(&nobody);
    parts.ticks.emplace_back([this](Cycle now) { core_->tick(now); });
    ModelOutcome outcome;
    parts.after_cycle = [&](Cycle now) {
      outcome.cycles = now + 1 - first;
      const bool finished = core_->finished();
      outcome.limit_reached = !finished && options_.max_cycles != 0 && outcome.cycles >= options_.max_cycles;
      return finished || outcome.limit_reached;
    };
    shell_.run(parts);
    return outcome;
  }

  // Leaves out what the memory had counted before the run.
  static void forget(ModelOutcome& outcome, const ModelOutcome& before) {
    subtract(outcome.l1, before.l1);
    subtract(outcome.l2, before.l2);
    subtract(outcome.l3, before.l3);
    outcome.dram_reads -= before.dram_reads;
    outcome.dram_writes -= before.dram_writes;
    outcome.tlb.hits -= before.tlb.hits;
    outcome.tlb.second_hits -= before.tlb.second_hits;
    outcome.tlb.walks -= before.tlb.walks;
  }

  static std::unique_ptr<native::HostExecution> prepare(const isa::Program& program, const ModelOptions& options) {
    native::NativeOptions native_options;
    native_options.isa = options.isa;
    native_options.placement = options.placement;
    auto execution = native::HostExecution::create(program, native_options);
    if (!execution) throw std::invalid_argument("simulate: " + execution.error().front().text());
    for (const lowering::Lowered& lowered : (*execution)->image().lowered()) {
      for (const lowering::HostInst& inst : lowered.code.insts) {
        const std::string why = options.layout->why_unsupported(inst.op, inst.width);
        if (!why.empty()) throw std::invalid_argument("simulate: " + why);
      }
    }
    return std::move(*execution);
  }

  void report(ModelOutcome& outcome) {
    core::CoreCounts counts = core_->counts();
    outcome.state = execution_->state();
    count_operations(outcome, counts);
    report_core(counts, outcome);
    memory_.report(outcome);
    outcome.host_instructions = source_->instructions();
    outcome.sentron_switches = source_->switches();
    outcome.helper_calls = source_->helper_calls();
    outcome.instructions_from_op_cache = source_->delivery().from_op_cache();
    outcome.instructions_decoded = source_->delivery().decoded();
    outcome.code_cache_misses = source_->delivery().code_misses();
    if (outcome.limit_reached) return;
    std::vector<reference::Wait> waits = execution_->image().runtime().waits();
    if (!waits.empty()) {
      outcome.deadlock = reference::explain_deadlock(program_, outcome.state.sentrons, std::move(waits));
    }
  }

  // Operations of the words that were executed; those that lower to no instruction apart.
  void count_operations(ModelOutcome& outcome, core::CoreCounts& counts) const {
    for (std::size_t s = 0; s < program_.sentrons.size(); ++s) {
      if (outcome.state.sentrons[s].lifecycle != isa::Lifecycle::Retired) {
        outcome.operations_known = false;
        continue;
      }
      const std::uint32_t stream = program_.sentrons[s].stream;
      const isa::Stream& source = program_.streams[stream];
      const std::vector<std::uint64_t> executions = native::executions_of(source);
      const std::vector<std::uint8_t>& elided = execution_->code(stream).elided_ops;
      for (std::size_t w = 0; w < source.words.size(); ++w) {
        for (std::size_t p = 0; p < isa::kPipes; ++p) {
          if (isa::is_nop(op_of(source.words[w].slot(static_cast<isa::Pipe>(p))))) continue;
          const bool is_elided = w < elided.size() && (elided[w] >> p & 1U) != 0;
          (is_elided ? outcome.elided_operations : counts.operations).by_pipe[p] += executions[w];
        }
      }
    }
  }

  const isa::Program& program_;
  const ModelOptions& options_;
  Shell& shell_;
  MemorySystem memory_;
  std::unique_ptr<native::HostExecution> execution_;
  std::unique_ptr<core::HostSource> source_;
  std::unique_ptr<core::SentronCore> core_;
};

void check(const ModelOptions& options) {
  if (options.layout == nullptr) throw std::invalid_argument("simulate: no layout");
  if (options.cores == 0 || options.cores > kMaxCores) {
    throw std::invalid_argument("simulate: found " + std::to_string(options.cores) + " cores, expected 1 to " +
                                std::to_string(kMaxCores));
  }
}

}  // namespace

ModelOutcome simulate(const isa::Program& program, const ModelOptions& options) {
  check(options);
  const std::clock_t start = std::clock();
  ModelOutcome outcome =
      options.source == Source::Host ? HostRun(program, options).run() : SiwRun(program, options).run();
  outcome.processor_seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  return outcome;
}

}  // namespace vtpu::systemc
