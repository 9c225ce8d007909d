// Mixes against llvm-mca, where it is installed.
#include "testbench/instruction_mixes.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace vtpu::testbench {
namespace {

layout::Layout shipped(const std::string& name) { return *layout::find_layout(name, VTPU_SOURCE_DIR "/layouts"); }

MixComparison compared(const layout::Layout& layout, unsigned mixes) {
  const auto mca = find_llvm_mca(layout.name);
  REQUIRE(mca);
  auto comparison = compare_mixes(layout, *mca, mixes, 7, {});
  INFO((comparison ? std::string() : comparison.error().front().text()));
  REQUIRE(comparison);
  return *std::move(comparison);
}

}  // namespace

TEST_CASE("every difference to llvm-mca on Zen 3 and Zen 4 has a reason or a cause", "[slow]") {
  for (const std::string name : {"zen3", "zen4"}) {
    if (!find_llvm_mca(name)) {
      WARN("no llvm-mca that is installed knows " << name);
      continue;
    }
    const MixComparison comparison = compared(shipped(name), 40);
    INFO(to_text(comparison));
    CHECK(comparison.mixes.size() == 40);
    CHECK(comparison.unexplained() == 0);
    CHECK(to_json(comparison)["unexplained"] == 0);
  }
}

TEST_CASE("a layout that loses a port is told apart, without a reason") {
  if (!find_llvm_mca("zen3")) return;
  layout::Layout layout = shipped("zen3");
  layout.uops[*layout.uop_named("vec_logic")].ports.resize(2);
  const MixComparison comparison = compared(layout, 0);
  CHECK(comparison.unexplained() > 0);
  CHECK(to_text(comparison).find("vpand ymm, ymm, ymm\n                                NO REASON WRITTEN") !=
        std::string::npos);
}

TEST_CASE("llvm-mca has names for the cores of shipped layouts, and none for a calibrated one") {
  for (const char* name : {"zen2", "zen3", "zen4", "zen5", "golden_cove"}) CHECK(llvm_mca_names(name));
  CHECK_FALSE(llvm_mca_names("here"));
  CHECK(installed_llvm_mca("here").empty());
}

TEST_CASE("what llvm-mca does not take is an error that says what") {
  const auto mca = find_llvm_mca("zen3");
  if (!mca) return;
  const auto answer = llvm_mca_cycles(*mca, {"add rax, rcx\n", "no_such_instruction rax\n"}, 10);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().front().text().find("no_such_instruction") != std::string::npos);
  const auto cycles = llvm_mca_cycles(*mca, {"imul rax, rcx\n"}, 100);
  REQUIRE(cycles);
  CHECK(cycles->front() == Approx(3).epsilon(0.05));
}

}  // namespace vtpu::testbench
