// What one run on one engine says, as text for a terminal and as JSON. Fields that an engine cannot know are absent.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "events/events.hpp"
#include "isa/program.hpp"
#include "phext/page_table.hpp"
#include "phext/translation_cache.hpp"
#include "traces/tracer.hpp"

namespace vtpu::testbench {

// Counts by pipe, in the order D, S, C.
using PerPipe = std::array<std::uint64_t, isa::kPipes>;
[[nodiscard]] std::uint64_t total(const PerPipe& counts);

// One execution port over a run. A conflict is a cycle in which a uop was ready and found its ports taken; a uop that
// loses in several cycles counts in each.
struct PortUse {
  std::string name;
  PerPipe busy_cycles{};  // by the pipe of the uop that had the port
  std::array<PerPipe, isa::kPipes>
      lost_to{};  // cycles lost here: by the pipe that lost, then the one that had the port
};

// Hits and misses of one cache of a model.
struct CacheReport {
  std::string name;  // "L1"
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
};

// A run on a timing model.
struct ModelReport {
  std::string layout;
  unsigned cores = 1;
  std::uint64_t cycles = 0;
  double cycles_per_second = 0;         // simulated, warm-up runs included, by seconds of processor time
  std::uint64_t uops = 0;               // retired
  std::uint64_t fused_uops = 0;         // retired
  std::uint64_t host_instructions = 0;  // retired; 0 with the siw source
  std::vector<PortUse> ports;
  std::array<std::uint64_t, static_cast<std::size_t>(events::SlotReason::Count)> slots{};  // dispatch slots by reason
  std::vector<CacheReport> caches;
  std::map<std::string, std::uint64_t> figures;  // further counts by name: "mispredicted branches"
  std::string timeline;                          // empty: not asked for
  std::vector<traces::TraceFile> traces;         // that were written
};

struct RunReport {
  std::string program;
  std::string engine;  // "reference", "systemc, host source, layout zen4", "native, avx512, 1 worker"
  isa::MachineState state;
  std::vector<std::string> sentron_names;
  std::uint64_t digest = 0;
  std::optional<std::uint64_t> words;
  PerPipe operations{};           // executed, NOPs and elided ones left out
  std::optional<PerPipe> elided;  // executed operations that lowered to no instruction
  std::optional<std::string> deadlock;
  std::optional<phext::TranslationCounts> translation;
  std::optional<phext::PhextCounters> memory;
  std::optional<std::uint64_t> messages;
  std::optional<ModelReport> model;
  double seconds = 0;
};

[[nodiscard]] double operations_per_cycle(const RunReport& report);  // 0 without a model

[[nodiscard]] std::string to_text(const RunReport& report);
[[nodiscard]] nlohmann::json to_json(const RunReport& report);

// One cell of the port-conflict matrix.
struct PortLoss {
  isa::Pipe loser = isa::Pipe::D;
  std::string port;
  isa::Pipe winner = isa::Pipe::D;
  std::uint64_t cycles = 0;
};
[[nodiscard]] std::vector<PortLoss> losses(const ModelReport& model);  // those that are not zero, the largest first
[[nodiscard]] std::string sentence(const PortLoss& loss);              // "D lost 212 cycles on alu1 to C"

// What limits a modelled run: the reason with most of the lost slots, and the port that was busy most.
[[nodiscard]] std::string bottleneck(const ModelReport& model);

}  // namespace vtpu::testbench
