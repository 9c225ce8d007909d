// Scheduling, messages, groups and faults, with one and several workers, by machine code and by the host machine. The
// reference engine says what the state must be.
#include "native/runtime.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "asm/assembler.hpp"
#include "coordination_code.hpp"
#include "native/host_isa.hpp"
#include "native/host_machine.hpp"
#include "reference/engine.hpp"

namespace vtpu::native::test {
namespace {

using isa::Lifecycle;

isa::Program assembled(const std::string& text) {
  auto program = assembly::assemble(text, "test.siw");
  if (!program) throw std::runtime_error(program.error().front().text());
  return std::move(*program);
}

class MachineCode final : public HostRunner {
 public:
  MachineCode(const isa::Program& program, std::vector<lowering::Lowered>& lowered)
      : program_(program), lowered_(lowered) {
    const Jit jit(Runtime::helpers());
    for (lowering::Lowered& stream : lowered) {
      auto compiled = jit.compile(stream.code);
      if (!compiled) throw std::runtime_error(compiled.error().front().text());
      compiled_.push_back(std::move(*compiled));
    }
  }
  void run(lowering::SentronContext& context) override {
    const std::uint32_t stream = program_.sentrons[context.sentron].stream;
    const lowering::HostCode& code = lowered_[stream].code;
    compiled_[stream].enter(&context, compiled_[stream].at(code.offsets[code.resume_points[context.resume]]));
  }

 private:
  const isa::Program& program_;
  const std::vector<lowering::Lowered>& lowered_;
  std::vector<CompiledCode> compiled_;
};

class Stepped final : public HostRunner {
 public:
  Stepped(const isa::Program& program, const std::vector<lowering::Lowered>& lowered)
      : program_(program), machine_(Runtime::helpers()) {
    for (const lowering::Lowered& stream : lowered) decoded_.emplace_back(stream.code);
  }
  void run(lowering::SentronContext& context) override {
    const DecodedCode& code = decoded_[program_.sentrons[context.sentron].stream];
    HostEffect effect;
    effect.next = code.code().resume_points[context.resume];
    machine_.enter(&context);
    while (machine_.step(code, effect.next, effect) != HostMachine::Step::Exit) {
    }
  }

