// How close tier 3 comes, from one operation per word, to the bounds and to what authors packed by hand.
#include <filesystem>

#include "asm/container.hpp"
#include "naive.hpp"
#include "packing.hpp"

namespace {

using namespace vtpu;

constexpr double kMostAboveBound = 1.03;
constexpr double kMostAboveHand = 1.05;

std::vector<isa::Program> programs() {
  std::vector<isa::Program> all;
  for (const char* folder : {"/programs", "/programs/kernels"}) {
    for (const auto& entry : std::filesystem::directory_iterator(std::string(VTPU_SOURCE_DIR) + folder)) {
      if (entry.path().extension() != ".siw") continue;
      const auto loaded = assembly::load_program(entry.path().string());
      REQUIRE(loaded);
      all.push_back(*loaded);
    }
  }
  return all;
}

TEST_CASE("tier 3 comes within 3 % of the larger bound for every program, on every core") {
  for (const isa::Program& program : programs()) {
    const isa::Program naive = test::one_operation_per_word(program);
    for (const char* layout : {"vtpu3", "zen4", "golden_cove"}) {
      const pack::PackReport report = pack::pack(naive, test::core(layout), {3}).report;
      REQUIRE_FALSE(report.loops.empty());
      INFO(program.name << ", " << layout << ": " << report.steady_words() << " words in steady state, bound "
                        << report.bound_words() << "; " << report.telling_loop()->gap);
      CHECK(report.steady_words() <= kMostAboveBound * report.bound_words());
    }
  }
}

TEST_CASE("tier 3 reaches 2.9 operations per word where the mix of operations allows three") {
  int allowed = 0;
  for (const isa::Program& program : programs()) {
    const pack::PackReport report = pack::pack(test::one_operation_per_word(program), test::core("zen4"), {3}).report;
    if (report.steady_operations() < 2.99 * report.bound_words()) continue;
    ++allowed;
    INFO(program.name);
    REQUIRE(report.steady_operations() >= 2.9 * report.steady_words());
  }
  REQUIRE(allowed >= 1);
}

TEST_CASE("tier 3 comes within 5 % of the words of every program packed by hand") {
  int by_hand = 0;
  for (const isa::Program& program : programs()) {
    const pack::PackReport written = pack::pack(program, test::core("zen4"), {0}).report;
    const pack::PackReport report = pack::pack(test::one_operation_per_word(program), test::core("zen4"), {3}).report;
    if (written.words_before >= report.words_before) continue;
    ++by_hand;
    INFO(program.name << ": " << report.words_after << " words, by hand " << written.words_before);
    REQUIRE(report.words_after <= kMostAboveHand * written.words_before);
  }
  REQUIRE(by_hand >= 10);
}

}  // namespace
