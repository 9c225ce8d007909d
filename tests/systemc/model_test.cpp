#include "model.hpp"

#include <catch2/catch.hpp>

#include "programs.hpp"

using namespace vtpu;
using namespace vtpu::systemc;
using namespace vtpu::systemc::test;

namespace {

bool same(const ModelOutcome& a, const ModelOutcome& b) {
  return a.state == b.state && a.cycles == b.cycles && a.cores == b.cores && a.ports == b.ports && a.slots == b.slots &&
         a.l1 == b.l1 && a.l2 == b.l2 && a.l3 == b.l3 && a.tlb == b.tlb && a.translation == b.translation &&
         a.fabric == b.fabric && a.host_instructions == b.host_instructions;
}

// Everything that is told, as one number.
class Digest final : public events::Listener {
 public:
  void on_fetched(events::Cycle c, const events::UopInfo& u) override { add(1, c, u.id, u.word); }
  void on_dispatched(events::Cycle c, const events::UopInfo& u, unsigned q) override { add(2, c, u.id, q); }
  void on_issued(events::Cycle c, const events::UopInfo& u, unsigned p) override { add(3, c, u.id, p); }
  void on_conflict(events::Cycle c, const events::UopInfo& u, unsigned p, const events::UopInfo& w) override {
    add(4, c, u.id * 64 + p, w.id);
    ++conflicts;
  }
  void on_completed(events::Cycle c, const events::UopInfo& u) override { add(5, c, u.id, 0); }
  void on_retired(events::Cycle c, const events::UopInfo& u) override { add(6, c, u.id, 0); }
  void on_slots(events::Cycle c, std::uint32_t core, events::SlotReason r, unsigned n) override {
    add(7, c, core * 64 + static_cast<unsigned>(r), n);
  }
  std::uint64_t value = 0;
  std::uint64_t conflicts = 0;

 private:
  void add(std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d) {
    for (const std::uint64_t x : {a, b, c, d}) value = (value ^ x) * 0x9E3779B97F4A7C15ULL + (value >> 29U);
  }
};

const char* const kMix =
    "loop 300 {\n"
    "dmul.i64 r1, r1, r2 | sgather.i64 r4, [p0, d0 += 1].0 | cpack.i64 m0[0], r4\n"
    "dadd.f32x16 v1, v2, v3 | sscattr.i64 r1, [p0].3\n"
    "dadd.i64 r5, r4, r2 | sindex p0, p0, #-1, d0\n"
    "}";

}  // namespace

TEST_CASE("The same run gives the same outcome, again and again in one process, whatever ran in between") {
  const layout::Layout zen4 = named_layout("zen4");
  const layout::Layout tiny = named_layout("tiny2");
  const isa::Program program = words(kMix);
  const ModelOutcome siw = run_siw(program, zen4);
  const ModelOutcome host = run_host(program, zen4);
  for (int i = 0; i < 3; ++i) {
    (void)run_siw(program, tiny, 4);
    CHECK(same(run_siw(program, zen4), siw));
    CHECK(same(run_host(program, zen4), host));
  }
}

TEST_CASE("Listeners see the same events in every run, and change nothing") {
  const layout::Layout layout = named_layout("golden_cove");
  const isa::Program program = words(kMix);
  const ModelOutcome alone = run_siw(program, layout);
  ModelOptions options;
  options.layout = &layout;
  Digest first;
  options.listeners = {&first};
  const ModelOutcome heard = simulate(program, options);
  Digest second;
  options.listeners = {&second};
  (void)simulate(program, options);
  CHECK(same(alone, heard));
  CHECK(first.value == second.value);
  std::uint64_t counted = 0;
  for (const core::PortCounts& port : heard.ports) {
    for (const core::PipeCounts& loser : port.lost_by) counted += loser.total();
  }
  CHECK(first.conflicts == counted);
  CHECK(counted > 0);
}

TEST_CASE("A run stops at max_cycles and says so") {
  const layout::Layout layout = named_layout("vtpu3");
  ModelOptions options;
  options.layout = &layout;
  options.max_cycles = 1000;
  const ModelOutcome outcome = simulate(words("loop 1000000 {\ndadd.i64 r1, r1, #1\n}"), options);
  CHECK(outcome.limit_reached);
  CHECK(outcome.cycles == 1000);
  CHECK_FALSE(outcome.deadlock);
  const std::uint64_t done = outcome.state.sentrons[0].registers.r[1];
  CHECK(done == outcome.operations.total());  // what retired, no more
  CHECK(done > 900);
  CHECK(done < 1000);
}

TEST_CASE("Impossible options are refused, and the next run works") {
  const layout::Layout layout = named_layout("tiny1");
  ModelOptions options;
  CHECK_THROWS_AS(simulate(words("dnop"), options), std::invalid_argument);
  options.layout = &layout;
  for (const unsigned cores : {0U, kMaxCores + 1}) {
    options.cores = cores;
    CHECK_THROWS_AS(simulate(words("dnop"), options), std::invalid_argument);
  }
  options.cores = kMaxCores;
  const isa::Program program = words("dmov.i64 r1, #1");
  check_state(program, simulate(program, options));
}

TEST_CASE("What a listener throws ends the run and reaches the caller; the next run works") {
  struct Thrower final : events::Listener {
    void on_retired(events::Cycle, const events::UopInfo&) override { throw std::runtime_error("enough"); }
  };
  const layout::Layout layout = named_layout("tiny1");
  const isa::Program program = words("dmov.i64 r1, #1");
  Thrower thrower;
  ModelOptions options;
  options.layout = &layout;
  options.listeners = {&thrower};
  CHECK_THROWS_WITH(simulate(program, options), "enough");
  check_state(program, run_siw(program, layout));
}

TEST_CASE("On one port, one wide, every operation takes its turn") {
  const layout::Layout layout = named_layout("tiny1");
  const ModelOutcome outcome =
      run_siw(words("loop 500 {\ndadd.i64 r1, r2, r3 | snop | cpack.i64 m0[0], r4\n}"), layout);
  CHECK(outcome.cycles >= 1000);
  CHECK(outcome.cycles <= 1030);
  CHECK(outcome.ports[0].starts.total() == 1000);
}

TEST_CASE("The latency of a load chain is that of the level it lives in") {
  // p0 moves by a cell, r1 chains: each load's lane selects nothing, so the chain is through the add.
  for (const std::string name : {"zen4", "golden_cove"}) {
    const layout::Layout layout = named_layout(name);
    const ModelOutcome outcome =
        run_siw(words("loop 1000 {\nsgather.i64 r1, [p0].0\nsscattr.i64 r1, [p0].0\n}"), layout);
    const auto& memory = layout.memory;
    INFO(name);
    // Store to load through memory, every time: forwarding and one cycle for the data, or renamed away.
    const double per_turn = static_cast<double>(outcome.cycles) / 1000.0;
    CHECK(per_turn >= memory.forward_latency);
    CHECK(per_turn <= memory.forward_latency + 3.0);
  }
}

TEST_CASE("Conflicts name the pipes: D operations lose the only port to older C operations") {
  const layout::Layout layout = named_layout("tiny1");
  const ModelOutcome outcome = run_siw(words("loop 500 {\ncpack.i64 m0[0], r4\ndadd.i64 r1, r2, r3\n}"), layout);
  const core::PortCounts& port = outcome.ports[0];
  CHECK(port.busy_cycles.by_pipe[0] == 500);
  CHECK(port.busy_cycles.by_pipe[2] == 500);
}
