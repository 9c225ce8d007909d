// Loads, stores, translation counts and page limits as programs see them.
#include "build.hpp"

using namespace vtpu;
using namespace vtpu::test;
using isa::Lifecycle;
using phext::Placement;

TEST_CASE("what is scattered is gathered again, under every placement") {
  constexpr std::uint64_t kCells = 300;
  for (const Placement placement : phext::kPlacements) {
    ProgramBuilder p;
    p.sentron("one",
              {word({add_imm(0, 0), scatter(0, 0, 3, {0, 1})}, 2), word({set_pointer(0)}),
               word({gather(1, 0, 3, {0, 1})}), word({add(2, 2, 1)})},
              {{0, 0, kCells}, {2, 3, kCells}});
    const auto out = p.run({.placement = placement});
    REQUIRE(out.state.sentrons[0].registers.r[2] ==
            kCells * (kCells - 1));                  // 0 + 2 + 4 ...: the store reads the old r0
    REQUIRE(out.state.memory.size() == kCells - 1);  // the first cell holds zero
    REQUIRE(out.state.memory.at(at(0, 7)).lane[3] == 14);
    REQUIRE(out.memory.unwritten_reads == 0);
    REQUIRE(out.translation.total.accesses() == 2 * kCells);
  }
}

TEST_CASE("a walk over rows misses the translation cache once a page and is counted by dimension") {
  constexpr std::uint64_t kRows = 6;
  constexpr std::uint64_t kColumns = 128;
  constexpr std::uint64_t kPagesInRow = kColumns / phext::kCellsPerPage;
  ProgramBuilder p;
  p.sentron("walk", {word({gather(0, 0, 0, {0, 1})}), word({index(0, 0, 0)}, -kColumns), word({index(0, 0, 1)}, 1)},
            {{0, 2, kRows}, {0, 0, kColumns}});
  const auto out = p.run();
  const auto& t = out.translation;
  REQUIRE(t.first.misses == 1);
  REQUIRE(t.by_dimension[1].misses == kRows - 1);
  REQUIRE(t.by_dimension[0].misses == kRows * (kPagesInRow - 1));
  REQUIRE(t.total.misses == kRows * kPagesInRow);
  REQUIRE(t.total.hits == kRows * (kColumns - kPagesInRow));
  REQUIRE(out.memory.unwritten_reads == kRows * kColumns);
  REQUIRE(out.memory.pages == 0);
}

TEST_CASE("each core has a translation cache of its own") {
  for (const unsigned cores : {1U, 2U}) {
    ProgramBuilder p;
    p.sentron("a", {word({gather(0, 0, 0)})});
    p.program.sentrons.push_back({"b", 0, {}});
    const auto out = p.run({.cores = cores});
    REQUIRE(out.translation.total.misses == cores);
    REQUIRE(out.translation.total.hits == 2 - cores);
  }
}

TEST_CASE("a store that needs a page over the limit faults and has no effect") {
  ProgramBuilder p;
  p.sentron("one", {word({add_imm(0, 0), scatter(0, 0, 0, {1, 1})}, 1)}, {{0, 0, 10}});
  const auto out = p.run({.limits = {.max_pages = 4}});
  const isa::SentronState& s = out.state.sentrons[0];
  REQUIRE(s.lifecycle == Lifecycle::Faulted);
  REQUIRE(s.fault == isa::Fault::OutOfMemory);
  REQUIRE(s.registers.r[0] == 4);
  REQUIRE(s.registers.p[0] == at(4, 0));
  REQUIRE(out.words == 4);
}

TEST_CASE("an allocation over the limit faults too") {
  ProgramBuilder p;
  p.sentron(
      "one",
      {word({slot(Op::SALLOC, 0, Type::None, {0, 0, 0, 0})}), word({slot(Op::SALLOC, 0, Type::None, {1, 0, 0, 0})})},
      {}, [] {
        isa::Registers initial;
        initial.p[1] = at(1, 0);
        return initial;
      }());
  REQUIRE(p.run().memory.pages == 2);
  const auto out = p.run({.limits = {.max_pages = 1}});
  REQUIRE(out.state.sentrons[0].fault == isa::Fault::OutOfMemory);
  REQUIRE(out.state.sentrons[0].fault_word == 1);
}

TEST_CASE("a freed cell reads as zeros and is gone from the state") {
  ProgramBuilder p;
  p.program.memory[at(0, 0)].lane[1] = 5;
  p.sentron("one",
            {word({gather(0, 0, 1)}), word({slot(Op::SFREE, 0, Type::None, {0, 0, 0, 0})}), word({gather(1, 0, 1)})},
            {}, registers_with_r({9, 9}));
  const auto out = p.run();
  REQUIRE(out.state.sentrons[0].registers.r[0] == 5);
  REQUIRE(out.state.sentrons[0].registers.r[1] == 0);
  REQUIRE(out.state.memory.empty());
  REQUIRE(out.memory.unwritten_reads == 1);
  REQUIRE(out.memory.free_pages == 1);
}

TEST_CASE("prefetch and flush change nothing but the translation counts") {
  ProgramBuilder p;
  p.program.memory[at(0, 0)].lane[1] = 5;
  p.sentron("one", {word({slot(Op::SPREFCH, 0, Type::None, {0, 0, 0, 0}, 3)}),
                    word({slot(Op::SFLUSH, 0, Type::None, {0, 0, 0, 0})})});
  const auto out = p.run();
  REQUIRE(out.state.memory == p.program.memory);
  REQUIRE(out.state.sentrons[0].registers == isa::Registers{});
  REQUIRE(out.translation.total.accesses() == 2);
  REQUIRE(out.translation.same.hits == 1);
}

TEST_CASE("a literal coordinate addresses memory without its flags, and ssetp keeps them") {
  ProgramBuilder p;
  p.program.memory[at(2, 3)].lane[0] = 8;
  const Coordinate flagged = isa::with_flags(at(2, 3), 5);
  p.sentron("one", {word({set_pointer(4)}, 0, flagged), word({gather(0, 4, 0, {0, 1})})});
  const auto out = p.run();
  REQUIRE(out.state.sentrons[0].registers.r[0] == 8);
  REQUIRE(out.state.sentrons[0].registers.p[4] == isa::with_flags(at(2, 4), 5));
}
