// Whole programs: machine code, on one and several workers, and the host machine end in the reference's state.
#include "native/engine.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "asm/assembler.hpp"
#include "native/host_execution.hpp"
#include "native/host_isa.hpp"
#include "reference/engine.hpp"

namespace vtpu::native::test {
namespace {

using lowering::HostIsa;

isa::Program assembled(const std::string& text) {
  auto program = assembly::assemble(text, "test.siw");
  if (!program) throw std::runtime_error(program.error().front().text());
  return std::move(*program);
}

std::vector<HostIsa> isas_here() {
  std::vector<HostIsa> isas;
  if (cpu::this_cpu().avx2) isas.push_back(HostIsa::Avx2);
  if (cpu::this_cpu().avx512) isas.push_back(HostIsa::Avx512);
  return isas;
}

std::string name_of(const NativeOptions& options) {
  return std::string(lowering::name_of(*options.isa)) + " " + std::string(phext::name_of(options.placement)) +
         " workers: " + std::to_string(options.workers);
}

void check_state(const isa::MachineState& expected, const isa::MachineState& state, const std::string& name) {
  INFO(name);
  CHECK_THAT(isa::differences(expected, "reference", state, name), Catch::Equals(std::vector<std::string>{}));
}

void check_native(const isa::Program& program, const reference::RunOutcome& expected, const NativeOptions& options) {
  auto machine = NativeMachine::create(program, options);
  REQUIRE(machine.has_value());
  (*machine)->run();
  check_state(expected.state, (*machine)->state(), "native " + name_of(options));
  (*machine)->reset();
  (*machine)->run();
  check_state(expected.state, (*machine)->state(), "native, second run, " + name_of(options));
  const NativeOutcome outcome = (*machine)->outcome();
  CHECK(outcome.deadlock.has_value() == expected.deadlock.has_value());
  if (outcome.deadlock && expected.deadlock) CHECK(outcome.deadlock->text() == expected.deadlock->text());
  if (const auto counts = (*machine)->counts()) {
    CHECK(counts->words == expected.words);
    for (std::size_t p = 0; p < isa::kPipes; ++p) {
      CHECK(counts->operations[p] + counts->elided[p] == expected.operations[p]);
    }
  }
}

void check_host_execution(const isa::Program& program, const reference::RunOutcome& expected,
                          const NativeOptions& options) {
  auto execution = HostExecution::create(program, options);
  REQUIRE(execution.has_value());
  ExecutedInst executed;
  while ((*execution)->next(executed) != HostStep::Finished) {
  }
  check_state(expected.state, (*execution)->state(), "host execution " + name_of(options));
}

constexpr std::uint64_t kMostSteppedWords = 1'000'000;

void check_everywhere(const isa::Program& program, phext::Placement placement = phext::Placement::Linear) {
  const reference::RunOutcome expected = reference::run(program, {.placement = placement});
  NativeOptions options;
  options.placement = placement;
  for (const HostIsa isa : isas_here()) {
    options.isa = isa;
    for (const unsigned workers : {1U, 2U}) {
      options.workers = workers;
      check_native(program, expected, options);
    }
  }
  for (const HostIsa isa : {HostIsa::Avx2, HostIsa::Avx512}) {
    options.isa = isa;
    if (expected.words <= kMostSteppedWords) check_host_execution(program, expected, options);
  }
}

TEST_CASE("the programs of this project end in the reference's state") {
  for (const auto& entry : std::filesystem::directory_iterator(VTPU_SOURCE_DIR "/programs")) {
    if (entry.path().extension() != ".siw") continue;
    const auto program = assembly::assemble_file(entry.path());
    INFO(entry.path());
    REQUIRE(program.has_value());
    check_everywhere(*program);
  }
}

constexpr const char* kMixed = R"(
.coord cells 1.1.1/1.1.1/1.1.1/1.60
.fill @cells d0 20 i64 i * 8 + j
.stream a
  ssetp p0, @cells
  ssetp p1, @cells+d1:3
  loop 20 {
    dadd.i64 r1, r1, r2 | sgather.i64 r2, [p0, d0 += 1].3
    dmul.i64 r3, r1, #3 | sscattr.i64 r1, [p1, d0 += 1].2 | cpack.i64 m0[0], r1
    dfma.f32x16 v1, v2, v3, v1 | csend m0, b
  }
.end
.stream b
  loop 20 {
    crecv m1, a
    dmov.i64 r1, m1[0]
    dcvt.f64 v4, r1
    dadd.f64 v5, v5, v4
    dmax.i64 r4, r4, r1
  }
.end
.sentron a stream=a v2={ f32 1.5, 2.5, -3.0 } v3={ f32 0.1, 1e30, 7.0 }
.sentron b stream=b
)";

TEST_CASE("integers, vectors, memory and messages together, in every placement") {
  for (const phext::Placement placement : phext::kPlacements) check_everywhere(assembled(kMixed), placement);
}

TEST_CASE("a fault leaves the words before it done and its own word undone") {
  check_everywhere(assembled(R"(
.stream a
  ssetp p0, @1.1.1/1.1.1/1.1.1/1.2040
  loop 20 {
    dadd.i64 r1, r1, #1 | sscattr.i64 r1, [p0, d0 += 1]
  }
.end
.sentron a stream=a
)"));
}

TEST_CASE("a deadlock is told in the reference's words") {
  check_everywhere(assembled(R"(
.stream a
  dmov.i64 r1, #5
  dadd.i64 r1, r1, r1 | crecv m0, y
.end
.stream b
  crecv m0, x
.end
.sentron x stream=a
.sentron y stream=b
)"));
}

TEST_CASE("initial memory over the page limit is an error") {
  const isa::Program program = assembled(R"(
.coord far 1.1.1/1.1.1/1.1.1/1.1
.fill @far d1 10 i64 1
.stream a
  dnop
.end
.sentron a stream=a
)");
  if (!cpu::this_cpu().avx2) return;
  NativeOptions options;
  options.page_limit = 9;
  const auto machine = NativeMachine::create(program, options);
  REQUIRE_FALSE(machine.has_value());
  CHECK(machine.error().front().where == "initial memory");
  options.page_limit = 10;
  CHECK(NativeMachine::create(program, options).has_value());
}

TEST_CASE("a CPU without the instructions is an error that says what is missing") {
  cpu::Cpu none;
  none.brand = "test CPU";
  CHECK_FALSE(best_isa(none).has_value());
  const auto refused = require_isa(none, HostIsa::Avx512);
  REQUIRE_FALSE(refused.has_value());
  CHECK_THAT(refused.error().front().message, Catch::Contains("VPOPCNTDQ"));
  none.avx2 = true;
  CHECK(best_isa(none) == HostIsa::Avx2);
  none.avx512 = true;
  CHECK(best_isa(none) == HostIsa::Avx512);
}

}  // namespace
}  // namespace vtpu::native::test
