// Lifecycle, what a word means, and what a run counts.
#include "reference/engine.hpp"

#include "build.hpp"

using namespace vtpu;
using namespace vtpu::test;
using isa::Lifecycle;

TEST_CASE("a sentron without words retires with its initial registers") {
  ProgramBuilder p;
  p.sentron("idle", {}, {}, registers_with_r({1, 2, 3}));
  const auto out = p.run();
  REQUIRE(out.state.sentrons[0].lifecycle == Lifecycle::Retired);
  REQUIRE(out.state.sentrons[0].registers == p.program.sentrons[0].initial);
  REQUIRE(out.words == 0);
  REQUIRE_FALSE(out.deadlock);
}

TEST_CASE("the slots of a word read before any of them writes") {
  ProgramBuilder p;
  isa::Registers initial = registers_with_r({10, 3});
  initial.p[0] = at(0, 0);
  p.program.memory[at(0, 5)].lane[0] = 77;
  // D swaps against S and C: D writes r1, which S steps by and C packs; S writes r0, which D reads.
  p.sentron("one",
            {word({mov_imm(1), index_by(0, 0, 1, 0), pack(0, 0, 1)}, 99),
             word({add(2, 0, 0), gather(0, 1, 0), pack(1, 0, 2)}), word({add(3, 0, 2), pack(2, 1, 3)})},
            {}, [&] {
              initial.p[1] = at(0, 5);
              return initial;
            }());
  const auto out = p.run();
  const isa::Registers& g = out.state.sentrons[0].registers;
  REQUIRE(g.r[1] == 99);
  REQUIRE(g.p[0] == at(0, 3));   // stepped by the old r1
  REQUIRE(g.m[0].lane[0] == 3);  // packed the old r1
  REQUIRE(g.r[2] == 20);         // added the old r0
  REQUIRE(g.r[0] == 77);
  REQUIRE(g.m[1].lane[0] == 0);  // packed the old r2
  REQUIRE(g.r[3] == 97);
  REQUIRE(g.m[2].lane[1] == 0);
}

TEST_CASE("registers can be exchanged through one word") {
  ProgramBuilder p;
  isa::Registers initial = registers_with_r({5});
  initial.m[0].lane[2] = 6;
  // Each reads what the other writes: no order of the slots does that, only reading first.
  p.sentron("swap", {word({mov_lane(0, 0, 2), pack(0, 2, 0)})}, {}, initial);
  const auto out = p.run();
  REQUIRE(out.state.sentrons[0].registers.r[0] == 6);
  REQUIRE(out.state.sentrons[0].registers.m[0].lane[2] == 5);
}

TEST_CASE("operations are counted by pipe and by operation, without NOPs") {
  constexpr std::uint64_t kRounds = 37;
  ProgramBuilder p;
  p.sentron("one",
            {word({mov_imm(0)}, 4), word({add(1, 1, 0), gather(2, 0, 0)}), nop(), word({mul(3, 0, 0), pack(0, 0, 1)})},
            {{1, 2, kRounds}});
  const auto out = p.run();
  REQUIRE(out.words == 1 + 2 * kRounds + 1);
  REQUIRE(out.words_by_sentron == std::vector<std::uint64_t>{out.words});
  REQUIRE(out.operations == std::array<std::uint64_t, 3>{kRounds + 2, kRounds, 1});
  REQUIRE(out.all_operations() == 2 * kRounds + 3);
  REQUIRE(out.operations_by_op[static_cast<std::size_t>(Op::DADD)] == kRounds);
  REQUIRE(out.operations_by_op[static_cast<std::size_t>(Op::CPACK)] == 1);
  REQUIRE(out.operations_by_op[static_cast<std::size_t>(Op::DNOP)] == 0);
}

TEST_CASE("sentrons that share a stream have registers of their own and count together") {
  ProgramBuilder p;
  p.sentron("a", {word({add_imm(0, 0)}, 1)}, {{0, 0, 10}});
  p.program.sentrons.push_back({"b", 0, registers_with_r({100})});
  const auto out = p.run();
  REQUIRE(out.state.sentrons[0].registers.r[0] == 10);
  REQUIRE(out.state.sentrons[1].registers.r[0] == 110);
  REQUIRE(out.operations[0] == 20);
}

TEST_CASE("a run stops at the word limit and says so") {
  constexpr std::uint64_t kLimit = 1000;
  constexpr std::uint64_t kLoopWords = 3;
  ProgramBuilder p;
  p.sentron("endless", {nop(), nop(), word({add_imm(0, 0)}, 1)}, {{0, 2, ~0ULL >> 1U}});
  const auto out = p.run({.max_words = kLimit});
  REQUIRE(out.limit_reached);
  REQUIRE(out.words >= kLimit);
  REQUIRE(out.words < kLimit + kLoopWords);
  REQUIRE(out.state.sentrons[0].registers.r[0] == out.words / kLoopWords);
  REQUIRE(out.state.sentrons[0].lifecycle == Lifecycle::Running);
  REQUIRE_FALSE(out.deadlock);
}

TEST_CASE("progress is reported as the words go by") {
  ProgramBuilder p;
  p.sentron("long", {nop()}, {{0, 0, 10000}});
  std::vector<std::uint64_t> seen;
  const auto out = p.run({.progress = [&](std::uint64_t words) { seen.push_back(words); }, .progress_words = 1000});
  REQUIRE(out.words == 10000);
  REQUIRE(seen == std::vector<std::uint64_t>{1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10000});
}

TEST_CASE("two runs of a program end in the same state") {
  ProgramBuilder p;
  p.sentron("a", {word({add_imm(0, 0), scatter(0, 0, 0, {1, 1}), send(0, 1)}, 3)}, {{0, 0, 200}});
  p.sentron("b", {word({receive(0, 0)})}, {{0, 0, 200}});
  REQUIRE(p.run().state == p.run().state);
}

TEST_CASE("impossible options are refused") {
  ProgramBuilder p;
  p.sentron("a", {});
  p.program.memory[at(0, 0)].lane[0] = 1;
  REQUIRE_THROWS_AS(p.run({.cores = 0}), std::invalid_argument);
  REQUIRE_THROWS_AS(p.run({.translation_cache = {.entries = 3, .ways = 2}}), std::invalid_argument);
  REQUIRE_THROWS_AS(p.run({.limits = {.max_pages = 0}}), std::length_error);
}
