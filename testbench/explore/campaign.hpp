// An exploration from a design space to a front.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "testbench/explore/design_space.hpp"
#include "testbench/explore/evaluator.hpp"
#include "testbench/explore/objective.hpp"

namespace vtpu::explore {

enum class Method : std::uint8_t { Exhaustive, LatinHypercube, OneAtATime, Nsga2 };
[[nodiscard]] std::string_view name_of(Method method);  // "exhaustive", "lhs", "one-at-a-time", "nsga2"
[[nodiscard]] std::optional<Method> method_named(std::string_view name);

struct Shard {
  unsigned index = 0;  // 0-based
  unsigned count = 1;
};

struct CampaignOptions {
  Method method = Method::Exhaustive;
  std::vector<Objective> objectives;
  std::uint64_t budget = 0;  // layouts to be simulated at most; 0: all (exhaustive)
  std::uint64_t seed = 1;
  unsigned population = 0;  // nsga2; 0: chosen by the budget
  bool use_bound = true;    // leave out layouts that cannot join the front
  Shard shard;
};

// The points of a space that constraints leave. Counted one by one up to a limit, sampled beyond.
struct SpaceCount {
  std::uint64_t points = 0;                     // the product
  std::uint64_t looked_at = 0;                  // all, or the sample
  std::uint64_t allowed = 0;                    // of those
  std::map<std::string, std::uint64_t> pruned;  // by constraint
  [[nodiscard]] bool exact() const { return looked_at == points; }
};
[[nodiscard]] SpaceCount count(const DesignSpace& space, std::uint64_t seed);

// One layout of a campaign.
struct Entry {
  std::string point;  // "2.0.1", or empty for a known core
  layout::Layout layout;
  std::vector<double> best_possible;  // by the bound; empty: not asked for
  Evaluation evaluation;              // empty: not simulated
  std::vector<double> values;         // empty: not simulated, or a point failed
  [[nodiscard]] bool simulated() const { return !evaluation.rows.empty(); }
};

struct CampaignResult {
  std::vector<Entry> entries;                   // of the space, in the order in which they were looked at
  std::vector<Entry> known;                     // known cores on the same programs
  std::map<std::string, std::uint64_t> pruned;  // points that were looked at and ruled out, by constraint
  std::uint64_t looked_at = 0;
  std::uint64_t skipped_by_bound = 0;
  std::uint64_t same_layouts = 0;  // points that are a layout that another point is already
  std::vector<std::size_t> front;  // indices into `entries`
};

struct Progress {
  std::uint64_t layouts_done = 0, layouts_planned = 0, skipped = 0;
  std::size_t front = 0;
};

class Campaign {
 public:
  Campaign(const DesignSpace& space, const std::vector<Workload>& programs, CampaignOptions options,
           Evaluator& evaluator)
      : space_(space), programs_(programs), options_(std::move(options)), evaluator_(evaluator) {}

  // Told after every batch.
  std::function<void(const Progress&)> progress;
  unsigned cores = 1;
  bool has_bound = true;  // false with the host source

  // Errors: a row cannot be stored.
  [[nodiscard]] Result<CampaignResult> run(const std::vector<layout::Layout>& known);

 private:
  friend class Nsga2Problem;
  [[nodiscard]] Result<void> run_points(const std::vector<Point>& points);
  [[nodiscard]] Result<void> run_nsga2();
  [[nodiscard]] Result<void> run_batch(std::vector<Entry> batch);
  [[nodiscard]] std::optional<Entry> entry_of(const Point& point);
  [[nodiscard]] bool cannot_join_front(const Entry& entry) const;
  void take(Entry entry, Evaluation evaluation);

  const DesignSpace& space_;
  const std::vector<Workload>& programs_;
  CampaignOptions options_;
  Evaluator& evaluator_;
  CampaignResult result_;
  std::map<std::string, std::size_t> by_layout_;  // name of a layout -> entry
  std::vector<std::vector<double>> front_;        // minimised values, as far as known
  Progress state_;
};

}  // namespace vtpu::explore
