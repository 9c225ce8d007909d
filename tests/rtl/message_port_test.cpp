#include <catch2/catch.hpp>

#include "asm/assembler.hpp"
#include "rtl/adapter/verilated_headers.hpp"
#include "testbench/lockstep.hpp"

using namespace vtpu;

namespace {

enum class Damage : std::uint8_t { None, Message, Credit };

// Damages what the message port of core 1 keeps, once.
class Damaged final : public rtl::RtlProbe {
 public:
  explicit Damaged(Damage damage) : damage_(damage) {}
  void on_built(std::uint32_t, Vsentron_core&) override {}
  void on_cycle(core::Cycle, std::uint32_t core, Vsentron_core& model) override {
    packets += model.packets_taken_i;
    if (core != 1 || done_) return;
    auto& root = *model.rootp;
    const bool holds = root.sentron_core__DOT__message_port_i__DOT__received_q != 0;
    if (!holds) return;
    done_ = true;
    if (damage_ == Damage::Credit) root.sentron_core__DOT__message_port_i__DOT__received_q = 0;
    if (damage_ != Damage::Message) return;
    auto& messages = root.sentron_core__DOT__message_port_i__DOT__message_q;
    for (std::size_t place = 0; place < std::size(messages.m_storage); ++place) messages[place][2] ^= 1U;
  }

  unsigned packets = 0;

 private:
  Damage damage_;
  bool done_ = false;
};

const std::string kProgram = R"(
.program messages
.stream even
loop 8 {
  dadd.i64 r1, r1, #7
  cpack.i64 m0[1], r1
  csend m0, odd
  crecv m1, odd
  dmov.i64 r2, m1[1]
}
cbar both
creduce.i64.add r1, both
.end
.stream odd
croute m0, r14
clisten m0, r14
loop 8 {
  crecv m0
  csend m0
}
cbar both
creduce.i64.add r1, both
.end
.sentron even stream=even
.sentron odd stream=odd r14=0
.group both = even, odd
)";

testbench::LockstepOutcome run(Damaged& probe) {
  const layout::Layout layout = layout::find_layout("zen4", VTPU_SOURCE_DIR "/layouts").value();
  testbench::LockstepOptions options;
  options.layout = &layout;
  options.cores = 2;
  options.max_cycles = 20'000;
  options.probe = &probe;
  return run_lockstep(assembly::assemble(kProgram, "test").value(), options);
}

}  // namespace

TEST_CASE("Messages, credits and what goes to a group leave the RTL through its message port") {
  Damaged probe(Damage::None);
  const auto outcome = run(probe);
  if (outcome.difference) FAIL(outcome.difference->text());
  CHECK(outcome.state_differences.empty());
  // A message and a credit per pass and sentron, and two meetings of both.
  CHECK(probe.packets == 8 * 2 * 2 + 2 * 2);
}

TEST_CASE("A message that the RTL damages is found when its register is written") {
  Damaged probe(Damage::Message);
  const auto outcome = run(probe);
  REQUIRE(outcome.difference);
  INFO(outcome.difference->text());
  CHECK(outcome.difference->unit == "message_port");
  CHECK(outcome.difference->systemc.find("writes m0 = 0x7_") != std::string::npos);
}

TEST_CASE("A message that the RTL forgets breaks an assertion when its credit goes back") {
  Damaged probe(Damage::Credit);
  const auto outcome = run(probe);
  REQUIRE(outcome.difference);
  INFO(outcome.difference->text());
  CHECK(outcome.difference->unit == "message_port");
  CHECK(outcome.difference->rtl.find("breaks the assertion gives_back") != std::string::npos);
}
