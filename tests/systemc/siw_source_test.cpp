#include <catch2/catch.hpp>

#include "core/siw_cracker.hpp"
#include "programs.hpp"

using namespace vtpu;
using namespace vtpu::systemc;
using namespace vtpu::systemc::test;

namespace {

class RetireTimes final : public events::Listener {
 public:
  void on_retired(events::Cycle c, const events::UopInfo& u) override { at[{u.sentron, u.word}] = c; }
  void on_fetched(events::Cycle c, const events::UopInfo& u) override { fetched[{u.sentron, u.word}] = c; }
  std::map<std::pair<std::uint32_t, std::uint32_t>, events::Cycle> at, fetched;
};

ModelOutcome run_with(const isa::Program& program, const layout::Layout& layout, events::Listener& listener,
                      unsigned cores = 1) {
  ModelOptions options;
  options.layout = &layout;
  options.cores = cores;
  options.listeners = {&listener};
  options.max_cycles = 1'000'000;
  return simulate(program, options);
}

}  // namespace

TEST_CASE("Every program, shortened, ends in the reference's state on every layout and on one core or three") {
  for (const std::string name : {"tiny1", "tiny2", "vtpu3", "zen4", "golden_cove"}) {
    const layout::Layout layout = named_layout(name);
    for (const isa::Program& whole : all_programs()) {
      const isa::Program program = shortened(whole, 8);
      for (const unsigned cores : {1U, 3U}) {
        const ModelOutcome outcome = run_siw(program, layout, cores);
        INFO(name << ", " << program.name << ", " << cores << " cores");
        check_state(program, outcome);
        check_slots(outcome, layout);
        if (!outcome.deadlock) CHECK(outcome.operations.total() == reference::run(program).all_operations());
      }
    }
  }
}

TEST_CASE("In-order vtpu3 runs three operations per cycle on independent words") {
  const layout::Layout layout = named_layout("vtpu3");
  const isa::Program program = words(
      "loop 2000 {\n"
      "dadd.i64 r1, r2, r3 | sgather.i64 r4, [p0].0 | cpack.i64 m0[0], r5\n"
      "dadd.i64 r6, r2, r3 | sgather.i64 r7, [p0].1 | cpack.i64 m1[0], r5\n"
      "}");
  const ModelOutcome outcome = run_siw(program, layout);
  CHECK(outcome.operations.by_pipe == std::array<std::uint64_t, 3>{4000, 4000, 4000});
  const double fill = layout.memory.dram_latency + layout.translation.miss_latency + 100.0;
  CHECK(static_cast<double>(outcome.cycles) >= 4000.0);
  CHECK(static_cast<double>(outcome.cycles) <= 4000.0 + fill);
}

TEST_CASE("A chain of adds takes a cycle each, independent adds the ports they have") {
  const layout::Layout layout = named_layout("vtpu3");
  const ModelOutcome chain = run_siw(words("loop 3000 {\ndmul.i64 r1, r1, r2\n}"), layout);
  const unsigned latency = layout.uops[layout.op_cracks.at({isa::Op::DMUL, isa::Type::I64}).uops[0]].latency;
  CHECK(chain.cycles >= 3000 * latency);
  CHECK(chain.cycles <= 3000 * latency + 30 + layout.sentrons.spawn_cycles);
}

TEST_CASE("The three operations of a word read what was there before it") {
  const isa::Program program = words(
      "dmov.i64 r1, #7\n"
      "dmov.i64 r1, #8 | snop | cpack.i64 m0[0], r1\n"
      "dadd.i64 r2, r1, #1 | sscattr.i64 r1, [p0].0");
  for (const std::string name : {"tiny2", "zen4"}) {
    const ModelOutcome outcome = run_siw(program, named_layout(name));
    check_state(program, outcome);
    CHECK(outcome.state.sentrons[0].registers.m[0].lane[0] == 7);
    CHECK(outcome.state.sentrons[0].registers.r[2] == 9);
  }
}

TEST_CASE("A message is received no earlier than fabric_latency after the send retired, and not later than it must") {
  layout::Layout layout = named_layout("zen4");
  const isa::Program program = assembled(
      ".stream a\ncsend m0, two\n.end\n.stream b\ncrecv m0, one\n.end\n.sentron one stream=a\n.sentron two stream=b\n");
  for (const unsigned latency : {1U, 20U, 77U}) {
    layout.sentrons.fabric_latency = latency;
    RetireTimes times;
    const ModelOutcome outcome = run_with(program, layout, times, 2);
    check_state(program, outcome);
    CHECK(times.fetched.at({1, 0}) == times.at.at({0, 0}) + latency);
    CHECK(outcome.fabric.messages == 1);
  }
}

TEST_CASE("On one core a switch costs switch_cycles after the pipeline is empty") {
  layout::Layout layout = named_layout("zen4");
  const isa::Program program = assembled(
      ".stream a\ncrecv m0, two\n.end\n.stream b\ncsend m0, one\n.end\n.sentron one stream=a\n.sentron two stream=b\n");
  layout.sentrons.spawn_cycles = 13;
  RetireTimes times;
  const ModelOutcome outcome = run_with(program, layout, times);
  check_state(program, outcome);
  CHECK(times.fetched.at({1, 0}) == 13 + 13);  // spawn of one, which blocks at once, then spawn of two
  layout.sentrons.switch_cycles = 40;
  RetireTimes slower;
  (void)run_with(program, layout, slower);
  const auto back = [&](RetireTimes& t) { return t.fetched.at({0, 0}) - t.at.at({1, 0}); };
  const events::Cycle readable = std::max(1U, layout.sentrons.fabric_latency);
  CHECK(back(slower) == readable + 40);
}

