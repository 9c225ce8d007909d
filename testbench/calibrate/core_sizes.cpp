// Window, registers and queues: two loads miss all caches, with n instructions between them that take an entry each. As
// long as all fit, the second miss begins while the first is under way; one more, and it waits.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "lowering/context.hpp"
#include "testbench/calibrate/core_fit.hpp"

namespace vtpu::testbench {
namespace {

using H = lowering::HostOp;
using layout::Layout;
using lowering::gpr;
using lowering::HostInst;
using lowering::vec;

constexpr unsigned kSearches = 3;
constexpr double kAgrees = 0.95;  // of what the other search found
constexpr unsigned kFewest = 8;   // entries
constexpr unsigned kMost = 640;
constexpr double kTwoMisses = 1.45;  // of the time of one
constexpr double kMissNoise = 1.2;   // misses vary, and between the two cases loops change from run to run

HostInst step(lowering::HostReg pointer) {
  HostInst inst;
  inst.op = H::Mov;
  inst.dst = pointer;
  inst.mem_role = lowering::MemRole::Source;
  inst.mem = {pointer, {}, 1, 0};
  return inst;
}

// The context's scratch memory, which is in L1.
lowering::HostMem scratch() {
  return {gpr(5), {}, 1, static_cast<std::int32_t>(offsetof(lowering::SentronContext, scratch)) + 64};
}

LoopRegisters sources() { return {{}, lowering::gpr(1), vec(14), lowering::mask(7)}; }

// The n-th instruction between the misses; `pointer` is what the older of them loads.
using Between = std::function<HostInst(std::size_t n, lowering::HostReg pointer)>;

HostInst with_result(const LoopInst& inst, lowering::HostReg to) {
  LoopRegisters registers = sources();
  registers.result = to;
  return instance_of(inst, registers);
}

lowering::HostReg vector_result(std::size_t n) { return vec(static_cast<unsigned>(n % 12)); }

struct Size {
  std::string key;
  std::string what;
  Between between;
  std::vector<HostInst> before;  // the rest depends on it
  std::function<void(Layout&, unsigned entries)> set;
  bool through_vector = false;  // the address of each miss comes from a vector register
};

HostInst move(H op, lowering::HostReg to, lowering::HostReg from) {
  HostInst inst = with_result({op, 16, op == H::VmovqToVec ? "vg" : "gv"}, to);
  inst.a = from;
  return inst;
}

HostLoop loop_for(const Size& size, unsigned n, std::uint32_t far_bytes) {
  HostLoop loop;
  loop.name = fmt::format("two misses, {} {} between them", n, size.what);
  loop.ring = {far_bytes / 64, 64, false};
  for (const lowering::HostReg pointer : {kLoopPointer, kLoopOther}) {
    if (size.through_vector) {
      loop.body.push_back(move(H::VmovqToVec, vec(12), pointer));
      loop.body.push_back(move(H::VmovqToGpr, pointer, vec(12)));
    }
    loop.body.push_back(step(pointer));
    for (HostInst inst : size.before) {
      inst.a = pointer;
      loop.body.push_back(inst);
    }
    for (std::size_t i = 0; i < n; ++i) loop.body.push_back(size.between(i, pointer));
  }
  loop.counted = 2;
  return loop;
}

// Where a uop waits.
layout::Queue& queue_of(Layout& layout, unsigned uop) {
  return layout.queues[queue_feeding(layout, layout.uops[uop].ports)];
}

std::vector<Size> sizes(Layout layout, lowering::HostIsa isa) {
  const auto entries_of_queue = [&layout](unsigned uop) {
    return fmt::format("queue.{}.entries", queue_of(layout, uop).name);
  };
  std::vector<Size> all;
  // Of several kinds, so that none of the registers is full before.
  all.push_back({"retire.window_entries",
                 "instructions of three kinds",
                 [](std::size_t n, lowering::HostReg) {
                   if (n % 3 == 0) return with_result({H::Popcnt, 8, "gg"}, loop_result(n));
                   if (n % 3 == 1) return with_result({H::Vpaddd, 32, "vvv"}, vector_result(n));
                   return with_result({H::Cmp, 8, "gg"}, {});
                 },
                 {},
                 [](Layout& l, unsigned n) { l.retire.window_entries = n + 1; }});
  all.push_back({"rename.integer_registers",
                 "results in general registers",
                 [](std::size_t n, lowering::HostReg) {
                   return with_result({H::MovImm, 8, "gi"}, loop_result(n));
                 },
                 {},
                 [](Layout& l, unsigned n) { l.rename.integer_registers = n + 1; }});
  all.push_back({"rename.vector_registers",
                 "results in vector registers",
                 [](std::size_t n, lowering::HostReg) {
                   return with_result({H::Vpaddd, 32, "vvv"}, vector_result(n));
                 },
                 {},
                 [](Layout& l, unsigned n) { l.rename.vector_registers = n; }});
  all.push_back({"rename.flag_registers",
                 "results in the flags",
                 [](std::size_t, lowering::HostReg) {
                   return with_result({H::Cmp, 8, "gg"}, {});
                 },
                 {},
                 [](Layout& l, unsigned n) { l.rename.flag_registers = n; }});
  // More vector operations may wait before the queues, with no register yet: the second miss has to pass them.
  if (isa == lowering::HostIsa::Avx512)
    all.push_back({"rename.mask_registers",
                   "results in mask registers",
                   [](std::size_t n, lowering::HostReg) {
                     return with_result({H::VpcmpeqqK, 16, "kvv"}, lowering::mask(static_cast<unsigned>(1 + n % 6)));
                   },
                   {},
                   [](Layout& l, unsigned n) { l.rename.mask_registers = n; },
                   true});
  all.push_back({"memory.load_queue",
                 "loads from L1",
                 [](std::size_t n, lowering::HostReg) {
                   HostInst inst = with_result({H::Mov, 8, "gm"}, loop_result(n));
                   inst.mem = scratch();
                   return inst;
                 },
                 {},
                 [](Layout& l, unsigned n) { l.memory.load_queue = n + 1; }});
  all.push_back({"memory.store_queue",
                 "stores",
                 [](std::size_t, lowering::HostReg) {
                   HostInst inst = with_result({H::Mov, 8, "Mg"}, {});
                   inst.mem = scratch();
                   return inst;
                 },
                 {},
                 [](Layout& l, unsigned n) { l.memory.store_queue = n; }});
  all.push_back({entries_of_queue(uop_of(layout, H::Popcnt)),
                 "operations that wait for the first",
                 [](std::size_t n, lowering::HostReg pointer) {
                   HostInst inst = with_result({H::Popcnt, 8, "gg"}, loop_result(n));
                   inst.a = pointer;
                   return inst;
                 },
                 {},
                 [](Layout& l, unsigned n) { queue_of(l, uop_of(l, H::Popcnt)).entries = n; }});
  all.push_back({entries_of_queue(layout.load_uop),
                 "loads that wait for the first",
                 [](std::size_t n, lowering::HostReg pointer) {
                   HostInst inst = with_result({H::Mov, 8, "gm"}, loop_result(n));
                   inst.mem = {pointer, {}, 1, 8};
                   return inst;
                 },
                 {},
                 [](Layout& l, unsigned n) { queue_of(l, l.load_uop).entries = n; }});
  all.push_back({entries_of_queue(uop_of(layout, H::Vpaddd)),
                 "vector operations that wait for the first",
                 [](std::size_t n, lowering::HostReg) {
                   HostInst inst = with_result({H::Vpaddd, 32, "vvv"}, vector_result(n));
                   inst.a = inst.b = vec(13);
                   return inst;
                 },
                 {with_result({H::VmovqToVec, 16, "vg"}, vec(13))},
                 [](Layout& l, unsigned n) { queue_of(l, uop_of(l, H::Vpaddd)).entries = n; },
                 true});
  if (queue_of(layout, uop_of(layout, H::VmovqToGpr)).name == queue_of(layout, uop_of(layout, H::Vpaddd)).name) {
    return all;
  }
  all.push_back({entries_of_queue(uop_of(layout, H::VmovqToGpr)),
                 "moves to general registers that wait for the first",
                 [](std::size_t n, lowering::HostReg) { return move(H::VmovqToGpr, loop_result(n), vec(13)); },
                 {with_result({H::VmovqToVec, 16, "vg"}, vec(13))},
                 [](Layout& l, unsigned n) { queue_of(l, uop_of(l, H::VmovqToGpr)).entries = n; },
                 true});
  return all;
}

struct Found {
  unsigned fits = 0;
  unsigned does_not = 0;  // 0: all fit
  bool agreed = false;    // another search found as much
};

// Where the times leave one miss for two: the cut that has fewest points on the wrong side, for misses vary. What one
// takes is measured beside the points, as neighbours make it longer or shorter from one moment to the next.
Result<Found> narrow(Meter& meter, const Size& size, const std::vector<unsigned>& points, Found known,
                     std::uint32_t far_bytes, unsigned search) {
  std::vector<HostLoop> loops;
  for (const unsigned n : points) loops.push_back(loop_for(size, n, far_bytes));
  for (const unsigned n : {kFewest, kFewest + 1}) loops.push_back(loop_for(size, n, far_bytes));
  for (HostLoop& loop : loops) {
    loop.name = fmt::format("{}, search {} of {} to {}", loop.name, search, points.front(), points.back());
  }
  const auto readings = read_quiet(meter, loops, kMissNoise, size.key);
  if (!readings) return tl::unexpected(readings.error());
  double one_miss = readings->front().low;
  for (const LoopReading& reading : *readings) one_miss = std::min(one_miss, reading.low);
  std::size_t best = 0;
  std::size_t fewest = points.size() + 1;
  for (std::size_t cut = 0; cut <= points.size(); ++cut) {
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const bool two = (*readings)[i].low > kTwoMisses * one_miss;
      wrong += two == (i < cut) ? 1U : 0U;
    }
    if (wrong > fewest) continue;
    fewest = wrong;
    best = cut;
  }
  return Found{best == 0 ? known.fits : points[best - 1], best == points.size() ? known.does_not : points[best]};
}

Result<Found> search_once(Meter& meter, const Size& size, std::uint32_t far_bytes, unsigned search) {
  std::vector<unsigned> grid;
  for (double n = kFewest; n < kMost; n *= 1.33) grid.push_back(static_cast<unsigned>(n));
  auto found = narrow(meter, size, grid, {}, far_bytes, search);
  while (found && found->does_not != 0 && found->does_not - found->fits > 1 + found->fits / 50) {
    std::vector<unsigned> points;
    const unsigned gap = found->does_not - found->fits;
    for (unsigned i = 1; i < std::min(gap, 6U); ++i) points.push_back(found->fits + gap * i / std::min(gap, 6U));
    found = narrow(meter, size, points, *found, far_bytes, search);
  }
  return found;
}

// Neighbours make one miss look like two more often than two like one, and one wrong turn ends far off: of several
// searches the one in which most fits.
Result<Found> entries_of(Meter& meter, const Size& size, std::uint32_t far_bytes) {
  Found most;
  for (unsigned search = 0; search < kSearches; ++search) {
    const auto found = search_once(meter, size, far_bytes, search);
    if (!found) return found;
    const auto as_much = [](const Found& less, const Found& more) { return less.fits >= more.fits * kAgrees; };
    if (found->fits > most.fits) {
      const bool agreed = as_much(most, *found);
      most = *found;
      most.agreed = agreed;
    } else {
      most.agreed = most.agreed || as_much(*found, most);
    }
  }
  return most;
}

}  // namespace

Result<void> fit_sizes(Meter& meter, const FitOptions& options, Draft& draft) {
  for (const Size& size : sizes(draft.layout, options.isa)) {
    const auto found = entries_of(meter, size, options.far_bytes);
    if (!found) return tl::unexpected(found.error());
    if (found->fits == 0) continue;  // the first point waits already: the loop does not show this here
    size.set(draft.layout, found->fits);
    draft.notes[size.key] =
        found->does_not == 0
            ? Note{fmt::format("at least {} {} fit between two misses", found->fits, size.what), Confidence::Low}
            : Note{fmt::format("{} {} fit between two misses, {} do not", found->fits, size.what, found->does_not),
                   found->agreed ? Confidence::Medium : Confidence::Low};
  }
  return {};
}

}  // namespace vtpu::testbench
