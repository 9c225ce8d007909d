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

// One row per fact about the layout's core.
[[nodiscard]] std::vector<FactRow> check_facts(const layout::Layout& layout);

[[nodiscard]] std::string to_text(const std::vector<FactRow>& rows);
[[nodiscard]] nlohmann::json to_json(const std::vector<FactRow>& rows);

}  // namespace vtpu::testbench
