#include "testbench/analysis/locality.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <limits>
#include <nlohmann/json.hpp>

#include "native/engine.hpp"
#include "testbench/analysis/access_trace.hpp"
#include "testbench/engines.hpp"
#include "testbench/measurement.hpp"

namespace vtpu::analysis {
namespace {

using phext::Placement;
using phext::PlacementPolicy;

constexpr double kSecondsOfRuns = 0.05;  // native runs of one placement under the thread's clock
constexpr unsigned kMostRuns = 200;

std::vector<PlacementPolicy> policies_for(const AccessTrace& trace, const LocalityOptions& options) {
  std::vector<PlacementPolicy> policies(phext::kPlacements.begin(), phext::kPlacements.end());
  if (options.regions == RegionChoice::None) return policies;
  const phext::TranslationCacheShape shape{options.layout->translation.entries, options.layout->translation.ways};
  for (const Placement kind : {Placement::Linear, Placement::ZOrder, Placement::Hilbert}) {
    const PlacementPolicy policy = options.regions == RegionChoice::Given ? PlacementPolicy(kind, options.region)
                                                                          : best_region(trace, kind, shape);
    if (std::find(policies.begin(), policies.end(), policy) == policies.end()) policies.push_back(policy);
  }
  return policies;
}

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

Result<double> fastest_run_seconds(const isa::Program& program, const PlacementPolicy& policy) {
  native::NativeOptions options;
  options.placement = policy;
  Result<std::unique_ptr<native::NativeMachine>> machine = native::NativeMachine::create(program, options);
  if (!machine) return tl::unexpected(machine.error());
  (*machine)->run();  // warms caches and translations
  double fastest = std::numeric_limits<double>::infinity();
  double spent = 0;
  for (unsigned run = 0; run < kMostRuns && spent < kSecondsOfRuns; ++run) {
    (*machine)->reset();
    const double start = thread_seconds();
    (*machine)->run();
    const double seconds = thread_seconds() - start;
    fastest = std::min(fastest, seconds);
    spent += seconds;
  }
  return fastest;
}

Result<MeasuredAccess> measure_access(const isa::Program& program, const PlacementPolicy& policy,
                                      const LocalityOptions& options, Locality& locality) {
  const auto accesses = static_cast<double>(locality.accesses);
  testbench::MeasurementOptions sampling;
  sampling.placement = policy;
  sampling.rounds = 2;
  sampling.samples_per_round = 10;
  sampling.source = options.source;
  const auto measured = testbench::measure_programs({&program}, sampling);
  if (!measured) return tl::unexpected(measured.error());
  const measure::MeasureResult& result = measured->front().result;
  locality.cycle_source = result.cycle_source;
  locality.cpu = result.cpu_name;
  const Result<double> seconds = fastest_run_seconds(program, policy);
  if (!seconds) return tl::unexpected(seconds.error());
  MeasuredAccess out;
  if (result.accepted_cycles) out.cycles = result.accepted_cycles->median / accesses;
  out.nanoseconds = *seconds * 1e9 / accesses;
  return out;
}

phext::HitCount cache_named(const testbench::ModelReport& model, std::string_view name) {
  for (const testbench::CacheReport& cache : model.caches) {
    if (cache.name == name) return {cache.hits, cache.misses};
  }
  return {};
}

Result<PlacementRow> row_of(const isa::Program& program, const AccessTrace& trace, const PlacementPolicy& policy,
                            const LocalityOptions& options, Locality& locality) {
  PlacementRow row;
  row.policy = policy;
  const PageCounts pages = count_pages(trace, policy, {});
  row.pages = pages.pages;
  row.page_changes = pages.page_changes;
  testbench::EngineChoice model;
  model.kind = testbench::EngineKind::SystemC;
  model.layout = options.layout;
  model.placement = policy;
  const Result<testbench::RunReport> run = testbench::run_on(program, model);
  if (!run) return tl::unexpected(run.error());
  row.translation = run->translation->total;
  row.page_prefetches = run->translation->prefetches;
  row.l1 = cache_named(*run->model, "L1");
  row.l2 = cache_named(*run->model, "L2");
  row.modelled_cycles_per_access = static_cast<double>(run->model->cycles) / static_cast<double>(locality.accesses);
  if (!options.measure) return row;
  const Result<MeasuredAccess> measured = measure_access(program, policy, options, locality);
  if (!measured) return tl::unexpected(measured.error());
  row.measured = *measured;
  return row;
}

}  // namespace

Result<Locality> analyse_locality(const isa::Program& program, const LocalityOptions& options) {
  const auto say = [&](const std::string& text) {
    if (options.progress) options.progress(text);
  };
  say("following the accesses of " + program.name);
  const AccessTrace trace = trace_accesses(program);
  if (!trace.finished) return fail(program.name, "does not come to its end (a fault or a deadlock)");
  if (trace.total == 0) return fail(program.name, "accesses no memory, so that placements make no difference");
  Locality locality;
  locality.program = program.name;
  locality.layout = options.layout->name;
  locality.accesses = trace.total;
  locality.traced = trace.accesses.size();
  locality.dimensions = dimensions_of(trace);
  say("looking for regions");
  const std::vector<PlacementPolicy> policies = policies_for(trace, options);
  for (std::size_t i = 0; i < policies.size(); ++i) {
    say(fmt::format("{} of {}: {}", i + 1, policies.size(), phext::name_of(policies[i])));
    Result<PlacementRow> row = row_of(program, trace, policies[i], options, locality);
    if (!row) return tl::unexpected(row.error());
    locality.rows.push_back(*row);
  }
  return locality;
}

double rate(const phext::HitCount& count) {
  return count.accesses() == 0 ? 1.0 : static_cast<double>(count.hits) / static_cast<double>(count.accesses());
}

std::string names_of(phext::DimensionSet dimensions) {
  std::string names;
  for (int d = 0; d < isa::kDimensions; ++d) {
    if ((dimensions >> d & 1) != 0) names += fmt::format("{}d{}", names.empty() ? "" : " ", d);
  }
  return names.empty() ? "none" : names;
}

nlohmann::json to_json(const Locality& locality) {
  nlohmann::json rows = nlohmann::json::array();
  const auto count = [](const phext::HitCount& c) {
    return nlohmann::json{{"hits", c.hits}, {"misses", c.misses}, {"rate", rate(c)}};
  };
  for (const PlacementRow& row : locality.rows) {
    nlohmann::json one{{"placement", phext::name_of(row.policy)},
                       {"pages", row.pages},
                       {"page_changes", row.page_changes},
                       {"translation", count(row.translation)},
                       {"page_prefetches", row.page_prefetches},
                       {"l1", count(row.l1)},
                       {"l2", count(row.l2)},
                       {"modelled_cycles_per_access", row.modelled_cycles_per_access}};
    if (row.measured) {
      one["measured"] = {{"nanoseconds_per_access", row.measured->nanoseconds}};
      if (row.measured->cycles) one["measured"]["cycles_per_access"] = *row.measured->cycles;
    }
    rows.push_back(std::move(one));
  }
  nlohmann::json json{{"program", locality.program},
                      {"layout", locality.layout},
                      {"accesses", locality.accesses},
                      {"traced_accesses", locality.traced},
                      {"dimensions", names_of(locality.dimensions)},
                      {"placements", std::move(rows)}};
  if (!locality.cycle_source.empty()) {
    json["cycle_source"] = locality.cycle_source;
    json["cpu"] = locality.cpu;
  }
  return json;
}

std::string to_text(const Locality& locality) {
  std::string text = fmt::format("{}: {} accesses, moving in {}; model: layout {}, words as source\n", locality.program,
                                 locality.accesses, names_of(locality.dimensions), locality.layout);
  text += fmt::format("{:<22} {:>8} {:>9} {:>12} {:>9} {:>9} {:>9}", "placement", "pages", "changes", "translation",
                      "L1", "L2", "modelled");
  const bool measured = !locality.cycle_source.empty();
  if (measured) text += fmt::format(" {:>9} {:>9}", "measured", "measured");
  text += fmt::format("\n{:<22} {:>8} {:>9} {:>12} {:>9} {:>9} {:>9}", "", "", "of page", "hits", "hits", "hits",
                      "cyc/acc");
  if (measured) text += fmt::format(" {:>9} {:>9}", "cyc/acc", "ns/acc");
  text += '\n';
  for (const PlacementRow& row : locality.rows) {
    text += fmt::format("{:<22} {:>8} {:>9} {:>10.2f} % {:>7.2f} % {:>7.2f} % {:>9.2f}", phext::name_of(row.policy),
                        row.pages, row.page_changes, 100 * rate(row.translation), 100 * rate(row.l1),
                        100 * rate(row.l2), row.modelled_cycles_per_access);
    if (row.measured) {
      text += row.measured->cycles ? fmt::format(" {:>9.2f}", *row.measured->cycles) : fmt::format(" {:>9}", "-");
      text += fmt::format(" {:>9.2f}", row.measured->nanoseconds);
    }
    text += '\n';
  }
  if (locality.traced != locality.accesses) {
    text += fmt::format("pages and changes are of the first {} accesses\n", locality.traced);
  }
  if (measured) text += fmt::format("measured on {}; {}\n", locality.cpu, locality.cycle_source);
  return text;
}

}  // namespace vtpu::analysis
