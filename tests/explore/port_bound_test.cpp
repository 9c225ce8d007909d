#include "testbench/explore/port_bound.hpp"

#include "asm/assembler.hpp"
#include "small_exploration.hpp"

namespace vtpu::explore {
namespace {

Workload program(const std::string& body) {
  Result<isa::Program> assembled =
      assembly::assemble(".program p\n.stream main\n" + body + ".end\n.sentron a stream=main\n", "test.siw");
  INFO((assembled ? std::string() : text_of(assembled.error())));
  REQUIRE(assembled);
  Result<Workload> work = prepare_workload(std::move(*assembled), 0);
  REQUIRE(work);
  return *std::move(work);
}

layout::Layout shipped(const std::string& name) {
  Result<layout::Layout> layout = layout::find_layout(name, kLayouts);
  REQUIRE(layout);
  return *std::move(layout);
}

}  // namespace

TEST_CASE("one port for all dense operations bounds a dense loop by its operations") {
  const Workload work = program("loop 100 {\ndadd.i64 r1, r2, r3\ndadd.i64 r4, r5, r6\n}\n");
  const layout::Layout layout = shipped("vtpu3");
  const Bound bound = port_bound(work, layout, 1);
  CHECK(bound.cycles == 200);
}

TEST_CASE("with two ports and two words a cycle the bound is half as high") {
  const Workload work = program("loop 100 {\ndadd.i64 r1, r2, r3\ndadd.i64 r4, r5, r6\n}\n");
  layout::Layout layout = shipped("vtpu3");
  layout.in_order = false;
  REQUIRE(layout::set_key(layout, "ports.d", std::int64_t{2}));
  layout.front_end.siw_per_cycle = 4;
  CHECK(port_bound(work, layout, 1).cycles == 100);
  CHECK(port_bound(work, layout, 1).resource == "ports d0+d1");
}

TEST_CASE("a port that is held longer counts for as long, but for the end of the run") {
  const Workload work = program("loop 50 {\nddiv.f64 v1, v2, v3\n}\n");
  const layout::Layout layout = shipped("vtpu3");
  const unsigned busy = layout.uops[*layout.uop_named("divide")].busy;

  CHECK(port_bound(work, layout, 1).cycles == 50 * busy - (busy - 1));
}

TEST_CASE("several cores are bounded by the busiest one") {
  const Workload work = workload("all_reduce", 0);
  const layout::Layout layout = shipped("vtpu3");
  const std::uint64_t one = port_bound(work, layout, 1).cycles;
  const std::uint64_t eight = port_bound(work, layout, 8).cycles;
  CHECK(eight * 8 >= one);
  CHECK(eight < one);
}

TEST_CASE("no simulation of any shipped core on any program is faster than its bound") {
  std::vector<Workload> programs;
  for (const char* name : {"all_reduce", "attention_row", "balanced", "dot_product", "embedding_lookup",
                           "hypervector_search", "micro_attention_packed", "ring", "sparse_gather_sum"}) {
    programs.push_back(workload(name, 1000));
  }
  for (const char* name : {"vtpu3", "zen2", "zen3", "zen4", "zen5", "golden_cove", "tiny1", "tiny2"}) {
    for (const Workload& work : programs) {
      INFO(name << " " << work.name);
      for (const unsigned cores : {1U, 3U}) {
        RunOptions options;
        options.cores = cores;
        const Row row = evaluate(shipped(name), work, options);
        REQUIRE(row.status == Status::Done);
        CHECK(row.bound_cycles > 0);
        CHECK(row.bound_cycles <= row.cycles);
        CHECK(row.operations == work.operations);
      }
    }
  }
}

TEST_CASE("a program is shortened by its loops, and stays whole where it would not end any more") {
  const Workload work = workload("dot_product", 1000);
  CHECK(work.shortened());
  CHECK(work.words <= 1500);
  CHECK(work.whole_words > 100000);
  CHECK(work.hash != workload("dot_product", 2000).hash);
  CHECK_FALSE(workload("dot_product", 0).shortened());
}

}  // namespace vtpu::explore
