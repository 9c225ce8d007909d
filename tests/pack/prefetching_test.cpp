// Prefetches go where memory is waited for and a slot is empty, and nowhere else.
#include <algorithm>

#include "packing.hpp"
#include "testbench/random.hpp"

namespace {

using namespace vtpu;

// Three D operations for each load, over `rows` rows of `count` cells along dimension `along`.
std::string walk(unsigned rows, unsigned count, unsigned along,
                 const char* access = "sgather.b512 v0, [p1, d{} += 1]") {
  return fmt::format(
      "loop {} {{\nssetp p1, p0\nloop {} {{\n{}\ndadd.i32x16 v1, v1, v0\ndmul.i32x16 v2, v1, v2\n"
      "dxor.b512 v3, v2, v3\n}}\nsindex p0, p0, #1, d{}\n}}",
      rows, count, fmt::format(fmt::runtime(access), along), along == 0 ? 1 : 0);
}

pack::Packed packed_walk(const std::string& words, const char* layout) {
  return test::packed(test::one_stream(words), 3, layout);
}

unsigned prefetches_in(const isa::Program& program) {
  const auto& words = program.streams[0].words;
  return static_cast<unsigned>(
      std::count_if(words.begin(), words.end(), [](const auto& w) { return op_of(w.s) == isa::Op::SPREFCH; }));
}

TEST_CASE("a walk over more than L2 is prefetched in slots that were empty, and no interval grows") {
  for (const char* layout : {"vtpu3", "zen5"}) {
    const std::string words = walk(400, 1500, 1);  // 38 MB: more than any L3 here
    const isa::Program program = test::one_stream(words);
    const pack::Packed without = pack::pack(program, test::core(layout), {3, false});
    const pack::Packed with = pack::pack(program, test::core(layout), {3, true});
    const pack::LoopReport& loop = with.report.loops[0];
    INFO(layout << ": " << pack::text_of(loop.prefetch));
    REQUIRE(loop.prefetch.lines == 1);
    REQUIRE(loop.interval == without.report.loops[0].interval);
    REQUIRE(loop.interval == 3);
    // What is counted apart is what a run executes more.
    const auto executed = [](const isa::Program& p) { return static_cast<double>(reference::run(p).all_operations()); };
    REQUIRE(executed(with.program) - with.report.prefetch_operations == with.report.operations_after);
    REQUIRE(prefetches_in(without.program) == 0);
    REQUIRE(prefetches_in(with.program) > 0);
  }
}

TEST_CASE("prefetches look as far ahead as memory takes, in iterations of the loop") {
  const pack::LoopReport loop = pack::pack(test::one_stream(walk(400, 1500, 0)), test::core("vtpu3")).report.loops[0];
  const unsigned iteration = std::max(loop.interval, loop.bounds.recurrence_cycles);
  const unsigned latency = test::core("vtpu3").memory.dram_latency;
  REQUIRE(loop.prefetch.distance == (latency + iteration - 1) / iteration);
}

TEST_CASE("prefetches from page to page look no further ahead than a set of L1 has room for them") {
  for (const char* layout : {"vtpu3", "zen5"}) {
    const pack::LoopReport loop = pack::pack(test::one_stream(walk(400, 1500, 1)), test::core(layout)).report.loops[0];
    REQUIRE(loop.prefetch.distance == test::core(layout).memory.l1.ways / 2);
  }
}

TEST_CASE("a loop whose cells stay in L1 is not prefetched") {
  for (const char* layout : {"vtpu3", "zen5"}) {
    const pack::Packed packed = packed_walk(walk(4, 100, 1), layout);  // 400 cells
    REQUIRE(packed.report.loops[0].prefetch.lines == 0);
    REQUIRE(packed.report.loops[0].prefetch.why_none == "what the loop walks over fits L1");
    REQUIRE(prefetches_in(packed.program) == 0);
  }
}

TEST_CASE("what a window hides or a prefetcher follows is left to them") {
  const auto why = [](const std::string& words) {
    return pack::pack(test::one_stream(words), test::core("zen5")).report.loops[0].prefetch.why_none;
  };
  REQUIRE(why(walk(40, 100, 1)) == "the core's window hides the 14 cycles of a fetch");
  REQUIRE(why(walk(400, 1500, 0)) == "the core's own prefetcher follows steps of 1 along dimension 0");
}

TEST_CASE("full S slots and the author's own prefetches stay as they are") {
  const auto why = [](const std::string& body) {
    const std::string words = fmt::format("loop 1000 {{\n{}\n}}", body);
    return packed_walk(words, "vtpu3").report.loops[0].prefetch.why_none;
  };
  REQUIRE(why("sgather.b512 v0, [p1, d1 += 1]\ndadd.i32x16 v1, v1, v0") ==
          "0 of 1 S slots are empty, and it takes two");
  REQUIRE(why("sprefch.l2 [p1]\nsgather.b512 v0, [p1, d1 += 1]\ndadd.i32x16 v1, v1, v0\ndadd.i32x16 v2, v1, v0\n"
              "dadd.i32x16 v3, v1, v0\ndadd.i32x16 v4, v1, v0") == "the program prefetches itself");
}

TEST_CASE("without a free coordinate register there are no prefetches") {
  std::string use;  // all registers are read behind the loop
  for (unsigned p = 0; p < isa::kCoordinateRegisters; ++p) use += fmt::format("sgather.i64 r1, [p{}]\n", p);
  const std::string body =
      "loop 1000 {\nsgather.b512 v0, [p1, d1 += 1]\ndadd.i32x16 v1, v1, v0\ndadd.i32x16 v2, v1, v0\n"
      "dadd.i32x16 v3, v1, v0\ndadd.i32x16 v4, v1, v0\n}\n";
  REQUIRE(packed_walk(body, "vtpu3").report.loops[0].prefetch.lines == 1);
  const pack::LoopPrefetch none = packed_walk(body + use, "vtpu3").report.loops[0].prefetch;
  REQUIRE(none.lines == 0);
  REQUIRE(none.why_none == "no coordinate register is free");
}

TEST_CASE("copies of an unrolled loop and pointers into one row share their lines") {
  const std::string dense = "dadd.i32x16 v1, v1, v0\ndmul.i32x16 v2, v1, v2\ndxor.b512 v3, v2, v3\n";
  const auto lines = [&](const std::string& loads) {
    const std::string words = fmt::format("loop 900 {{\n{}{}{}{}}}", loads, dense, dense, dense);
    return packed_walk(words, "vtpu3").report.loops[0].prefetch.lines;
  };
  // Lanes of a cell, then the next cell; two cells; two pointers, one two iterations behind the other.
  REQUIRE(lines("sgather.i64 r1, [p0].0\nsgather.i64 r2, [p0].1\nsgather.i64 r3, [p0, d1 += 1].2\n") == 1);
  REQUIRE(lines("sgather.b512 v0, [p0, d1 += 1]\nsgather.b512 v4, [p0, d1 += 1]\n") == 2);
  REQUIRE(lines("sgather.b512 v0, [p0, d1 += 1]\nsgather.b512 v4, [p1, d1 += 1]\n") == 1);
}

TEST_CASE("prefetched loops keep their meaning for every count, to the edge of a dimension") {
  // Backwards too, by more than one, through a step of its own; the last prefetch must not step past the end.
  for (const std::string step : {"+= 1", "-= 1", "+= 3"}) {
    for (const char* layout : {"vtpu3", "zen5"}) {
      for (const unsigned count : {520U, 521U, 522U, 523U, 650U, 682U}) {
        const bool back = step[0] == '-';
        const std::string start = back ? fmt::format("@1.1.1/1.1.1/1.1.1/{}.1", count)
                                       : fmt::format("@1.1.1/1.1.1/1.1.1/{}.1", 2047 - count * (step[3] - '0'));
        const std::string words = fmt::format(
            "ssetp p1, {}\nloop {} {{\nsgather.b512 v0, [p1, d1 {}]\ndadd.i32x16 v1, v1, v0\ndmul.i32x16 v2, v1, v2\n"
            "dxor.b512 v3, v2, v3\ndadd.i32x16 v4, v4, v3\n}}",
            start, count, step);
        INFO(layout << ", " << count << ", " << step);
        const pack::Packed packed = packed_walk(words, layout);
        if (layout == std::string("vtpu3")) REQUIRE(packed.report.loops[0].prefetch.lines == 1);
      }
    }
  }
}

TEST_CASE("random walks keep their meaning, prefetched or not") {
  testbench::Random random(7);
  unsigned prefetched = 0;
  for (int i = 0; i < 120; ++i) {
    std::string body;
    const std::vector<std::string> steps{"", ", d1 += 1", ", d1 += 2", ", d2 += 1"};
    const std::uint64_t loads = 1 + random.below(3);
    for (std::uint64_t load = 0; load < loads; ++load) {
      body += fmt::format("sgather.b512 v{}, [p{}{}]\n", load, random.below(3), random.pick(steps));
      body += fmt::format("sscattr.b512 v{}, [p7{}]\n", load, random.pick(steps));
    }
    for (unsigned dense = 0; dense < 5 + random.below(8); ++dense) {
      body += fmt::format("dadd.i32x16 v{}, v{}, v{}\n", 3 + random.below(8), random.below(11), random.below(11));
    }
    INFO(body);
    const std::string words = fmt::format("loop {} {{\n{}}}", 260 + random.below(70), body);
    const pack::Packed packed = packed_walk(words, i % 2 == 0 ? "vtpu3" : "zen5");
    prefetched += packed.report.loops[0].prefetch.lines > 0 ? 1 : 0;
  }
  CHECK(prefetched > 20);
}

}  // namespace
