#include <catch2/catch.hpp>

#include "scripted_core.hpp"

using namespace vtpu::core;
using namespace vtpu::core::test;
using vtpu::events::SlotReason;

TEST_CASE("Dispatch takes dispatch_width fused uops per cycle, in program order") {
  for (const unsigned width : {1U, 3U}) {
    vtpu::layout::Layout layout = tiny_core();
    layout.rename.dispatch_width = width;
    ScriptRun run(layout, std::vector<SourceUop>(7, uop(kAdd)));
    for (UopId i = 0; i < 7; ++i) CHECK(run[i].dispatched == 1 + i / width);
  }
}

TEST_CASE("The window holds window_entries fused uops; room made by a retirement counts in the next cycle") {
  vtpu::layout::Layout layout = tiny_core();
  layout.retire.window_entries = 2;
  ScriptRun run(layout, {uop(kMul), uop(kOnY), uop(kOnY)});
  CHECK(run[1].dispatched == 1);
  CHECK(run[2].dispatched == run[0].retired + 1);
}

TEST_CASE("A full window is named by its oldest uop: executing, ready without a port, or all completed") {
  vtpu::layout::Layout layout = tiny_core();
  layout.retire.window_entries = 2;
  ScriptRun executing(layout, {uop(kMul), uop(kOnY), uop(kOnY)});
  CHECK(executing.empty_slots(3) == SlotReason::OperandWait);
  ScriptRun conflict(layout, {uop(kDiv), uop(kOnX), uop(kOnX), uop(kOnX)});
  CHECK(conflict.empty_slots(3) == SlotReason::OperandWait);  // the division executes

  layout.retire.window_entries = 3;
  layout.retire.width = 1;
  ScriptRun completed(layout, {uop(kDiv), uop(kOnY), uop(kOnY), uop(kOnY)});
  const Cycle done = completed[0].completed;
  CHECK(completed.empty_slots(done) == SlotReason::WindowFull);
  CHECK(completed[3].dispatched == done + 1);
}

TEST_CASE("A fused uop that wants more slots than are left waits for the next cycle, and all younger ones with it") {
  vtpu::layout::Layout layout = tiny_core();
  layout.rename.dispatch_width = 4;
  std::vector<SourceUop> script(6, uop(kAdd));
  ScriptRun plain(layout, script);
  CHECK(plain[3].dispatched == plain[2].dispatched);
  script[3].slots_left = 2;
  ScriptRun run(layout, script);
  CHECK(run[2].dispatched == run[0].dispatched);
  CHECK(run[3].dispatched == run[0].dispatched + 1);
  CHECK(run[5].dispatched == run[3].dispatched);
  CHECK(run.empty_slots(run[0].dispatched) == SlotReason::LastSlots);
  script[3].slots_left = 1;
  script[2].slots_left = 2;
  ScriptRun fits(layout, script);
  CHECK(fits[3].dispatched == fits[0].dispatched);
}

TEST_CASE("Registers are taken at dispatch and given back at retirement") {
  vtpu::layout::Layout layout = tiny_core();
  layout.rename.integer_registers = 2;
  ScriptRun run(layout, {uop(kMul, {r(1)}), uop(kOnY, {r(2)}), uop(kOnY), uop(kOnY, {r(3)})});
  CHECK(run[2].dispatched == 1);  // writes nothing
  CHECK(run[3].dispatched == run[0].retired + 1);
  CHECK(run.empty_slots(2) == SlotReason::RegistersFull);
}

TEST_CASE("Classes of registers do not share") {
  vtpu::layout::Layout layout = tiny_core();
  layout.rename.integer_registers = 1;
  layout.rename.vector_registers = 1;
  ScriptRun run(layout, {uop(kMul, {r(1)}), uop(kOnY, {v(1)}), uop(kOnY, {v(2)})});
  CHECK(run[1].dispatched == 1);
  CHECK(run[2].dispatched == run[0].retired + 1);
}

TEST_CASE("A move done at rename takes a slot and no port; its reader waits for the moved value's maker") {
  ScriptRun run(tiny_core(), {uop(kMul, {r(1)}), uop(kMove, {r(2)}, {r(1)}), uop(kOnY, {r(3)}, {r(2)})});
  CHECK(run[1].issued == kNever);
  CHECK(run[1].completed == run[1].dispatched + 1);
  CHECK(run[2].issued == run[0].issued + 3);
  CHECK(run.counts.ports[0].starts.total() + run.counts.ports[1].starts.total() == 2);
  CHECK(run.counts.fused_uops == 3);
}

TEST_CASE("A chain of folded adds costs its dispatch slots only, and no register") {
  vtpu::layout::Layout layout = tiny_core();
  layout.rename.integer_registers = 1;
  SourceUop add = uop(kAdd, {r(1)}, {r(1)});
  add.folded_add = true;
  ScriptRun run(layout, std::vector<SourceUop>(8, add));
  for (UopId i = 0; i < 8; ++i) {
    CHECK(run[i].dispatched == 1 + i / 4);
    CHECK(run[i].retired == run[i].dispatched + 1);
  }
}

