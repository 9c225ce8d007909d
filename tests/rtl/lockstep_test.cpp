#include "testbench/lockstep.hpp"

#include <catch2/catch.hpp>

#include "asm/assembler.hpp"
#include "asm/container.hpp"
#include "testbench/campaign_file.hpp"
#include "testbench/lockstep_taps.hpp"
#include "testbench/random_layout.hpp"

using namespace vtpu;
using namespace vtpu::testbench;

namespace {

layout::Layout named_layout(const std::string& name) {
  return layout::find_layout(name, VTPU_SOURCE_DIR "/layouts").value();
}

isa::Program shipped(const std::string& name) {
  return assembly::load_program(VTPU_SOURCE_DIR "/programs/" + name + ".siw").value();
}

LockstepOutcome run(const isa::Program& program, const layout::Layout& layout, unsigned cores = 1,
                    std::uint64_t max_cycles = 3000) {
  LockstepOptions options;
  options.layout = &layout;
  options.cores = cores;
  options.max_cycles = max_cycles;
  return run_lockstep(program, options);
}

// A core's memory whose answers are given.
class Answers final : public memory::DataAccess {
 public:
  memory::LineAnswer load(events::Cycle now, std::uint64_t, unsigned, bool, std::uint64_t) override {
    return {now + 4, 1};
  }
  void prefetch(events::Cycle, std::uint64_t, std::uint64_t) override {}
  void own(events::Cycle, std::uint64_t, unsigned) override {}
  bool commit(events::Cycle, std::uint64_t, unsigned) override { return true; }
  memory::Cycle translation_delay(std::uint64_t, memory::Cycle) override { return 0; }
};

}  // namespace

TEST_CASE("Both models agree on the shipped layouts and programs, on one core and two") {
  for (const std::string name : {"tiny1", "tiny2", "vtpu3", "zen2", "zen3", "zen4", "zen5", "golden_cove"}) {
    const layout::Layout layout = named_layout(name);
    for (const std::string program : {"dot_product", "ring", "all_reduce", "sparse_gather_sum"}) {
      for (const unsigned cores : {1U, 2U}) {
        INFO(name << ", " << program << ", " << cores << " cores");
        const LockstepOutcome outcome = run(shipped(program), layout, cores);
        if (outcome.difference) FAIL(outcome.difference->text());
        CHECK(outcome.state_differences.empty());
      }
    }
  }
}

TEST_CASE("Random programs on random layouts have no difference") {
  LockstepCampaign campaign;
  campaign.cycles = 40'000;
  campaign.random_layouts = {{16, {}}};
  campaign.cores = {1, 2, 3};
  const LockstepResult result = run_campaign(campaign);
  if (result.finding) FAIL(result.finding->layout_name << "\n" << result.finding->outcome.difference->text());
  CHECK(result.cycles >= 40'000);
  CHECK(result.runs >= 10);
}

TEST_CASE("The quick campaign finds no difference", "[slow]") {
  const Result<LockstepCampaign> campaign =
      read_campaign(VTPU_SOURCE_DIR "/campaigns/quick.toml", VTPU_SOURCE_DIR "/layouts");
  REQUIRE(campaign);
  const LockstepResult result = run_campaign(*campaign);
  if (result.finding) FAIL(result.finding->layout_name << "\n" << result.finding->outcome.difference->text());
  CHECK(result.cycles >= campaign->cycles);
  CHECK(result.runs >= 100);
}

TEST_CASE("A model that stands still is found by the watchdogs") {
  const layout::Layout layout = named_layout("tiny1");
  LockstepOptions options;
  options.layout = &layout;
  options.limits.start = 3;
  const LockstepOutcome never = run_lockstep(shipped("dot_product"), options);
  REQUIRE(never.difference);
  CHECK(never.difference->unit == "watchdog");
  CHECK(never.difference->rtl.find("has ever retired for 3 cycles, with uops in flight") != std::string::npos);
  options.limits = {};
  options.limits.silence = 20;  // a miss takes longer
  const LockstepOutcome silent = run_lockstep(shipped("dot_product"), options);
  REQUIRE(silent.difference);
  CHECK(silent.difference->rtl.find("no uop retired for 20 cycles, with uops in flight") != std::string::npos);
}

TEST_CASE("A different question to memory is found when it is asked") {
  Answers answers;
  DataTap tap(answers);
  tap.begin_cycle();
  (void)tap.recorder().load(5, 64, 8, false, 0);
  CHECK(tap.player().load(5, 64, 8, false, 0).ready == 9);
  CHECK(tap.difference() == nullptr);
  tap.begin_cycle();
  (void)tap.recorder().load(6, 64, 8, false, 0);
  (void)tap.player().load(6, 128, 8, false, 0);
  REQUIRE(tap.difference() != nullptr);
  CHECK(tap.difference()->unit == "load_store_unit");
  CHECK(tap.difference()->recorded == "loads 8 bytes at 0x40");
  CHECK(tap.difference()->played == "loads 8 bytes at 0x80");
}

TEST_CASE("A question that is not asked is found at the end of the cycle") {
  Answers answers;
  DataTap tap(answers);
  tap.begin_cycle();
  CHECK(tap.recorder().commit(5, 64, 8));
  REQUIRE(tap.difference() != nullptr);
  CHECK(tap.difference()->played == "asks nothing more of memory in this cycle");
}
