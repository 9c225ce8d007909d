// A design space of eight layouts and two short programs, for tests.
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "asm/container.hpp"
#include "testbench/explore/exploration.hpp"

namespace vtpu::explore {

inline const std::string kLayouts = std::string(VTPU_SOURCE_DIR) + "/layouts";

inline std::string text_of(const Errors& errors) {
  std::string out;
  for (const Error& error : errors) out += error.text() + "\n";
  return out;
}

inline constexpr std::string_view kSmallSpace = R"(name = "small"
description = "eight cores"
base = "vtpu3"
constraints = ["retire.width >= rename.dispatch_width"]

[[axis]]
name = "order"
labels = ["in_order", "out_of_order"]
set.in_order = [true, false]

[[axis]]
name = "sparse"
set."ports.s" = [1, 2]
set."memory.loads_per_cycle" = [1, 2]
set."memory.accesses_per_cycle" = [1, 2]

[[axis]]
name = "window"
set."retire.window_entries" = [12, 48]
)";

inline DesignSpace space_of(std::string_view text) {
  Result<DesignSpace> space = parse_space(text, "test.toml", kLayouts);
  INFO((space ? std::string() : text_of(space.error())));
  REQUIRE(space);
  return *std::move(space);
}

inline Workload workload(const std::string& name, std::uint64_t words) {
  Result<isa::Program> program = assembly::load_program(std::string(VTPU_SOURCE_DIR) + "/programs/" + name + ".siw");
  REQUIRE(program);
  Result<Workload> work = prepare_workload(std::move(*program), words);
  INFO((work ? std::string() : text_of(work.error())));
  REQUIRE(work);
  return *std::move(work);
}

inline Exploration small_exploration() {
  Exploration e;
  e.space = space_of(kSmallSpace);
  e.programs.push_back(workload("dot_product", 300));
  e.programs.push_back(workload("all_reduce", 300));
  e.campaign.objectives = {{Measure::OperationsPerCycle, true}, {Measure::Area, false}};
  e.studies = false;
  e.command = std::string("a test");
  e.version = std::string("0");
  return e;
}

// A folder that goes with the test.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "vtpu_explore_XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Runs an exploration in a folder with two workers.
inline Outcome explored(const Exploration& e, const std::string& folder) {
  std::filesystem::create_directories(folder);
  JobRunner runner(e.programs, e.run);
  LocalPool pool(
      2, [&](const std::string& job) { return runner.run(job); }, std::chrono::seconds(60));
  Result<Outcome> outcome = carry_out(e, folder, &pool, {}, {});
  INFO((outcome ? std::string() : text_of(outcome.error())));
  REQUIRE(outcome);
  return *std::move(outcome);
}

}  // namespace vtpu::explore