 private:
  const isa::Program& program_;
  std::vector<DecodedCode> decoded_;
  HostMachine machine_;
};

struct Result {
  std::vector<isa::SentronState> states;
  std::vector<reference::Wait> waits;
};

enum class Engine : std::uint8_t { Native, Machine };

// Runs the program `runs` times on one runtime.
Result run(const isa::Program& program, Engine engine, unsigned workers, unsigned runs = 1) {
  std::vector<lowering::Lowered> lowered;
  for (const isa::Stream& stream : program.streams) lowered.push_back(coordination_code(stream));
  phext::PhextMemory memory(phext::Placement::Linear);
  std::unique_ptr<HostRunner> runner;
  if (engine == Engine::Native) {
    runner = std::make_unique<MachineCode>(program, lowered);
  } else {
    runner = std::make_unique<Stepped>(program, lowered);
  }
  Runtime runtime(program, lowered, memory, workers);
  for (unsigned i = 0; i < runs; ++i) {
    if (i > 0) runtime.reset();
    runtime.run(*runner);
  }
  return {runtime.states(), runtime.waits()};
}

void check_against_reference(const isa::Program& program) {
  const reference::RunOutcome expected = reference::run(program);
  const auto check = [&](const Result& result, const std::string& name) {
    INFO(name);
    isa::MachineState state{result.states, {}};
    const auto differences = isa::differences(expected.state, "reference", state, name);
    CHECK_THAT(differences, Catch::Equals(std::vector<std::string>{}));
    const std::vector<reference::Wait> waits =
        expected.deadlock ? expected.deadlock->waits : std::vector<reference::Wait>{};
    CHECK(result.waits == waits);
  };
  check(run(program, Engine::Machine, 1), "machine");
  if (!cpu::this_cpu().avx2) return;
  for (const unsigned workers : {1U, 2U, 3U}) {
    check(run(program, Engine::Native, workers, 2), "native, workers: " + std::to_string(workers));
  }
}

TEST_CASE("a message arrives, whether the receiver or the sender comes first") {
  check_against_reference(assembled(R"(
.stream a
  csend m1, right
  crecv m2, right
.end
.stream b
  crecv m0, left
  csend m0, left
.end
.sentron left stream=a m1[0]=42 m1[3]=7
.sentron right stream=b
)"));
}

TEST_CASE("a sender waits while 64 messages are unread, and messages keep their order") {
  check_against_reference(assembled(R"(
.stream source
  loop 200 {
    csend m0, sink
    csend m1, sink
  }
.end
.stream drain
  crecv m3, late
  loop 399 {
    crecv m2, producer
  }
.end
.stream starter
  csend m0, sink
.end
.sentron producer stream=source m0[0]=1 m1[0]=2
.sentron sink stream=drain
.sentron late stream=starter m0[0]=9
)"));
}

TEST_CASE("routes are set by croute and clisten, and at spawn") {
  check_against_reference(assembled(R"(
.stream a
  csend m1
  croute m0, right
  csend m0
  clisten m2, right
  crecv m2
.end
.stream b
  crecv m0
  crecv m1
  csend m1
.end
.sentron left stream=a m0[0]=5 m1[0]=6 route1=right
.sentron right stream=b listen0=left listen1=left route1=left
)"));
}

TEST_CASE("without a route the word faults, and the others go on") {
  check_against_reference(assembled(R"(
.stream faulty
  csend m0, good
  csend m0
  csend m0, good
.end
.stream fine
  crecv m0, bad
  croute m1, bad
.end
.sentron bad stream=faulty m0[0]=3
.sentron good stream=fine
)"));
}

TEST_CASE("a barrier waits for every member, again and again") {
  check_against_reference(assembled(R"(
.stream s
  loop 50 {
    cbar all
  }
.end
.sentron n[7] stream=s
.group all = n[*]
)"));
}

TEST_CASE("all-reduce gives every member the same value, in the order of the tree") {
  check_against_reference(assembled(R"(
.stream s
  loop 3 {
    creduce.i64.add r1, all
    creduce.i64.min r2, some
    creduce.f32x16.add v1, all
    creduce.f64x8.max v2, all
  }
.end
.stream t
  loop 3 {
    creduce.i64.add r5, all
    creduce.f32x16.add v6, all
    creduce.f64x8.max v7, all
  }
.end
.sentron n[5] stream=s r1=i*i+1 r2=10-i v1={ f32 1.5e10, 2.25, 3.0 } v2={ f64 1.0, -3.5 }
.sentron other stream=t r5=100 v6={ f32 -1.5e10, 1e-3, 7.5 } v7={ f64 2.0, -4.5 }
.group all = n[*], other
.group some = n[*]
)"));
}

TEST_CASE("a broadcast hands the root's message to every member") {
  check_against_reference(assembled(R"(
.stream s
  ccast m1, #2, all
  csend m1, sink
.end
.stream t
  crecv m0, n[0]
  crecv m0, n[1]
  crecv m0, n[2]
  crecv m0, n[3]
.end
.sentron n[4] stream=s m1[0]=i*100+7
.sentron sink stream=t
.group all = n[*]
)"));
}

TEST_CASE("sentrons that wait for each other are left waiting, and named") {
  check_against_reference(assembled(R"(
.stream a
  csend m0, third
  crecv m0, right
.end
.stream b
  crecv m0, left
.end
.stream c
  crecv m1, left
  loop 64 {
    csend m1, third
  }
  csend m1, third
.end
.sentron left stream=a
.sentron right stream=b
.sentron third stream=c
)"));
}

TEST_CASE("members that ask for different things wait for ever") {
  check_against_reference(assembled(R"(
.stream a
  cbar both
  creduce.i64.add r1, both
.end
.stream b
  cbar both
  creduce.i64.max r1, both
.end
.sentron x stream=a r1=5
.sentron y stream=b r1=6
.group both = x, y
)"));
}

// Every sentron receives from its predecessor and sends to its successor; the head sends first.
isa::Program ring_program(unsigned sentrons, unsigned rounds) {
  isa::Program program = assembled(R"(
.stream first
  loop 2 {
    csend m0
    crecv m0
  }
.end
.stream rest
  loop 2 {
    crecv m0
    csend m0
  }
.end
.sentron head stream=first m0[0]=1 m0[1]=77
)");
  for (isa::Stream& stream : program.streams) stream.loops[0].count = rounds;
  program.sentrons.reserve(sentrons);
  for (unsigned i = 1; i < sentrons; ++i) {
    isa::SentronSpec spec;
    spec.name = "node" + std::to_string(i);
    spec.stream = 1;
    program.sentrons.push_back(spec);
  }
  for (unsigned i = 0; i < sentrons; ++i) {
    program.sentrons[i].initial.route[0] = static_cast<std::int32_t>((i + 1) % sentrons);
    program.sentrons[i].initial.listen[0] = static_cast<std::int32_t>((i + sentrons - 1) % sentrons);
  }
  return program;
}

TEST_CASE("10,000 sentrons pass a message around on two workers") {
  if (!cpu::this_cpu().avx2) return;
  const isa::Program program = ring_program(10000, 5);
  const Result result = run(program, Engine::Native, 2);
  CHECK(result.waits.empty());
  CHECK(std::all_of(result.states.begin(), result.states.end(), [](const isa::SentronState& s) {
    return s.lifecycle == Lifecycle::Retired && s.registers.m[0].lane[0] == 1 && s.registers.m[0].lane[1] == 77;
  }));
}

TEST_CASE("10,000 sentrons that all wait are found out on two workers") {
  if (!cpu::this_cpu().avx2) return;
  isa::Program program = ring_program(10000, 1);
  program.sentrons[0].stream = 1;  // nobody starts
  const Result result = run(program, Engine::Native, 2);
  REQUIRE(result.waits.size() == 10000);
  CHECK(result.waits[17].peer == 16);
  CHECK(result.waits[17].kind == reference::WaitKind::Message);
}

TEST_CASE("10,000 sentrons meet in one group on two workers") {
  if (!cpu::this_cpu().avx2) return;
  isa::Program program = assembled(R"(
.stream s
  loop 3 {
    creduce.i64.add r1, all
    cbar all
  }
.end
.sentron n[10000] stream=s r1=i
.group all = n[*]
)");
  const Result result = run(program, Engine::Native, 2);
  const std::uint64_t n = 10000;
  CHECK(result.waits.empty());
  CHECK(std::all_of(result.states.begin(), result.states.end(),
                    [](const isa::SentronState& s) { return s.registers.r[1] == n * (n - 1) / 2 * n * n; }));
}

}  // namespace
}  // namespace vtpu::native::test
