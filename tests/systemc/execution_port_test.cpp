#include <catch2/catch.hpp>

#include "scripted_core.hpp"

using namespace vtpu::core;
using namespace vtpu::core::test;
using vtpu::isa::Pipe;

TEST_CASE("A port starts its oldest ready uop; the younger one has a conflict that names both and the port") {
  ScriptRun run(tiny_core(), {pipe(uop(kOnX), Pipe::C), pipe(uop(kOnX), Pipe::D)});
  CHECK(run[0].issued == 2);
  CHECK(run[1].issued == 3);
  CHECK(run.seen.conflicts == std::vector<Conflict>{{2, 1, 0, 0}});
  CHECK(run.counts.ports[0].lost_by[0].by_pipe == std::array<std::uint64_t, 3>{0, 0, 1});  // D lost to C
  CHECK(run.counts.ports[0].lost_by[2].total() == 0);
}

TEST_CASE("The oldest ready uop goes first even if it was dispatched into a longer wait") {
  // 0 waits for nothing on y; 1 waits for 0, 2 is ready earlier, 3 becomes ready with 1.
  ScriptRun run(tiny_core(), {uop(kOnY, {r(1)}), uop(kOnX, {}, {r(1)}), uop(kOnX), uop(kOnX)});
  CHECK(run[2].issued == 2);
  CHECK(run[1].issued == 3);  // older than 3, which was ready since 2
  CHECK(run[3].issued == 4);
}

TEST_CASE("Ports choose in file order: the first takes the oldest that both could take") {
  ScriptRun run(tiny_core(), {uop(kAdd), uop(kAdd), uop(kAdd)});
  CHECK(run[0].port == 0);
  CHECK(run[1].port == 1);
  CHECK(run[2].issued == run[0].issued + 1);
}

TEST_CASE("Of several lost ports a conflict names the one whose winner is the youngest") {
  ScriptRun run(tiny_core(), {uop(kOnY), uop(kOnX), uop(kAdd)});
  CHECK(run.seen.conflicts == std::vector<Conflict>{{2, 2, 0, 1}});  // y went to 0, x to 1
}

TEST_CASE("No conflict while one of the ports is free") {
  ScriptRun run(tiny_core(), {uop(kOnX), uop(kAdd)});
  CHECK(run.seen.conflicts.empty());
  CHECK(run[1].port == 1);
}

TEST_CASE("A port that is held takes nothing for busy cycles, and who waits for it has a conflict with the holder") {
  const vtpu::layout::Layout layout = tiny_core();
  ScriptRun run(layout, {uop(kDiv), uop(kOnX)});
  CHECK(run[1].issued == run[0].issued + layout.uops[kDiv].busy);
  REQUIRE(run.seen.conflicts.size() == layout.uops[kDiv].busy);
  for (const Conflict& c : run.seen.conflicts) CHECK(c == Conflict{c.cycle, 1, 0, 0});
  CHECK(run.counts.ports[0].busy_cycles.total() == layout.uops[kDiv].busy + 1);
  CHECK(run.counts.ports[0].starts.total() == 2);
}

TEST_CASE("Conflicts of several waiting uops are told and counted alike") {
  ScriptRun run(tiny_core(), std::vector<SourceUop>(4, uop(kOnX)));
  CHECK(run.seen.conflicts.size() == 3 + 2 + 1);
  CHECK(run.counts.ports[0].lost_by[0].by_pipe[0] == 3 + 2 + 1);
}

TEST_CASE("Wide uops have ports, latency and busy cycles of their own") {
  vtpu::layout::Layout layout = tiny_core();
  layout.uops[kVector].ports_512 = {1};
  layout.uops[kVector].latency_512 = 5;
  layout.uops[kVector].busy_512 = 2;
  ScriptRun run(layout, {wide(uop(kVector, {v(1)})), wide(uop(kVector, {v(2)})), uop(kVector, {v(3)})});
  CHECK(run[0].port == 1);
  CHECK(run[0].completed == run[0].issued + 5);
  CHECK(run[1].issued == run[0].issued + 2);
  CHECK(run[2].port == 0);
  CHECK(run[2].completed == run[2].issued + 2);
}

