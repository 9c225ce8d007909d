#include "testbench/shrink.hpp"

#include <catch2/catch.hpp>

#include "isa/validate.hpp"
#include "reference/engine.hpp"
#include "testbench/random_program.hpp"
#include "testbench/random_word.hpp"

namespace {

using namespace vtpu;
using isa::Op;

// An engine with a planted fault: it computes DXOR on integers as DOR.
isa::MachineState run_with_wrong_xor(isa::Program program) {
  for (isa::Stream& stream : program.streams) {
    for (isa::Siw& word : stream.words) {
      if (isa::op_of(word.d) == Op::DXOR) word.d.op = static_cast<std::uint8_t>(Op::DOR);
    }
  }
  return reference::run(program).state;
}

bool fault_shows(const isa::Program& program) {
  return !(reference::run(program).state == run_with_wrong_xor(program));
}

TEST_CASE("a planted fault in DXOR shrinks to that operation and what feeds it") {
  int shown = 0;
  for (std::uint64_t seed = 0; seed < 400 && shown < 5; ++seed) {
    const isa::Program program = testbench::random_program(seed);
    if (!fault_shows(program)) continue;
    ++shown;
    INFO("seed " << seed);
    const testbench::ShrinkResult result = testbench::shrink(program, fault_shows);
    REQUIRE(result.minimal);
    REQUIRE(isa::validate(result.program).empty());
    REQUIRE(fault_shows(result.program));
    REQUIRE(result.program.sentrons.size() == 1);
    REQUIRE(result.program.streams.size() == 1);
    REQUIRE(result.program.groups.empty());
    const isa::Stream& stream = result.program.streams[0];
    REQUIRE(stream.loops.size() <= 1);  // a value may need two rounds to come about
    int operations = 0;
    for (const isa::Siw& word : stream.words) {
      for (const isa::Pipe pipe : {isa::Pipe::D, isa::Pipe::S, isa::Pipe::C}) {
        operations += isa::is_nop(isa::op_of(word.slot(pipe))) ? 0 : 1;
      }
    }
    CHECK(operations <= 3);  // the DXOR and what makes its operands differ from zero
    CHECK(testbench::size_of(result.program) <= 12);
    CHECK(testbench::size_of(result.program) <= testbench::size_of(program));
  }
  REQUIRE(shown == 5);
}

TEST_CASE("a fault that needs two sentrons keeps both") {
  // Seen where sentron 1 has received something that is not zero.
  const auto received = [](const isa::Program& p) {
    if (p.sentrons.size() < 2) return false;
    const reference::RunOutcome outcome = reference::run(p);
    return outcome.state.sentrons[1].registers.m[0].lane[0] == 7;
  };
  isa::Program p;
  p.streams.resize(2);
  p.streams[0].name = "left";
  p.streams[1].name = "right";
  for (std::uint8_t i = 0; i < 6; ++i) {
    isa::Siw word;
    word.d = testbench::make_slot(Op::DADD, 0, isa::Type::I64, {i, i, i});
    p.streams[0].words.push_back(word);
    p.streams[1].words.push_back(word);
  }
  isa::Siw pack, send, receive;
  pack.c = testbench::make_slot(Op::CPACK, 1, isa::Type::I64, {0});
  pack.imm = 7;
  send.c = testbench::make_slot(Op::CSEND, 0, isa::Type::None, {0}, 1);
  receive.c = testbench::make_slot(Op::CRECV, 0, isa::Type::None, {0}, 0);
  p.streams[0].words.push_back(pack);
  p.streams[0].words.push_back(send);
  p.streams[1].words.push_back(receive);
  p.streams[0].loops.push_back({0, 7, 3});
  p.sentrons = {{"a", 0, {}}, {"b", 1, {}}, {"bystander", 1, {}}};
  for (isa::Stream& s : p.streams) isa::compute_dependency_flags(s);
  REQUIRE(isa::validate(p).empty());
  REQUIRE(received(p));
  const testbench::ShrinkResult result = testbench::shrink(p, received);
  CHECK(result.program.sentrons.size() == 2);
  CHECK(result.program.streams[0].words.size() == 2);
  CHECK(result.program.streams[0].loops.empty());
  CHECK(result.program.streams[1].words.size() == 1);
}

TEST_CASE("shrinking stops after the tries it is given and says so") {
  const auto always = [](const isa::Program&) { return true; };
  const testbench::ShrinkResult result = testbench::shrink(testbench::random_program(3), always, 2);
  CHECK_FALSE(result.minimal);
  CHECK(result.tried == 2);
}

}  // namespace
