#include "testbench/explore/campaign.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "testbench/explore/cost.hpp"
#include "testbench/explore/identity.hpp"
#include "testbench/explore/sampling.hpp"
#include "testbench/random.hpp"

namespace vtpu::explore {
namespace {

constexpr std::uint64_t kMostCounted = 50'000;  // beyond, points are sampled
constexpr std::size_t kBatch = 32;              // layouts between two looks at the front

constexpr std::array<std::string_view, 4> kMethodNames{"exhaustive", "lhs", "one-at-a-time", "nsga2"};

// The bound is a bound of the objectives where more cycles are never better.
bool natural(const Objective& objective) {
  switch (objective.measure) {
    case Measure::OperationsPerCycle:
    case Measure::WorstOperationsPerCycle: return objective.maximise;
    case Measure::Cycles:
    case Measure::Energy: return !objective.maximise;
    case Measure::Area: return true;
  }
  return false;
}

}  // namespace

std::string_view name_of(Method method) { return kMethodNames[static_cast<std::size_t>(method)]; }

std::optional<Method> method_named(std::string_view name) {
  const auto at = std::find(kMethodNames.begin(), kMethodNames.end(), name);
  if (at == kMethodNames.end()) return std::nullopt;
  return static_cast<Method>(at - kMethodNames.begin());
}

SpaceCount count(const DesignSpace& space, std::uint64_t seed) {
  SpaceCount result;
  result.points = space.size();
  result.looked_at = std::min(result.points, kMostCounted);
  testbench::Random random(seed);
  for (std::uint64_t i = 0; i < result.looked_at; ++i) {
    const std::uint64_t index = result.exact() ? i : random.below(result.points);
    if (const auto rule = broken_rule(space, point_at(space, index))) {
      ++result.pruned[*rule];
    } else {
      ++result.allowed;
    }
  }
  return result;
}

std::optional<Entry> Campaign::entry_of(const Point& point) {
  ++result_.looked_at;
  std::variant<layout::Layout, Pruned> made = layout_of(space_, point);
  if (const auto* pruned = std::get_if<Pruned>(&made)) {
    ++result_.pruned[pruned->constraint];
    return std::nullopt;
  }
  Entry entry;
  entry.point = text_of(point);
  entry.layout = std::get<layout::Layout>(std::move(made));
  if (options_.use_bound && has_bound) {
    entry.best_possible = best_possible(options_.objectives, entry.layout, programs_, cores);
  }
  return entry;
}

bool Campaign::cannot_join_front(const Entry& entry) const {
  if (entry.best_possible.empty()) return false;
  if (!std::all_of(options_.objectives.begin(), options_.objectives.end(), natural)) return false;
  const std::vector<double> best = minimised(options_.objectives, entry.best_possible);
  return std::any_of(front_.begin(), front_.end(), [&](const auto& f) { return dominates(f, best); });
}

void Campaign::take(Entry entry, Evaluation evaluation) {
  entry.evaluation = std::move(evaluation);
  if (entry.evaluation.complete()) {
    entry.values = values_of(options_.objectives, entry.layout, entry.evaluation);
    std::vector<double> values = minimised(options_.objectives, entry.values);
    const auto beats = [&](const auto& f) { return dominates(f, values); };
    if (std::none_of(front_.begin(), front_.end(), beats)) {
      std::erase_if(front_, [&](const auto& f) { return dominates(values, f); });
      front_.push_back(std::move(values));
    }
  }
  by_layout_.emplace(entry.layout.name, result_.entries.size());
  result_.entries.push_back(std::move(entry));
}

// The decisions of a batch depend on earlier batches only, so that workers, interruptions and machines change nothing.
Result<void> Campaign::run_batch(std::vector<Entry> batch) {
  std::vector<Candidate> candidates;
  std::vector<Entry> asked;
  for (Entry& entry : batch) {
    if (cannot_join_front(entry)) {
      ++result_.skipped_by_bound;
      by_layout_.emplace(entry.layout.name, result_.entries.size());
      result_.entries.push_back(std::move(entry));
      continue;
    }
    candidates.push_back({entry.point, entry.layout});
    asked.push_back(std::move(entry));
  }
  Result<std::vector<Evaluation>> evaluations = evaluator_.evaluate(candidates);
  if (!evaluations) return fail(std::move(evaluations.error()));
  for (std::size_t i = 0; i < asked.size(); ++i) take(std::move(asked[i]), std::move((*evaluations)[i]));
  state_.layouts_done += batch.size();
  state_.skipped = result_.skipped_by_bound;
  state_.front = front_.size();
  if (progress) progress(state_);
  return {};
}

Result<void> Campaign::run_points(const std::vector<Point>& points) {
  std::vector<Entry> entries;
  std::set<std::string> seen;
  for (const Point& point : points) {
    std::optional<Entry> entry = entry_of(point);
    if (!entry) continue;
    if (seen.insert(entry->layout.name).second) {
      entries.push_back(std::move(*entry));
    } else {
      ++result_.same_layouts;
    }
  }
  // Small cores first: they are what rules large ones out.
  std::vector<std::pair<double, std::size_t>> order;
  for (std::size_t i = 0; i < entries.size(); ++i) order.emplace_back(area_of(entries[i].layout).total(), i);
  std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    return std::tie(a.first, entries[a.second].layout.name) < std::tie(b.first, entries[b.second].layout.name);
  });
  std::vector<Entry> own;
  for (std::size_t i = options_.shard.index; i < order.size(); i += options_.shard.count) {
    own.push_back(std::move(entries[order[i].second]));
  }
  state_.layouts_planned = own.size();
  for (std::size_t first = 0; first < own.size(); first += kBatch) {
    const auto from = own.begin() + static_cast<std::ptrdiff_t>(first);
    const auto to = own.begin() + static_cast<std::ptrdiff_t>(std::min(first + kBatch, own.size()));
    std::vector<Entry> batch(std::make_move_iterator(from), std::make_move_iterator(to));
    if (Result<void> done = run_batch(std::move(batch)); !done) return done;
  }
  return {};
}

Result<CampaignResult> Campaign::run(const std::vector<layout::Layout>& known) {
  std::vector<Candidate> candidates;
  for (const layout::Layout& layout : known) candidates.push_back({"", layout});
  Result<std::vector<Evaluation>> evaluations = evaluator_.evaluate(candidates);
  if (!evaluations) return fail(std::move(evaluations.error()));
  for (std::size_t i = 0; i < known.size(); ++i) {
    Entry entry;
    entry.layout = known[i];
    entry.evaluation = std::move((*evaluations)[i]);
    if (entry.evaluation.complete()) entry.values = values_of(options_.objectives, entry.layout, entry.evaluation);
    result_.known.push_back(std::move(entry));
  }
  const Result<void> done = options_.method == Method::Nsga2
                                ? run_nsga2()
                                : run_points(sample(space_, options_.method, options_.budget, options_.seed));
  if (!done) return fail(done.error());
  std::vector<std::vector<double>> values;
  std::vector<std::size_t> index;
  for (std::size_t i = 0; i < result_.entries.size(); ++i) {
    if (result_.entries[i].values.empty()) continue;
    values.push_back(minimised(options_.objectives, result_.entries[i].values));
    index.push_back(i);
  }
  for (const std::size_t f : front_of(values)) result_.front.push_back(index[f]);
  return std::move(result_);
}

}  // namespace vtpu::explore
