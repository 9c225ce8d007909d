#include "pack/coordinate_ranges.hpp"

#include "packing.hpp"

namespace {

using namespace vtpu;

pack::StreamRanges ranges_of(const isa::Program& program) {
  return pack::coordinate_ranges(program, 0, program.streams[0].words, pack::regions_of(program.streams[0]));
}

TEST_CASE("a step in a loop reaches from its start over count - 1 steps") {
  const isa::Program program = test::one_stream("loop 10 {\n sgather.i64 r1, [p0, d0 += 3]\n}\nsgather.i64 r2, [p0]");
  const pack::StreamRanges ranges = ranges_of(program);
  REQUIRE(ranges.address[0][0] == pack::Range{1, 1 + 9 * 3});
  REQUIRE(ranges.address[0][1] == pack::Range{1, 1});
  REQUIRE(ranges.address[1][0] == pack::Range{31, 31});
  REQUIRE(ranges.unproven_steps.empty());
}

TEST_CASE("nested loops multiply, a literal coordinate starts anew") {
  const isa::Program program = test::one_stream(
      "loop 4 {\n ssetp p0, @1.1.1/1.1.1/1.1.1/1.5\n loop 6 {\n sgather.i64 r1, [p0, d0 += 1]\n "
      "sscattr.i64 r1, [p1, d2 += 2]\n}\n}");
  const pack::StreamRanges ranges = ranges_of(program);
  REQUIRE(ranges.address[1][0] == pack::Range{5, 10});
  REQUIRE(ranges.address[2][2] == pack::Range{1, 1 + 2 * 23});
  REQUIRE(ranges.unproven_steps.empty());
}

TEST_CASE("a register copied from one that steps follows it") {
  const isa::Program program =
      test::one_stream("loop 8 {\n ssetp p4, p0\n sindex p0, p0, #2, d1\n sgather.i64 r1, [p4, d0 += 1]\n}");
  const pack::StreamRanges ranges = ranges_of(program);
  REQUIRE(ranges.address[2][1] == pack::Range{1, 1 + 2 * 7});
  REQUIRE(ranges.address[2][0] == pack::Range{1, 1});
}

TEST_CASE("a step that may leave its dimension is named, and only that") {
  const isa::Program program = test::one_stream("loop 2046 {\n sgather.i64 r1, [p0, d0 += 1]\n}");
  REQUIRE(ranges_of(program).unproven_steps.empty());  // 1 + 2046 is 2047
  const isa::Program over = test::one_stream("dnop\nloop 2047 {\n sgather.i64 r1, [p0, d0 += 1]\n}");
  REQUIRE(ranges_of(over).unproven_steps == std::vector<std::uint32_t>{1});
  const isa::Program by_register = test::one_stream("sindex p1, p0, r3, d4");
  REQUIRE(ranges_of(by_register).unproven_steps == std::vector<std::uint32_t>{0});
}

TEST_CASE("sentrons that share a stream widen its ranges") {
  isa::Program program = test::one_stream("sgather.i64 r1, [p0]");
  isa::SentronSpec other{std::string("t"), 0, program.sentrons[0].initial};
  other.initial.p[0] = isa::with_dimension(other.initial.p[0], 0, 40);
  program.sentrons.push_back(other);
  REQUIRE(ranges_of(program).address[0][0] == pack::Range{1, 40});
}

}  // namespace
