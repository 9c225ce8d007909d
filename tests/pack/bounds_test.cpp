// Bounds of small loops, by formula.
#include "pack/bounds.hpp"

#include <fmt/format.h>

#include "packing.hpp"

namespace {

using namespace vtpu;

pack::LoopReport loop_of(const std::string& body, int tier = 2, const std::string& layout = "vtpu3") {
  const pack::Packed packed = test::packed(test::one_stream(fmt::format("loop 9 {{\n{}\n}}", body)), tier, layout);
  REQUIRE(packed.report.loops.size() == 1);
  return packed.report.loops[0];
}

std::string repeated(unsigned times, const std::string& format) {
  std::string text;
  for (unsigned i = 0; i < times; ++i) text += fmt::format(fmt::runtime(format), i) + "\n";
  return text;
}

TEST_CASE("the slot bound is the number of operations of each pipe") {
  for (unsigned d = 0; d < 4; ++d) {
    for (unsigned s = 1; s < 4; ++s) {
      for (unsigned c = 0; c < 4; ++c) {
        const auto loop = loop_of(repeated(d, "dadd.i64 r{}, r8, r9") + repeated(s, "sgather.i64 r{0}, [p{0}].1") +
                                  repeated(c, "cpack.i64 m{}[0], r9"));
        REQUIRE(loop.bounds.slots == std::array<unsigned, 3>{d, s, c});
        REQUIRE(loop.bounds.resource() == std::max({d, s, c}));
        REQUIRE(loop.operations == d + s + c);
      }
    }
  }
}

TEST_CASE("different immediates need a word each, equal ones share where their pipes differ") {
  // 7 is used by D, S and C, 8 twice by D, 9 by C.
  const auto loop = loop_of(
      "dadd.i64 r1, r8, #7\nsindex p1, p2, #7, d3\ncpack.i64 m0[0], #7\ndadd.i64 r2, r8, #8\ndadd.i64 r3, r8, #8\n"
      "cpack.i64 m1[0], #9");
  REQUIRE(loop.bounds.immediate == 1 + 2 + 1);
  REQUIRE(loop.bounds.slots == std::array<unsigned, 3>{3, 1, 2});
  REQUIRE(loop.bounds.resource() == 4);
}

TEST_CASE("different coordinates need a word each") {
  const auto loop = loop_of("ssetp p1, @1.1.1/1.1.1/1.1.1/1.1\nssetp p2, @1.1.1/1.1.1/1.1.1/1.2");
  REQUIRE(loop.bounds.coordinate == 2);
}

TEST_CASE("a chain through registers that comes back is a recurrence of its length") {
  for (unsigned n = 1; n < 6; ++n) {
    std::string body;
    for (unsigned i = 0; i < n; ++i) body += fmt::format("dmul.i64 r{}, r{}, r9\n", (i + 1) % n, i);
    const auto loop = loop_of(body);
    const unsigned multiply = 3;  // vtpu3: uop int_mul
    REQUIRE(loop.bounds.recurrence == n);
    REQUIRE(loop.bounds.recurrence_cycles == multiply * n);
  }
}

TEST_CASE("a chain within one iteration is none") {
  const auto loop = loop_of("dadd.i64 r1, r8, r9\ndadd.i64 r2, r1, r9\ndadd.i64 r3, r2, r9");
  REQUIRE(loop.bounds.recurrence == 0);
  REQUIRE(loop.bounds.words() == 3);
}

TEST_CASE("a store that later iterations load is a recurrence over its distance") {
  // Cell d0 + k is stored k iterations before it is loaded: load, add, store in k iterations.
  for (unsigned k = 1; k <= 3; ++k) {
    const auto loop = loop_of(fmt::format(
        "sindex p1, p0, #{}, d0\nsgather.i64 r1, [p0, d0 += 1]\ndadd.i64 r2, r1, r9\nsscattr.i64 r2, [p1]", k));
    REQUIRE(loop.bounds.recurrence == (3 + k - 1) / k);
  }
}

TEST_CASE("the bound is the larger of resource and recurrence, and one word at least") {
  pack::LoopBounds bounds;
  REQUIRE(bounds.words() == 1);
  bounds.slots = {2, 5, 1};
  bounds.recurrence = 4;
  REQUIRE(bounds.words() == 5);
  bounds.recurrence = 6;
  REQUIRE(bounds.words() == 6);
  bounds.coordinate = 7;
  REQUIRE(bounds.words() == 7);
}

}  // namespace
