// One program under several placements: how often the model of a core finds pages and lines, and what an access costs
// on the CPU at hand.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "isa/program.hpp"
#include "isa/result.hpp"
#include "layout/layout.hpp"
#include "measure/cycle_source.hpp"
#include "phext/placement.hpp"
#include "phext/translation_cache.hpp"

namespace vtpu::analysis {

enum class RegionChoice : std::uint8_t { Auto, None, Given };

struct LocalityOptions {
  const layout::Layout* layout = nullptr;  // required; words are the source of its model
  RegionChoice regions = RegionChoice::Auto;
  phext::DimensionSet region = 0;  // where it is given
  bool measure = true;
  measure::CycleSourceChoice source = measure::CycleSourceChoice::automatic;
  std::function<void(const std::string&)> progress;  // may be empty
};

// Time of a whole native run, its arithmetic included, over its accesses.
struct MeasuredAccess {
  std::optional<double> cycles;  // core cycles; absent where too few samples were undisturbed
  double nanoseconds = 0;        // of the thread's CPU time, the fastest run
};

struct PlacementRow {
  phext::PlacementPolicy policy;
  std::uint64_t pages = 0;         // that the traced accesses touch
  std::uint64_t page_changes = 0;  // accesses to another page than the sentron's access before
  phext::HitCount translation;     // of the model, as are the next three
  std::uint64_t page_prefetches = 0;
  phext::HitCount l1;
  phext::HitCount l2;
  double modelled_cycles_per_access = 0;
  std::optional<MeasuredAccess> measured;
};

struct Locality {
  std::string program;
  std::string layout;
  std::uint64_t accesses = 0;  // of one run
  std::uint64_t traced = 0;    // of these, that pages and page_changes are counted over
  phext::DimensionSet dimensions = 0;
  std::vector<PlacementRow> rows;  // hash, linear, zorder, hilbert, then those shaped for a region
  std::string cycle_source;        // empty: not measured
  std::string cpu;
};

// Preconditions: the program is valid. Errors: a program without memory accesses or without an end; the measurement's.
[[nodiscard]] Result<Locality> analyse_locality(const isa::Program& program, const LocalityOptions& options);

[[nodiscard]] double rate(const phext::HitCount& count);             // 0 to 1; 1 where there was no access
[[nodiscard]] std::string names_of(phext::DimensionSet dimensions);  // "d0 d1"

[[nodiscard]] nlohmann::json to_json(const Locality& locality);
[[nodiscard]] std::string to_text(const Locality& locality);

}  // namespace vtpu::analysis
