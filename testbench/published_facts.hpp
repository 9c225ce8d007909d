// What is published about single instructions on the Zen cores, beside what a layout makes of a loop of them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "layout/layout.hpp"
#include "testbench/host_loop.hpp"

namespace vtpu::testbench {

// Latency (cycles of a chain, per instruction) and inverse throughput (cycles per independent instruction).
struct PublishedFact {
  std::string core;  // the layout's name
  LoopInst inst;
  std::optional<double> latency;
  std::optional<double> cycles;
};

struct FactRow {
  PublishedFact published;
  std::optional<double> latency;  // simulated, where one is published
  std::optional<double> cycles;
  bool agrees = true;  // both within kFactTolerance
  std::string reason;  // why the layout says something else on purpose; empty: nobody wrote one down
};
// Published figures are rounded to 0.167 and the like, and every loop has its own two instructions.
inline constexpr double kFactTolerance = 0.02;

// InstLatx64 unless a reason names another source; AMD's guides by way of LLVM and OSACA for nominal throughputs.
[[nodiscard]] std::vector<PublishedFact> published_facts(const std::string& core);

// The same of the CPU at hand, measured: every operation that the JIT emits, in every width. Operations without a chain
// have no latency. Errors: the measurement's; a CPU without `isa`.
[[nodiscard]] Result<std::vector<PublishedFact>> measured_facts(lowering::HostIsa isa, unsigned rounds,
                                                                unsigned samples_per_round);

// One row per fact; all of those that are published about the layout's core.
[[nodiscard]] std::vector<FactRow> check_facts(const std::vector<PublishedFact>& facts, const layout::Layout& layout);
[[nodiscard]] std::vector<FactRow> check_facts(const layout::Layout& layout);

// `origin` heads the columns of the facts: "published", "measured".
[[nodiscard]] std::string to_text(const std::vector<FactRow>& rows, const std::string& origin = "published");
[[nodiscard]] nlohmann::json to_json(const std::vector<FactRow>& rows);

}  // namespace vtpu::testbench
