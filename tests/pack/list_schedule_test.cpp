// How dense straight code gets.
#include "packing.hpp"

namespace {

using namespace vtpu;

std::size_t words_after(const std::string& words, int tier, const std::string& layout = "zen4") {
  return test::packed(test::one_stream(words), tier, layout).program.streams[0].words.size();
}

const char* const kGrouped =
    "dadd.i64 r1, r8, r9\ndadd.i64 r2, r8, r9\ndadd.i64 r3, r8, r9\n"
    "sgather.i64 r4, [p0]\nsgather.i64 r5, [p1]\nsgather.i64 r6, [p2]\n"
    "cpack.i64 m0[0], r8\ncpack.i64 m1[0], r8\ncpack.i64 m2[0], r8";

TEST_CASE("tier 1 merges neighbours only, tier 2 finds partners anywhere") {
  REQUIRE(words_after(kGrouped, 0) == 9);
  REQUIRE(words_after(kGrouped, 1) == 7);  // d d ds s sc c c
  REQUIRE(words_after(kGrouped, 2) == 3);
}

TEST_CASE("tier 1 merges a reader with a later writer, not a writer with its reader") {
  REQUIRE(words_after("cpack.i64 m0[0], r1\ndmov.i64 r1, #4", 1) == 1);
  REQUIRE(words_after("dmov.i64 r1, #4\ncpack.i64 m0[0], r1", 1) == 2);
}

TEST_CASE("a chain needs a word for each link, whatever stands beside it") {
  for (int n = 1; n < 8; ++n) {
    std::string words;
    for (int i = 0; i < n; ++i) words += "dadd.i64 r1, r1, r9\n";
    for (int i = 0; i < n; ++i) words += "cpack.i64 m0[0], r9\n";
    REQUIRE(words_after(words, 2) == static_cast<std::size_t>(n));
  }
}

TEST_CASE("registers exchanged within a word stay in one word") {
  const isa::Program program = test::one_stream(
      "dmov.i64 r1, #3\ndmov.i64 r2, #7 | ssetp p7, @1.1.1/1.1.1/1.1.1/9.1\nsscattr.i64 r2, [p7]\n"
      "dmov.i64 r2, r1 | sgather.i64 r1, [p7] \ncpack.i64 m0[0], r1\ncpack.i64 m0[1], r2\n"
      "dmov.i64 r2, m0[0] | cpack.i64 m0[0], r2\n");
  const pack::Packed packed = test::packed(program, 2);
  const isa::MachineState state = reference::run(packed.program).state;
  REQUIRE(state.sentrons[0].registers.r[2] == 7);
  REQUIRE(state.sentrons[0].registers.m[0].lane[0] == 3);
}

TEST_CASE("words of NOPs and loops of nothing vanish") {
  REQUIRE(words_after("dnop\ndadd.i64 r1, r2, r3\nloop 5 {\n dnop\n loop 3 {\n dnop\n}\n}\ndnop", 2) == 1);
  REQUIRE(test::packed(test::one_stream("loop 7 {\n dnop\n}"), 1).program.streams[0].words.empty());
}

TEST_CASE("a run longer than a piece is packed piece by piece") {
  std::string words;
  for (int i = 0; i < 1500; ++i) words += "dadd.i64 r1, r8, r9\nsgather.i64 r2, [p0]\ncpack.i64 m0[0], r8\n";
  const std::size_t after = words_after(words, 2);
  REQUIRE(after >= 1500);
  REQUIRE(after <= 1500 + 4500 / 512 + 1);
}

TEST_CASE("in order, a result is given its time where other work fills it") {
  // vtpu3 issues whole words in order: the multiplication's three cycles are covered by the additions.
  const std::string words =
      "dmul.i64 r1, r8, r9\ncpack.i64 m0[0], r1\ndadd.i64 r2, r8, r9\ndadd.i64 r3, r8, r9\ndadd.i64 r4, r8, r9";
  const pack::Packed packed = test::packed(test::one_stream(words), 2, "vtpu3");
  const auto& out = packed.program.streams[0].words;
  REQUIRE(out.size() == 4);
  REQUIRE(op_of(out[3].c) == isa::Op::CPACK);
}

}  // namespace
