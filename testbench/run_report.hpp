// What one run on one engine says, as text for a terminal and as JSON. Fields that an engine cannot know are absent.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "isa/program.hpp"
#include "phext/page_table.hpp"
#include "phext/translation_cache.hpp"
#include "testbench/activity.hpp"

namespace vtpu::testbench {

// Hits and misses of one cache of a model.
struct CacheReport {
  std::string name;  // "L1"
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
};

// A run on a timing model.
struct ModelReport {
  std::string layout;
  std::vector<std::string> ports;
  std::uint64_t cycles = 0;
  unsigned cores = 1;
  Activity activity{0};
  std::vector<CacheReport> caches;
  std::map<std::string, std::uint64_t> figures;  // further counts by name: "mispredicted branches"
  std::string timeline;                          // empty: not asked for
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

// The longest losses first: "D lost 212 cycles on alu1 to C".
struct PortLoss {
  Conflict conflict;
  std::uint64_t cycles = 0;
};
[[nodiscard]] std::vector<PortLoss> losses(const Activity& activity);
[[nodiscard]] std::string sentence(const PortLoss& loss, const std::vector<std::string>& ports);

// What limits a modelled run: the reason with most of the lost slots, and the port that was busy most.
[[nodiscard]] std::string bottleneck(const ModelReport& model);

}  // namespace vtpu::testbench
