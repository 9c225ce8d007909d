// Messages, barriers, reductions and broadcasts that succeed.
#include "build.hpp"
#include "isa/semantics.hpp"

using namespace vtpu;
using namespace vtpu::test;
using isa::Lifecycle;
using isa::RedOp;

namespace {

void require_all_retired(const reference::RunOutcome& out) {
  if (out.deadlock) FAIL(out.deadlock->text());
  for (const isa::SentronState& s : out.state.sentrons) REQUIRE(s.lifecycle == Lifecycle::Retired);
}

}  // namespace

TEST_CASE("messages between two sentrons keep their order, beyond the capacity of the channel") {
  constexpr std::uint64_t kMessages = 5 * isa::kChannelCapacity + 3;
  ProgramBuilder p;
  p.sentron("sends", {word({add_imm(0, 0), pack(0, 1, 0)}, 1), word({send(0, 1)})}, {{0, 1, kMessages}});
  // Horner's rule tells any exchange of order: r0 = r0 * 3 + message.
  p.sentron("receives",
            {word({receive(1, 0)}), word({mov_lane(1, 1, 1)}), word({slot(Op::DFMA, 0, Type::I64, {0, 0, 2, 1})})},
            {{0, 2, kMessages}}, registers_with_r({0, 0, 3}));
  const auto out = p.run();
  require_all_retired(out);
  std::uint64_t expected = 0;
  for (std::uint64_t i = 0; i < kMessages; ++i) expected = expected * 3 + i;  // packs the r0 of before
  REQUIRE(out.state.sentrons[1].registers.r[0] == expected);
  REQUIRE(out.messages == kMessages);
}

TEST_CASE("a channel takes exactly its capacity without a receiver") {
  for (const std::uint64_t messages : {isa::kChannelCapacity, isa::kChannelCapacity + 1}) {
    ProgramBuilder p;
    p.sentron("sends", {word({add_imm(0, 0), send(0, 1)}, 1)}, {{0, 0, messages}});
    p.sentron("deaf", {});
    const auto out = p.run();
    REQUIRE(out.deadlock.has_value() == (messages > isa::kChannelCapacity));
    REQUIRE(out.state.sentrons[0].registers.r[0] == isa::kChannelCapacity);
    REQUIRE(out.messages == isa::kChannelCapacity);
  }
}

TEST_CASE("a sentron may send to itself") {
  ProgramBuilder p;
  p.sentron("self", {word({add_imm(0, 0), send(0, 0)}, 1), word({receive(1, 0)})}, {{0, 1, 100}},
            registers_with_r({0}));
  require_all_retired(p.run());
}

TEST_CASE("croute and clisten set where messages go and come from") {
  ProgramBuilder p;
  p.sentron("sends", {word({mov_imm(0), route(2, 1)}, 11), word({pack(2, 0, 0)}), word({send_routed(2)})});
  p.sentron("receives", {word({listen(3, 0)}), word({receive_listened(3)})});
  const auto out = p.run();
  require_all_retired(out);
  REQUIRE(out.state.sentrons[1].registers.m[3].lane[0] == 11);
  REQUIRE(out.state.sentrons[0].registers.route[2] == 1);
  REQUIRE(out.state.sentrons[1].registers.listen[3] == 0);
}

TEST_CASE("a waiting word has no effect until it completes") {
  ProgramBuilder p;
  // The receiver runs first and waits; its word loads only when the message is there, after the sender's store.
  p.sentron("receives", {word({add_imm(0, 0), gather(1, 0, 0), receive(0, 1)}, 1)});
  p.sentron("sends", {word({mov_imm(0)}, 64), word({scatter(0, 0, 0), send(0, 0)})});
  const auto out = p.run();
  require_all_retired(out);
  REQUIRE(out.state.sentrons[0].registers.r[0] == 1);
  REQUIRE(out.state.sentrons[0].registers.r[1] == 64);
  REQUIRE(out.translation.total.accesses() == 2);
}

TEST_CASE("nobody passes a barrier before all have arrived") {
  constexpr std::uint32_t kMembers = 9;
  constexpr std::uint64_t kRounds = 4;
  ProgramBuilder p;
  std::vector<std::uint32_t> members;
  // Each writes its round to its own cell, meets, and reads its neighbour's: the same round, or somebody ran ahead.
  for (std::uint32_t i = 0; i < kMembers; ++i) {
    isa::Registers initial;
    initial.p[0] = at(0, i);
    initial.p[1] = at(0, (i + 1) % kMembers);
    members.push_back(p.sentron(numbered("s", i),
                                {word({add_imm(0, 0)}, 1), word({scatter(0, 0, 0)}), word({barrier(0)}),
                                 word({gather(1, 1, 0)}), word({slot(Op::DSUB, 0, Type::I64, {1, 0, 1, 0})}),
                                 word({slot(Op::DOR, 0, Type::I64, {2, 2, 1, 0}), barrier(0)})},
                                {{0, 5, kRounds}}, initial));
  }
  p.group("all", members);
  const auto out = p.run();
  require_all_retired(out);
  for (const auto& s : out.state.sentrons) {
    REQUIRE(s.registers.r[0] == kRounds);
    REQUIRE(s.registers.r[2] == 0);
  }
}

