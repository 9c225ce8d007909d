// Campaigns as files: what the shipped ones say, and that a wrong one is told where and why.
#include "testbench/campaign_file.hpp"

#include <catch2/catch.hpp>

#include "rtl/adapter/core_config.hpp"

using namespace vtpu;
using testbench::LockstepCampaign;

namespace {

const std::string kLayouts = VTPU_SOURCE_DIR "/layouts";

Errors errors_of(std::string_view text) {
  const Result<LockstepCampaign> campaign = testbench::parse_campaign(text, "c.toml", kLayouts);
  REQUIRE_FALSE(campaign);
  return campaign.error();
}

}  // namespace

TEST_CASE("The shipped campaigns are read; their layouts are named and random ones that the RTL can be") {
  for (const std::string name : {"quick", "long"}) {
    const auto campaign = testbench::read_campaign(VTPU_SOURCE_DIR "/campaigns/" + name + ".toml", kLayouts);
    INFO(name << (campaign ? "" : ": " + campaign.error().front().text()));
    REQUIRE(campaign);
    CHECK(campaign->layouts.size() >= 6);
    CHECK(campaign->programs.size() >= 3);
    std::uint64_t seed = campaign->first_seed;
    unsigned widest = 0;
    for (const testbench::RandomLayouts& group : campaign->random_layouts) {
      for (unsigned k = 0; k < group.count; ++k) {
        const layout::Layout layout = testbench::random_layout(seed++, group.ranges);
        CHECK(rtl::why_too_large(layout).empty());
        widest = std::max(widest, static_cast<unsigned>(layout.ports.size()));
      }
    }
    CHECK(widest == rtl::kMaxPorts);
  }
}

TEST_CASE("What a campaign does not say is as without a file") {
  const auto campaign =
      testbench::parse_campaign("layouts = [\"tiny1\"]\n[[random_layouts]]\nports = [2, 3]\n", "c.toml", kLayouts);
  REQUIRE(campaign);
  const LockstepCampaign without;
  CHECK(campaign->cycles == without.cycles);
  CHECK(campaign->cores == without.cores);
  REQUIRE(campaign->random_layouts.size() == 1);
  testbench::LayoutRanges ranges;
  ranges.ports = {2, 3};
  CHECK(campaign->random_layouts[0].ranges == ranges);
  REQUIRE(campaign->programs.size() == 1);
  CHECK(campaign->programs[0].options == testbench::RandomProgramOptions{});
}

TEST_CASE("Everything that is wrong with a campaign is told at once, with its place") {
  const Errors errors = errors_of(
      "cycels = 5\n"
      "cores = [0]\n"
      "layouts = [\"zen44\"]\n"
      "[[random_layouts]]\n"
      "count = 0\n"
      "ports = [3, 2]\n"
      "in_order = 2\n"
      "[[programs]]\n"
      "coordinates = 9\n");
  REQUIRE(errors.size() == 7);
  CHECK(errors[0].text() == "c.toml:1:1: cycels: unknown key, did you mean 'cycles'?");
  CHECK(errors[1].text() == "c.toml:2:9: cores: expected an array of integers from 1 to 16");
  CHECK(errors[2].where == "c.toml:3:12");
  CHECK(errors[3].text() == "c.toml:5:9: [[random_layouts]] count: found 0, expected an integer from 1 to 100000");
  CHECK(errors[4].where == "c.toml:6:9");
  CHECK(errors[5].text() == "c.toml:7:12: [[random_layouts]] in_order: found 2, expected a share from 0 to 1");
  CHECK(errors[6].text() == "c.toml:9:15: [[programs]] coordinates: found 9, expected an integer from 1 to 8");
}

TEST_CASE("Random layouts beyond what the RTL is built for are refused before anything runs") {
  const Errors errors = errors_of("[[random_layouts]]\nwindow_entries = [900, 1000]\nqueue_uops = [900, 1000]\n");
  REQUIRE_FALSE(errors.empty());
  CHECK(errors[0].where == "c.toml:1:1");
  CHECK(errors[0].message.find("uops in flight: found") != std::string::npos);
}
