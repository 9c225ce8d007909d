#include "testbench/analysis/critical_path.hpp"

#include "programs.hpp"

using namespace vtpu;
using namespace vtpu::analysis;

namespace {

unsigned latency_of(const layout::Layout& layout, isa::Op op, isa::Type type) {
  unsigned cycles = 0;
  for (const unsigned uop : layout.op_cracks.at({op, type}).uops) cycles += layout.uops[uop].latency;
  return cycles;
}

}  // namespace

TEST_CASE("a chain of n operations takes n latencies, however many others there are") {
  const layout::Layout layout = layout_named("zen4");
  const unsigned add = latency_of(layout, isa::Op::DADD, isa::Type::I64);
  const unsigned mul = latency_of(layout, isa::Op::DMUL, isa::Type::I64);
  const CriticalPath adds = critical_path(one_stream("loop 100 {\ndadd.i64 r1, r1, #1\n}"), layout);
  CHECK(adds.cycles == 100 * add);
  CHECK(adds.operations == 100);
  CHECK(adds.length == 100);
  const CriticalPath muls =
      critical_path(one_stream("loop 100 {\ndmul.i64 r1, r1, #3\ndadd.i64 r2, r3, #1\ndadd.i64 r4, r3, #1\n}"), layout);
  CHECK(muls.cycles == 100 * mul);
  CHECK(muls.operations == 300);
  REQUIRE(muls.steps.size() == 1);
  CHECK(muls.steps[0].word == 0);
  CHECK(muls.steps[0].times == 100);
  CHECK(muls.steps[0].cycles == 100 * mul);
  CHECK(muls.steps[0].waits_for == Link::Register);
}

TEST_CASE("the operations of a word read before any writes") {
  const layout::Layout layout = layout_named("zen4");
  const unsigned pack = latency_of(layout, isa::Op::CPACK, isa::Type::I64);
  const unsigned move = latency_of(layout, isa::Op::DMOV, isa::Type::I64);
  const isa::Program program = one_stream("loop 50 {\ndmov.i64 r1, m0[0] | cpack.i64 m0[0], r1\n}");
  const CriticalPath path = critical_path(program, layout);
  CHECK(path.cycles >= 50 * pack);         // a lane of m0 keeps the others, so cpack waits for cpack
  CHECK(path.cycles <= 50 * pack + move);  // one after the other would be 50 * (pack + move)
}

TEST_CASE("a value that goes through memory waits for the forwarding of the layout") {
  const layout::Layout layout = layout_named("zen4");
  const CriticalPath path =
      critical_path(one_stream("loop 100 {\nsscattr.i64 r1, [p0]\nsgather.i64 r1, [p0]\n}"), layout);
  const std::uint64_t round = 1 + layout.memory.forward_latency;
  CHECK(path.cycles == 100 * round);
  CHECK(path.length == 200);
  for (const PathStep& step : path.steps) {
    CHECK(step.waits_for == (step.word == 0 ? Link::Register : Link::Memory));
  }
}

TEST_CASE("a message carries the path from one sentron to the other") {
  const layout::Layout layout = layout_named("zen4");
  const isa::Program program = assemble(
      ".program two\n.stream a\nloop 10 {\ncsend m0, second\ncrecv m0, second\n}\n.end\n"
      ".stream b\nloop 10 {\ncrecv m0, first\ncsend m0, first\n}\n.end\n"
      ".sentron first stream=a\n.sentron second stream=b\n");
  const CriticalPath path = critical_path(program, layout);
  CHECK(path.length == 40);
  CHECK(path.cycles >= 20 * std::uint64_t{layout.sentrons.fabric_latency});
}

TEST_CASE("what is beyond the limit is left out, and said") {
  const CriticalPath path = critical_path(one_stream("loop 100 {\ndadd.i64 r1, r1, #1\n}"), layout_named("zen4"), 10);
  CHECK(path.operations == 10);
  CHECK_FALSE(path.complete);
}
