#include <unistd.h>

#include <filesystem>
#include <regex>

#include "cpu/cpu.hpp"
#include "shipped.hpp"

namespace vtpu::layout {

TEST_CASE("a layout is found by name and by path") {
  const Result<Layout> by_name = find_layout("tiny1", kLayouts);
  const Result<Layout> by_path = find_layout(kLayouts + "/tiny1.toml", "/nowhere");
  REQUIRE(by_name);
  REQUIRE(by_path);
  CHECK(by_name->name == by_path->name);
  CHECK(by_path->source_file == kLayouts + "/tiny1.toml");
}

TEST_CASE("an unknown name lists the names that exist") {
  const Result<Layout> layout = find_layout("zen9", kLayouts);
  REQUIRE(!layout);
  CHECK(layout.error().front().message ==
        "no layout \"zen9\"; expected a path or one of golden_cove, redwood_cove, tiny1, tiny2, vtpu3, zen2, zen3, "
        "zen4, zen5");
}

TEST_CASE("a path that is missing, a folder or endless is an error") {
  CHECK(all_text(find_layout("./missing.toml", kLayouts).error()) ==
        "./missing.toml: cannot be opened; expected a layout file\n");
  CHECK(all_text(find_layout(kLayouts + "/", kLayouts).error()) ==
        kLayouts + "/: found a directory, expected a layout file\n");
  CHECK_THAT(all_text(load_layout("/dev/zero").error()), Catch::Contains("expected a layout of at most 262144"));
}

TEST_CASE("a folder without layouts knows no layout of this CPU") {
  const std::string folder = std::string(VTPU_SOURCE_DIR) + "/tests/layout";
  const Result<Layout> layout = layout_of_this_cpu(folder);
  REQUIRE(!layout);
  CHECK_THAT(layout.error().front().message, Catch::StartsWith("no layout describes this CPU"));
}

TEST_CASE("a file that does not load hides no layout of this CPU, and is named where none fits") {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("vtpu_layouts_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "a_broken.toml") << "name = 1\n";
  const Result<Layout> none = layout_of_this_cpu(folder);
  REQUIRE(!none);
  CHECK_THAT(all_text(none.error()),
             Catch::Contains("a_broken.toml") && Catch::Contains("no layout describes this CPU"));

  const std::string fits = "cpu_match = \"" + cpu::this_cpu().identity() + "\"";
  std::ofstream(folder / "b_fits.toml") << std::regex_replace(text_of_file(kLayouts + "/zen5.toml"),
                                                              std::regex("cpu_match = .*"), fits);
  CHECK(layout_of_this_cpu(folder).has_value());
  std::filesystem::remove_all(folder);
}

}  // namespace vtpu::layout
