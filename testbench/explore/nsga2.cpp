// NSGA-II (Deb et al., 2002) as pagmo has it, over the options of the axes.
#include <algorithm>
#include <cmath>
#include <limits>
#include <pagmo/algorithms/nsga2.hpp>
#include <pagmo/batch_evaluators/member_bfe.hpp>
#include <pagmo/bfe.hpp>
#include <pagmo/population.hpp>
#include <pagmo/problem.hpp>
#include <set>

#include "testbench/explore/campaign.hpp"
#include "testbench/explore/sampling.hpp"

namespace vtpu::explore {

// The fitness of points, by simulation. Points that constraints rule out get a fitness worse than that of any layout.
class Nsga2Problem {
 public:
  Nsga2Problem() = default;
  explicit Nsga2Problem(Campaign& campaign) : campaign_(&campaign) {}

  [[nodiscard]] std::vector<std::vector<double>> evaluate(const std::vector<Point>& points) const {
    std::vector<std::string> layouts;
    std::vector<Entry> batch;
    std::set<std::string> asked;
    for (const Point& point : points) {
      std::optional<Entry> entry = campaign_->entry_of(point);
      layouts.push_back(entry ? entry->layout.name : std::string());
      if (!entry) continue;
      if (campaign_->by_layout_.contains(layouts.back()) || !asked.insert(layouts.back()).second) {
        ++campaign_->result_.same_layouts;
      } else {
        batch.push_back(std::move(*entry));
      }
    }
    if (batch.size() > budget_left())
      batch.erase(batch.begin() + static_cast<std::ptrdiff_t>(budget_left()), batch.end());
    if (Result<void> done = campaign_->run_batch(std::move(batch)); !done) throw StoreFailure{done.error()};
    std::vector<std::vector<double>> fitness;
    for (const std::string& layout : layouts) fitness.push_back(fitness_of(layout));
    return fitness;
  }

  // Layouts that may still be simulated.
  [[nodiscard]] std::uint64_t budget_left() const {
    const std::uint64_t used = campaign_->state_.layouts_done - campaign_->result_.skipped_by_bound;
    return campaign_->options_.budget - std::min(campaign_->options_.budget, used);
  }

  struct StoreFailure {
    Errors errors;
  };

 private:
  [[nodiscard]] std::vector<double> fitness_of(const std::string& layout) const {
    const std::vector<Objective>& objectives = campaign_->options_.objectives;
    std::vector<double> worst(objectives.size(), 1e30);
    const auto at = campaign_->by_layout_.find(layout);
    if (at == campaign_->by_layout_.end()) return worst;  // ruled out, or beyond the budget
    const Entry& entry = campaign_->result_.entries[at->second];
    if (!entry.values.empty()) return minimised(objectives, entry.values);
    // Skipped: what it cannot do better than is dominated already, and stands for it.
    return entry.simulated() || entry.best_possible.empty() ? worst : minimised(objectives, entry.best_possible);
  }

  Campaign* campaign_ = nullptr;
};

namespace {

// Axes with one option are no decisions: pagmo takes no variable without freedom.
struct Decisions {
  std::vector<std::size_t> axes;
  std::size_t all = 0;

  explicit Decisions(const DesignSpace& space) : all(space.axes.size()) {
    for (std::size_t a = 0; a < all; ++a) {
      if (space.axes[a].options.size() > 1) axes.push_back(a);
    }
  }
  [[nodiscard]] Point point_of(const double* decision) const {
    Point point(all, 0);
    for (std::size_t k = 0; k < axes.size(); ++k) point[axes[k]] = static_cast<std::uint16_t>(std::lround(decision[k]));
    return point;
  }
  [[nodiscard]] std::vector<double> of(const Point& point) const {
    std::vector<double> decision;
    for (const std::size_t a : axes) decision.push_back(point[a]);
    return decision;
  }
};

// What pagmo asks a problem for.
struct PagmoProblem {
  const Nsga2Problem* problem = nullptr;
  const Decisions* decisions = nullptr;
  std::vector<double> upper;
  std::size_t objectives = 2;

  [[nodiscard]] std::vector<double> fitness(const std::vector<double>& decision) const {
    return problem->evaluate({decisions->point_of(decision.data())}).front();
  }
  [[nodiscard]] std::vector<double> batch_fitness(const std::vector<double>& flat_decisions) const {
    std::vector<Point> points;
    for (std::size_t at = 0; at < flat_decisions.size(); at += upper.size()) {
      points.push_back(decisions->point_of(flat_decisions.data() + at));
    }
    std::vector<double> flat;
    for (const std::vector<double>& f : problem->evaluate(points)) flat.insert(flat.end(), f.begin(), f.end());
    return flat;
  }
  [[nodiscard]] std::pair<std::vector<double>, std::vector<double>> get_bounds() const {
    return {std::vector<double>(upper.size(), 0), upper};
  }
  [[nodiscard]] std::vector<double>::size_type get_nobj() const { return objectives; }
  [[nodiscard]] std::vector<double>::size_type get_nix() const { return upper.size(); }
  // A problem that works on a campaign is not for other threads.
  [[nodiscard]] static pagmo::thread_safety get_thread_safety() { return pagmo::thread_safety::none; }
  template <typename Archive>
  void serialize(Archive&, unsigned) {}
};

// pagmo takes populations of a multiple of four.
unsigned population_for(std::uint64_t budget, unsigned asked) {
  const std::uint64_t wanted = asked != 0 ? asked : std::clamp<std::uint64_t>(budget / 10, 16, 100);
  return static_cast<unsigned>((wanted + 3) / 4 * 4);
}

}  // namespace

Result<void> Campaign::run_nsga2() {
  if (options_.budget == 0) options_.budget = 500;
  const std::uint64_t budget = options_.budget;
  const unsigned size = population_for(budget, options_.population);
  state_.layouts_planned = budget;
  const Nsga2Problem inner(*this);
  const Decisions decisions(space_);
  if (decisions.axes.empty()) return run_points({Point(space_.axes.size(), 0)});
  PagmoProblem pagmo_problem{&inner, &decisions, {}, options_.objectives.size()};
  for (const std::size_t a : decisions.axes) {
    pagmo_problem.upper.push_back(static_cast<double>(space_.axes[a].options.size() - 1));
  }
  try {
    pagmo::problem problem(pagmo_problem);
    pagmo::population population(problem, 0U, static_cast<unsigned>(options_.seed));
    const std::vector<Point> first = sample(space_, Method::LatinHypercube, size, options_.seed);
    const std::vector<std::vector<double>> fitness = inner.evaluate(first);
    for (unsigned i = 0; i < size && !first.empty(); ++i) {  // a small space fills a population with repeats
      const Point& point = first[i % first.size()];
      population.push_back(decisions.of(point), fitness[i % first.size()]);
    }
    pagmo::nsga2 algorithm(1U, 0.95, 10., 1.0 / static_cast<double>(decisions.axes.size()), 10.,
                           static_cast<unsigned>(options_.seed));
    algorithm.set_bfe(pagmo::bfe{pagmo::member_bfe{}});
    unsigned without_news = 0;  // generations
    while (!first.empty() && inner.budget_left() != 0 && without_news < 20) {
      const std::uint64_t before = state_.layouts_done;
      population = algorithm.evolve(population);
      without_news = state_.layouts_done == before ? without_news + 1 : 0;
    }
  } catch (const Nsga2Problem::StoreFailure& failure) {
    return fail(failure.errors);
  }
  return {};
}

}  // namespace vtpu::explore
