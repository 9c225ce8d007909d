// The SystemC timing model as the rest of the project sees it: a program and a layout in, cycles and state out. No
// SystemC header is needed to use it; the process must have been started by libsystemc's main (that is, define
// sc_main).
//
//   ModelOptions options;
//   options.layout = &layout;
//   const ModelOutcome outcome = simulate(program, options);
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/core_counts.hpp"
#include "core/core_model.hpp"
#include "events/events.hpp"
#include "fabric/message_fabric.hpp"
#include "isa/program.hpp"
#include "isa/state.hpp"
#include "layout/layout.hpp"
#include "lowering/host_op.hpp"
#include "memory/cache.hpp"
#include "memory/tlb.hpp"
#include "phext/placement.hpp"
#include "phext/translation_cache.hpp"
#include "reference/deadlock.hpp"

namespace vtpu::systemc {

enum class Source : std::uint8_t {
  Siw,   // the core executes words itself
  Host,  // the core executes the x86 instructions that the JIT would emit; always one core
};

inline constexpr unsigned kMaxCores = 16;

struct ModelOptions {
  const layout::Layout* layout = nullptr;  // outlives the run
  Source source = Source::Siw;
  phext::PlacementPolicy placement = phext::Placement::Linear;
  unsigned cores = 1;                                 // Siw: 1..kMaxCores
  lowering::HostIsa isa = lowering::HostIsa::Avx512;  // Host
  std::uint64_t max_cycles = 0;                       // 0: none; of each run
  // Host: the program is run this many times before the run that is reported, which then finds data caches, TLB and
  // branch predictor as those left them, and the code caches empty: what a repeated measurement sees, whose sampler
  // runs other code between two samples.
  unsigned warm_up_runs = 0;
  std::vector<events::Listener*> listeners = {};
  core::CoreFactory make_core = {};  // Siw: empty stands for the SystemC core
};

struct ModelOutcome {
  isa::MachineState state;
  std::uint64_t cycles = 0;
  std::uint64_t cycles_simulated = 0;  // those of the warm-up runs too
  double processor_seconds = 0;        // that simulating them took
  core::PipeCounts operations;         // retired, all cores, NOPs not counted
  // Host only.
  std::uint64_t host_instructions = 0;  // retired
  core::PipeCounts elided_operations;   // lowered to no instruction; not in `operations`
  bool operations_known = true;         // false: sentrons that did not come to their end are not in the two counts
  std::uint64_t helper_calls = 0;
  std::uint64_t instructions_from_op_cache = 0;
  std::uint64_t instructions_decoded = 0;
  std::uint64_t code_cache_misses = 0;  // lines not in the L1 code cache
  std::uint64_t uops = 0;               // retired, all cores
  std::uint64_t fused_uops = 0;         // retired, all cores
  std::vector<core::CoreCounts> cores;  // slots add up to dispatch_width * cycles for each
  std::vector<core::PortCounts> ports;  // all cores, index Layout::ports
  std::array<std::uint64_t, static_cast<std::size_t>(events::SlotReason::Count)> slots{};  // all cores
  memory::CacheCounts l1, l2, l3;                                                          // all cores
  std::uint64_t dram_reads = 0;                                                            // lines
  std::uint64_t dram_writes = 0;                                                           // lines
  memory::TlbCounts tlb;                                                                   // Host only
  phext::TranslationCounts translation;                                                    // Siw only
  fabric::FabricCounts fabric;                                                             // Siw only
  std::uint64_t sentron_switches = 0;
  std::optional<reference::Deadlock> deadlock;  // sentrons wait for ever
  bool limit_reached = false;                   // stopped at max_cycles; the state is that of the moment

  [[nodiscard]] double operations_per_cycle() const {
    return cycles == 0 ? 0.0 : static_cast<double>(operations.total()) / static_cast<double>(cycles);
  }
};

// Preconditions: isa::validate(program) found nothing, options.layout is set. Throws std::invalid_argument for
// impossible options and std::length_error where the program's memory does not fit. May be called again and again in
// one process.
[[nodiscard]] ModelOutcome simulate(const isa::Program& program, const ModelOptions& options);

}  // namespace vtpu::systemc