TEST_CASE("an all-reduce gives every member the reduction of all operands") {
  constexpr std::uint64_t kMembers = 7;
  for (const RedOp op : {RedOp::Add, RedOp::Min, RedOp::Max}) {
    ProgramBuilder p;
    std::vector<std::uint64_t> values;
    std::vector<std::uint32_t> members;
    for (std::uint64_t i = 0; i < kMembers; ++i) {
      values.push_back((i * 5 + 3) % 11 - 4);
      isa::Registers initial;
      initial.r[i] = values.back();  // in another register each
      members.push_back(p.sentron(numbered("s", i), {word({reduce(static_cast<Byte>(i), 0, op)})}, {}, initial));
    }
    p.group("all", members);
    const auto out = p.run();
    require_all_retired(out);
    for (std::uint64_t i = 0; i < kMembers; ++i) {
      REQUIRE(out.state.sentrons[i].registers.r[i] == isa::reduce_integers(op, values));
    }
  }
}

TEST_CASE("a floating-point all-reduce adds in the order of sentron numbers, in pairs") {
  // (1e16 + 1) + (-1e16 + 1) loses both ones in pairs; from left to right it would keep one.
  const double values[] = {1e16, 1.0, -1e16, 1.0};
  ProgramBuilder p;
  for (const double value : values) {
    isa::Registers initial;
    initial.v[3].lane.fill(std::bit_cast<std::uint64_t>(value));
    p.sentron(numbered("s", p.program.sentrons.size()), {word({slot(Op::CREDUCE, 1, Type::F64x8, {3, 0, 0, 0}, 0)})},
              {}, initial);
  }
  p.group("all", {0, 1, 2, 3});
  const auto out = p.run();
  require_all_retired(out);
  const double expected = (values[0] + values[1]) + (values[2] + values[3]);
  for (const auto& s : out.state.sentrons) {
    for (const std::uint64_t lane : s.registers.v[3].lane) REQUIRE(std::bit_cast<double>(lane) == expected);
  }
}

TEST_CASE("a broadcast gives every member the root's message, whichever register it names") {
  ProgramBuilder p;
  p.sentron("outsider", {});
  for (std::uint8_t i = 0; i < 4; ++i) {
    isa::Registers initial;
    initial.m[i].lane = {i, 10U + i, 20U + i, 30U + i};
    p.sentron(numbered("member", i), {word({cast(i, 2, 0)})}, {}, initial);
  }
  p.group("some", {1, 2, 3, 4});
  const auto out = p.run();
  require_all_retired(out);
  for (std::uint8_t i = 0; i < 4; ++i) {
    REQUIRE(out.state.sentrons[i + 1U].registers.m[i].lane == std::array<std::uint64_t, 4>{2, 12, 22, 32});
  }
}

TEST_CASE("groups that overlap meet one after the other") {
  ProgramBuilder p;
  p.sentron("left", {word({reduce(0, 0, RedOp::Add)})}, {}, registers_with_r({1}));
  p.sentron("middle", {word({reduce(0, 0, RedOp::Add)}), word({reduce(0, 1, RedOp::Add)})}, {}, registers_with_r({10}));
  p.sentron("right", {word({reduce(0, 1, RedOp::Add)})}, {}, registers_with_r({100}));
  p.group("first", {0, 1});
  p.group("second", {1, 2});
  const auto out = p.run();
  require_all_retired(out);
  REQUIRE(out.state.sentrons[0].registers.r[0] == 11);
  REQUIRE(out.state.sentrons[1].registers.r[0] == 111);
  REQUIRE(out.state.sentrons[2].registers.r[0] == 111);
}

TEST_CASE("a token goes round a ring of 2000 sentrons") {
  constexpr std::uint16_t kSentrons = 2000;
  ProgramBuilder p;
  for (std::uint16_t i = 0; i < kSentrons; ++i) {
    const auto next = static_cast<std::uint16_t>((i + 1) % kSentrons);
    const auto before = static_cast<std::uint16_t>((i + kSentrons - 1) % kSentrons);
    std::vector<isa::Siw> words{word({receive(0, before)}), word({mov_lane(0, 0, 0)}), word({add_imm(0, 0)}, 1),
                                word({pack(0, 0, 0)}), word({send(0, next)})};
    if (i == 0) std::rotate(words.begin(), words.begin() + 2, words.end());  // adds and sends first
    p.sentron(numbered("s", i), std::move(words));
  }
  const auto out = p.run();
  require_all_retired(out);
  REQUIRE(out.state.sentrons[0].registers.r[0] == kSentrons);
}