TEST_CASE("A closed port starts no vector uop in a cycle at whose start a wide uop waited") {
  vtpu::layout::Layout layout = tiny_core();
  layout.ports_closed_by_512 = {"y"};
  layout.uops[kVector].ports_512 = {0};
  SourceUop narrow = uop(kVector, {v(2)});
  narrow.vector = true;
  SourceUop broad = wide(uop(kVector, {v(1)}));
  broad.vector = true;
  ScriptRun run(layout, {broad, narrow, uop(kOnY)});
  CHECK(run[0].issued == 2);
  CHECK(run[1].issued == 3);  // in 2 x went to 0 and y was closed
  CHECK(run[1].port == 0);
  CHECK(run[2].issued == 2);  // integer uops may use it
  CHECK(run.seen.conflicts.empty());
  layout.ports_closed_by_512.clear();
  ScriptRun open(layout, {broad, narrow});
  CHECK(open[1].issued == 2);
}

TEST_CASE("In order, a word starts when all of the word before has started") {
  vtpu::layout::Layout layout = tiny_core();
  layout.in_order = true;
  SourceUop x = uop(kOnX, {r(1)}, {r(9)});
  x.last_of_word = false;
  SourceUop y = uop(kOnY);
  ScriptRun run(layout, {uop(kMul, {r(9)}), x, y, uop(kOnY)});
  CHECK(run[2].issued == 3);                  // the word's y part goes when the word may
  CHECK(run[1].issued == run[0].issued + 3);  // x waits for r9
  CHECK(run[3].issued == run[1].issued + 1);  // and the next word for x, although y is idle
}

TEST_CASE("A port of a queue of one result starts no uop that would complete together with an earlier one") {
  vtpu::layout::Layout layout = tiny_core();
  const std::vector<SourceUop> script{uop(kMul), uop(kOnX), uop(kOnX)};  // mul takes three cycles
  CHECK(ScriptRun(layout, script)[2].issued == 4);
  layout.queues[0].one_result = true;
  ScriptRun run(layout, script);
  CHECK(run[0].issued == 2);
  CHECK(run[1].issued == 3);
  CHECK(run[2].issued == 5);  // in 4 it would complete in 5, as mul does
  std::vector<SourceUop> to_both = script;
  to_both[0].to_vector = true;
  CHECK(ScriptRun(layout, to_both)[2].issued == 4);  // results for vector registers are in no other's way
}

TEST_CASE("Where results wait, a uop starts that would complete together with an earlier one, and completes later") {
  vtpu::layout::Layout layout = tiny_core();
  layout.queues[0].one_result = true;
  layout.queues[0].results_wait = true;
  // mul takes three cycles: in 5 it hands out its result, and so would the second of the others.
  const std::vector<SourceUop> script{uop(kMul), uop(kOnX), uop(kOnX, {r(1)}), uop(kOnX, {r(2)}),
                                      uop(kOnY, {}, {r(1)})};
  ScriptRun run(layout, script);
  CHECK(run[0].completed == 5);
  CHECK(run[1].completed == 4);
  CHECK(run[2].issued == 4);
  CHECK(run[2].completed == 6);
  CHECK(run[4].issued == 6);  // who reads it waits, too
  CHECK(run[3].issued == 5);  // nobody loses the port
  CHECK(run[3].completed == 7);
}

TEST_CASE("What goes to a general register and takes longer than a cycle may leave by another port") {
  vtpu::layout::Layout layout = tiny_core();
  layout.queues[0].one_result = true;
  const auto last_on_y = [&](const SourceUop& slow) {
    return ScriptRun(layout, {slow, uop(kOnY), uop(kOnY), uop(kOnY)})[3].issued;
  };
  CHECK(last_on_y(uop(kMul, {r(1)})) == 4);
  layout.ports[0].slow_results = 1;
  CHECK(last_on_y(uop(kMul, {r(1)})) == 5);  // started in 4 it would complete with mul
  SourceUop to_vector = uop(kMul, {v(1)});
  to_vector.to_vector = true;
  CHECK(last_on_y(to_vector) == 4);
  CHECK(last_on_y(uop(kOnX, {r(1)})) == 4);
}
