// Searches against the truth: a space that is small enough to look at all of it.
#include <algorithm>
#include <iostream>

#include "small_exploration.hpp"

namespace vtpu::explore {
namespace {

std::vector<std::vector<double>> all_values(const Exploration& e, const Outcome& outcome) {
  std::vector<std::vector<double>> values;
  for (const Entry& entry : outcome.campaign.entries) {
    if (!entry.values.empty()) values.push_back(minimised(e.campaign.objectives, entry.values));
  }
  return values;
}

// The worst value of each objective.
std::vector<double> worst_of(const std::vector<std::vector<double>>& values) {
  std::vector<double> worst = values.front();
  for (const std::vector<double>& v : values) {
    for (std::size_t i = 0; i < v.size(); ++i) worst[i] = std::max(worst[i], v[i]);
  }
  return worst;
}

}  // namespace

TEST_CASE("the hypervolume of a front is the area that it dominates") {
  CHECK(hypervolume({{0, 2}, {1, 1}, {2, 0}, {2, 2}}, {3, 3}) == Approx(6));
  CHECK(hypervolume({{3, 0}}, {3, 3}) == 0);
  CHECK(hypervolume({}, {3, 3}) == 0);
}

// Some 20,000 simulations for each space, so it is not among the tests that always run:
//   test_explore '[long]'
TEST_CASE("NSGA-II with a tenth of the evaluations reaches 98 % of the true front's hypervolume", "[.][long]") {
  const std::string name = GENERATE("sentron", "zen4_sized");
  const Folder folder;
  Exploration e = small_exploration();
  Result<DesignSpace> space = load_space(std::string(VTPU_SOURCE_DIR) + "/spaces/" + name + ".toml", kLayouts);
  REQUIRE(space);
  e.space = std::move(*space);
  e.programs = {workload("dot_product", 1000), workload("attention_row", 1000),
                workload("micro_attention_packed", 1000)};
  e.campaign.use_bound = false;
  const Outcome all = explored(e, folder.path());
  const std::vector<std::vector<double>> every = all_values(e, all);
  REQUIRE(every.size() >= 3000);
  const std::vector<double> reference = worst_of(every);
  const double truth = hypervolume(every, reference);
  e.campaign.method = Method::Nsga2;
  e.campaign.budget = every.size() / 10;
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U, 5U}) {
    e.campaign.seed = seed;
    const Outcome searched = explored(e, folder.path());
    const std::vector<std::vector<double>> found = all_values(e, searched);
    const double share = hypervolume(found, reference) / truth;
    std::cout << name << ", seed " << seed << ": " << found.size() << " layouts, " << 100 * share
              << " % of the hypervolume\n";
    CHECK(found.size() <= every.size() / 10);
    CHECK(share >= 0.98);
  }
}

}  // namespace vtpu::explore
