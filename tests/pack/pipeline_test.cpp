// Tier 3: intervals of textbook loops, trip counts of every size, registers that come back.
#include <fmt/format.h>

#include "naive.hpp"
#include "packing.hpp"

namespace {

using namespace vtpu;

struct Textbook {
  const char* name;
  const char* body;
  unsigned d, s, c;     // operations
  unsigned recurrence;  // words
};

// p0, p1, p2 walk along rows of their own.
constexpr Textbook kLoops[] = {
    {"dot product", "sgather.b512 v1, [p0, d0 += 1]\nsgather.b512 v2, [p1, d0 += 1]\ndfma.f32x16 v0, v1, v2, v0", 1, 2,
     0, 1},
    {"saxpy",
     "sgather.b512 v1, [p0, d0 += 1]\nsgather.b512 v2, [p1]\ndfma.f32x16 v3, v9, v1, v2\n"
     "sscattr.b512 v3, [p1, d0 += 1]",
     1, 3, 0, 3},  // the next load waits for the step that rides on the store
    {"three-point stencil",
     "sgather.i64 r1, [p0, d0 += 1].0\nsgather.i64 r2, [p0, d0 += 1].0\nsgather.i64 r3, [p0, d0 -= 1].0\n"
     "dadd.i64 r4, r1, r2\ndadd.i64 r5, r4, r3\ndmul.i64 r5, r5, r9\nsscattr.i64 r5, [p1, d0 += 1].0",
     3, 4, 0, 3},
    {"prefix sum", "sgather.i64 r1, [p0, d0 += 1]\ndadd.i64 r2, r2, r1\nsscattr.i64 r2, [p1, d0 += 1]", 1, 2, 0, 1},
    {"horner", "sgather.f64 v1, [p0, d0 += 1]\ndmul.f64 v2, v2, v9\ndadd.f64 v2, v2, v1", 2, 1, 0, 2},
    {"largest with its place",
     "sgather.i64 r1, [p0, d0 += 1]\ndcmp.i64.gt r1, r2\ndsel.i64 r2, r1, r2\ndsel.i64 r3, r4, r3\n"
     "dadd.i64 r4, r4, r9",
     4, 1, 0, 2},
    {"one of each pipe", "dadd.i64 r1, r1, r9\nsgather.i64 r2, [p0, d0 += 1]\ncpack.i64 m0[1], r2", 1, 1, 1, 1},
    {"message to itself",
     "sgather.i64 r1, [p0, d0 += 1]\ndmul.i64 r2, r1, r9\ncpack.i64 m0[0], r2\ncsend m0, s\ncrecv m1, s\n"
     "dmov.i64 r3, m1[0]\ndadd.i64 r4, r4, r3",
     3, 1, 3, 2},  // send and receive; nobody writes what it loads, so the loads are free of both
};

// Rows of numbers for p0, p1, p2; every register that matters starts with something.
isa::Program looped(const std::string& body, std::uint64_t count) {
  isa::Program program = test::one_stream(fmt::format("loop {} {{\n{}\n}}\n", count, body),
                                          ".fill @1.1.1/1.1.1/1.1.1/1.0 d1 3 d0 100 f32 (i * 7 + j) % 11\n");
  for (std::size_t i = 0; i < 16; ++i) program.sentrons[0].initial.r[i] = 1000 + 37 * i;
  program.sentrons[0].initial.v[0].lane.fill(0x3FF0000000000000);
  program.sentrons[0].initial.v[9].lane.fill(0x3FE0000000000000);
  return program;
}

TEST_CASE("textbook loops reach the larger of their resource and recurrence bounds") {
  for (const Textbook& textbook : kLoops) {
    for (const char* layout : {"zen4", "vtpu3"}) {
      INFO(textbook.name << " on " << layout);
      const pack::Packed packed = test::packed(looped(textbook.body, 90), 3, layout);
      REQUIRE(packed.report.loops.size() == 1);
      const pack::LoopReport& loop = packed.report.loops[0];
      REQUIRE(loop.bounds.slots == std::array<unsigned, 3>{textbook.d, textbook.s, textbook.c});
      REQUIRE(loop.bounds.recurrence <= textbook.recurrence);
      REQUIRE(loop.interval == std::max({textbook.d, textbook.s, textbook.c, loop.bounds.recurrence}));
      REQUIRE(loop.operations_per_word() ==
              Approx(static_cast<double>(textbook.d + textbook.s + textbook.c) / loop.interval));
    }
  }
}

TEST_CASE("the recurrences of textbook loops are what their chains say") {
  for (const Textbook& textbook : kLoops) {
    INFO(textbook.name);
    const pack::Packed packed = test::packed(looped(textbook.body, 90), 2);
    // Walking a row ties the steps of its register together: as many words as steps.
    REQUIRE(packed.report.loops[0].bounds.recurrence == textbook.recurrence);
  }
}

TEST_CASE("loops of every length keep their meaning, remainders included") {
  for (const Textbook& textbook : kLoops) {
    for (std::uint64_t count = 1; count <= 34; ++count) {
      INFO(textbook.name << ", " << count << " iterations");
      test::packed(looped(textbook.body, count), 3, "vtpu3");
      test::packed(looped(textbook.body, count), 3, "zen4");
    }
  }
}

TEST_CASE("a pipelined loop inside a loop, its values read behind it") {
  const std::string inner =
      "dmov.i64 r2, #0 | ssetp p0, @1.1.1/1.1.1/1.1.1/1.1\nloop 23 {\nsgather.i64 r1, [p0, d0 += 1]\n"
      "dmul.i64 r3, r1, r9\ndxor.i64 r3, r3, r2\ndadd.i64 r2, r2, r3\n}\ndadd.i64 r7, r7, r2\n"
      "dadd.i64 r8, r8, r3\nsscattr.i64 r1, [p2, d0 += 1]";
  for (const char* layout : {"zen4", "vtpu3"}) {
    const pack::Packed packed = test::packed(looped(inner, 9), 3, layout);
    REQUIRE(packed.report.loops.size() == 1);
    REQUIRE(packed.report.loops[0].pipelined);
    REQUIRE(packed.report.loops[0].entries == 9);
  }
}

TEST_CASE("a pointer that a store steps is split from the loads in front of it") {
  // y[i] = (y[i] * a + b) * c: one iteration at a time with one pointer, two S slots with two.
  const std::string body =
      "sgather.i64 r1, [p1]\ndmul.i64 r2, r1, r9\ndadd.i64 r2, r2, r8\ndmul.i64 r2, r2, r7\n"
      "sscattr.i64 r2, [p1, d0 += 1]";
  REQUIRE(test::packed(looped(body, 90), 2).report.loops[0].bounds.recurrence == 5);
  for (const char* layout : {"zen4", "vtpu3"}) {
    for (std::uint64_t count = 1; count < 40; ++count) test::packed(looped(body, count), 3, layout);
    const pack::Packed packed = test::packed(looped(body, 90), 3, layout);
    REQUIRE(packed.report.loops[0].bounds.recurrence == 1);
    REQUIRE(packed.report.loops[0].interval == 3);  // its three D operations
  }
}

TEST_CASE("a split pointer does not hide that a store meets a later load") {
  // y[i + 1] = y[i] * a, by the pointer of the load: the chain through memory stays.
  const isa::Program program =
      looped("sgather.i64 r1, [p1]\ndmul.i64 r2, r1, r9\nsgather.i64 r3, [p1, d0 += 1]\nsscattr.i64 r2, [p1]", 60);
  for (const char* layout : {"zen4", "vtpu3"}) {
    REQUIRE(test::packed(program, 3, layout).report.loops[0].bounds.recurrence == 3);
  }
}

TEST_CASE("what is handed over in memory by messages arrives") {
  // Every round the consumer must see this round's cell, and the producer may not overwrite it before.
  const isa::Program program = test::assembled(
      ".program handover\n.stream produce\nloop 50 {\n dmul.i64 r1, r1, r9\n sscattr.i64 r1, [p0]\n csend m0, "
      "consumer\n"
      " crecv m1, consumer\n dadd.i64 r1, r1, #3\n}\n.end\n"
      ".stream consume\nloop 50 {\n crecv m0, producer\n sgather.i64 r2, [p0]\n csend m1, producer\n"
      " dmul.i64 r3, r3, r9\n dadd.i64 r3, r3, r2\n}\n.end\n"
      ".sentron producer stream=produce p0=@1.1.1/1.1.1/1.1.1/1.0 r1=1 r9=5\n"
      ".sentron consumer stream=consume p0=@1.1.1/1.1.1/1.1.1/1.0 r9=7\n");
  for (const char* layout : {"zen4", "vtpu3"}) {
    for (int tier = 1; tier < pack::kTiers; ++tier) test::packed(program, tier, layout);
  }
}

TEST_CASE("borrowed registers have their start values again at the end") {
  // Six loads in flight on a core in order need more registers than the loop names; r10 to r15 start with 1370 to 1555.
  const isa::Program program = looped(
      "sgather.i64 r1, [p0, d0 += 1]\ndmul.i64 r2, r1, r9\ndmul.i64 r3, r2, r9\ndadd.i64 r4, r4, r3\n"
      "cpack.i64 m0[0], r1",
      60);
  const pack::Packed packed = test::packed(program, 3, "vtpu3");
  REQUIRE(packed.report.loops[0].unrolled > 1);
  REQUIRE(packed.report.operations_after > packed.report.operations_before);
}

TEST_CASE("registers that sentrons start differently are not borrowed") {
  isa::Program program = looped(
      "sgather.i64 r1, [p0, d0 += 1]\ndmul.i64 r2, r1, r9\ndmul.i64 r3, r2, r9\ndadd.i64 r4, r4, r3\n"
      "cpack.i64 m0[0], r1",
      60);
  program.sentrons.push_back({std::string("t"), 0, program.sentrons[0].initial});
  for (std::size_t i = 0; i < 16; ++i) program.sentrons[1].initial.r[i] += 5;
  const pack::Packed packed = test::packed(program, 3, "vtpu3");
  REQUIRE(packed.report.operations_after == packed.report.operations_before);
}

TEST_CASE("one operation per word packs as densely as the source packed by hand") {
  // Words executed: micro_attention_naive is four words and two words a round, as micro_attention_packed was written.
  const auto program = assembly::assemble_file(VTPU_SOURCE_DIR "/programs/micro_attention_naive.siw");
  REQUIRE(program);
  const pack::Packed packed = test::packed(*program, 3);
  REQUIRE(packed.report.loops.size() == 2);
  for (const pack::LoopReport& loop : packed.report.loops) {
    INFO(loop.gap);
    REQUIRE(loop.interval == loop.bounds.words());
  }
  REQUIRE(packed.report.operations_after / packed.report.words_after > 1.99);
}

TEST_CASE("the report says which bound a loop meets and what stood in the way") {
  const pack::Packed met = test::packed(looped(kLoops[0].body, 90), 3);
  REQUIRE(met.report.loops[0].gap == "meets the bound set by its 2 S operations");
  const pack::Packed chain =
      test::packed(looped("dmul.i64 r1, r1, r9\ndadd.i64 r1, r1, r9\nsgather.i64 r2, [p0]", 9), 3);
  REQUIRE(chain.report.loops[0].gap == "meets the bound set by its 2 D operations");
  const pack::Packed few = test::packed(looped(kLoops[1].body, 2), 3);
  REQUIRE(few.report.loops[0].gap == "2 iterations are too few to pay for fill and drain");
}

TEST_CASE("a dependence that a packer lost shows in the final state") {
  // Every reader once moved in front of its writer: the check that follows packing must see each of them.
  const isa::Program program = looped(
      "dmul.i64 r1, r2, r9\ndadd.i64 r3, r1, r8\nsscattr.i64 r3, [p2, d0 += 1]\nsgather.i64 r2, [p0, d0 += 1]\n"
      "cpack.i64 m0[0], r2",
      20);
  const isa::MachineState truth = reference::run(program).state;
  const auto& words = program.streams[0].words;
  int planted = 0;
  for (std::size_t writer = 0; writer + 1 < words.size(); ++writer) {
    for (std::size_t reader = writer + 1; reader < words.size(); ++reader) {
      const auto written = test::written_by(words[writer]);
      if ((written & test::read_by(words[reader])) == 0) continue;
      isa::Program wrong = program;
      auto& moved = wrong.streams[0].words;
      std::rotate(moved.begin() + static_cast<std::ptrdiff_t>(writer),
                  moved.begin() + static_cast<std::ptrdiff_t>(reader),
                  moved.begin() + static_cast<std::ptrdiff_t>(reader) + 1);
      isa::compute_dependency_flags(wrong.streams[0]);
      INFO("word " << reader << " in front of word " << writer);
      REQUIRE_FALSE(isa::differences(truth, "source", reference::run(wrong).state, "packed").empty());
      ++planted;
    }
  }
  REQUIRE(planted == 3);  // r1, r3, r2 into the message
}

}  // namespace
