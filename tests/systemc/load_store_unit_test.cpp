#include <catch2/catch.hpp>

#include "scripted_core.hpp"

using namespace vtpu::core;
using namespace vtpu::core::test;
using vtpu::events::SlotReason;

namespace {

SourceUop load(unsigned destination, std::uint64_t address, unsigned bytes = 8) {
  return at(uop(kLoad, {r(destination)}), address, bytes);
}
std::vector<SourceUop> store(std::uint64_t address, RegisterName data, unsigned bytes = 8) {
  return {at(uop(kStoreAddress), address, bytes), at(uop(kStoreData, {}, {data}), address, bytes)};
}
std::vector<SourceUop> operator+(std::vector<SourceUop> a, const std::vector<SourceUop>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// Three memory ports.
vtpu::layout::Layout three_ports() {
  vtpu::layout::Layout layout = tiny_core();
  layout.queues[1].ports = {2, 3, 4};
  layout.ports.push_back({"n", 1});
  layout.ports.push_back({"o", 1});
  layout.uops[kLoad].ports = {2, 3, 4};
  layout.uops[kStoreAddress].ports = {2, 3, 4};
  return layout;
}

// Two ports for data and two for addresses of stores; two lines combine.
vtpu::layout::Layout two_stores_per_cycle() {
  vtpu::layout::Layout layout = tiny_core();
  layout.memory.store_queue = 16;
  layout.memory.store_combining_lines = 2;
  layout.uops[kStoreData].ports = {0, 1};
  layout.queues[1].ports = {2, 3};
  layout.ports.push_back({"n", 1});
  layout.uops[kStoreAddress].ports = {2, 3};
  layout.front_end.queue_uops = 64;
  return layout;
}

}  // namespace

TEST_CASE("A load costs the latency of the level that has the line") {
  const vtpu::layout::Layout layout = tiny_core();
  ScriptRun run(layout, {load(1, 0), uop(kDiv, {r(2)}, {r(1)}), at(uop(kLoad, {r(3)}, {r(2)}), 8)});
  CHECK(run[0].completed == run[0].issued + layout.memory.dram_latency);
  CHECK(run[1].issued == run[0].completed);
  CHECK(run[2].completed == run[2].issued + layout.memory.l1.latency);
}

TEST_CASE("A load of the bytes of an older store takes them when they are there, after forward_latency") {
  const vtpu::layout::Layout layout = tiny_core();
  ScriptRun run(layout,
                std::vector<SourceUop>{uop(kMul, {r(1)})} + store(64, r(1)) + std::vector<SourceUop>{load(2, 64)});
  CHECK(run[2].issued == run[0].completed);  // the data
  CHECK(run[3].issued == run[2].completed);  // not before the data uop has completed
  CHECK(run[3].completed == run[3].issued + layout.memory.forward_latency);
  CHECK(run.counts.forwarded_loads == 1);
}

TEST_CASE("A load of part of a store is forwarded, one that reaches beyond it fails and pays for it") {
  const vtpu::layout::Layout layout = tiny_core();
  ScriptRun part(layout, store(64, r(1), 16) + std::vector<SourceUop>{load(2, 72)});
  CHECK(part[2].completed == part[2].issued + layout.memory.forward_latency);
  ScriptRun beyond(layout, store(64, r(1)) + std::vector<SourceUop>{load(2, 64, 16)});
  CHECK(beyond[2].completed == beyond[2].issued + layout.memory.forward_fail_latency);
  CHECK(beyond.counts.failed_forwards == 1);
}

TEST_CASE("The youngest older store counts") {
  const vtpu::layout::Layout layout = tiny_core();
  ScriptRun run(layout, std::vector<SourceUop>{uop(kDiv, {r(1)})} + store(64, r(1)) + store(64, r(9)) +
                            std::vector<SourceUop>{load(2, 64)});
  CHECK(run[5].issued < run[2].issued);  // the first store still waits for its data
}

TEST_CASE("Loads pass older stores to other bytes, even of the same line") {
  ScriptRun run(tiny_core(),
                std::vector<SourceUop>{uop(kDiv, {r(1)})} + store(64, r(1)) + std::vector<SourceUop>{load(2, 72)});
  CHECK(run[3].issued < run[2].issued);
  CHECK(run.counts.forwarded_loads == 0);
}

TEST_CASE("Memory renaming: the loaded value is an other name of the stored one") {
  vtpu::layout::Layout layout = tiny_core();
  layout.memory.rename_forward_latency = 0;
  std::vector<SourceUop> script = std::vector<SourceUop>{uop(kMul, {r(1)})} + store(64, r(1)) +
                                  std::vector<SourceUop>{load(2, 64), uop(kOnY, {r(3)}, {r(2)})};
  for (SourceUop& u : script) u.base_and_disp = 7;
  ScriptRun renamed(layout, script);
  CHECK(renamed[4].issued == renamed[0].completed);
  CHECK(renamed[3].completed > renamed[4].issued);  // the load itself is executed all the same
  CHECK(renamed.counts.renamed_loads == 1);

  layout.memory.rename_forward_latency = 2;
  ScriptRun later(layout, script);
  CHECK(later[4].issued == later[2].issued + 2);

  for (SourceUop& u : script) u.base_and_disp = u.kind == kLoad ? 8 : 7;
  ScriptRun other(layout, script);
  CHECK(other[4].issued == other[3].completed);
  CHECK(other.counts.renamed_loads == 0);
}

TEST_CASE("The load queue is left at retirement, a full one stops dispatch") {
  vtpu::layout::Layout layout = tiny_core();
  layout.memory.load_queue = 2;
  ScriptRun run(layout, {load(1, 0), load(2, 8), load(3, 16)});
  CHECK(run[1].dispatched == 1);
  CHECK(run[2].dispatched == run[0].retired + 1);
  CHECK(run.empty_slots(5) == SlotReason::Memory);
}

TEST_CASE("The store queue is left when the store is committed: its line must be there") {
  vtpu::layout::Layout layout = tiny_core();
  layout.memory.store_queue = 1;
  ScriptRun run(layout, store(64, r(1)) + store(64, r(2)));
  // The line is asked for at retirement; the commit is in the cycle in which it arrives, room is seen one later.
  CHECK(run[2].dispatched == run[1].retired + layout.memory.dram_latency + 1);
}

TEST_CASE("Retired stores commit in order, so many per cycle; those to one line together where they merge") {
  for (const unsigned merges : {0U, 1U, 12U}) {
    vtpu::layout::Layout layout = tiny_core();
    layout.memory.store_queue = 4;
    layout.memory.store_combining_lines = merges;
    std::vector<SourceUop> script = {load(8, 64), uop(kAdd, {r(1)}, {r(8)})};
    for (unsigned i = 0; i < 4; ++i) script = script + store(64 + 8 * i, r(1));
    script = script + store(64, r(1)) + store(72, r(1));
    ScriptRun run(layout, script);
    // All four wait for r1 and retire soon after one another; the fifth needs the first's entry, the sixth the
    // second's.
    INFO("merges " << merges);
    if (merges != 0) {
      CHECK(run[12].dispatched - run[10].dispatched <= 1);
    } else {
      CHECK(run[12].dispatched == run[10].dispatched + 1);
    }
  }
}

TEST_CASE("Stores round-robin over as many lines as combine commit without a write each, over one more with one") {
  for (const unsigned lines : {2U, 3U}) {
    const vtpu::layout::Layout layout = two_stores_per_cycle();
    std::vector<SourceUop> script;
    for (unsigned i = 0; i < 300; ++i) script = script + store(64 * (i % lines), r(1));
    ScriptRun run(layout, script);
    const auto cycles = static_cast<double>(run[599].retired - run[101].retired);
    const double per_store = cycles / 249.0;
    INFO(lines << " lines, " << per_store << " cycles per store");
    if (lines == 2) {
      CHECK(per_store < 0.85);
    } else {
      CHECK(per_store > 0.95);
    }
  }
}

TEST_CASE("Behind a store of 64 bytes so many lines are opened by narrower ones without a write each") {
  for (const unsigned lines : {0U, 2U, 4U}) {
    vtpu::layout::Layout layout = two_stores_per_cycle();
    layout.memory.stores_per_cycle = 2;
    layout.memory.stores_per_cycle_512 = 1;
    layout.memory.store_lines_after_512 = lines;
    std::vector<SourceUop> script;
    for (unsigned i = 0; i < 300; ++i) script = script + store(64 * (i % 40), r(1), i % 5 == 0 ? 64 : 8);
    ScriptRun run(layout, script);
    const double per_five = static_cast<double>(run[599].retired - run[199].retired) / 40.0;
    INFO(lines << " lines, " << per_five << " cycles per wide store and four narrow ones");
    const double expected = lines == 0 ? 5 : lines == 2 ? 4 : 3;
    CHECK(per_five == Approx(expected).margin(0.2));
  }
}

TEST_CASE("Limits of loads, stores and accesses per cycle") {
  vtpu::layout::Layout layout = three_ports();
  const auto issued_in = [](ScriptRun& run, Cycle cycle) {
    unsigned n = 0;
    for (const auto& [id, times] : run.seen.times) n += times.issued == cycle && times.port >= 2 ? 1 : 0;
    return n;
  };
  const std::vector<SourceUop> loads(6, load(1, 0));
  ScriptRun three(layout, loads);
  CHECK(issued_in(three, 2) == 3);
  layout.memory.loads_per_cycle = 2;
  ScriptRun two(layout, loads);
  CHECK(issued_in(two, 2) == 2);
  CHECK(two.seen.conflicts.empty());  // a port stayed free: no port conflict
  layout.memory.accesses_per_cycle = 1;
  ScriptRun one(layout, loads);
  CHECK(issued_in(one, 2) == 1);
}

TEST_CASE("Wide loads have a limit of their own, and narrow ones pass them") {
  vtpu::layout::Layout layout = three_ports();
  layout.memory.loads_per_cycle_512 = 1;
  const SourceUop broad = wide(load(1, 0, 64));
  ScriptRun run(layout, {broad, broad, load(2, 0)});
  CHECK(run[0].issued == 2);
  CHECK(run[1].issued == 3);
  CHECK(run[2].issued == 2);
}

TEST_CASE("Where loads of 64 bytes start alone, a cycle starts such loads or those of general registers") {
  vtpu::layout::Layout layout = three_ports();
  layout.memory.loads_per_cycle_512 = 2;
  SourceUop line = wide(load(1, 0, 64));
  line.vector_load = true;
  const std::vector<SourceUop> loads = {line, load(2, 0), line, load(2, 0)};
  ScriptRun mixed(layout, loads);
  CHECK(mixed[1].issued == mixed[0].issued);
  layout.memory.loads_512_alone = true;
  ScriptRun alone(layout, loads);
  CHECK(alone[2].issued == alone[0].issued);
  CHECK(alone[1].issued == alone[0].issued + 1);
  CHECK(alone[3].issued == alone[1].issued);
  SourceUop broadcast = wide(load(1, 0, 4));
  broadcast.vector_load = true;
  ScriptRun vectors(layout, {line, broadcast, load(2, 0)});
  CHECK(vectors[1].issued == vectors[0].issued);
  ScriptRun narrow(layout, {broadcast, load(2, 0), load(2, 0)});
  CHECK(narrow[2].issued == narrow[0].issued);
  // The oldest decides, wherever it waits.
  ScriptRun general_first(layout, {load(2, 0), line, load(2, 0), line});
  CHECK(general_first[2].issued == general_first[0].issued);
  CHECK(general_first[1].issued == general_first[0].issued + 1);
  CHECK(general_first[3].issued == general_first[1].issued);
}

TEST_CASE("While lines come, fewer loads start, and each line takes the place of one") {
  vtpu::layout::Layout layout = three_ports();
  layout.memory.loads_per_cycle = 3;
  const auto behind = [](unsigned source, std::uint64_t address) {
    return at(uop(kLoad, {r(5)}, {r(source)}), address);
  };
  // Three wait for a first line and start a second one, three more wait for that.
  const SourceUop second = at(uop(kLoad, {r(2)}, {r(1)}), 64);
  const std::vector<SourceUop> loads = {load(1, 0),    second,        behind(1, 8), behind(1, 16),
                                        behind(2, 72), behind(2, 80), behind(2, 88)};
  ScriptRun free(layout, loads);
  CHECK(free[3].issued == free[1].issued);
  CHECK(free[6].issued == free[4].issued);
  layout.memory.loads_per_cycle_filling = 2;
  ScriptRun filling(layout, loads);
  CHECK(filling[2].issued == filling[1].issued);
  CHECK(filling[3].issued == filling[1].issued + 1);  // the first line took its place
  CHECK(filling[5].issued == filling[4].issued);
  CHECK(filling[6].issued == filling[4].issued + 1);
  // Three that find their line there, a cycle after a line was asked for.
  const std::vector<SourceUop> beside = {load(1, 0),   second,        uop(kAdd, {r(6)}, {r(1)}),
                                         behind(6, 8), behind(6, 16), behind(6, 24)};
  ScriptRun two(layout, beside);
  CHECK(two[3].issued > two[1].issued);
  CHECK(two[4].issued == two[3].issued);
  CHECK(two[5].issued == two[3].issued + 1);
}

TEST_CASE("Where loads wait in line for miss buffers, none passes another") {
  vtpu::layout::Layout layout = three_ports();
  layout.memory.l1.miss_buffers = 1;
  const std::vector<SourceUop> loads = {load(1, 0), load(2, 64), load(3, 128), load(1, 8), load(2, 192)};
  ScriptRun free(layout, loads);
  CHECK(free[4].issued <= free[0].issued + 2);
  layout.memory.loads_in_line = true;
  ScriptRun line(layout, loads);
  const Cycle memory = layout.memory.dram_latency;
  CHECK(line[1].issued == line[0].issued);  // and waits for its miss buffer
  CHECK(line[2].issued == line[0].issued + memory);
  CHECK(line[3].issued == line[0].issued + 2 * memory);  // its line is here, but it is younger
  CHECK(line[4].issued >= line[3].issued);
}

TEST_CASE("A load whose bank was read costs its port the cycle") {
  vtpu::layout::Layout layout = three_ports();
  layout.memory.l1_banks = 8;
  layout.memory.bank_bytes = 8;
  ScriptRun same(layout, {load(1, 0), load(2, 64), load(3, 8)});  // banks 0, 0, 1
  CHECK(same[0].issued == 2);
  CHECK(same[2].issued == 2);
  CHECK(same[1].issued == 3);
  CHECK(same.counts.bank_conflicts == 1);
  layout.memory.l1_bank_reads = 2;
  ScriptRun pairs(layout, {load(1, 0), load(2, 64), load(3, 128)});
  CHECK(pairs[1].issued == 2);
  CHECK(pairs[2].issued == 3);
}

TEST_CASE("A prefetch asks for the line and waits for nothing") {
  const vtpu::layout::Layout layout = tiny_core();
  SourceUop prefetch = at(uop(kLoad), 256);
  prefetch.prefetch = true;
  ScriptRun run(layout, {prefetch, uop(kDiv, {r(1)}), at(uop(kLoad, {r(2)}, {r(1)}), 256)});
  CHECK(run[0].completed == run[0].issued + layout.memory.l1.latency);
  CHECK(run[2].completed == run[0].issued + layout.memory.dram_latency);  // the line was on its way
}

TEST_CASE("A prefetch may be a kind of its own, which is no load and takes no load queue entry") {
  vtpu::layout::Layout layout = tiny_core();
  SourceUop prefetch = at(uop(kOnX), 256);
  prefetch.prefetch = true;
  ScriptRun run(layout, {prefetch, uop(kDiv, {r(1)}), at(uop(kLoad, {r(2)}, {r(1)}), 256)});
  CHECK(run[0].completed == run[0].issued + 1);
  CHECK(run[2].completed == run[0].issued + layout.memory.dram_latency);
  CHECK(run.counts.loads == 1);
}

TEST_CASE("A translation delay is added to a load and named in the slots") {
  vtpu::layout::Layout layout = tiny_core();
  layout.retire.window_entries = 1;
  SourceUop miss = load(1, 0);
  miss.extra_latency = 30;
  ScriptRun run(layout, {miss, uop(kAdd)});
  CHECK(run[0].completed == run[0].issued + 30 + layout.memory.dram_latency);
  CHECK(run.empty_slots(run[0].issued + 29) == SlotReason::TranslationMiss);
  CHECK(run.empty_slots(run[0].issued + 30) == SlotReason::Memory);
}

TEST_CASE("So many loads may be incomplete; the next one is dispatched after one has completed") {
  vtpu::layout::Layout layout = tiny_core();
  layout.memory.incomplete_loads = 2;
  const SourceUop load = at(uop(kLoad), 0x1000);
  ScriptRun run(layout, {load, load, load});
  CHECK(run[0].dispatched == 1);
  CHECK(run[1].dispatched == 1);
  CHECK(run[2].dispatched == std::min(run[0].completed, run[1].completed) + 1);
  layout.memory.incomplete_loads = 0;
  CHECK(ScriptRun(layout, {load, load, load})[2].dispatched == 1);
}
