#include "testbench/analysis/memory_profile.hpp"

#include <bit>

#include "programs.hpp"

using namespace vtpu;
using namespace vtpu::analysis;

namespace {

MemoryProfile profile(const isa::Program& program, const layout::Layout& layout) {
  return profile_memory(program, trace_accesses(program), layout, phext::Placement::Linear);
}

const OperationAccesses& at_word(const MemoryProfile& memory, std::uint32_t word) {
  for (const OperationAccesses& operation : memory.operations) {
    if (operation.word == word) return operation;
  }
  FAIL("no access by word " << word);
  return memory.operations.front();
}

}  // namespace

TEST_CASE("each operation's moves are named") {
  const isa::Program program = one_stream(
      "loop 100 {\n"
      "sgather.i64 r1, [@1.1.1/1.1.1/1.1.1/1.1]\n"  // word 0: fixed
      "sgather.i64 r2, [p1, d0 += 1]\n"             // word 1: sequential
      "sgather.i64 r3, [p2, d5 -= 3]\n"             // word 2: strided
      "sgather.i64 r4, [p3].1\n"                    // word 3: a gather, stepped by r4 below
      "dadd.i64 r5, r5, #5\n"
      "dand.i64 r5, r5, #15 | sindex p3, p3, r5, d1\n"
      "sgather.i64 r6, [p4, d1 += 1]\n"  // word 6: there and back, that is fixed
      "sindex p4, p4, #-1, d1\n"
      "}",
      "p2=1.1.1/1.1.1000/1.1.1/1.1 r5=1");
  const MemoryProfile memory = profile(program, layout_named("zen4"));
  CHECK(at_word(memory, 0).pattern == Pattern::Fixed);
  CHECK(at_word(memory, 1).pattern == Pattern::Sequential);
  CHECK(at_word(memory, 1).step_share == 1.0);
  CHECK(at_word(memory, 2).pattern == Pattern::Strided);
  CHECK(at_word(memory, 2).step == phext::DimensionStep{5, -3});
  CHECK(at_word(memory, 3).pattern == Pattern::Gather);
  CHECK(at_word(memory, 6).pattern == Pattern::Fixed);
  CHECK(memory.accesses == 500);
}

TEST_CASE("a pointer that immediates move differently each time is random") {
  std::string body = "loop 20 {\n";
  for (const int step : {3, 11, -7, 29, -23, 5, -17, 1}) {
    body += "sgather.i64 r1, [p0, d1 += " + std::to_string(step) + "]\n";
  }
  const MemoryProfile memory = profile(one_stream(body + "}", "p0=1.1.1/1.1.1/1.1.1/500.1"), layout_named("zen4"));
  for (const OperationAccesses& operation : memory.operations)
    CHECK(operation.pattern == Pattern::Strided);  // +2 a round
  const isa::Program jumps = one_stream(
      "loop 64 {\nssetp p0, @1.1.1/1.1.1/1.1.1/1.1\nloop 2 {\nsgather.i64 r1, [p0, d1 += 500]\n}\n"
      "ssetp p0, @1.1.1/1.5.1/1.1.9/1.1\nloop 2 {\nsgather.i64 r1, [p0, d3 += 400]\n}\n}");
  for (const OperationAccesses& operation : profile(jumps, layout_named("zen4")).operations) {
    CHECK(operation.pattern == Pattern::Random);  // moves of 500 and 400 are too long to be steps
  }
}

// A column of one more cell than L1 has ways. In linear placement every cell is the first of a page, and with no more
// sets than a page has cells they all share set 0: least recently used out means that all miss, for ever.
TEST_CASE("ways + 1 lines of one set thrash: every access but the first misses, and the coordinates are named") {
  const layout::Layout layout = layout_named("zen4");
  const unsigned ways = layout.memory.l1.ways;
  REQUIRE(layout.memory.l1.size_bytes / 64 / ways <= phext::kCellsPerPage);
  constexpr unsigned kRounds = 50;
  const std::string n = std::to_string(ways + 1);
  const isa::Program program =
      one_stream("loop 50 {\nssetp p0, @0.0.0/0.0.0/0.0.0/0.0\nloop " + n + " {\nsgather.i64 r1, [p0, d1 += 1]\n}\n}");
  const MemoryProfile memory = profile(program, layout);
  CHECK(memory.l1_misses == kRounds * (ways + 1));
  CHECK(memory.l1_conflicts == (kRounds - 1) * (ways + 1));
  REQUIRE_FALSE(memory.sets.empty());
  const SetConflicts& set = memory.sets.front();
  CHECK(set.cache == "L1");
  CHECK(set.set == 0);
  CHECK(set.conflicts == memory.l1_conflicts);
  REQUIRE(set.colliders.size() == ways + 1);
  for (const Collider& collider : set.colliders) {
    CHECK(isa::get_dimension(collider.at, 0) == 0);
    CHECK(collider.conflicts == kRounds - 1);
    REQUIRE(collider.words.size() == 1);
    CHECK(collider.words.front() == std::pair<std::uint32_t, std::uint32_t>{0, 1});
  }
}

TEST_CASE("as many lines as ways do not thrash, and a walk longer than L1 misses without a conflict") {
  const layout::Layout layout = layout_named("zen4");
  const auto walk = [&](unsigned cells, const std::string& dimension) {
    return profile(one_stream("loop 10 {\nssetp p0, @0.0.0/0.0.0/0.0.0/0.0\nloop " + std::to_string(cells) +
                              " {\nsgather.i64 r1, [p0, " + dimension + " += 1]\n}\n}"),
                   layout);
  };
  const MemoryProfile fits = walk(layout.memory.l1.ways, "d1");
  CHECK(fits.l1_misses == layout.memory.l1.ways);
  CHECK(fits.sets.empty());
  const auto lines = static_cast<unsigned>(fits.l1_lines);
  const MemoryProfile streams = walk(2 * lines, "d0");
  CHECK(streams.l1_misses == 20 * lines);
  CHECK(streams.l1_conflicts == 0);
  // Of the reuse distances, all are one less than the number of cells.
  CHECK(streams.reuse.first_uses == 2 * lines);
  CHECK(streams.reuse.buckets[static_cast<std::size_t>(std::bit_width(2 * lines - 1))] == 18 * lines);
  CHECK(streams.pages == 2 * lines / phext::kCellsPerPage);
}

TEST_CASE("the heat map counts every access once, where it is") {
  const isa::Program program = one_stream(
      "loop 3 {\nloop 4 {\nsgather.i64 r1, [p0, d2 += 1]\n}\nsindex p0, p0, #-4, d2\nsindex p0, p0, #1, d7\n}");
  const MemoryProfile memory = profile(program, layout_named("zen4"));
  REQUIRE(memory.dimensions.size() == 2);
  CHECK(memory.dimensions[0].dimension == 2);
  CHECK(memory.dimensions[0].counts == std::vector<std::uint64_t>{3, 3, 3, 3});
  CHECK(memory.dimensions[1].counts == std::vector<std::uint64_t>{4, 4, 4});
  CHECK(memory.heat.x == 2);
  CHECK(memory.heat.y == 7);
  CHECK(memory.heat.columns == 4);
  CHECK(memory.heat.rows == 3);
  CHECK(memory.heat.counts == std::vector<std::uint64_t>(12, 1));
}
