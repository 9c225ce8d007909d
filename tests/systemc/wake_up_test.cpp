#include <catch2/catch.hpp>

#include "scripted_core.hpp"

using namespace vtpu::core;
using namespace vtpu::core::test;

TEST_CASE("A uop alone: fetched, dispatched, issued and completed in consecutive cycles, retired on completion") {
  ScriptRun run(tiny_core(), {uop(kAdd, {r(1)})});
  CHECK(run[0].fetched == 0);
  CHECK(run[0].dispatched == 1);
  CHECK(run[0].issued == 2);
  CHECK(run[0].completed == 3);
  CHECK(run[0].retired == 3);
  CHECK(run.cycles == 4);
}

TEST_CASE("A dependant is issued in the cycle in which its operand completes, not one before") {
  for (const Kind kind : {kAdd, kMul, kDiv}) {
    const vtpu::layout::Layout layout = tiny_core();
    const unsigned latency = layout.uops[kind].latency;
    ScriptRun run(layout, {uop(kind, {r(1)}), uop(kOnY, {r(2)}, {r(1)})});
    INFO(layout.uops[kind].name);
    CHECK(run[1].dispatched == run[0].dispatched);
    CHECK(run[1].issued == run[0].issued + latency);
    CHECK(run[0].completed == run[0].issued + latency);
  }
}

TEST_CASE("A result may come later to dependants of other kinds, before and after it was published") {
  vtpu::layout::Layout layout = tiny_core();
  layout.uops[kMul].latency_to_others = 5;  // latency 3
  const std::vector<SourceUop> script{uop(kMul, {r(1)}), uop(kMul, {r(2)}, {r(1)}), uop(kOnY, {r(3)}, {r(1)})};
  ScriptRun run(layout, script);
  CHECK(run[1].issued == run[0].issued + 3);
  CHECK(run[2].issued == run[0].issued + 5);
  CHECK(run[0].completed == run[0].issued + 5);
  layout.rename.dispatch_width = 1;
  layout.uops[kMul].latency_to_others = 9;
  const SourceUop other = uop(kOnY);
  ScriptRun late(layout, {uop(kMul, {r(1)}), other, other, uop(kMul, {r(2)}, {r(1)}), uop(kOnY, {r(3)}, {r(1)})});
  CHECK(late[3].issued == late[3].dispatched + 1);
  CHECK(late[4].issued == late[0].issued + 9);
}

TEST_CASE("A uop waits for the last of its operands") {
  ScriptRun run(tiny_core(), {uop(kMul, {r(1)}), uop(kOnY, {r(2)}), uop(kAdd, {r(3)}, {r(1), r(2)})});
  CHECK(run[1].issued == 2);
  CHECK(run[2].issued == run[0].issued + 3);
}

TEST_CASE("A value that was there before the dispatch holds nobody up") {
  ScriptRun run(tiny_core(), {uop(kAdd, {r(1)}), uop(kOnY), uop(kOnY), uop(kOnY), uop(kOnX, {r(2)}, {r(1)})}, 1);
  CHECK(run[4].issued == run[4].dispatched + 1);
}

TEST_CASE("A uop reads the result of the one before it where it says so") {
  SourceUop second = uop(kOnY);
  second.reads_previous = true;
  ScriptRun run(tiny_core(), {uop(kMul), second});
  CHECK(run[1].issued == run[0].issued + 3);
}

TEST_CASE("The last destination with a latency of its own can be used before the completion") {
  SourceUop first = uop(kMul, {r(1), r(2)});
  first.second_latency = 1;
  ScriptRun run(tiny_core(), {first, uop(kOnY, {r(3)}, {r(2)}), uop(kOnY, {r(4)}, {r(1)})});
  CHECK(run[1].issued == run[0].issued + 1);
  CHECK(run[2].issued == run[0].issued + 3);
}

TEST_CASE("A source that is read as it was before the word does not wait for a writer in the word") {
  SourceUop reader = uop(kOnY, {r(3)}, {r(1)});
  reader.sources_before_word = 1;
  ScriptRun run(tiny_core(), {uop(kMul, {r(1)}), reader, uop(kOnY, {r(4)}, {r(1)})});
  CHECK(run[1].issued == run[1].dispatched + 1);
  CHECK(run[2].issued == run[0].issued + 3);
}

TEST_CASE("A new context reads nothing that was written before it") {
  SourceUop other = uop(kOnY, {r(2)}, {r(1)});
  other.new_context = true;
  ScriptRun run(tiny_core(), {uop(kDiv, {r(1)}), other});
  CHECK(run[1].issued == run[1].dispatched + 1);
}

TEST_CASE("Latencies beyond the wheel of cycles are kept exactly") {
  vtpu::layout::Layout layout = tiny_core();
  for (const unsigned latency : {1023U, 1024U, 1025U, 5000U}) {
    layout.uops[kMul].latency = latency;
    ScriptRun run(layout, {uop(kMul, {r(1)}), uop(kOnY, {r(2)}, {r(1)})});
    CHECK(run[1].issued == run[0].issued + latency);
  }
}

TEST_CASE("An eager queue: who reads a uop that was ready and has lost its port takes a port in vain") {
  vtpu::layout::Layout layout = tiny_core();
  const std::vector<SourceUop> script{uop(kOnX), uop(kOnX, {r(1)}), uop(kOnY, {}, {r(1)}), uop(kOnY)};
  const auto busy_on_y = [&] { return ScriptRun(layout, script).counts.ports[1].busy_cycles.total(); };
  CHECK(busy_on_y() == 2);
  layout.queues[0].eager = true;
  ScriptRun run(layout, script);
  CHECK(run[1].issued == 3);  // x went to 0 in 2
  CHECK(run[2].issued == 4);  // in vain in 3
  CHECK(run[3].issued == 2);
  CHECK(run.counts.ports[1].busy_cycles.total() == 3);
}

TEST_CASE("An eager queue: no start in vain for the reader of a reader, of a slow uop, or of one that started") {
  vtpu::layout::Layout layout = tiny_core();
  layout.queues[0].eager = true;
  const auto busy_on_y = [&](const std::vector<SourceUop>& script) {
    return ScriptRun(layout, script).counts.ports[1].busy_cycles.total();
  };
  CHECK(busy_on_y({uop(kOnX, {r(1)}), uop(kOnY, {}, {r(1)})}) == 1);
  CHECK(busy_on_y({uop(kOnX), uop(kMul, {r(1)}), uop(kOnY, {}, {r(1)})}) == 1);
  CHECK(busy_on_y({uop(kMul, {r(1)}), uop(kOnX, {r(2)}, {r(1)}), uop(kOnY, {}, {r(2)})}) == 1);
}

TEST_CASE("An eager queue: a start in vain for each cycle that the producer waits, whenever it became ready") {
  vtpu::layout::Layout layout = tiny_core();
  layout.queues[0].eager = true;
  // Two wait on x for the product of 0, and 3 for the result of the younger one.
  const std::vector<SourceUop> script{uop(kMul, {r(1)}), uop(kOnX, {}, {r(1)}), uop(kOnX, {r(2)}, {r(1)}),
                                      uop(kOnY, {}, {r(2)})};
  ScriptRun run(layout, script);
  CHECK(run[2].issued == run[1].issued + 1);
  CHECK(run[3].issued == run[2].issued + 1);
  CHECK(run.counts.ports[1].busy_cycles.total() == 2);
  std::vector<SourceUop> longer = script;
  longer.insert(longer.begin() + 1, uop(kOnX, {}, {r(1)}));
  CHECK(ScriptRun(layout, longer).counts.ports[1].busy_cycles.total() == 3);
}
