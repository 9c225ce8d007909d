#include <catch2/catch.hpp>

#include "asm/assembler.hpp"
#include "rtl/adapter/verilated_headers.hpp"
#include "testbench/lockstep.hpp"

using namespace vtpu;

namespace {

// What the RTL raises.
class Raised final : public rtl::RtlProbe {
 public:
  void on_built(std::uint32_t, Vsentron_core&) override {}
  void on_cycle(core::Cycle, std::uint32_t, Vsentron_core& model) override {
    if (model.fault_valid_o != 0) faults.push_back(static_cast<isa::Fault>(model.fault_o));
    if (!changes_registers) return;
    auto& values = model.rootp->sentron_core__DOT__value_file_i__DOT__value_q;
    // Where coordinates are while nothing has been computed (context: place r + 1).
    for (std::size_t place = 17; place < 25; ++place) values[place][0] = 0;
  }

  bool changes_registers = false;
  std::vector<isa::Fault> faults;
};

testbench::LockstepOutcome run(const std::string& words, Raised& raised) {
  const std::string text = ".program faulting\n.stream main\n" + words +
                           "\n.end\n.stream other\ndadd.i64 r1, r1, #1\n.end\n"
                           ".sentron a stream=main p0=@1.1.1/1.1.1/1.1.1/1.2047 p1=@1.1.1/1.1.1/1.1.1/1.0 r2=7 r3=-3\n"
                           ".sentron b stream=other\n";
  const layout::Layout layout = layout::find_layout("zen4", VTPU_SOURCE_DIR "/layouts").value();
  testbench::LockstepOptions options;
  options.layout = &layout;
  options.max_cycles = 20'000;
  options.probe = &raised;
  return run_lockstep(assembly::assemble(text, "test").value(), options);
}

}  // namespace

TEST_CASE("The RTL says which fault stops a sentron, from its own registers") {
  using isa::Fault;
  const std::pair<std::string, Fault> programs[] = {
      {"sgather.i64 r1, [p0, d0 += 1]", Fault::StepOutOfRange},
      {"sgather.i64 r1, [p1, d0 += 3]\nsgather.i64 r1, [p1, d0 -= 4]", Fault::StepOutOfRange},
      {"dmul.i64 r3, r3, r2\nsindex p1, p1, r3, d0", Fault::StepOutOfRange},
      {"sindex p0, p0, #1, d0", Fault::StepOutOfRange},
      {"dadd.i64 r1, r1, #1\ncsend m0", Fault::NoRoute},
      {"crecv m2", Fault::NoRoute},
      {"dmul.i64 r2, r2, r2\ncroute m0, r2", Fault::BadSentron},
      {"clisten m1, r2", Fault::BadSentron},
      {"sindex p0, p0, #1, d0 | croute m0, r2", Fault::StepOutOfRange},
  };
  for (const auto& [words, fault] : programs) {
    INFO(words);
    Raised raised;
    const auto outcome = run(words, raised);
    if (outcome.difference) FAIL(outcome.difference->text());
    CHECK(outcome.state_differences.empty());
    CHECK(raised.faults == std::vector{fault});
  }
}

TEST_CASE("Words that step to the edge of a dimension do not fault") {
  Raised raised;
  const auto outcome =
      run("sgather.i64 r1, [p0, d0 -= 2047]\nsindex p1, p1, #2047, d0\nsindex p1, p1, #2046, d10", raised);
  if (outcome.difference) FAIL(outcome.difference->text());
  CHECK(raised.faults.empty());
}

TEST_CASE("An RTL that finds no fault where there is one is told") {
  Raised raised;
  raised.changes_registers = true;
  const auto outcome = run("dadd.i64 r1, r1, #1\nsindex p0, p0, #1, d0", raised);
  REQUIRE(outcome.difference);
  INFO(outcome.difference->text());
  CHECK(outcome.difference->unit == "fault_unit");
  CHECK(outcome.difference->systemc == "sentron 0, word 1: step out of range");
  CHECK(outcome.difference->rtl == "sentron 0, word 1: none");
}