TEST_CASE("A zero idiom depends on nothing") {
  SourceUop zero = uop(kAdd, {r(1)});
  zero.eliminated = true;
  ScriptRun run(tiny_core(), {uop(kDiv, {r(1)}), zero, uop(kOnY, {r(2)}, {r(1)})});
  CHECK(run[2].issued == run[2].dispatched + 1);
}

TEST_CASE("A serialising uop starts when it is the oldest; younger ones are dispatched when it has completed") {
  ScriptRun run(tiny_core(), {uop(kMul), uop(kFence), uop(kOnY)});
  CHECK(run[1].dispatched == 1);
  CHECK(run[1].issued == run[0].retired + 1);
  CHECK(run[2].dispatched == run[1].completed);
  CHECK(run.empty_slots(2) == SlotReason::OperandWait);
}

TEST_CASE("A source may make any uop a serialising one, with a time of its own") {
  SourceUop call = uop(kOnY);
  call.serializes = true;
  call.extra_latency = 40;
  ScriptRun run(tiny_core(), {uop(kMul), call, uop(kOnY)});
  CHECK(run[1].issued == run[0].retired + 1);
  CHECK(run[1].completed == run[1].issued + 1 + 40);
  CHECK(run[2].dispatched == run[1].completed);
}

TEST_CASE("Every cycle's slots go to reasons that add up to the width") {
  vtpu::layout::Layout layout = tiny_core();
  layout.retire.window_entries = 6;
  layout.rename.integer_registers = 4;
  std::vector<SourceUop> script;
  for (unsigned i = 0; i < 200; ++i) {
    if (i % 5 == 0) script.push_back(at(uop(kLoad, {r(i % 16)}), i * 64));
    if (i % 7 == 0) script.push_back(uop(kDiv, {r(i % 3)}, {r(i % 16)}));
    script.push_back(uop(i % 2 == 0 ? kAdd : kMul, {r(i % 16)}, {r((i + 3) % 16)}));
  }
  ScriptRun run(layout, script, 3);
  std::uint64_t sum = 0;
  for (const std::uint64_t slots : run.counts.slots) sum += slots;
  CHECK(sum == layout.rename.dispatch_width * run.cycles);
  CHECK(run.counts.slots[0] == run.counts.fused_uops);
  for (Cycle c = 0; c < run.cycles; ++c) {
    unsigned slots = 0;
    for (const auto& [reason, count] : run.seen.slots_of[c]) slots += count;
    REQUIRE(slots == layout.rename.dispatch_width);
  }
}

TEST_CASE("Vector uops wait in rows for entries of their queue and for registers, and general ones behind them go on") {
  vtpu::layout::Layout layout = tiny_core();
  layout.queues.push_back({"vectors", 2, {3}});
  layout.ports.push_back({"v", 2});
  layout.uops[kVector].ports = {3};
  layout.uops[kVector].latency = 4;
  layout.rename.vector_row = 1;
  SourceUop vector = uop(kVector, {v(1)}, {v(1)});  // a chain
  vector.names_vector = true;
  std::vector<SourceUop> script(8, vector);
  script.push_back(uop(kAdd, {r(1)}));
  ScriptRun full(layout, script);
  CHECK(full[8].issued > full[3].issued);  // the queue holds two: dispatch waits
  layout.queues[2].behind_rows = true;
  ScriptRun rows(layout, script);
  CHECK(rows[8].dispatched == rows[0].dispatched + 2);
  CHECK(rows[8].issued == rows[8].dispatched + 1);
  for (UopId i = 1; i < 8; ++i) CHECK(rows[i].issued == rows[i - 1].issued + 4);
  layout.queues[2].entries = 8;
  layout.rename.vector_registers = 2;
  ScriptRun registers(layout, script);
  CHECK(registers[8].issued == registers[8].dispatched + 1);
  CHECK(registers[7].retired > registers[2].retired);
  CHECK(registers[2].issued > registers[0].retired);  // it got the register of the first
}

TEST_CASE("A cycle dispatches nothing where the rows do not take all vector uops that it could bring") {
  vtpu::layout::Layout layout = tiny_core();
  layout.rename.vector_row = 2;
  layout.rename.vector_row_entries = 4;
  layout.rename.vector_row_return_cycles = 5;
  SourceUop vector = uop(kVector);
  vector.names_vector = true;
  ScriptRun run(layout, {vector, vector, vector, uop(kAdd), uop(kAdd), vector, vector, uop(kAdd)});
  CHECK(run[3].dispatched == run[0].dispatched);
  CHECK(run[4].dispatched > run[0].dispatched + 2);  // the add waits with the vector uops behind it
  CHECK(run[7].dispatched == run[4].dispatched);
  CHECK(run.empty_slots(run[0].dispatched + 1) == SlotReason::QueueFull);
}
