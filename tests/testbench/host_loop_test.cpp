// Loops of single instructions: the model on them gives what the layout says, and the Zen layouts what is published.
#include "testbench/host_loop.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "cpu/cpu.hpp"
#include "testbench/published_facts.hpp"

namespace {

using namespace vtpu;
using lowering::HostOp;
using testbench::FactRow;
using testbench::HostLoop;
using testbench::LoopInst;

layout::Layout shipped(const std::string& name) { return *layout::find_layout(name, VTPU_SOURCE_DIR "/layouts"); }

LoopInst plain(HostOp op, unsigned width) { return *testbench::plain_form(op, width); }

TEST_CASE("a chain takes the latency, independent instructions what the ports allow") {
  layout::Layout zen5 = shipped("zen5");
  layout::UopKind& imul = zen5.uops[*zen5.uop_named("imul")];
  imul.latency = 5;
  const HostLoop chain = *testbench::chain_loop(plain(HostOp::Imul, 8), 60);
  CHECK(modelled_cycles(chain, zen5) / 60 == Approx(5).epsilon(0.01));
  imul.latency = 1;
  imul.ports.resize(2);
  const HostLoop independent = testbench::independent_loop({{plain(HostOp::Imul, 8), 1}}, 240);
  CHECK(modelled_cycles(independent, zen5) / 240 == Approx(0.5).epsilon(0.01));
}

TEST_CASE("a 512-bit store takes the writes of a whole cycle, so stores of two widths in turn take one each") {
  const layout::Layout zen5 = shipped("zen5");
  const LoopInst narrow{HostOp::Mov, 8, "Mg"};
  const LoopInst wide{HostOp::Vmov, 64, "Mv"};
  const auto cycles = [&](const std::vector<std::pair<LoopInst, unsigned>>& mix) {
    const HostLoop loop = testbench::independent_loop(mix, 240);
    return modelled_cycles(loop, zen5) / static_cast<double>(loop.body.size());
  };
  CHECK(cycles({{narrow, 1}}) == Approx(0.5).epsilon(0.02));
  CHECK(cycles({{wide, 1}}) == Approx(1).epsilon(0.02));
  CHECK(cycles({{narrow, 1}, {wide, 1}}) == Approx(1).epsilon(0.02));
}

TEST_CASE("a mix holds its instructions in their shares, spread over the loop") {
  const HostLoop loop = testbench::independent_loop({{plain(HostOp::Imul, 8), 1}, {plain(HostOp::Add, 8), 3}}, 100);
  REQUIRE(loop.body.size() == 100);
  CHECK(loop.counted == 25);
  for (std::size_t i = 0; i < 100; i += 4) {
    std::size_t imuls = 0;
    for (std::size_t k = i; k < i + 4; ++k) imuls += loop.body[k].op == HostOp::Imul ? 1U : 0U;
    CHECK(imuls == 1);
  }
}

TEST_CASE("what writes no register of the kind that it reads has no chain") {
  CHECK_FALSE(testbench::chain_loop(plain(HostOp::Cmp, 8), 10));
  CHECK_FALSE(testbench::chain_loop(plain(HostOp::VmovqToGpr, 16), 10));
  CHECK_FALSE(testbench::chain_loop(plain(HostOp::VcmppsK, 64), 10));
  CHECK(testbench::chain_loop(plain(HostOp::Vfmadd231ps, 64), 10));
  CHECK(testbench::chain_loop(LoopInst{HostOp::Mov, 8, "gm"}, 10));
}

TEST_CASE("loops of every operation encode, and run where the CPU has them") {
  const cpu::Cpu& here = cpu::this_cpu();
  unsigned compiled = 0;
  for (int i = 0; i < lowering::kHostOps; ++i) {
    const auto op = static_cast<HostOp>(i);
    for (const unsigned width : testbench::widths_of(op)) {
      const LoopInst inst = plain(op, width);
      INFO(to_text(inst));
      for (const lowering::HostIsa isa : {lowering::HostIsa::Avx2, lowering::HostIsa::Avx512}) {
        auto loop = testbench::CompiledLoop::compile(testbench::independent_loop({{inst, 1}}, 24), isa);
        if (!loop) continue;  // the other instruction set has it
        ++compiled;
        const bool has = isa == lowering::HostIsa::Avx512 ? here.avx512 : here.avx2 && width < 64;
        const bool plain_avx2 = here.avx512 || isa == lowering::HostIsa::Avx512;
        if (has && plain_avx2) loop->under_test().body();
      }
    }
  }
  CHECK(compiled > 200);
}

TEST_CASE("each published fact is reproduced by its layout, or the layout's reason is written down") {
  for (const char* name : {"zen2", "zen3", "zen4", "zen5"}) {
    const std::vector<FactRow> rows = testbench::check_facts(shipped(name));
    CHECK(rows.size() >= 35);
    for (const FactRow& row : rows) {
      INFO(testbench::to_text(std::vector<FactRow>{row}));
      CHECK((row.agrees || !row.reason.empty()));
      CHECK((row.reason.empty() || !row.agrees));  // no reason for what agrees
    }
  }
}

TEST_CASE("a wrong number in a layout is seen in its row") {
  layout::Layout zen4 = shipped("zen4");
  zen4.uops[zen4.host_cracks[static_cast<std::size_t>(HostOp::Imul)].uops.front()].latency = 4;
  std::set<std::string> wrong;
  for (const FactRow& row : testbench::check_facts(zen4)) {
    if (!row.agrees && row.reason.empty()) wrong.insert(to_text(row.published.inst));
  }
  CHECK(wrong.contains("imul r, r"));
}

}  // namespace
