#include <catch2/catch.hpp>

#include "scripted_core.hpp"

using namespace vtpu::core;
using namespace vtpu::core::test;
using vtpu::events::SlotReason;

TEST_CASE("A full queue stops dispatch; an entry that is left in t can be taken in t + 1") {
  vtpu::layout::Layout layout = tiny_core();
  layout.queues[0].entries = 2;
  ScriptRun run(layout, {uop(kMul, {r(1)}), uop(kOnY, {}, {r(1)}), uop(kOnY, {}, {r(1)})});
  CHECK(run[0].dispatched == 1);
  CHECK(run[1].dispatched == 1);
  CHECK(run[2].dispatched == run[0].issued + 1);
  CHECK(run.empty_slots(1) == SlotReason::QueueFull);
}

TEST_CASE("A full queue whose oldest uop is ready and lost its ports is a port conflict") {
  vtpu::layout::Layout layout = tiny_core();
  layout.queues[0].entries = 3;
  ScriptRun run(layout, std::vector<SourceUop>(6, uop(kOnX)));
  CHECK(run[0].issued == 2);
  CHECK(run.empty_slots(1) == SlotReason::QueueFull);     // nobody is ready yet
  CHECK(run.empty_slots(2) == SlotReason::PortConflict);  // 1 lost x to 0
}

TEST_CASE("A uop goes to the queue with the fewest entries in use, ties in file order") {
  vtpu::layout::Layout layout = tiny_core();
  layout.queues = {{"a", 8, {0}}, {"b", 8, {1}}, {"memory", 8, {2}}};
  layout.ports = {{"x", 0}, {"y", 1}, {"m", 2}};
  ScriptRun run(layout, {uop(kAdd), uop(kAdd), uop(kOnX), uop(kAdd)});
  CHECK(run[0].port == 0);  // 0 and 0: the first in the file
  CHECK(run[1].port == 1);  // 1 and 0
  CHECK(run[3].port == 1);  // 2 and 1
}

TEST_CASE("A full queue is passed over when another one feeds an allowed port") {
  vtpu::layout::Layout layout = tiny_core();
  layout.queues = {{"a", 1, {0}}, {"b", 4, {1}}, {"memory", 8, {2}}};
  layout.ports = {{"x", 0}, {"y", 1}, {"m", 2}};
  ScriptRun run(layout, {uop(kMul), uop(kOnY), uop(kOnY), uop(kAdd)});
  CHECK(run[3].dispatched == 1);
  CHECK(run[3].port == 1);
}

TEST_CASE("A fused uop is dispatched whole or not at all") {
  vtpu::layout::Layout layout = tiny_core();
  layout.queues[0].entries = 2;
  SourceUop first = uop(kOnY);
  first.last_of_fused = false;
  SourceUop second = uop(kOnY);
  second.first_of_fused = false;
  ScriptRun run(layout, {uop(kMul), first, second});
  CHECK(run[1].dispatched == run[0].issued + 1);
  CHECK(run[2].dispatched == run[1].dispatched);
}

TEST_CASE("Bound at dispatch, a uop goes to the port with the fewest uops bound and not started") {
  vtpu::layout::Layout layout = tiny_core();
  layout.binding = vtpu::layout::Binding::AtDispatch;
  ScriptRun run(layout, {uop(kOnX), uop(kOnX), uop(kAdd), uop(kAdd), uop(kAdd)});
  CHECK(run[2].port == 1);  // x 2, y 0
  CHECK(run[3].port == 1);  // x 2, y 1
  CHECK(run[4].port == 0);  // dispatched a cycle later, when both have 2: file order
}

