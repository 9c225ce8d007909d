#include "build.hpp"

using namespace vtpu;
using namespace vtpu::test;
using isa::Fault;
using isa::Lifecycle;

namespace {

void require_fault(const reference::RunOutcome& out, std::size_t sentron, Fault fault, std::uint32_t at_word) {
  const isa::SentronState& s = out.state.sentrons[sentron];
  REQUIRE(s.lifecycle == Lifecycle::Faulted);
  REQUIRE(s.fault == fault);
  REQUIRE(s.fault_word == at_word);
}

}  // namespace

TEST_CASE("a step past either end of a dimension faults, and the word has no effect") {
  for (const auto& [start, step] : {std::pair{2047U, 1}, std::pair{0U, -1}}) {
    ProgramBuilder p;
    isa::Registers initial = registers_with_r({1});
    initial.p[0] = at(0, start);
    p.program.memory[at(0, start)].lane[0] = 42;
    p.sentron("walks", {word({add_imm(0, 0)}, 1), word({add_imm(0, 0), gather(1, 0, 0, {0, step}), pack(0, 0, 0)}, 1)},
              {}, initial);
    p.sentron("other", {word({add_imm(0, 0)}, 1)});
    const auto out = p.run();
    require_fault(out, 0, Fault::StepOutOfRange, 1);
    REQUIRE(out.state.sentrons[0].registers.r[0] == 2);
    REQUIRE(out.state.sentrons[0].registers.r[1] == 0);
    REQUIRE(out.state.sentrons[0].registers.p[0] == at(0, start));
    REQUIRE(out.state.sentrons[0].registers.m[0] == isa::Message{});
    REQUIRE(out.state.sentrons[1].lifecycle == Lifecycle::Retired);
    REQUIRE(out.words == 2);
    REQUIRE(out.translation.total.accesses() == 0);
    REQUIRE_FALSE(out.deadlock);
  }
}

TEST_CASE("sindex faults by immediate and by register, however far the step") {
  for (const std::uint64_t step : {2048ULL, ~0ULL, 1ULL << 63U, (1ULL << 63U) - 1}) {
    ProgramBuilder p;
    p.sentron("immediate", {word({index(1, 0, 7)}, step)});
    p.sentron("register", {word({index_by(1, 0, 2, 7)})}, {}, registers_with_r({0, 0, step}));
    const auto out = p.run();
    require_fault(out, 0, Fault::StepOutOfRange, 0);
    require_fault(out, 1, Fault::StepOutOfRange, 0);
    REQUIRE(out.state.sentrons[0].registers.p[1] == Coordinate{});
  }
}

TEST_CASE("sending or receiving without a route faults instead of waiting") {
  ProgramBuilder p;
  p.sentron("sends", {word({add_imm(0, 0), send_routed(2)}, 1)});
  p.sentron("receives", {word({add_imm(0, 0), receive_listened(2)}, 1)});
  const auto out = p.run();
  for (const std::size_t s : {0U, 1U}) {
    require_fault(out, s, Fault::NoRoute, 0);
    REQUIRE(out.state.sentrons[s].registers.r[0] == 0);
  }
  REQUIRE(out.messages == 0);
}

TEST_CASE("a route to a sentron that does not exist faults") {
  for (const std::uint64_t peer : {1ULL, 1ULL << 32U, ~0ULL}) {
    ProgramBuilder p;
    p.sentron("alone", {word({route_by(1, 0)})}, {}, registers_with_r({peer}));
    const auto out = p.run();
    require_fault(out, 0, Fault::BadSentron, 0);
    REQUIRE(out.state.sentrons[0].registers.route[1] == isa::kNoSentron);
  }
}

TEST_CASE("a word that would fault does so even where it would wait") {
  ProgramBuilder p;
  isa::Registers initial;
  initial.p[0] = at(0, 2047);
  p.sentron("one", {word({gather(0, 0, 0, {0, 1}), receive(0, 0)})}, {}, initial);
  const auto out = p.run();
  require_fault(out, 0, Fault::StepOutOfRange, 0);
  REQUIRE_FALSE(out.deadlock);
}

TEST_CASE("the step of the S slot is looked at before the route of the C slot") {
  ProgramBuilder p;
  isa::Registers initial;
  initial.p[0] = at(0, 2047);
  p.sentron("both", {word({gather(0, 0, 0, {0, 1}), send_routed(0)})}, {}, initial);
  require_fault(p.run(), 0, Fault::StepOutOfRange, 0);
}

TEST_CASE("a fault inside loops names the word and leaves the effects of all rounds before") {
  ProgramBuilder p;
  isa::Registers initial;
  initial.p[0] = at(0, 2040);
  p.sentron("loops", {word({add_imm(0, 0)}, 1), word({add_imm(1, 1), gather(2, 0, 0, {0, 1})}, 1)},
            {{0, 1, 5}, {1, 1, 4}}, initial);
  const auto out = p.run();
  require_fault(out, 0, Fault::StepOutOfRange, 1);
  REQUIRE(out.state.sentrons[0].registers.r[1] == 7);  // from 2040 seven steps reach 2047
  REQUIRE(out.state.sentrons[0].registers.r[0] == 2);
  REQUIRE(out.words == 7 + 2);
  REQUIRE(out.operations[0] == 9);
}
