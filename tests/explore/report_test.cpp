#include "testbench/explore/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "small_exploration.hpp"
#include "testbench/explore/why.hpp"

namespace vtpu::explore {
namespace {

Exploration with_known() {
  Exploration e = small_exploration();
  e.known.push_back(*layout::find_layout("zen4", kLayouts));
  e.command = fmt::format("vtpu explore {} & \"quotes\"", "</script>");
  return e;
}

}  // namespace

TEST_CASE("the JSON has every layout, every program and where the slots went") {
  const Folder folder;
  const Exploration e = with_known();
  const nlohmann::json json = to_json(e, explored(e, folder.path()));
  CHECK(json.at("layouts").size() == 8);
  CHECK(json.at("known").at(0).at("name") == "zen4");
  for (const nlohmann::json& layout : json.at("layouts")) {
    if (!layout.contains("rows")) continue;
    for (const nlohmann::json& row : layout.at("rows")) {
      std::uint64_t slots = 0;
      for (const nlohmann::json& s : row.at("slots")) slots += s.get<std::uint64_t>();
      CHECK(slots == 3 * row.at("cycles").get<std::uint64_t>());  // vtpu3 dispatches three
    }
  }
}

TEST_CASE("the page holds its data, ends its script where it should, and asks no network for anything") {
  const Folder folder;
  const Exploration e = with_known();
  const Outcome outcome = explored(e, folder.path());
  const std::string page = to_html(to_json(e, outcome));
  CHECK(page.find("/*DATA*/") == std::string::npos);
  CHECK(page.find(outcome.campaign.entries.front().layout.name) != std::string::npos);
  std::size_t ends = 0;
  for (std::size_t at = page.find("</script"); at != std::string::npos; at = page.find("</script", at + 1)) ++ends;
  CHECK(ends == 1);
  for (const char* outside : {"http://", "https://", "src=", "@import", "url("})
    CHECK(page.find(outside) == std::string::npos);
}

TEST_CASE("the CSV has a line for each layout and program") {
  const Folder folder;
  const Exploration e = with_known();
  const Outcome outcome = explored(e, folder.path());
  std::size_t rows = 0;
  for (const Entry& entry : outcome.campaign.entries) rows += entry.evaluation.rows.size();
  const std::string csv = to_csv(e, outcome);
  CHECK(static_cast<std::size_t>(std::count(csv.begin(), csv.end(), '\n')) == 1 + 2 + rows);
}

TEST_CASE("why names what differs and where the cycles go") {
  const Folder folder;
  Exploration e = with_known();
  e.campaign.use_bound = false;
  const Outcome outcome = explored(e, folder.path());
  const std::string first = outcome.campaign.entries.front().layout.name;
  const Result<std::string> text = why(e, outcome.campaign, first, "zen4");
  REQUIRE(text);
  CHECK_THAT(*text, Catch::Contains("rename dispatch_width: 3 -> 6"));
  CHECK_THAT(*text, Catch::Contains("dot_product: ") && Catch::Contains("A thousand operations take"));
  CHECK_FALSE(why(e, outcome.campaign, "nobody", "zen4"));
  CHECK(differences(e.known[0], e.known[0]).empty());
}

}  // namespace vtpu::explore
