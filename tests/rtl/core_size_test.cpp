// The package of sizes that a layout gets, and what Verilator's lint says of the RTL in these sizes.
#include <fmt/format.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "rtl/adapter/core_config.hpp"
#include "rtl/adapter/core_size_sv.hpp"

using namespace vtpu;

namespace {

layout::Layout shipped(const std::string& name) { return *layout::find_layout(name, VTPU_SOURCE_DIR "/layouts"); }

std::map<std::string, unsigned> sizes_in(const std::string& text) {
  static const std::regex kSize("localparam int unsigned (\\w+) = (\\d+);");
  std::map<std::string, unsigned> sizes;
  for (std::sregex_iterator at(text.begin(), text.end(), kSize), end; at != end; ++at) {
    sizes[(*at)[1]] = static_cast<unsigned>(std::stoul((*at)[2]));
  }
  return sizes;
}

std::map<std::string, unsigned> largest() {
  std::ifstream file(VTPU_SOURCE_DIR "/rtl/largest/core_size_pkg.sv");
  return sizes_in({std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
}

int lint_with(const std::string& package) {
  const std::string folder =
      fmt::format("{}/vtpu_core_size_{}", std::filesystem::temp_directory_path().string(), getpid());
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/core_size_pkg.sv") << package;
  const int status = std::system(fmt::format("cd '{}/rtl' && verilator --lint-only -Wall -I. --top-module sentron_core "
                                             "waivers.vlt {}/core_size_pkg.sv $(cat files.f) >{}/log 2>&1",
                                             VTPU_SOURCE_DIR, folder, folder)
                                     .c_str());
  std::filesystem::remove_all(folder);
  return status;
}

}  // namespace

TEST_CASE("A layout's sizes have the names of the largest ones, and none is larger") {
  const auto most = largest();
  for (const char* name : {"tiny1", "tiny2", "vtpu3", "zen2", "zen4", "zen5", "golden_cove"}) {
    INFO(name);
    const auto text = rtl::core_size_package(shipped(name));
    REQUIRE(text);
    const auto own = sizes_in(*text);
    REQUIRE(own.size() == most.size());
    for (const auto& [size, value] : most) {
      INFO(size);
      REQUIRE(own.contains(size));
      CHECK(own.at(size) <= value);
    }
  }
}

TEST_CASE("Sizes are exactly what the layout says") {
  const auto zen4 = sizes_in(*rtl::core_size_package(shipped("zen4")));
  CHECK(zen4.at("MaxPorts") == 16);
  CHECK(zen4.at("MaxQueues") == 6);
  CHECK(zen4.at("MaxEntries") == 32);
  CHECK(zen4.at("MaxDispatch") == 6);
  CHECK(zen4.at("MaxPlaces") >= 2 * 320);
  const auto tiny = sizes_in(*rtl::core_size_package(shipped("tiny1")));
  CHECK(tiny.at("MaxPorts") == 1);
  CHECK(tiny.at("MaxQueues") == 1);
  CHECK(tiny.at("MaxEntries") == 4);
}

TEST_CASE("A core with two threads has no package") {
  layout::Layout layout = shipped("zen4");
  layout.smt.threads = 2;
  const auto text = rtl::core_size_package(layout);
  REQUIRE_FALSE(text);
  CHECK(text.error().front().message == "smt.threads: found 2, expected 1, which the RTL has");
}

TEST_CASE("The RTL passes lint where everything is there once: an index into one has a bit") {
  layout::Layout layout = shipped("tiny1");
  layout.queues.front().entries = 1;
  layout.front_end.siw_per_cycle = 1;
  layout.retire.width = 1;
  layout.translation.entries = 1;
  layout.translation.ways = 1;
  layout.memory.store_queue = 1;
  layout.memory.store_commit_per_cycle = 1;
  layout.memory.store_combining_lines = 1;
  layout.memory.l1_banks = 1;
  const std::string package = *rtl::core_size_package(layout);
  const auto sizes = sizes_in(package);
  for (const char* size : {"MaxPorts", "MaxQueues", "MaxEntries", "MaxDispatch", "MaxRetire", "MaxWords",
                           "MaxTranslations", "MaxWays", "MaxCommits", "MaxLines", "MaxBanks"}) {
    INFO(size);
    CHECK(sizes.at(size) == 1);
  }
  CHECK(sizes.at("MaxStores") == 2);
  CHECK(lint_with(package) == 0);
}

TEST_CASE("The RTL passes lint in the sizes of a layout, and fails it in sizes that lack a name") {
  for (const char* name : {"tiny1", "zen4"}) {
    INFO(name);
    CHECK(lint_with(*rtl::core_size_package(shipped(name))) == 0);
  }
  CHECK(lint_with("package core_size_pkg;\n  localparam int unsigned MaxPorts = 2;\nendpackage\n") != 0);
}
