#include "reference/deadlock.hpp"

#include "build.hpp"

using namespace vtpu;
using namespace vtpu::test;
using Catch::Matchers::Contains;
using isa::Lifecycle;
using reference::Wait;
using reference::WaitKind;

namespace {

reference::Deadlock deadlock_of(const ProgramBuilder& p) {
  const auto out = p.run();
  REQUIRE(out.deadlock);
  for (const Wait& wait : out.deadlock->waits) {
    REQUIRE(out.state.sentrons[wait.sentron].lifecycle == Lifecycle::Waiting);
  }
  return *out.deadlock;
}

}  // namespace

TEST_CASE("two sentrons that wait for each other are a cycle") {
  ProgramBuilder p;
  p.sentron("left", {nop(), word({receive(0, 1)})});
  p.sentron("right", {nop(), nop(), word({receive(0, 0)})});
  const auto deadlock = deadlock_of(p);
  REQUIRE(deadlock.waits == std::vector<Wait>{{0, 1, WaitKind::Message, 1, 0}, {1, 2, WaitKind::Message, 0, 0}});
  REQUIRE(deadlock.cycle == std::vector<std::uint32_t>{0, 1});
  REQUIRE_THAT(deadlock.text(), Contains("deadlock: 2 of 2 sentrons wait for ever"));
  REQUIRE_THAT(deadlock.text(), Contains("sentron 0 (left) waits at word 1 for a message from sentron 1 (right), which "
                                         "waits itself"));
  REQUIRE_THAT(deadlock.text(), Contains("cycle: sentron 0 (left) -> sentron 1 (right) -> sentron 0 (left)"));
}

TEST_CASE("waiting for a sentron that has retired is named, and is no cycle") {
  ProgramBuilder p;
  p.sentron("hopeful", {word({receive(0, 1)})});
  p.sentron("gone", {});
  const auto deadlock = deadlock_of(p);
  REQUIRE(deadlock.cycle.empty());
  REQUIRE_THAT(deadlock.text(),
               Contains("sentron 0 (hopeful) waits at word 0 for a message from sentron 1 (gone), which "
                        "has retired"));
}

TEST_CASE("waiting for a sentron that has faulted names the fault") {
  ProgramBuilder p;
  p.sentron("hopeful", {word({receive(0, 1)})});
  p.sentron("broken", {nop(), word({send_routed(0)})});
  const auto out = p.run();
  REQUIRE(out.state.sentrons[1].lifecycle == Lifecycle::Faulted);
  REQUIRE(out.deadlock);
  REQUIRE_THAT(out.deadlock->text(), Contains("sentron 1 (broken), which faulted at word 1"));
  REQUIRE_THAT(out.deadlock->text(), Contains(isa::name_of(isa::Fault::NoRoute)));
}

TEST_CASE("waiting for oneself is named") {
  ProgramBuilder p;
  p.sentron("narcissus", {word({receive(0, 0)})});
  const auto deadlock = deadlock_of(p);
  REQUIRE(deadlock.cycle == std::vector<std::uint32_t>{0});
  REQUIRE_THAT(deadlock.text(), Contains("for a message from itself"));
}

TEST_CASE("senders into full channels wait for room, in a cycle") {
  ProgramBuilder p;
  for (std::uint16_t i = 0; i < 3; ++i) {
    p.sentron(numbered("s", i), {word({send(0, static_cast<std::uint16_t>((i + 1) % 3))})},
              {{0, 0, isa::kChannelCapacity + 1}});
  }
  const auto deadlock = deadlock_of(p);
  REQUIRE(deadlock.cycle == std::vector<std::uint32_t>{0, 1, 2});
  REQUIRE_THAT(
      deadlock.text(),
      Contains("waits at word 0 for room in its channel of 64 messages to sentron 1 (s1), which waits itself"));
}

