#include <bit>
#include <catch2/catch.hpp>

#include "asm/assembler.hpp"
#include "rtl/adapter/verilated_headers.hpp"
#include "testbench/lockstep.hpp"

using namespace vtpu;

namespace {

// What loads take from the store queue.
class Forwards final : public rtl::RtlProbe {
 public:
  void on_built(std::uint32_t, Vsentron_core&) override {}
  void on_cycle(core::Cycle now, std::uint32_t core, Vsentron_core& model) override {
    if (core != 0) return;
    taken += static_cast<unsigned>(std::popcount(std::uint32_t{model.forwards_o}));
    covered += static_cast<unsigned>(
        std::popcount(std::uint32_t{model.rootp->sentron_core__DOT__issue_unit_i__DOT__takes_covering}));
    if (now < disturb_from) return;
    auto& data = model.rootp->sentron_core__DOT__store_data_i__DOT__data_q;
    for (std::size_t store = 0; store < std::size(data.m_storage); ++store) data[store][4] = 0xBAD;  // lane 2
  }

  core::Cycle disturb_from = ~core::Cycle{0};
  unsigned covered = 0;  // loads that the store queue serves, by their time
  unsigned taken = 0;    // and by their value
};

layout::Layout slow_to_commit() {
  layout::Layout layout = layout::find_layout("zen4", VTPU_SOURCE_DIR "/layouts").value();
  layout.memory.dram_latency = 4000;
  layout.sentrons.fabric_latency = 1;
  return layout;
}

testbench::LockstepOutcome run(const std::string& program, const layout::Layout& layout, unsigned cores,
                               Forwards& forwards) {
  testbench::LockstepOptions options;
  options.layout = &layout;
  options.cores = cores;
  options.max_cycles = 20'000;
  options.probe = &forwards;
  return run_lockstep(assembly::assemble(program, "test").value(), options);
}

// A lane is stored, and loaded while its line is still on the way.
const std::string kCovered = R"(
.program covered
.stream main
dmov.i64 r1, #3
sscattr.i64 r1, [@1.1.1/1.1.1/1.1.1/1.1].2
loop 20 {
  sgather.i64 r2, [@1.1.1/1.1.1/1.1.1/1.1].2
  dadd.i64 r3, r3, r2
}
.end
.sentron a stream=main
)";

}  // namespace

TEST_CASE("A load that a store covers takes the RTL's own data of that store") {
  const layout::Layout layout = slow_to_commit();
  Forwards forwards;
  const auto outcome = run(kCovered, layout, 1, forwards);
  if (outcome.difference) FAIL(outcome.difference->text());
  CHECK(outcome.state_differences.empty());
  CHECK(forwards.covered == 20);
  CHECK(forwards.taken == 20);

  Forwards disturbed;
  disturbed.disturb_from = 0;
  const auto wrong = run(kCovered, layout, 1, disturbed);
  REQUIRE(wrong.difference);
  INFO(wrong.difference->text());
  CHECK(wrong.difference->unit == "store_data");
  CHECK(wrong.difference->rtl.find("writes r2 = ") != std::string::npos);
}

TEST_CASE("A load that a store covers in part takes the cell from memory, after the commit") {
  std::string text = kCovered;
  text.replace(text.find("sgather.i64 r2, [@1.1.1/1.1.1/1.1.1/1.1].2"), 42,
               "sgather.b512 v2, [@1.1.1/1.1.1/1.1.1/1.1]");
  Forwards forwards;
  const auto outcome = run(text, slow_to_commit(), 1, forwards);
  if (outcome.difference) FAIL(outcome.difference->text());
  CHECK(outcome.state_differences.empty());
  CHECK(forwards.taken == 0);
}

// Sentron a stores, b on the other core stores the same cell when a's message comes, and a loads when b's does. The
// store of a waits for its line all the while.
TEST_CASE("After a message, a load does not take the data of a store that retired before it") {
  const std::string program = R"(
.program ping_pong
.stream ping
dmov.i64 r1, #5 | ssetp p0, @1.1.1/1.1.1/1.1.1/1.7
sscattr.i64 r1, [p0].0
csend m0, pong
crecv m1, pong
sgather.i64 r2, [p0].0
.end
.stream pong
ssetp p0, @1.1.1/1.1.1/1.1.1/1.7
crecv m0, ping
dmov.i64 r1, #6
sscattr.i64 r1, [p0].0
csend m1, ping
.end
.sentron ping stream=ping
.sentron pong stream=pong
)";
  Forwards forwards;
  const auto outcome = run(program, slow_to_commit(), 2, forwards);
  if (outcome.difference) FAIL(outcome.difference->text());
  CHECK(outcome.state_differences.empty());
  CHECK(forwards.covered == 1);
  CHECK(forwards.taken == 0);
}
