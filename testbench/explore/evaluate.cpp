#include "testbench/explore/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "model.hpp"
#include "testbench/explore/identity.hpp"
#include "testbench/explore/port_bound.hpp"

namespace vtpu::explore {
namespace {

void take_counts(const systemc::ModelOutcome& outcome, const layout::Layout& layout, Row& row) {
  row.cycles = outcome.cycles;
  row.operations = outcome.operations.total();
  row.uops = outcome.uops;
  row.fused_uops = outcome.fused_uops;
  for (const core::CoreCounts& core : outcome.cores) {
    row.loads += core.loads;
    row.stores += core.stores;
  }
  row.l1_misses = outcome.l1.misses;
  row.l2_misses = outcome.l2.misses;
  row.l3_misses = outcome.l3.misses;
  row.dram_reads = outcome.dram_reads;
  row.dram_writes = outcome.dram_writes;
  row.translation_misses = outcome.translation.total.accesses() - outcome.translation.total.hits;
  row.messages = outcome.fabric.messages;
  row.slots = outcome.slots;
  for (std::size_t p = 0; p < layout.ports.size(); ++p) {
    PortRow port{layout.ports[p].name, 0, 0};
    if (p < outcome.ports.size()) {
      port.busy = outcome.ports[p].busy_cycles.total();
      for (const core::PipeCounts& lost : outcome.ports[p].lost_by) port.lost += lost.total();
    }
    row.ports.push_back(std::move(port));
  }
}

}  // namespace

std::string key_of(const std::string& timing_text, const Workload& work, const RunOptions& options) {
  return hash_of(fmt::format("{}\n{}\n{}\n{} {} {}", timing_text, work.hash, model_version(),
                             testbench::name_of(options.source), phext::name_of(options.placement), options.cores));
}

std::uint64_t most_cycles(const Workload& work) { return 1'000'000 + 1000 * work.words; }

Row evaluate(const layout::Layout& layout, const Workload& work, const RunOptions& options) {
  Row row;
  row.layout = layout.name;
  row.program = work.name;
  row.key = key_of(timing_text(layout), work, options);
  const bool is_host = options.source == testbench::SourceKind::Host;
  systemc::ModelOptions model;
  model.layout = &layout;
  model.source = is_host ? systemc::Source::Host : systemc::Source::Siw;
  model.placement = options.placement;
  model.cores = is_host ? 1 : options.cores;
  model.isa = testbench::isa_for(layout);
  model.warm_up_runs = is_host ? 1 : 0;
  model.max_cycles = most_cycles(work);
  try {
    if (!is_host) {
      Bound bound = port_bound(work, layout, model.cores);
      row.bound_cycles = bound.cycles;
      row.bound_by = std::move(bound.resource);
    }
    const systemc::ModelOutcome outcome = systemc::simulate(work.program, model);
    take_counts(outcome, layout, row);
    if (outcome.limit_reached) {
      row.status = Status::Limit;
      row.reason = fmt::format("not at its end after {} cycles", outcome.cycles);
    } else if (outcome.deadlock) {
      row.status = Status::Refused;
      row.reason = "deadlock: " + outcome.deadlock->text();
    }
  } catch (const std::invalid_argument& e) {
    row.status = Status::Refused;
    row.reason = e.what();
  } catch (const std::length_error& e) {
    row.status = Status::Refused;
    row.reason = e.what();
  }
  return row;
}

}  // namespace vtpu::explore
