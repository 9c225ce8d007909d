// Messages of neighbouring iterations overlap with computing: what double buffering by hand would do.
#include <functional>

#include "pack/region.hpp"
#include "packing.hpp"

namespace {

using namespace vtpu;

// Loads, computes for some words, and sends every result; receives and computes.
const char* const kExchange =
    ".program exchange\n.fill @1.1.1/1.1.1/1.1.1/1.0 d0 60 i64 2 * i + 3\n"
    ".stream produce\nloop 60 {{\n sgather.i64 r1, [p0, d0 += 1]\n dmul.i64 r2, r1, r9\n dxor.i64 r2, r2, r8\n {}\n"
    " csend m0, consumer\n}}\n.end\n"
    ".stream consume\nloop 60 {{\n crecv m0, producer\n dmov.i64 r1, m0[0]\n dmul.i64 r2, r1, r9\n dxor.i64 r2, r2, "
    "r8\n"
    " sscattr.i64 r2, [p1, d0 += 1]\n}}\n.end\n"
    ".sentron producer stream=produce p0=@1.1.1/1.1.1/1.1.1/1.0 r8=11 r9=5\n"
    ".sentron consumer stream=consume p1=@1.1.1/1.1.1/1.1.1/2.0 r8=77 r9=3\n";

// The words that one run executes, in order.
void each_word(const std::vector<isa::Siw>& words, const std::vector<pack::Region>& regions,
               const std::function<void(const isa::Siw&)>& f) {
  for (const pack::Region& region : regions) {
    if (!region.is_loop()) {
      for (std::uint32_t w = region.first; w < region.end; ++w) f(words[w]);
      continue;
    }
    for (std::uint64_t i = 0; i < region.count; ++i) each_word(words, region.regions, f);
  }
}

// In how many iterations `early` has been executed for the next one, in the same word at the latest, when `late` is.
unsigned overlapped(const isa::Stream& stream, isa::Op early, isa::Op late) {
  unsigned begun = 0, done = 0, ahead = 0;
  each_word(stream.words, pack::regions_of(stream), [&](const isa::Siw& word) {
    for (const isa::Slot* slot : {&word.d, &word.s, &word.c}) begun += op_of(*slot) == early ? 1 : 0;
    for (const isa::Slot* slot : {&word.d, &word.s, &word.c}) {
      if (op_of(*slot) != late) continue;
      ++done;
      ahead += begun > done ? 1 : 0;
    }
  });
  return ahead;
}

TEST_CASE("a send overlaps with computing the next message, and a receive comes before the last one is used") {
  for (const char* message : {"cpack.i64 m0[0], r2", "croute m0, consumer\n cpack.i64 m0[0], r2"}) {
    const isa::Program program = test::assembled(fmt::format(fmt::runtime(kExchange), message));
    for (const char* layout : {"vtpu3", "zen4"}) {
      INFO(layout << ", " << message);
      const pack::Packed packed = test::packed(program, 3, layout);
      REQUIRE(overlapped(packed.program.streams[0], isa::Op::SGATHER, isa::Op::CSEND) == 59);
      REQUIRE(overlapped(packed.program.streams[0], isa::Op::DXOR, isa::Op::CSEND) >=
              58);  // the drain may order its two anew
      REQUIRE(overlapped(packed.program.streams[1], isa::Op::CRECV, isa::Op::SSCATTR) == 59);
      for (const pack::LoopReport& loop : packed.report.loops) REQUIRE(loop.interval == loop.bounds.words());
    }
  }
}

TEST_CASE("without software pipelining nothing of the next message is done before a send") {
  const isa::Program program = test::assembled(fmt::format(fmt::runtime(kExchange), "cpack.i64 m0[0], r2"));
  const pack::Packed packed = test::packed(program, 2);
  REQUIRE(overlapped(packed.program.streams[0], isa::Op::SGATHER, isa::Op::CSEND) == 0);
  REQUIRE(overlapped(packed.program.streams[1], isa::Op::CRECV, isa::Op::SSCATTR) == 0);
}

}  // namespace
