#include "testbench/explore/campaign.hpp"

#include <fstream>
#include <set>

#include "small_exploration.hpp"
#include "testbench/explore/sampling.hpp"

namespace vtpu::explore {
namespace {

std::multiset<std::string> lines_of(const std::string& folder) {
  std::ifstream file(folder + "/rows.jsonl");
  std::multiset<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.insert(line);
  return lines;
}

std::set<std::string> front_names(const Outcome& outcome) {
  std::set<std::string> names;
  for (const std::size_t f : outcome.campaign.front) names.insert(outcome.campaign.entries[f].layout.name);
  return names;
}

}  // namespace

TEST_CASE("an exhaustive exploration simulates every layout on every program, and its front is what nobody beats") {
  const Folder folder;
  Exploration e = small_exploration();
  e.campaign.use_bound = false;
  const Outcome outcome = explored(e, folder.path());
  CHECK(outcome.simulated == 16);
  CHECK(outcome.bound_violations.empty());
  REQUIRE(outcome.campaign.entries.size() == 8);
  const std::set<std::size_t> front(outcome.campaign.front.begin(), outcome.campaign.front.end());
  REQUIRE_FALSE(front.empty());
  for (std::size_t i = 0; i < 8; ++i) {
    bool beaten = false;
    for (const Entry& other : outcome.campaign.entries) {
      const std::vector<double>& mine = outcome.campaign.entries[i].values;
      beaten = beaten || (other.values[0] >= mine[0] && other.values[1] <= mine[1] && other.values != mine);
    }
    CHECK(front.contains(i) == !beaten);
  }
}

TEST_CASE("a second run takes all rows from the store, and says the same") {
  const Folder folder;
  const Exploration e = small_exploration();
  const Outcome first = explored(e, folder.path());
  const Outcome second = explored(e, folder.path());
  CHECK(second.simulated == 0);
  CHECK(second.from_store == first.simulated + first.from_store);
  CHECK(front_names(first) == front_names(second));
}

TEST_CASE("leaving out what the bound rules out does not change the front") {
  const Folder with;
  const Folder without;
  Exploration e = small_exploration();
  const Outcome pruned = explored(e, with.path());
  e.campaign.use_bound = false;
  CHECK(front_names(explored(e, without.path())) == front_names(pruned));
}

TEST_CASE("a layout whose bound is dominated by a result is skipped") {
  // Queues of 512 entries cost area and cannot make a program that fetch limits any faster.
  const Folder folder;
  Exploration e = small_exploration();
  e.space = space_of(R"(name = "wasteful"
base = "zen4"
[[axis]]
name = "queues"
set."queue.*.entries" = [24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 512]
)");
  e.programs = {workload("balanced", 2000)};
  e.campaign.objectives = {{Measure::Area, false}};
  const Outcome outcome = explored(e, folder.path());
  CHECK(outcome.campaign.skipped_by_bound == 4);  // all of the second batch
  CHECK(outcome.campaign.front.size() == 1);
}

TEST_CASE("two shards merged are the whole exploration") {
  const Folder folder;
  Exploration e = small_exploration();
  const Outcome whole = explored(e, folder.path() + "/whole");
  for (const unsigned index : {0U, 1U}) {
    e.campaign.shard = {index, 2};
    const std::string path = folder.path() + "/" + std::to_string(index);
    REQUIRE(save(e, path));
    CHECK(explored(e, path).campaign.entries.size() == 4);
  }
  const Result<Exploration> merged = merge({folder.path() + "/0", folder.path() + "/1"}, folder.path() + "/merged");
  REQUIRE(merged);
  const Outcome outcome = explored(*merged, folder.path() + "/merged");
  CHECK(front_names(outcome) == front_names(whole));
  CHECK(lines_of(folder.path() + "/merged") == lines_of(folder.path() + "/whole"));
  Exploration other = small_exploration();
  other.campaign.seed = 99;
  REQUIRE(save(other, folder.path() + "/other"));
  explored(other, folder.path() + "/other");
  CHECK_FALSE(merge({folder.path() + "/0", folder.path() + "/other"}, folder.path() + "/no"));
}

TEST_CASE("an exploration that is saved is loaded as it was") {
  const Folder folder;
  const Exploration e = small_exploration();
  REQUIRE(save(e, folder.path()));
  const Outcome outcome = explored(e, folder.path());
  const Result<Exploration> loaded = load(folder.path());
  INFO((loaded ? std::string() : text_of(loaded.error())));
  REQUIRE(loaded);
  CHECK(loaded->programs[1].hash == e.programs[1].hash);
  const Result<Outcome> replayed = carry_out(*loaded, folder.path(), nullptr, {}, {});
  REQUIRE(replayed);
  CHECK(front_names(*replayed) == front_names(outcome));
}

TEST_CASE("without a pool, points that are missing are an error that says what to do") {
  const Folder folder;
  const Result<Outcome> outcome = carry_out(small_exploration(), folder.path(), nullptr, {}, {});
  REQUIRE_FALSE(outcome);
  CHECK_THAT(text_of(outcome.error()), Catch::Contains("not simulated yet"));
}

TEST_CASE("NSGA-II finds the front of a small space, and the same points for the same seed") {
  const Folder folder;
  Exploration e = small_exploration();
  const Outcome all = explored(e, folder.path() + "/all");
  e.campaign.method = Method::Nsga2;
  e.campaign.budget = 8;
  const Outcome searched = explored(e, folder.path() + "/searched");
  CHECK(front_names(searched) == front_names(all));
  const Outcome again = explored(e, folder.path() + "/searched");
  CHECK(again.simulated == 0);
}

TEST_CASE("a study takes the layout apart") {
  const Folder folder;
  Exploration e = small_exploration();
  e.studies = true;
  const Outcome outcome = explored(e, folder.path());
  REQUIRE(outcome.study);
  std::set<std::string> what;
  for (const Variation& v : outcome.study->variations) {
    what.insert(v.what);
    CHECK(v.refused.empty() == (v.evaluation.rows.size() == 2));
  }
  CHECK(what.contains("without d0"));
  CHECK(what.contains("one s more"));
  CHECK(what.contains("unlimited ports"));
}

TEST_CASE("dominance needs one better value and no worse one") {
  CHECK(dominates({1, 2}, {1, 3}));
  CHECK_FALSE(dominates({1, 2}, {1, 2}));
  CHECK_FALSE(dominates({1, 2}, {0, 3}));
  CHECK(front_of({{3, 1}, {1, 3}, {2, 2}, {3, 3}, {2, 2}}) == std::vector<std::size_t>{0, 1, 2, 4});
}

TEST_CASE("objectives are named with a direction") {
  REQUIRE(parse_objective("energy:min"));
  for (const char* wrong : {"energy", "energy:least", "speed:max", ""}) CHECK_FALSE(parse_objective(wrong));
}

}  // namespace vtpu::explore
