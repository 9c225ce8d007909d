// What the stepped execution tells a timing model.
#include "native/host_execution.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <vector>

#include "asm/assembler.hpp"
#include "reference/engine.hpp"

namespace vtpu::native::test {
namespace {

using lowering::HostIsa;
using lowering::HostRole;

isa::Program ping_pong() {
  auto program = assembly::assemble(R"(
.coord cells 1.1.1/1.1.1/1.1.1/1.1
.stream a
  ssetp p0, @cells
  loop 10 {
    dadd.i64 r1, r1, #1 | sscattr.i64 r1, [p0, d0 += 1].2
    cpack.i64 m0[0], r1
    csend m0, right
    crecv m1, right
  }
.end
.stream b
  loop 10 {
    crecv m0, left
    csend m0, left
  }
.end
.sentron left stream=a
.sentron right stream=b
)",
                                    "test.siw");
  if (!program) throw std::runtime_error(program.error().front().text());
  return std::move(*program);
}

struct Trace {
  std::vector<HostStep> steps;
  std::vector<ExecutedInst> insts;  // of all steps but the last
};

Trace trace(const isa::Program& program, HostIsa isa = HostIsa::Avx2) {
  NativeOptions options;
  options.isa = isa;
  auto execution = HostExecution::create(program, options);
  if (!execution) throw std::runtime_error(execution.error().front().text());
  Trace result;
  for (;;) {
    ExecutedInst executed;
    const HostStep step = (*execution)->next(executed);
    if (executed.inst != nullptr) executed.inst = nullptr;  // dies with the execution
    result.steps.push_back(step);
    if (step == HostStep::Finished) return result;
    result.insts.push_back(executed);
  }
}

TEST_CASE("execution starts with a switch to the first sentron and switches where one waits") {
  const Trace t = trace(ping_pong());
  REQUIRE(t.steps.front() == HostStep::Switch);
  CHECK(t.insts.front().sentron == 0);
  std::uint32_t running = 0;
  unsigned switches = 0;
  for (std::size_t i = 0; i < t.insts.size(); ++i) {
    if (t.steps[i] == HostStep::Switch) {
      running = t.insts[i].sentron;
      ++switches;
    }
    CHECK(t.insts[i].sentron == running);
  }
  // Both start once; left waits for each of ten answers, right for nine more messages, or fewer where it is ahead.
  CHECK(switches >= 12);
}

TEST_CASE("instructions follow each other, except after a taken jump and a switch") {
  for (const HostIsa isa : {HostIsa::Avx2, HostIsa::Avx512}) {
    const Trace t = trace(ping_pong(), isa);
    for (std::size_t i = 1; i < t.insts.size(); ++i) {
      if (t.steps[i] == HostStep::Switch || t.steps[i - 1] == HostStep::Switch) continue;
      if (t.insts[i - 1].taken) continue;
      CHECK(t.insts[i].index == t.insts[i - 1].index + 1);
      CHECK(t.insts[i].code_address == t.insts[i - 1].code_address + t.insts[i - 1].code_bytes);
    }
  }
}

TEST_CASE("streams lie apart in the code's address space") {
  const Trace t = trace(ping_pong());
  std::map<std::uint32_t, std::pair<std::uint64_t, std::uint64_t>> range;
  for (std::size_t i = 0; i < t.insts.size(); ++i) {
    if (t.steps[i] == HostStep::Switch) continue;
    const std::uint64_t address = t.insts[i].code_address;
    auto [at, added] = range.try_emplace(t.insts[i].stream, address, address);
    at->second.first = std::min(at->second.first, address);
    at->second.second = std::max(at->second.second, address);
  }
  REQUIRE(range.size() == 2);
  CHECK(range[0].first >= kCodeBase);
  CHECK(range[0].second < range[1].first);
}

TEST_CASE("stores to cells are seen where the program makes them, 64 bytes apart") {
  const isa::Program program = ping_pong();
  NativeOptions options;
  options.isa = HostIsa::Avx2;
  auto execution = HostExecution::create(program, options);
  REQUIRE(execution.has_value());
  std::vector<std::uint64_t> addresses;
  ExecutedInst executed;
  for (HostStep step = (*execution)->next(executed); step != HostStep::Finished; step = (*execution)->next(executed)) {
    if (step != HostStep::Inst || executed.inst->role != HostRole::Operation) continue;
    if (executed.is_store && executed.inst->pipe == isa::Pipe::S && executed.bytes == 8) {
      addresses.push_back(executed.address);
    }
  }
  REQUIRE(addresses.size() == 10);
  for (std::size_t i = 1; i < addresses.size(); ++i) CHECK(addresses[i] == addresses[i - 1] + 64);
}

TEST_CASE("a square root of f64 is a long one where a lane that counts has digits") {
  const std::string source = R"(
.stream s
  dsqrt.f64 v8, v0
  dsqrt.f64 v8, v1
  dsqrt.f64 v8, v2
  dsqrt.f64 v8, v3
  dsqrt.f64x8 v8, v4
  dsqrt.f64x8 v8, v5
  dsqrt.f32x16 v8, v6
  dsqrt.f64 v8, v5
.end
.sentron a stream=s v0={ f64 4.0 } v1={ f64 2.0 } v2={ f64 9.0 } v3={ i64 0x7FF0000000000000 } \
  v4={ f64 1.0, 0.25, 0.0, -1.0, 64.0 } v5={ f64 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 5.0 } v6={ f32 2.0 }
)";
  auto program = assembly::assemble(source, "test.siw");
  REQUIRE(program.has_value());
  for (const HostIsa isa : {HostIsa::Avx2, HostIsa::Avx512}) {
    std::vector<bool> roots(8, false);  // by word
    NativeOptions options;
    options.isa = isa;
    auto execution = HostExecution::create(*program, options);
    REQUIRE(execution.has_value());
    ExecutedInst executed;
    for (HostStep step = (*execution)->next(executed); step != HostStep::Finished;
         step = (*execution)->next(executed)) {
      if (step == HostStep::Inst && executed.long_root) roots.at(executed.inst->word) = true;
    }
    CHECK(roots == std::vector<bool>{false, true, true, false, false, true, false, false});
  }
}

TEST_CASE("two executions of a program tell the same, addresses included") {
  const isa::Program program = ping_pong();
  const Trace a = trace(program);
  const std::vector<char> elsewhere(100'003);  // the heap looks different now
  const Trace b = trace(program);
  REQUIRE(a.steps == b.steps);
  for (std::size_t i = 0; i < a.insts.size(); ++i) {
    CHECK(a.insts[i].address == b.insts[i].address);
    CHECK(a.insts[i].code_address == b.insts[i].code_address);
    CHECK(a.insts[i].taken == b.insts[i].taken);
  }
}

TEST_CASE("reset starts over") {
  const isa::Program program = ping_pong();
  const reference::RunOutcome expected = reference::run(program);
  NativeOptions options;
  options.isa = HostIsa::Avx512;  // whatever this CPU has
  auto execution = HostExecution::create(program, options);
  REQUIRE(execution.has_value());
  ExecutedInst executed;
  for (int i = 0; i < 50; ++i) static_cast<void>((*execution)->next(executed));
  (*execution)->reset();
  while ((*execution)->next(executed) != HostStep::Finished) {
  }
  CHECK_THAT(isa::differences(expected.state, "reference", (*execution)->state(), "host"),
             Catch::Equals(std::vector<std::string>{}));
}

}  // namespace
}  // namespace vtpu::native::test
