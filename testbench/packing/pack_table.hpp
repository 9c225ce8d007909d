// What packing gives, program by program: from one operation per word through the tiers to the bound, beside the
// program as its author packed it; proved equal on every engine, modelled on some cores and measured on this one.
#pragma once

#include <array>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "isa/program.hpp"
#include "isa/result.hpp"
#include "layout/layout.hpp"
#include "pack/pack.hpp"
#include "testbench/measurement.hpp"

namespace vtpu::testbench {

struct PackTableOptions {
  const layout::Layout* layout = nullptr;     // whose latencies count, and the bounds; required
  std::vector<layout::Layout> modelled;       // cores that execute words, each running what is packed for it
  std::uint64_t modelled_words = 30'000;      // of each program, its loops shortened; the crosscheck runs as many
  std::uint64_t measured_words = 10'000'000;  // packed words that a sample runs at least, outermost loops lengthened
  bool prefetch = true;                       // tier 3 inserts prefetches
  bool crosscheck = true;
  bool measure = true;
  MeasurementOptions measurement;
  std::function<void(const std::string&)> progress;  // may be empty
};

// Of the packed program: what the bar is held against.
inline constexpr double kMostAboveBound = 1.03;  // words in steady state over those of the larger bound
inline constexpr double kMostAboveHand = 1.05;   // words over those of the program packed by hand

// Operations per cycle of the forms of one program; absent: no such form, or not asked for.
struct FormSpeeds {
  std::optional<double> naive, packed, by_hand;
};

struct PackRow {
  std::string program;
  // Executed operations per word: written as it is in the file, and by tier from one operation per word (0: that
  // itself).
  double written = 0;
  std::array<double, pack::kTiers> tiers{};
  bool by_hand = false;                  // the file has words of several operations
  std::optional<double> over_hand;       // words of tier 3 over those of the file, where that is packed by hand
  std::optional<double> steady, bound;   // operations per word in steady state; absent: no loop
  std::optional<double> over_bound;      // words in steady state over those of the bound
  std::string why;                       // what keeps tier 3 from fewer words
  std::string prefetches;                // inserted by tier 3, or why none
  std::vector<std::string> differences;  // found by the crosscheck; empty: equal on all engines
  std::vector<FormSpeeds> modelled;      // by PackTableOptions::modelled
  FormSpeeds measured;

  [[nodiscard]] bool meets_bound() const { return !over_bound || *over_bound <= kMostAboveBound; }
  [[nodiscard]] bool meets_hand() const { return !over_hand || *over_hand <= kMostAboveHand; }
};

struct PackTable {
  std::string layout;
  std::vector<std::string> modelled;  // names of the cores
  std::vector<PackRow> rows;
  std::vector<std::string> engines;  // that every packed program was run on; empty: no crosscheck
  std::string measured_on;           // empty: not measured
};

// Words only: without engines. `program` comes to its end.
[[nodiscard]] PackRow pack_row(const isa::Program& program, const layout::Layout& layout, bool prefetch = true);

// Programs must come to their end. Precondition: no other thread runs (the crosscheck forks).
[[nodiscard]] Result<PackTable> pack_table(const std::vector<isa::Program>& programs, const PackTableOptions& options);

[[nodiscard]] std::string to_text(const PackTable& table);
[[nodiscard]] nlohmann::json to_json(const PackTable& table);

}  // namespace vtpu::testbench
