#include "testbench/analysis/access_trace.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_set>

#include "reference/engine.hpp"
#include "reference/observer.hpp"

namespace vtpu::analysis {
namespace {

constexpr std::uint64_t kMostForChoosing = 1U << 17;  // accesses that the choice of a region looks at
constexpr unsigned kMostDimensions = 5;

class Recorder final : public reference::WordObserver {
 public:
  Recorder(AccessTrace& trace, std::uint64_t limit) : trace_(trace), limit_(limit) {}
  void on_word(const reference::ObservedWord& word) override {
    if (word.memory.action == reference::MemoryAction::None) return;
    if (trace_.total++ < limit_) {
      trace_.accesses.push_back({word.memory.at, word.sentron, word.stream, word.word, word.memory.action});
    }
  }

 private:
  AccessTrace& trace_;
  std::uint64_t limit_;
};

struct PageHash {
  std::size_t operator()(const phext::PageKey& key) const {
    return static_cast<std::size_t>((key.lo ^ key.hi * 0x9E3779B97F4A7C15ULL) * 0xD6E8FEB86659FD93ULL >> 8U);
  }
};

// How often each dimension changes from one access of a sentron to its next.
std::array<std::uint64_t, isa::kDimensions> changes_by_dimension(const AccessTrace& trace) {
  std::array<std::uint64_t, isa::kDimensions> changes{};
  std::map<std::uint32_t, isa::Coordinate> last;
  for (const Access& access : trace.accesses) {
    const auto [place, is_first] = last.try_emplace(access.sentron, access.at);
    for (int d = 0; d < isa::kDimensions && !is_first; ++d) {
      if (isa::get_dimension(place->second, d) != isa::get_dimension(access.at, d)) {
        ++changes[static_cast<std::size_t>(d)];
      }
    }
    place->second = access.at;
  }
  return changes;
}

}  // namespace

AccessTrace trace_accesses(const isa::Program& program, std::uint64_t limit) {
  AccessTrace trace;
  Recorder recorder(trace, limit);
  reference::ReferenceOptions options;
  options.observer = &recorder;
  const reference::RunOutcome outcome = reference::run(program, options);
  trace.finished = std::all_of(outcome.state.sentrons.begin(), outcome.state.sentrons.end(),
                               [](const isa::SentronState& s) { return s.lifecycle == isa::Lifecycle::Retired; });
  return trace;
}

phext::DimensionSet dimensions_of(const AccessTrace& trace) {
  if (trace.accesses.empty()) return 0;
  const isa::Coordinate& first = trace.accesses.front().at;
  isa::Coordinate differ;
  for (const Access& access : trace.accesses) {
    differ.lo |= access.at.lo ^ first.lo;
    differ.hi |= access.at.hi ^ first.hi;
  }
  unsigned set = 0;
  for (int d = 0; d < isa::kDimensions; ++d) set |= (isa::get_dimension(differ, d) != 0 ? 1U : 0U) << d;
  return static_cast<phext::DimensionSet>(set);
}

PageCounts count_pages(const AccessTrace& trace, const phext::PlacementPolicy& policy,
                       phext::TranslationCacheShape shape, std::uint64_t most_accesses) {
  PageCounts counts;
  phext::TranslationCache cache(shape);
  std::unordered_set<phext::PageKey, PageHash> pages;
  std::map<std::uint32_t, phext::PageKey> last;  // by sentron
  const std::size_t end = std::min<std::uint64_t>(trace.accesses.size(), most_accesses);
  for (std::size_t i = 0; i < end; ++i) {
    const Access& access = trace.accesses[i];
    const phext::PageKey page = phext::place(policy, access.at).page;
    cache.access(page);
    const auto [place, is_first] = last.try_emplace(access.sentron, page);
    if (!is_first && place->second == page) continue;
    place->second = page;
    if (!is_first) ++counts.page_changes;
    pages.insert(page);
  }
  counts.pages = pages.size();
  counts.translation = cache.counts().total;
  return counts;
}

phext::PlacementPolicy best_region(const AccessTrace& trace, phext::Placement kind,
                                   phext::TranslationCacheShape shape) {
  const auto changes = changes_by_dimension(trace);
  std::vector<unsigned> dimensions;
  const phext::DimensionSet changing = dimensions_of(trace);
  for (unsigned d = 0; d < isa::kDimensions; ++d) {
    if ((changing >> d & 1U) != 0) dimensions.push_back(d);
  }
  std::stable_sort(dimensions.begin(), dimensions.end(),
                   [&](unsigned a, unsigned b) { return changes[a] > changes[b]; });
  if (dimensions.size() > kMostDimensions) dimensions.resize(kMostDimensions);
  using Cost = std::tuple<std::uint64_t, std::uint64_t, int>;
  const auto cost_of = [&](const phext::PlacementPolicy& policy) {
    const PageCounts counts = count_pages(trace, policy, shape, kMostForChoosing);
    return Cost{counts.translation.misses, counts.page_changes, std::popcount(policy.region)};
  };
  phext::PlacementPolicy best = kind;
  Cost lowest = cost_of(best);
  for (unsigned subset = 1; subset < 1U << dimensions.size(); ++subset) {
    unsigned region = 0;
    for (std::size_t i = 0; i < dimensions.size(); ++i) region |= (subset >> i & 1U) << dimensions[i];
    const phext::PlacementPolicy policy(kind, static_cast<phext::DimensionSet>(region));
    const Cost cost = cost_of(policy);
    if (cost < lowest) {
      lowest = cost;
      best = policy;
    }
  }
  return best;
}

}  // namespace vtpu::analysis
