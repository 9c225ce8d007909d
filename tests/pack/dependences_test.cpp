// Which pairs of operations keep their order, and by how many words.
#include "pack/dependences.hpp"

#include <optional>

#include "pack/sharing.hpp"
#include "packing.hpp"

namespace {

using namespace vtpu;

struct Analysed {
  std::vector<pack::Operation> operations;
  std::vector<pack::Dependence> dependences;

  // The largest delay asked for from one operation to another, by source word; nothing: none.
  [[nodiscard]] std::optional<unsigned> delay(std::uint32_t from, std::uint32_t to, unsigned distance = 0) const {
    std::optional<unsigned> most;
    for (const pack::Dependence& d : dependences) {
      if (operations[d.from].word != from || operations[d.to].word != to || d.distance != distance) continue;
      most = std::max(most.value_or(0), d.delay);
    }
    return most;
  }
};

Analysed straight(const std::string& words) {
  const isa::Program program = test::one_stream(words, ".group g=s\n");
  const isa::Stream& stream = program.streams[0];
  const auto ranges = pack::coordinate_ranges(program, 0, stream.words, pack::regions_of(stream));
  Analysed out;
  out.operations = pack::operations_of(stream.words, 0, static_cast<std::uint32_t>(stream.words.size()), ranges);
  out.dependences = pack::dependences_of(out.operations, pack::Latencies(test::core("vtpu3")));
  return out;
}

// Words are counted from the first of `before`, which stand in front of the loop.
Analysed looped(const std::string& words, const std::string& before = "") {
  const isa::Program program = test::one_stream(fmt::format("{}loop 5 {{\n{}\n}}", before, words), ".group g=s\n");
  const isa::Stream& stream = program.streams[0];
  const std::uint32_t first = stream.loops[0].first;
  const auto end = static_cast<std::uint32_t>(stream.words.size());
  const auto ranges = pack::coordinate_ranges(program, 0, stream.words, pack::regions_of(stream));
  Analysed out;
  out.operations = pack::operations_of(stream.words, first, end, ranges);
  out.dependences = pack::loop_dependences_of(out.operations, pack::Latencies(test::core("vtpu3")),
                                              pack::growth_over(stream.words, first, end), 0);
  return out;
}

TEST_CASE("a reader stands behind its writer, a later writer may share the reader's word") {
  const Analysed a = straight("dadd.i64 r1, r2, r3\ncpack.i64 m0[0], r1\ndmov.i64 r1, #5");
  REQUIRE(a.delay(0, 1) == 1);
  REQUIRE(a.delay(1, 2) == 0);
  REQUIRE(a.delay(0, 2) == 1);
}

TEST_CASE("the compare mask and routes are registers too") {
  const Analysed a = straight("dcmp.i64.lt r1, r2\ndsel.i64 r3, r1, r2\ncroute m1, s\ncsend m1\ncrecv m2, s");
  REQUIRE(a.delay(0, 1) == 1);
  REQUIRE(a.delay(2, 3) == 1);
  REQUIRE(a.delay(3, 4) == 1);
  REQUIRE_FALSE(a.delay(2, 4));
}

TEST_CASE("cells that differ in a dimension or a lane are different") {
  REQUIRE_FALSE(straight("sscattr.i64 r1, [p0].2\nsgather.i64 r2, [p0].3").delay(0, 1));
  REQUIRE(straight("sscattr.i64 r1, [p0].2\nsgather.i64 r2, [p0].2").delay(0, 1) == 1);
  REQUIRE(straight("sscattr.i64 r1, [p0].2\nsgather.b512 v2, [p0]").delay(0, 1) == 1);
  REQUIRE_FALSE(straight("sscattr.i64 r1, [p0]\nsgather.i64 r2, [p1]").delay(0, 1));  // other rows
  REQUIRE_FALSE(straight("sgather.i64 r1, [p0]\nsgather.i64 r2, [p0]").delay(0, 1));  // two loads
  REQUIRE(straight("sindex p1, p0, r9, d0\nsscattr.i64 r1, [p1]\nsgather.i64 r2, [p0]").delay(1, 2) == 1);
  REQUIRE_FALSE(straight("sindex p1, p0, r9, d0\nsindex p2, p1, #1, d3\nsscattr.i64 r1, [p1]\n"
                         "sgather.i64 r2, [p2]")
                    .delay(2, 3));
}

TEST_CASE("a loop's store meets the load that comes to its cell later, in that iteration") {
  for (unsigned k = 1; k <= 3; ++k) {
    const Analysed a =
        looped(fmt::format("sindex p1, p0, #{}, d0\nsgather.i64 r1, [p0, d0 += 1]\nsscattr.i64 r2, [p1]", k));
    for (unsigned distance = 1; distance <= 4; ++distance) {
      REQUIRE(a.delay(2, 1, distance).has_value() == (distance == k));
    }
  }
}

TEST_CASE("two pointers into one array meet where their distance says, and nowhere else") {
  for (const int ahead : {-2, 1, 3}) {
    // p1 stores where p0 loads, `ahead` cells before or behind it.
    const Analysed a = looped("sgather.i64 r1, [p0, d0 += 1]\nsscattr.i64 r2, [p1, d0 += 1]",
                              fmt::format("ssetp p0, @1.1.1/1.1.1/1.1.1/5.9\nsindex p1, p0, #{}, d0\n", ahead));
    for (unsigned distance = 0; distance <= 4; ++distance) {
      INFO(ahead << " ahead, distance " << distance);
      REQUIRE(a.delay(3, 2, distance).has_value() == (static_cast<int>(distance) == ahead));
      REQUIRE(a.delay(2, 3, distance).has_value() == (static_cast<int>(distance) == -ahead));
    }
  }
  // A step by a register loses the distance.
  REQUIRE(
      looped("sgather.i64 r1, [p0, d0 += 1]\nsscattr.i64 r2, [p1, d0 += 1]", "sindex p1, p0, r3, d0\n").delay(2, 1, 1));
}

TEST_CASE("stores come before the message that announces them, loads after the message that does") {
  const Analysed a = straight(
      "sscattr.i64 r1, [p0]\ncsend m0, s\nsgather.i64 r2, [p1]\ncrecv m1, s\n"
      "sgather.i64 r3, [p2]\ncbar g\nsgather.i64 r4, [p3]");
  REQUIRE(a.delay(0, 1) == 0);   // in the word of the send at the latest
  REQUIRE_FALSE(a.delay(1, 2));  // a send keeps nothing back
  REQUIRE_FALSE(a.delay(2, 3));  // nor does a receive wait for what came before
  REQUIRE(a.delay(3, 4) == 1);
  REQUIRE(a.delay(4, 5) == 1);
  REQUIRE(a.delay(5, 6) == 1);
  REQUIRE(a.delay(1, 3) == 1);
  REQUIRE(a.delay(3, 5) == 1);
}

TEST_CASE("a load in the word of a receive stays with or behind it") {
  const Analysed a = straight("csend m0, s\nsgather.i64 r2, [p1] | crecv m1, s");
  bool found = false;
  for (const pack::Dependence& d : a.dependences) {
    found = found || (a.operations[d.from].coupling == pack::Coupling::Receive &&
                      a.operations[d.to].memory == pack::MemoryUse::Read && d.delay == 0);
  }
  REQUIRE(found);
}

// The second stream's sentron loads what the first one stores, by message.
const char* const kTwoSentrons =
    ".program test\n.stream writer\nsscattr.i64 r1, [p0]\nsscattr.i64 r2, [p1]\nsgather.i64 r3, [p2]\n"
    "csend m0, b\n.end\n"
    ".stream reader\ncrecv m0, a\nsgather.i64 r1, [p0]\nsgather.i64 r2, [p2]\nsscattr.i64 r2, [p3]\n.end\n"
    ".sentron a stream=writer p0=@1.1.1/1.1.1/1.1.1/1.0 p1=@1.1.1/1.1.1/1.1.1/2.0 p2=@1.1.1/1.1.1/1.1.1/3.0\n"
    ".sentron b stream=reader p0=@1.1.1/1.1.1/1.1.1/1.0 p2=@1.1.1/1.1.1/1.1.1/3.0 p3=@1.1.1/1.1.1/1.1.1/4.0\n";

std::vector<bool> unshared(const isa::Program& program, std::uint32_t stream) {
  const auto& words = program.streams[stream].words;
  auto ranges = pack::coordinate_ranges(program, stream, words, pack::regions_of(program.streams[stream]));
  pack::Sharing(program).mark(stream, words, ranges);
  return ranges.unshared;
}

TEST_CASE("a cell is shared where another sentron writes what one reads, or touches what one writes") {
  const isa::Program program = test::assembled(kTwoSentrons);
  REQUIRE(unshared(program, 0) == std::vector<bool>{false, true, true, false});
  REQUIRE(unshared(program, 1) == std::vector<bool>{false, false, true, true});
}

TEST_CASE("sentrons of one stream share what any of them writes") {
  isa::Program program = test::assembled(kTwoSentrons);
  program.sentrons.push_back({std::string("c"), 0, program.sentrons[0].initial});
  REQUIRE(unshared(program, 0) == std::vector<bool>{false, false, true, false});
}

TEST_CASE("cells of nobody else's concern pass messages, but no fence") {
  const std::string words =
      "sscattr.i64 r1, [p0]\ncsend m0, s\ncrecv m1, s\nsgather.i64 r2, [p1]\ncfence.core\n"
      "sgather.i64 r3, [p2]";
  const isa::Program program = test::one_stream(words);
  const auto& stream = program.streams[0];
  auto ranges = pack::coordinate_ranges(program, 0, stream.words, pack::regions_of(stream));
  pack::Sharing(program).mark(0, stream.words, ranges);
  Analysed a;
  a.operations = pack::operations_of(stream.words, 0, 6, ranges);
  a.dependences = pack::dependences_of(a.operations, pack::Latencies(test::core("vtpu3")));
  REQUIRE_FALSE(a.delay(0, 1));
  REQUIRE_FALSE(a.delay(2, 3));
  REQUIRE(a.delay(3, 4) == 1);
  REQUIRE(a.delay(4, 5) == 1);
}

}  // namespace