TEST_CASE("A full channel stops its sender until the receiver has taken a message") {
  const isa::Program program = assembled(
      ".stream a\nloop 200 {\ncsend m0, two\n}\n.end\n.stream b\nloop 200 {\ncrecv m0, one\n}\n.end\n"
      ".sentron one stream=a\n.sentron two stream=b\n");
  for (const unsigned cores : {1U, 2U}) {
    const ModelOutcome outcome = run_siw(program, named_layout("zen4"), cores);
    check_state(program, outcome);
    CHECK(outcome.fabric.messages == 200);
  }
}

TEST_CASE("A deadlock ends the run and says who waits for whom") {
  const isa::Program program = assembled(
      ".stream a\ndmov.i64 r1, #1\ncrecv m0, two\n.end\n.stream b\ncrecv m0, one\n.end\n"
      ".sentron one stream=a\n.sentron two stream=b\n");
  for (const unsigned cores : {1U, 2U}) {
    const ModelOutcome outcome = run_siw(program, named_layout("zen4"), cores);
    check_state(program, outcome);
    REQUIRE(outcome.deadlock);
    CHECK(outcome.deadlock->waits.size() == 2);
    CHECK(outcome.deadlock->text() == reference::run(program).deadlock->text());
  }
}

TEST_CASE("A word that faults has no effect; what is before it has") {
  const isa::Program program = words(
      "dmov.i64 r1, #5\n"
      "sindex p1, p0, #2046, d0\n"
      "dmov.i64 r1, r2 | sindex p1, p1, #1, d0\n"
      "dmov.i64 r1, #7");
  const ModelOutcome outcome = run_siw(program, named_layout("zen4"));
  check_state(program, outcome);
  CHECK(outcome.state.sentrons[0].lifecycle == isa::Lifecycle::Faulted);
  CHECK(outcome.state.sentrons[0].fault_word == 2);
  CHECK(outcome.state.sentrons[0].registers.r[1] == 5);
}

TEST_CASE("A word of NOPs costs fetch width and nothing else") {
  const layout::Layout layout = named_layout("vtpu3");
  const ModelOutcome outcome = run_siw(words("loop 500 {\ndnop\n}\ndmov.i64 r1, #1"), layout);
  CHECK(outcome.uops == 1);
  CHECK(outcome.cycles >= 500 / layout.front_end.siw_per_cycle);
  CHECK(outcome.cycles <= 500 / layout.front_end.siw_per_cycle + 30 + layout.sentrons.spawn_cycles);
}

TEST_CASE("A sentron that waits leaves its slots to MessageWait") {
  layout::Layout layout = named_layout("zen4");
  layout.sentrons.fabric_latency = 500;
  const isa::Program program = assembled(
      ".stream a\ncsend m0, two\n.end\n.stream b\ncrecv m0, one\n.end\n.sentron one stream=a\n.sentron two stream=b\n");
  const ModelOutcome outcome = run_siw(program, layout, 2);
  const auto slots = [&](unsigned core, events::SlotReason reason) {
    return outcome.cores[core].slots[static_cast<std::size_t>(reason)];
  };
  CHECK(slots(1, events::SlotReason::MessageWait) >= 490 * layout.rename.dispatch_width);
  CHECK(slots(0, events::SlotReason::Drained) >= 490 * layout.rename.dispatch_width);
}

TEST_CASE("Two threads share a core's ports and reach the same state") {
  layout::Layout layout = named_layout("zen4");
  const isa::Program program = assembled(
      ".stream s\nloop 400 {\ndmul.i64 r1, r1, r2\n}\n.end\n.sentron one stream=s r2=3\n.sentron two stream=s "
      "r2=5\n");
  const ModelOutcome single = run_siw(program, layout);
  layout.smt.threads = 2;
  const ModelOutcome both = run_siw(program, layout);
  check_state(program, both);
  check_slots(both, layout);
  CHECK(both.cycles < single.cycles * 6 / 10);  // two chains side by side
}

TEST_CASE("Cracking gives D, S, C in order; loads and stores carry the address, the post-increment comes early") {
  const layout::Layout layout = named_layout("zen4");
  const isa::Program program = words("dadd.i64 r1, r2, r3 | sgather.i64 r4, [p0, d0 += 1].2 | cpack.i64 m0[0], r4");
  const core::CrackedWord word = core::crack_word(program.streams[0].words[0], 0, layout);
  REQUIRE(word.uops.size() >= 3);
  CHECK(word.uops[0].info.text == "dadd.i64");
  const core::SourceUop& load = word.uops[1];
  CHECK(layout.uops[load.kind].is_load);
  CHECK(load.destinations == 2);
  CHECK(load.second_latency == 1);
  CHECK(load.destination[1].index == core::register_name({isa::RegisterId::File::P, 0}).index);
  CHECK(word.uops[2].sources_before_word == 2);  // m0 is read and written here, r4 is written by S
  CHECK(word.uops.back().last_of_word);
  CHECK_FALSE(load.last_of_word);
}
