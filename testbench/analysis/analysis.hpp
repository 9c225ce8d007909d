// Everything that the analysers say about one program on one core: where the time goes, and what to change.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "isa/program.hpp"
#include "isa/result.hpp"
#include "layout/layout.hpp"
#include "pack/pack.hpp"
#include "testbench/analysis/critical_path.hpp"
#include "testbench/analysis/memory_profile.hpp"
#include "testbench/analysis/port_profile.hpp"

namespace vtpu::analysis {

struct AnalysisOptions {
  const layout::Layout* layout = nullptr;  // required; words are the source of its model
  phext::PlacementPolicy placement;
  std::vector<layout::Layout> others;                // whose ports are set beside those of the layout
  std::uint64_t max_cycles = 20'000'000;             // of the simulation; 0: to the end
  std::function<void(const std::string&)> progress;  // may be empty
};

enum class FindingKind : std::uint8_t {
  Slots,
  Ports,
  PortConflict,
  Cache,
  Translation,
  Pattern,
  CriticalPath,
  Balance
};
[[nodiscard]] std::string_view name_of(FindingKind kind);  // "port conflict"

struct Finding {
  FindingKind kind = FindingKind::Ports;
  double weight = 0;  // 0 to 1: of the cycles, accesses or slots that are concerned, to sort by
  std::string where;  // "main words 4, 7"
  std::string what;
  std::string change;                     // what to do
  std::vector<OperationName> operations;  // that it is about
};

struct AnnotatedWord {
  std::uint32_t stream = 0;
  std::uint32_t word = 0;
  unsigned depth = 0;            // loops around it
  std::uint64_t executions = 0;  // by all sentrons
  std::string text;
  double path_share = 0;          // of the critical path's cycles
  std::uint64_t lost_cycles = 0;  // that its operations lost in port conflicts
  std::optional<OperationAccesses> accesses;
  bool begins_loop = false;
  std::uint64_t loop_count = 0;  // of the innermost loop that begins here
};

// The program on the ports of one layout.
struct LayoutPorts {
  std::string layout;
  PortProfile ports;
  std::vector<PortDemand> demands;
};

// Another placement that would do better, and its profile's figures.
struct BetterPlacement {
  phext::PlacementPolicy policy;
  std::uint64_t l1_misses = 0;
  std::uint64_t translation_misses = 0;
};

struct Analysis {
  std::string program;
  std::string layout;
  std::string placement;
  std::uint64_t operations = 0;  // of the whole run
  PerPipe operations_by_pipe{};
  std::uint64_t words = 0;
  std::uint64_t accesses = 0;  // of the whole run; memory.accesses of them were followed
  std::uint64_t l2_lines = 0;  // capacities of the core's caches, in cells
  std::uint64_t l3_lines = 0;
  MemoryProfile memory;
  std::optional<BetterPlacement> better;
  PortProfile ports;
  std::vector<PortDemand> demands;
  std::vector<LayoutPorts> others;
  CriticalPath path;
  std::vector<pack::LoopReport> loops;  // innermost ones, as written
  std::vector<std::string> stream_names;
  std::vector<AnnotatedWord> listing;
  std::vector<Finding> findings;  // the weightiest first
};

// Precondition: the program is valid. Errors: a program without an end.
[[nodiscard]] Result<Analysis> analyse(const isa::Program& program, const AnalysisOptions& options);

// findings.cpp
[[nodiscard]] std::vector<Finding> findings_of(const Analysis& analysis, const isa::Program& program);
// "main word 4 S"
[[nodiscard]] std::string text_of(const OperationName& operation, const std::vector<std::string>& streams);
[[nodiscard]] std::string text_of(const phext::DimensionStep& step);  // "d0 += 1"

// analysis_report.cpp
[[nodiscard]] nlohmann::json to_json(const Analysis& analysis);
[[nodiscard]] std::string to_text(const Analysis& analysis, bool with_listing);
[[nodiscard]] std::string to_html(const Analysis& analysis);  // a page that needs no other file

}  // namespace vtpu::analysis