TEST_CASE("Bound by slot, a uop gets a port by its place in the cycle and by counts that are a cycle old") {
  vtpu::layout::Layout layout = tiny_core();
  layout.binding = vtpu::layout::Binding::AtDispatch;
  layout.queues[0].entries = 64;
  layout.queues[0].slot_ranks = {{1, 0}};  // for two ports
  const std::vector<SourceUop> adds(16, uop(kAdd));
  const auto ports = [&](const std::vector<SourceUop>& script) {
    ScriptRun run(layout, script);
    std::vector<unsigned> found;
    for (UopId id = 0; id < script.size(); ++id) found.push_back(run[id].port);
    return found;
  };
  using Ports = std::vector<unsigned>;
  const auto cycle_of = [](const Ports& all, std::size_t cycle) {
    return Ports(all.begin() + static_cast<std::ptrdiff_t>(4 * cycle),
                 all.begin() + static_cast<std::ptrdiff_t>(4 * cycle + 4));
  };
  // Nothing waits: y, the last in the file, is the least loaded, x the next; ranks of slots 2 and 3 as of 0 and 1.
  CHECK(cycle_of(ports(adds), 0) == Ports{0, 1, 0, 1});

  layout.queues[0].slot_ranks = {{0}};
  const Ports least = ports(adds);
  CHECK(cycle_of(least, 0) == Ports{1, 1, 1, 1});
  CHECK(cycle_of(least, 1) == Ports{1, 1, 1, 1});  // at the start of the cycle before nothing waited
  CHECK(cycle_of(least, 2) == Ports{0, 0, 0, 0});  // four for y
  CHECK(cycle_of(least, 3) == Ports{0, 0, 0, 0});  // seven for y

  layout.queues[0].slot_ranks = {{1}};
  CHECK(cycle_of(ports(adds), 2) == Ports{0, 0, 0, 0});  // the more loaded one
  layout.queues[0].slot_margin = 4;
  CHECK(cycle_of(ports(adds), 2) == Ports{1, 1, 1, 1});  // four more wait for it
  layout.queues[0].slot_margin = 5;
  CHECK(cycle_of(ports(adds), 2) == Ports{0, 0, 0, 0});

  layout.queues[0].slot_ranks = {{}, {2, 1, 0}};  // none for two ports: the least loaded
  CHECK(cycle_of(ports(adds), 0) == Ports{0, 1, 0, 1});
}

TEST_CASE("Where ports go by slot, a cycle without room in the queue dispatches nothing at all") {
  vtpu::layout::Layout layout = tiny_core();
  layout.binding = vtpu::layout::Binding::AtDispatch;
  layout.queues[0].entries = 6;
  layout.queues[0].dispatch_room = 4;
  // Divisions fill four of six entries; the loads go to another queue.
  std::vector<SourceUop> script(4, uop(kDiv));
  script.insert(script.end(), 2, at(uop(kLoad), 64));
  ScriptRun free(layout, script);
  CHECK(free[4].dispatched == 2);
  layout.queues[0].slot_ranks = {{1, 0}};
  ScriptRun stopped(layout, script);
  // x takes a division every fourth cycle; when two wait, the queue has its room.
  CHECK(stopped[4].dispatched == stopped[1].issued + 1);
  CHECK(stopped.empty_slots(2) == SlotReason::QueueFull);
}

TEST_CASE("Bound at dispatch, a uop waits for its port although another one is idle") {
  vtpu::layout::Layout layout = tiny_core();
  layout.binding = vtpu::layout::Binding::AtDispatch;
  // The adds alternate between x and y; x is held by a division.
  ScriptRun run(layout, {uop(kDiv), uop(kAdd), uop(kAdd)});
  CHECK(run[1].port == 1);
  CHECK(run[2].port == 0);
  CHECK(run[2].issued == run[0].issued + 4);
  layout.binding = vtpu::layout::Binding::AtIssue;
  ScriptRun free(layout, {uop(kDiv), uop(kAdd), uop(kAdd)});
  CHECK(free[2].port == 1);
  CHECK(free[2].issued == free[0].issued + 1);
}

TEST_CASE("A queue that shuffles gives each port to one uop of a cycle before any gets a second") {
  vtpu::layout::Layout layout = tiny_core();
  layout.queues[0].shuffles = true;
  unsigned first_on_x = 0;
  std::vector<SourceUop> script(64, uop(kAdd));
  ScriptRun run(layout, script, 2);  // two per cycle: one on each port
  for (UopId id = 0; id < script.size(); id += 2) {
    CHECK(run[id].issued == run[id].dispatched + 1);
    CHECK(run[id + 1].issued == run[id].issued);
    CHECK(run[id].port != run[id + 1].port);
    if (run[id].port == 0) ++first_on_x;
  }
  CHECK(first_on_x > 4);
  CHECK(first_on_x < 28);
}

