#include "testbench/analysis/access_trace.hpp"

#include "programs.hpp"
#include "reference/engine.hpp"
#include "reference/observer.hpp"

using namespace vtpu;
using namespace vtpu::analysis;

TEST_CASE("the trace holds the accesses of every word in order, with the cell before the step") {
  const isa::Program program =
      one_stream("loop 5 {\nsgather.i64 r1, [p0, d3 += 2]\ndadd.i64 r2, r2, r1\n}\nsscattr.i64 r2, [p0]");
  const AccessTrace trace = trace_accesses(program);
  REQUIRE(trace.finished);
  REQUIRE(trace.complete());
  REQUIRE(trace.accesses.size() == 6);
  for (std::uint32_t i = 0; i < 6; ++i) {
    const Access& access = trace.accesses[i];
    CHECK(access.at == isa::with_dimension({}, 3, 2 * i));
    CHECK(access.word == (i < 5 ? 0 : 2));
    CHECK((access.action == reference::MemoryAction::Store) == (i == 5));
  }
  CHECK(dimensions_of(trace) == 1U << 3);
  CHECK(trace_accesses(program, 2).accesses.size() == 2);
  CHECK(trace_accesses(program, 2).total == 6);
}

TEST_CASE("observing changes nothing that a run does") {
  struct Counter final : reference::WordObserver {
    void on_word(const reference::ObservedWord& /*word*/) override { ++words; }
    std::uint64_t words = 0;
  };
  for (const std::string name : {"embedding_lookup", "ring", "all_reduce", "micro_attention_packed"}) {
    CAPTURE(name);
    const auto program = assembly::assemble_file(VTPU_SOURCE_DIR "/programs/" + name + ".siw");
    REQUIRE(program);
    Counter counter;
    reference::ReferenceOptions options;
    options.observer = &counter;
    const reference::RunOutcome observed = reference::run(*program, options);
    const reference::RunOutcome plain = reference::run(*program);
    CHECK(observed.state == plain.state);
    CHECK(observed.words == plain.words);
    CHECK(observed.operations == plain.operations);
    CHECK(observed.translation == plain.translation);
    CHECK(counter.words == plain.words);
  }
}

TEST_CASE("the best region of a walk along dimension 4 is dimension 4") {
  const isa::Program program = one_stream("loop 2000 {\nsgather.i64 r1, [p0, d4 += 1]\n}");
  const AccessTrace trace = trace_accesses(program);
  const phext::PlacementPolicy best = best_region(trace, phext::Placement::ZOrder, {});
  CHECK(phext::name_of(best) == "zorder:d4");
  const PageCounts counts = count_pages(trace, best, {});
  CHECK(counts.pages == 32);  // ceil(2000 / 64)
  CHECK(counts.translation.misses == 32);
  CHECK(counts.page_changes == 31);
}

TEST_CASE("the best region of an 8 x 8 tiled walk has pages of 8 x 8") {
  const isa::Program program = one_stream(
      "loop 4 {\nloop 4 {\nloop 8 {\nloop 8 {\nsgather.i64 r1, [p0, d2 += 1]\n}\nsindex p0, p0, #-8, d2\n"
      "sindex p0, p0, #1, d6\n}\nsindex p0, p0, #-8, d6\nsindex p0, p0, #8, d2\n}\nsindex p0, p0, #-32, d2\n"
      "sindex p0, p0, #8, d6\n}");
  const AccessTrace trace = trace_accesses(program);
  const phext::PlacementPolicy best = best_region(trace, phext::Placement::Hilbert, {});
  CHECK(phext::name_of(best) == "hilbert:d2,d6");
  CHECK(count_pages(trace, best, {}).page_changes == 15);  // 16 tiles, a page each
}
