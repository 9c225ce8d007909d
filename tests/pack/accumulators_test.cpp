// Chains of associative operations run in several accumulators; no others do.
#include "packing.hpp"

namespace {

using namespace vtpu;

struct Case {
  const char* body;
  bool splits;
};

// r1 and v1 are sums over r2 and v2, which are loaded.
constexpr Case kCases[]{
    {"sgather.i64 r2, [p0, d0 += 1]\ndmul.i64 r1, r1, r2", true},
    {"sgather.i64 r2, [p0, d0 += 1]\ndfma.i64 r1, r2, r2, r1", true},
    {"sgather.b512 v2, [p0, d0 += 1]\ndfma.f32x16 v1, v2, v2, v1", false},  // rounds otherwise
    {"sgather.b512 v2, [p0, d0 += 1]\ndadd.f64x8 v1, v1, v2", false},
    {"sgather.i64 r2, [p0, d0 += 1]\ndsub.i64 r1, r2, r1", false},                        // not associative
    {"sgather.i64 r2, [p0, d0 += 1]\ndmul.i64 r1, r1, r1", false},                        // no sum of what is loaded
    {"sgather.i64 r2, [p0, d0 += 1]\ndmul.i64 r1, r1, r2\nsscattr.i64 r1, [p1]", false},  // every step is seen
};

isa::Program program_of(const Case& c, unsigned count) {
  return test::one_stream(fmt::format("dmov.i64 r1, #3\nloop {} {{\n{}\n}}", count, c.body),
                          ".fill @1.1.1/1.1.1/1.1.1/1.1 d0 64 i64 2 * i + 3\n");
}

TEST_CASE("a loop that waits for a sum splits it where that is the same to the bit, and only there") {
  for (const Case& c : kCases) {
    for (const unsigned count : {8U, 41U, 60U}) {  // with and without iterations left over
      INFO(c.body << ", " << count);
      const pack::Packed packed = test::packed(program_of(c, count), 3, "vtpu3");
      CHECK((packed.report.split_loops == 1) == c.splits);
    }
  }
}

TEST_CASE("split chains cost fewer cycles for each iteration of the source") {
  const isa::Program program = program_of(kCases[0], 60);
  const unsigned chain = pack::pack(program, test::core("vtpu3"), {2}).report.loops[0].bounds.recurrence_cycles;
  const pack::LoopReport split = test::packed(program, 3, "vtpu3").report.loops[0];
  REQUIRE(split.count < 60);
  const double ways = 60.0 / static_cast<double>(split.count);
  CHECK(split.bounds.recurrence_cycles / ways < chain);
}

TEST_CASE("every operation that splits keeps its result") {
  for (const char* op : {"dadd", "dmul", "dmin", "dmax", "dand", "dor", "dxor"}) {
    const Case loop{"sgather.i64 r2, [p0, d0 += 1]\ndmul.i64 r4, r4, r2", true};
    const std::string body = fmt::format("{}\n{}.i64 r1, r1, r2", loop.body, op);
    INFO(op);
    CHECK(test::packed(program_of({body.c_str(), true}, 37), 3, "vtpu3").report.split_loops == 1);
  }
  for (const char* op :
       {"dadd.i32x16", "dmul.i32x16", "dmin.i32x16", "dmax.i32x16", "dxor.b512", "dand.b512", "dor.b512", "dhdbind"}) {
    const std::string body = fmt::format("sgather.b512 v2, [p0, d0 += 1]\ndmul.i64 r4, r4, r5\n{} v1, v1, v2", op);
    INFO(op);
    CHECK(test::packed(program_of({body.c_str(), true}, 37), 3, "vtpu3").report.split_loops == 1);
  }
}

}  // namespace