TEST_CASE("A port of a queue that shuffles counts the uops that can go nowhere else") {
  vtpu::layout::Layout layout = tiny_core();
  layout.queues[0].shuffles = true;
  for (const bool with_y : {false, true}) {
    // Two per cycle: one that only y takes, and one that may use both.
    std::vector<SourceUop> script;
    for (int i = 0; i < 32; ++i) script.insert(script.end(), {uop(with_y ? kOnY : kAdd), uop(kAdd)});
    ScriptRun run(layout, script, 2);
    unsigned on_x = 0;
    for (UopId id = 1; id < script.size(); id += 2) on_x += run[id].port == 0 ? 1 : 0;
    CHECK((on_x == 32) == with_y);
  }
}

TEST_CASE("Where a queue counts, a uop goes to the port for which the fewest waited so many cycles before") {
  vtpu::layout::Layout layout = tiny_core();
  layout.queues[0].shuffles = true;
  layout.queues[0].entries = 64;
  // Divisions keep x; the adds come one per cycle, so that no cycle binds two.
  const auto adds_on_x = [&layout](unsigned divisions, unsigned adds) {
    std::vector<SourceUop> script(divisions, uop(kDiv));
    script.insert(script.end(), adds, uop(kAdd));
    ScriptRun run(layout, script, 1);
    unsigned on_x = 0;
    for (UopId id = divisions; id < script.size(); ++id) on_x += run[id].port == 0 ? 1 : 0;
    return on_x;
  };
  CHECK(adds_on_x(20, 24) > 0);
  layout.queues[0].counts_age = 1;
  CHECK(adds_on_x(20, 24) == 0);
  CHECK(adds_on_x(8, 4) == 0);
  layout.queues[0].counts_age = 12;  // before there were any divisions
  CHECK(adds_on_x(8, 4) > 0);
}

TEST_CASE("A queue that takes turns gives its ports one after the other, whoever waits for them") {
  vtpu::layout::Layout layout = tiny_core();
  layout.queues[0].takes_turns = true;
  layout.queues[0].entries = 64;
  ScriptRun in_turn(layout, std::vector<SourceUop>(12, uop(kAdd)), 3);
  for (UopId id = 0; id < 12; ++id) CHECK(in_turn[id].port == id % 2);
  // Behind one that has y only, x is next, and y behind one that has x only.
  ScriptRun bound(layout, {uop(kOnY), uop(kAdd), uop(kOnX), uop(kAdd), uop(kOnX), uop(kOnX), uop(kAdd)});
  CHECK(bound[1].port == 0);
  CHECK(bound[3].port == 1);
  CHECK(bound[6].port == 1);
  // A division keeps x for long, and every second add waits for it.
  ScriptRun behind(layout, {uop(kDiv), uop(kAdd), uop(kAdd), uop(kAdd), uop(kAdd)});
  CHECK(behind[2].port == 0);
  CHECK(behind[2].issued == behind[0].issued + layout.uops[kDiv].busy);
  CHECK(behind[4].port == 0);
}

TEST_CASE("Where a fused uop is too long for the rest of a cycle, turns move by two places, or not") {
  vtpu::layout::Layout layout = tiny_core();
  layout.queues = {{"calc", 64, {0, 1, 2}}, {"memory", 8, {3}}};
  layout.ports = {{"x", 0}, {"y", 0}, {"z", 0}, {"m", 1}};
  for (vtpu::layout::UopKind& kind : layout.uops) kind.ports = {kind.is_load || kind.is_store_address ? 3U : 0U};
  layout.uops[kAdd].ports = {0, 1, 2};
  layout.queues[0].takes_turns = true;
  // Four slots: every fourth add wants two, and so comes first in its cycle.
  std::vector<SourceUop> script(240, uop(kAdd));
  const auto moves = [&] {
    ScriptRun run(layout, script);
    std::map<unsigned, unsigned> times;
    for (UopId id = 3; id < script.size(); id += 3) ++times[(run[id].port + 3 - run[id - 1].port) % 3];
    return times;
  };
  CHECK(moves() == std::map<unsigned, unsigned>{{1, 79}});
  for (std::size_t id = 3; id < script.size(); id += 3) script[id].slots_left = 2;
  const std::map<unsigned, unsigned> moved = moves();
  CHECK(moved.at(1) > 20);  // next in turn
  CHECK(moved.at(0) > 20);  // two places further
  CHECK(moved.at(1) + moved.at(0) == 79);
}

