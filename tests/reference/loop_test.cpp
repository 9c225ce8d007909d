#include "build.hpp"

using namespace vtpu;
using namespace vtpu::test;

namespace {

std::uint64_t r(const reference::RunOutcome& out, std::size_t i) { return out.state.sentrons[0].registers.r[i]; }

isa::Siw increment(Byte reg) { return word({add_imm(reg, reg)}, 1); }

}  // namespace

TEST_CASE("nested loops run as often as the product of their counts") {
  ProgramBuilder p;
  p.sentron("nest", {increment(0), increment(1), increment(2), increment(3), increment(4)},
            {{0, 4, 3}, {1, 3, 5}, {2, 2, 7}});
  const auto out = p.run();
  REQUIRE(r(out, 0) == 3);
  REQUIRE(r(out, 1) == 3 * 5);
  REQUIRE(r(out, 2) == 3 * 5 * 7);
  REQUIRE(r(out, 3) == 3 * 5);
  REQUIRE(r(out, 4) == 3);
  REQUIRE(out.words == 2 * 3 + 2 * 15 + 105);
}

TEST_CASE("loops may share their first words, their last words, or both") {
  ProgramBuilder p;
  p.sentron("shared", {increment(0), increment(1), increment(2)}, {{0, 2, 2}, {0, 1, 3}, {0, 0, 5}, {2, 2, 7}});
  auto out = p.run();
  REQUIRE(r(out, 0) == 2 * 3 * 5);
  REQUIRE(r(out, 1) == 2 * 3);
  REQUIRE(r(out, 2) == 2 * 7);

  ProgramBuilder q;
  q.sentron("same", {increment(0)}, {{0, 0, 4}, {0, 0, 6}, {0, 0, 2}});
  out = q.run();
  REQUIRE(r(out, 0) == 4 * 6 * 2);
  REQUIRE(out.words == 4 * 6 * 2);
}

TEST_CASE("loops side by side run one after the other") {
  ProgramBuilder p;
  p.sentron("row", {increment(0), increment(1), increment(2), increment(3)}, {{0, 0, 4}, {1, 2, 9}, {3, 3, 1}});
  const auto out = p.run();
  REQUIRE(r(out, 0) == 4);
  REQUIRE(r(out, 1) == 9);
  REQUIRE(r(out, 2) == 9);
  REQUIRE(r(out, 3) == 1);
}

TEST_CASE("a sentron that waits inside nested loops goes on where it was") {
  constexpr std::uint64_t kOuter = 5;
  constexpr std::uint64_t kInner = 50;  // beyond the channel's capacity in two rounds
  ProgramBuilder p;
  p.sentron("sends", {increment(0), word({pack(0, 0, 0)}), word({send(0, 1)}), increment(0)},
            {{0, 3, kOuter}, {1, 3, kInner}});
  p.sentron("receives", {word({receive(0, 0)}), word({mov_lane(1, 0, 0)}), word({add(0, 0, 1)})},
            {{0, 2, kOuter * kInner}});
  const auto out = p.run();
  REQUIRE_FALSE(out.deadlock);
  std::uint64_t counter = 0;
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < kOuter; ++i) {
    ++counter;
    for (std::uint64_t k = 0; k < kInner; ++k, ++counter) sum += counter;
  }
  REQUIRE(r(out, 0) == counter);
  REQUIRE(out.state.sentrons[1].registers.r[0] == sum);
  REQUIRE(out.messages == kOuter * kInner);
  REQUIRE(out.words == kOuter * (1 + 3 * kInner) + 3 * kOuter * kInner);
  REQUIRE(out.words_by_sentron[0] == kOuter * (1 + 3 * kInner));
  REQUIRE(out.operations[0] == kOuter * (1 + kInner) + 2 * kOuter * kInner);
}
