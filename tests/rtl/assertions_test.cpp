// Faults planted in the RTL while it runs: its assertions see them, and the lockstep says so in sentences.
#include "rtl/adapter/assertions.hpp"

#include <catch2/catch.hpp>
#include <functional>

#include "asm/container.hpp"
#include "rtl/adapter/verilated_headers.hpp"
#include "testbench/lockstep.hpp"

using namespace vtpu;

namespace {

constexpr core::Cycle kPlanted = 40;

// Breaks something in the Verilated core at the end of cycle kPlanted.
class Fault final : public rtl::RtlProbe {
 public:
  explicit Fault(std::function<void(Vsentron_core&)> plant) : plant_(std::move(plant)) {}
  void on_built(std::uint32_t, Vsentron_core&) override {}
  void on_cycle(core::Cycle now, std::uint32_t, Vsentron_core& model) override {
    if (now == kPlanted) plant_(model);
  }

 private:
  std::function<void(Vsentron_core&)> plant_;
};

testbench::LockstepOutcome run_with(const std::function<void(Vsentron_core&)>& plant) {
  const layout::Layout layout = layout::find_layout("zen4", VTPU_SOURCE_DIR "/layouts").value();
  const isa::Program program = assembly::load_program(VTPU_SOURCE_DIR "/programs/dot_product.siw").value();
  Fault fault(plant);
  testbench::LockstepOptions options;
  options.layout = &layout;
  options.max_cycles = 2000;
  options.probe = &fault;
  return testbench::run_lockstep(program, options);
}

}  // namespace

TEST_CASE("A core in which nothing is broken breaks no assertion") {
  const testbench::LockstepOutcome outcome = run_with([](Vsentron_core&) {});
  CHECK(outcome.agrees());
  CHECK_NOTHROW(rtl::throw_violation());
}

TEST_CASE("Uops that nobody dispatched wait in the queues: the assertion fires in that cycle") {
  const testbench::LockstepOutcome outcome = run_with([](Vsentron_core& model) {
    for (auto& bits : model.rootp->sentron_core__DOT__issue_unit_i__DOT__valid_q.m_storage) bits = 0xFFFFFFFFU;
  });
  REQUIRE(outcome.difference);
  CHECK(outcome.difference->unit == "issue_unit");
  CHECK(outcome.difference->rtl == "breaks the assertion wide_count: the count of wide uops is that of the queues");
  CHECK(outcome.difference->cycle == kPlanted);
}

TEST_CASE("More stores are written in a cycle than the layout allows: the assertion fires in that cycle") {
  const testbench::LockstepOutcome outcome = run_with([](Vsentron_core& model) { model.commit_answers_i = 4; });
  REQUIRE(outcome.difference);
  CHECK(outcome.difference->unit == "load_store_unit");
  CHECK(outcome.difference->rtl ==
        "breaks the assertion commit_credit: no more stores are written in a cycle than the layout allows");
  CHECK(outcome.difference->cycle == kPlanted);
  CHECK_NOTHROW(rtl::throw_violation());  // it was told once
}