TEST_CASE("An entry of a queue that holds them stays taken after its uop started") {
  vtpu::layout::Layout layout = tiny_core();
  layout.queues[0].entries = 2;
  const std::vector<SourceUop> script(5, uop(kOnX));
  ScriptRun free(layout, script);
  CHECK(free[2].dispatched == free[0].issued + 1);
  layout.queues[0].held_cycles = 3;
  ScriptRun held(layout, script);
  CHECK(held[0].issued == free[0].issued);
  CHECK(held[2].dispatched == held[0].issued + 4);
  CHECK(held[3].dispatched == held[1].issued + 4);
}

TEST_CASE("In a queue that shuffles a uop waits for its port though another one is free") {
  vtpu::layout::Layout layout = tiny_core();
  layout.queues[0].shuffles = true;
  ScriptRun run(layout, {uop(kDiv), uop(kAdd), uop(kAdd)});  // div may use x only
  const UopId behind = run[1].port == 0 ? 1 : 2;
  CHECK(run[behind].issued == run[0].issued + layout.uops[kDiv].busy);
  CHECK(run[3 - behind].issued == run[0].issued);
}

TEST_CASE("In a group the oldest go first, and one that finds no port keeps a younger one from starting") {
  vtpu::layout::Layout layout = tiny_core();
  // All wait for the product. x and y are free when it comes.
  const std::vector<SourceUop> script{uop(kMul, {r(1)}), uop(kOnX, {}, {r(1)}), uop(kOnX, {}, {r(1)}),
                                      uop(kAdd, {}, {r(1)})};
  const auto added_after_first = [&] {
    ScriptRun run(layout, script, 1);
    CHECK(run[1].issued == run[0].issued + 3);
    CHECK(run[2].issued == run[1].issued + 1);
    return run[3].issued - run[1].issued;
  };
  CHECK(added_after_first() == 0);
  layout.queues[0].group_ports = 2;
  CHECK(added_after_first() == 1);
}

TEST_CASE("A block of uops gets the group for which fewer wait, and each its port when it starts") {
  vtpu::layout::Layout layout = tiny_core();
  layout.queues[0].group_ports = 1;
  layout.queues[0].group_block = 2;
  ScriptRun run(layout, std::vector<SourceUop>(4, uop(kAdd)));
  CHECK(run[0].port == 0);
  CHECK(run[1].port == 0);
  CHECK(run[2].port == 1);
  CHECK(run[3].port == 1);
  layout.queues[0].group_block = 1;
  ScriptRun in_turn(layout, std::vector<SourceUop>(4, uop(kAdd)));
  CHECK(in_turn[1].port == 1);
  CHECK(in_turn[2].port == 0);
  ScriptRun beside(layout, {uop(kOnY), uop(kOnY), uop(kAdd)});
  CHECK(beside[2].port == 0);
  layout.queues[0].group_block = 8;  // what has one group only does not choose for the block
  ScriptRun after(layout, {uop(kOnY), uop(kAdd), uop(kAdd)});
  CHECK(after[1].port == 0);
  CHECK(after[2].port == 0);
}

TEST_CASE("Uops of one dispatch go from a group in an order that changes") {
  vtpu::layout::Layout layout = tiny_core();
  layout.queues[0].group_ports = 2;
  layout.queues[0].entries = 64;
  std::vector<SourceUop> script;
  for (int i = 0; i < 20; ++i)
    script.insert(script.end(), {uop(kMul, {r(1)}), uop(kOnY, {}, {r(1)}), uop(kOnY, {}, {r(1)})});
  ScriptRun run(layout, script, 3);
  unsigned younger_first = 0;
  for (UopId id = 0; id < script.size(); id += 3) younger_first += run[id + 2].issued < run[id + 1].issued ? 1 : 0;
  CHECK(younger_first > 2);
  CHECK(younger_first < 18);
}

TEST_CASE("A queue that wants room takes no uop in a cycle that begins with less") {
  vtpu::layout::Layout layout = tiny_core();
  layout.queues[0].entries = 4;
  const std::vector<SourceUop> script{uop(kMul, {r(1)}), uop(kOnY, {}, {r(1)}), uop(kOnY, {}, {r(1)}),
                                      uop(kOnY, {}, {r(1)}), uop(kOnX)};
  CHECK(ScriptRun(layout, script)[4].dispatched == 3);
  layout.queues[0].dispatch_room = 3;
  ScriptRun run(layout, script);
  CHECK(run[2].issued == 6);
  CHECK(run[4].dispatched == 7);
}