TEST_CASE("a barrier without one of its members names the group and who is missing") {
  ProgramBuilder p;
  p.sentron("a", {word({barrier(0)})});
  p.sentron("b", {word({barrier(0)})});
  p.sentron("c", {});
  p.group("trio", {0, 1, 2});
  const auto deadlock = deadlock_of(p);
  REQUIRE(deadlock.groups == std::vector<reference::GroupWait>{{0, {0, 1}, {2}}});
  REQUIRE(deadlock.cycle.empty());
  REQUIRE_THAT(deadlock.text(),
               Contains("sentron 0 (a) waits at word 0 in cbar of group trio for sentron 2 (c), which has retired"));
}

TEST_CASE("a cycle through a group and a channel is found") {
  ProgramBuilder p;
  p.sentron("bystander", {word({barrier(0)})});
  p.sentron("a", {word({barrier(0)}), word({send(0, 2)})});
  p.sentron("b", {word({receive(0, 1)}), word({barrier(0)})});
  p.group("all", {0, 1, 2});
  const auto deadlock = deadlock_of(p);
  REQUIRE(deadlock.waits.size() == 3);
  REQUIRE(deadlock.cycle == std::vector<std::uint32_t>{1, 2});
}

TEST_CASE("a cycle that only one of several missing members leads into is found") {
  ProgramBuilder p;
  p.sentron("a", {word({barrier(0)})});
  p.sentron("gone", {});
  p.sentron("b", {word({receive(0, 3)})});
  p.sentron("c", {word({receive(0, 2)})});
  p.group("all", {0, 1, 2});
  p.program.groups[0].members = {0, 1, 2};
  REQUIRE(deadlock_of(p).cycle == std::vector<std::uint32_t>{2, 3});
}

TEST_CASE("members that ask for different operations wait for ever, and both are named") {
  ProgramBuilder p;
  p.sentron("a", {word({barrier(0)})});
  p.sentron("b", {nop(), word({reduce(0, 0, isa::RedOp::Max)})});
  p.group("pair", {0, 1});
  const auto deadlock = deadlock_of(p);
  REQUIRE(deadlock.groups == std::vector<reference::GroupWait>{{0, {0, 1}, {}}});
  REQUIRE_THAT(deadlock.text(),
               Contains("sentron 0 (a) waits at word 0 in cbar of group pair, where sentron 1 (b) asks for "
                        "creduce.i64.max at word 1"));
  REQUIRE_THAT(deadlock.text(),
               Contains("sentron 1 (b) waits at word 1 in creduce.i64.max of group pair, where sentron 0 "
                        "(a) asks for cbar at word 0"));
}

TEST_CASE("broadcasts from different roots and reductions of different kinds do not meet") {
  for (const auto& [first, second] : {std::pair{cast(0, 0, 0), cast(0, 1, 0)},
                                      std::pair{reduce(0, 0, isa::RedOp::Add), reduce(0, 0, isa::RedOp::Min)}}) {
    ProgramBuilder p;
    p.sentron("a", {word({first})});
    p.sentron("b", {word({second})});
    p.group("pair", {0, 1});
    REQUIRE(deadlock_of(p).groups.at(0).missing.empty());
  }
}

TEST_CASE("those who can finish do so before a deadlock is called") {
  ProgramBuilder p;
  p.sentron("stuck", {word({receive(0, 0)})});
  p.sentron("busy", {word({add_imm(0, 0)}, 1)}, {{0, 0, 1000}});
  const auto out = p.run();
  REQUIRE(out.deadlock);
  REQUIRE(out.state.sentrons[1].lifecycle == Lifecycle::Retired);
  REQUIRE(out.state.sentrons[1].registers.r[0] == 1000);
}

TEST_CASE("a deadlock of thousands stays readable") {
  constexpr std::uint16_t kSentrons = 5000;
  ProgramBuilder p;
  for (std::uint16_t i = 0; i < kSentrons; ++i) {
    p.sentron(numbered("s", i), {word({receive(0, static_cast<std::uint16_t>((i + 1) % kSentrons))})});
  }
  const auto deadlock = deadlock_of(p);
  REQUIRE(deadlock.waits.size() == kSentrons);
  REQUIRE(deadlock.cycle.size() == kSentrons);
  REQUIRE(deadlock.sentences.size() < 50);
  REQUIRE_THAT(deadlock.text(), Contains("and 4968 more"));
}
