// Loops of single instructions: the model on them gives what the layout says, and the Zen layouts what is published.
#include "testbench/host_loop.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "cpu/cpu.hpp"
#include "testbench/calibrate/question.hpp"
#include "testbench/published_facts.hpp"

namespace {

using namespace vtpu;
using lowering::HostInst;
using lowering::HostOp;
using testbench::FactRow;
using testbench::HostLoop;
using testbench::LoopInst;

layout::Layout shipped(const std::string& name) { return *layout::find_layout(name, VTPU_SOURCE_DIR "/layouts"); }

LoopInst plain(HostOp op, unsigned width) { return *testbench::plain_form(op, width); }

TEST_CASE("a chain takes the latency, independent instructions what the ports allow") {
  layout::Layout zen5 = shipped("zen5");
  layout::UopKind& imul = zen5.uops[*zen5.uop_named("imul")];
  imul.latency = 5;
  const HostLoop chain = *testbench::chain_loop(plain(HostOp::Imul, 8), 60);
  CHECK(modelled_cycles(chain, zen5) / 60 == Approx(5).epsilon(0.01));
  imul.latency = 1;
  imul.ports.resize(2);
  const HostLoop independent = testbench::independent_loop({{plain(HostOp::Imul, 8), 1}}, 240);
  CHECK(modelled_cycles(independent, zen5) / 240 == Approx(0.5).epsilon(0.01));
}

TEST_CASE("a 512-bit store takes the writes of a whole cycle, so stores of two widths in turn take one each") {
  const layout::Layout zen5 = shipped("zen5");
  const LoopInst narrow{HostOp::Mov, 8, "Mg"};
  const LoopInst wide{HostOp::Vmov, 64, "Mv"};
  const auto cycles = [&](const std::vector<std::pair<LoopInst, unsigned>>& mix) {
    const HostLoop loop = testbench::independent_loop(mix, 240);
    return modelled_cycles(loop, zen5) / static_cast<double>(loop.body.size());
  };
  CHECK(cycles({{narrow, 1}}) == Approx(0.5).epsilon(0.02));
  CHECK(cycles({{wide, 1}}) == Approx(1).epsilon(0.02));
  CHECK(cycles({{narrow, 1}, {wide, 1}}) == Approx(1).epsilon(0.02));
}

// ---- what a Sapphire Rapids was seen to do, cycles per round ----

HostInst lea(lowering::HostReg dst, lowering::HostReg base, std::int32_t disp) {
  HostInst inst = testbench::operation(HostOp::Lea, dst, {});
  inst.mem_role = lowering::MemRole::Source;
  inst.mem = {base, {}, 1, disp};
  return inst;
}

double cycles_per_round(const std::vector<HostInst>& round, const layout::Layout& layout) {
  HostLoop loop;
  constexpr std::size_t kRounds = 60;
  for (std::size_t i = 0; i < kRounds; ++i) loop.body.insert(loop.body.end(), round.begin(), round.end());
  loop.counted = loop.body.size();
  return modelled_cycles(loop, layout) / kRounds;
}

TEST_CASE("Golden Cove folds adds of constants into the names of registers as far as eleven bits go") {
  const layout::Layout core = shipped("golden_cove");
  const auto r = lowering::gpr(0);
  const auto add = [&](std::int64_t imm) {
    return cycles_per_round({testbench::immediate(HostOp::Add, r, imm)}, core);
  };
  CHECK(add(1) == Approx(0.17).epsilon(0.03));
  CHECK(add(1023) == Approx(0.51).epsilon(0.03));
  CHECK(add(1024) == Approx(1).epsilon(0.03));
  CHECK(add(-1024) == Approx(0.51).epsilon(0.03));
  CHECK(add(-1025) == Approx(1).epsilon(0.03));
  CHECK(cycles_per_round({lea(r, r, 8)}, core) == Approx(0.172).epsilon(0.06));
  layout::Layout any_sum = core;
  any_sum.rename.folded_bits = 0;
  CHECK(cycles_per_round({testbench::immediate(HostOp::Add, r, 4096)}, any_sum) == Approx(0.17).epsilon(0.03));
}

TEST_CASE("flags of a folded add that nobody overwrites soon take a port") {
  const layout::Layout core = shipped("golden_cove");
  const auto other = [](unsigned i) { return testbench::immediate(HostOp::MovImm, testbench::loop_result(i + 1), 3); };
  const std::vector<HostInst> three{other(0), other(1), other(2)};
  std::vector<HostInst> with_flags{testbench::operation(HostOp::Inc, testbench::loop_result(0), {})};
  std::vector<HostInst> without{lea(testbench::loop_result(0), testbench::loop_result(0), 1)};
  with_flags.insert(with_flags.end(), three.begin(), three.end());
  without.insert(without.end(), three.begin(), three.end());
  CHECK(cycles_per_round(with_flags, core) == Approx(0.75).epsilon(0.08));
  CHECK(cycles_per_round(without, core) == Approx(0.687).epsilon(0.04));
}

TEST_CASE("who reads the flags of a folded add waits for them") {
  const layout::Layout core = shipped("golden_cove");
  const auto r = lowering::gpr(0);
  const HostInst cmov = testbench::operation(HostOp::Cmov, r, testbench::kLoopOther);
  CHECK(cycles_per_round({cmov}, core) == Approx(1.035).epsilon(0.06));
  CHECK(cycles_per_round({cmov, testbench::immediate(HostOp::Add, r, 8)}, core) == Approx(1.987).epsilon(0.06));
}

TEST_CASE("Golden Cove commits two stores in a cycle where they are neighbours of one line") {
  const layout::Layout core = shipped("golden_cove");
  const auto stores = [&](const std::vector<int>& offsets) {
    std::vector<HostInst> round;
    for (const int offset : offsets) {
      HostInst store = testbench::operation(HostOp::Mov, {}, testbench::kLoopOther);
      store.mem_role = lowering::MemRole::Dest;
      store.mem = {testbench::kLoopPointer, {}, 1, offset};
      round.push_back(store);
    }
    return cycles_per_round(round, core);
  };
  CHECK(stores({0, 8}) == Approx(1).epsilon(0.03));
  CHECK(stores({0, 64}) == Approx(2).epsilon(0.03));
  CHECK(stores({0, 8, 64}) == Approx(2).epsilon(0.03));
  CHECK(stores({0, 8, 16, 64}) == Approx(3).epsilon(0.03));
  CHECK(stores({0, 8, 64, 16}) == Approx(3).epsilon(0.03));
  CHECK(stores({0, 8, 64, 72}) == Approx(2).epsilon(0.03));
}

TEST_CASE("Golden Cove divides 128 bits sooner, and adds under a mask later") {
  const layout::Layout core = shipped("golden_cove");
  const auto per_inst = [&](HostOp op, unsigned width) {
    return modelled_cycles(testbench::independent_loop({{plain(op, width), 1}}, 24), core) / 24;
  };
  CHECK(per_inst(HostOp::Vdivpd, 16) == Approx(4).epsilon(0.03));
  CHECK(per_inst(HostOp::Vdivpd, 32) == Approx(8).epsilon(0.03));
  HostLoop chain = *testbench::chain_loop(plain(HostOp::Vaddpd, 32), 24);
  CHECK(modelled_cycles(chain, core) / 24 == Approx(2).epsilon(0.03));
  for (HostInst& inst : chain.body) inst.write_mask = lowering::mask(1);
  CHECK(modelled_cycles(chain, core) / 24 == Approx(3).epsilon(0.03));
}

TEST_CASE("Golden Cove divides behind its port, in halves of 128 bits") {
  layout::Layout core = shipped("golden_cove");
  const auto of = [](HostOp op, unsigned width, unsigned result) {
    HostInst inst = testbench::operation(op, lowering::vec(result), lowering::vec(14));
    if (op != HostOp::Vsqrtpd) inst.b = lowering::vec(14);
    inst.width = static_cast<std::uint8_t>(width);
    return inst;
  };
  const HostInst wide_division = of(HostOp::Vdivpd, 64, 0);
  const HostInst division = of(HostOp::Vdivpd, 16, 1);
  const HostInst root = of(HostOp::Vsqrtpd, 16, 2);
  HostInst shift = testbench::immediate(HostOp::Vpslld, lowering::vec(3), 1);
  shift.a = lowering::vec(14);
  shift.width = 64;
  // Measured: 4.5; 23.9; 8.8.
  CHECK(cycles_per_round({root}, core) == Approx(4.5).epsilon(0.03));
  CHECK(cycles_per_round({wide_division, division}, core) == Approx(24).epsilon(0.03));
  CHECK(cycles_per_round({division, root}, core) == Approx(8.8).epsilon(0.04));
  // Port 0 starts other uops meanwhile, unless the divider is the port.
  CHECK(cycles_per_round({division, shift, shift, shift}, core) == Approx(4).epsilon(0.03));
  core.uops[*core.uop_named("fdiv_d_128")].unit_busy = 0;
  CHECK(cycles_per_round({division, shift, shift, shift}, core) == Approx(7).epsilon(0.03));
}

TEST_CASE("Zen 5's dividers start in turn, and square roots of f64 in two ways") {
  layout::Layout core = shipped("zen5");
  const auto of = [](HostOp op, unsigned result, unsigned operand) {
    HostInst inst = testbench::operation(op, lowering::vec(result), lowering::vec(operand));
    if (op == HostOp::Vdivps || op == HostOp::Vdivpd) inst.b = lowering::vec(14);
    inst.width = 16;
    return inst;
  };
  const auto independent = [&](std::initializer_list<HostOp> ops) {
    std::vector<HostInst> round;
    for (const HostOp op : ops) round.push_back(of(op, static_cast<unsigned>(round.size()), 15));
    return cycles_per_round(round, core);
  };
  const auto chains = [&](HostOp op, unsigned number) {
    std::vector<HostInst> round;
    for (unsigned i = 0; i < number; ++i) round.push_back(of(op, i, i));
    return cycles_per_round(round, core);
  };
  constexpr HostOp kDouble = HostOp::Vdivpd;
  constexpr HostOp kSingle = HostOp::Vdivps;
  constexpr HostOp kRoot = HostOp::Vsqrtpd;
  // Measured: 8.0, 11.0, 16.0, 13.0, 12.0, 27.0, 20.0.
  CHECK(independent({kSingle, kDouble}) == Approx(8).epsilon(0.01));
  CHECK(independent({kSingle, kSingle, kDouble}) == Approx(11).epsilon(0.01));
  CHECK(independent({kSingle, kSingle, kSingle, kSingle, kDouble}) == Approx(16).epsilon(0.01));
  CHECK(independent({kSingle, kSingle, kDouble, kDouble}) == Approx(13).epsilon(0.01));
  CHECK(independent({kSingle, kRoot}) == Approx(12).epsilon(0.01));
  CHECK(independent({kRoot, kRoot, kRoot, kDouble}) == Approx(27).epsilon(0.01));
  CHECK(independent({kSingle, kSingle, kRoot, kRoot}) == Approx(20).epsilon(0.01));
  // Measured: 13.0, 16.1, 27.0, 30.0.
  CHECK(chains(kDouble, 3) == Approx(13).epsilon(0.01));
  CHECK(chains(kDouble, 4) == Approx(16).epsilon(0.01));
  CHECK(chains(kRoot, 3) == Approx(27).epsilon(0.01));
  CHECK(chains(kRoot, 4) == Approx(30).epsilon(0.01));
  // Some roots that are ready so many shifts behind another one, and a shift behind the last; measured: 24.0, 37.0
  // where they join it, 31.0, 40.0, 48.9 where they follow it.
  const auto behind = [&](unsigned shifts, unsigned roots) {
    std::vector<HostInst> round{of(kRoot, 1, 0)};
    const auto shift = [&](unsigned to, unsigned from) {
      HostInst inst = testbench::immediate(HostOp::Vpsrld, lowering::vec(to), 0);
      inst.a = lowering::vec(from);
      inst.width = 16;
      round.push_back(inst);
    };
    for (unsigned i = 0; i < shifts; ++i) shift(2, i == 0 ? 0 : 2);
    for (unsigned i = 0; i < roots; ++i) round.push_back(of(kRoot, 3 + i, 2));
    shift(0, 2 + roots);
    return cycles_per_round(round, core);
  };
  CHECK(behind(1, 1) == Approx(24).epsilon(0.01));
  CHECK(behind(1, 2) == Approx(37).epsilon(0.01));
  CHECK(behind(4, 1) == Approx(31).epsilon(0.01));
  CHECK(behind(4, 2) == Approx(40).epsilon(0.01));
  CHECK(behind(4, 3) == Approx(49).epsilon(0.01));
  core.uops[*core.uop_named("fsqrt_d")].busy_alone = 0;
  CHECK(behind(4, 3) == Approx(45).epsilon(0.01));
  for (layout::Queue& queue : core.queues) queue.starts_in_turn = false;
  CHECK(independent({kSingle, kDouble}) == Approx(6.5).epsilon(0.01));
  CHECK(chains(kRoot, 3) == Approx(22.5).epsilon(0.01));
}

TEST_CASE("Zen 5's registers can be given out again some cycles after retirement") {
  layout::Layout core = shipped("zen5");
  std::vector<HostInst> round{testbench::operation(HostOp::Vmov, lowering::vec(6), lowering::vec(15))};
  round.front().width = 16;
  for (unsigned i = 0; i < 16; ++i) {
    HostInst product = testbench::operation(HostOp::Vmulpd, lowering::vec(6), lowering::vec(6));
    product.b = lowering::vec(15);
    product.width = 16;
    round.push_back(product);
    for (unsigned k = 0; k < 3; ++k) {
      round.push_back(testbench::operation(HostOp::Or, testbench::loop_result(3 * i + k), testbench::kLoopSource));
    }
  }
  round.front().width = 16;
  // Measured: 13.3, which takes some 20 cycles.
  CHECK(cycles_per_round(round, core) == Approx(11.8).epsilon(0.02));
  core.retire.release_cycles = 20;
  CHECK(cycles_per_round(round, core) == Approx(13.3).epsilon(0.03));
  core.retire.release_cycles = 0;
  CHECK(cycles_per_round(round, core) < 11);
}

TEST_CASE("Golden Cove keeps vector operations off port 1 for sixteen slots after a 512-bit load") {
  layout::Layout core = shipped("golden_cove");
  const auto cycles = [&core](unsigned shifts) {
    HostInst load = testbench::operation(HostOp::Vmov, lowering::vec(0), {});
    load.width = 64;
    load.mem_role = lowering::MemRole::Source;
    load.mem = {lowering::gpr(6), {}, 1, 0};
    std::vector<HostInst> round{load};
    for (unsigned i = 0; i < shifts; ++i) {
      HostInst shift = testbench::immediate(HostOp::Vpslld, lowering::vec(1 + i % 11), 1);
      shift.a = lowering::vec(14);
      shift.width = 32;
      round.push_back(shift);
    }
    return cycles_per_round(round, core);
  };
  // Measured: 2.0, 8.0, 16.3, 29.8.
  CHECK(cycles(2) == Approx(2).epsilon(0.03));
  CHECK(cycles(8) == Approx(8).epsilon(0.03));
  CHECK(cycles(24) == Approx(16.3).epsilon(0.05));
  CHECK(cycles(60) == Approx(30).epsilon(0.05));
  core.wide_shadow_slots = 0;
  CHECK(cycles(8) < 6);
}

// ---- results that come later to some; measured figures are cycles per round ----

HostInst vector_op(HostOp op, unsigned width, unsigned dst, unsigned a, unsigned b) {
  HostInst inst = testbench::operation(op, lowering::vec(dst), lowering::vec(a));
  inst.b = lowering::vec(b);
  inst.width = static_cast<std::uint8_t>(width);
  return inst;
}

HostInst vector_imm(HostOp op, unsigned width, unsigned dst, unsigned a) {
  HostInst inst = testbench::immediate(op, lowering::vec(dst), 1);
  inst.a = lowering::vec(a);
  inst.width = static_cast<std::uint8_t>(width);
  return inst;
}

TEST_CASE("Golden Cove's integer and multiplier results cross to each other later, at 512 bits by more") {
  layout::Layout core = shipped("golden_cove");
  const auto chain = [&core](HostOp first, unsigned width) {
    return cycles_per_round({vector_imm(first, width, 0, 0), vector_op(HostOp::Vmulps, width, 0, 0, 13)}, core);
  };
  // Measured: 6.9, 9.0; 7.1 through a permutation.
  CHECK(chain(HostOp::Vpslld, 32) == Approx(7).epsilon(0.02));
  CHECK(chain(HostOp::Vpslld, 64) == Approx(9).epsilon(0.02));
  CHECK(chain(HostOp::Vpermq, 64) == Approx(7).epsilon(0.02));
  core.crossing_cycles = core.crossing_cycles_512 = 0;
  CHECK(chain(HostOp::Vpslld, 32) == Approx(5).epsilon(0.02));
  CHECK(chain(HostOp::Vpslld, 64) == Approx(5).epsilon(0.02));
}

TEST_CASE("Golden Cove's vector results, loads among them, share a way: 3.8 of 256 bits per cycle, 3.3 of 512") {
  layout::Layout core = shipped("golden_cove");
  // Of one load and so many operations behind it, both of `width` bytes.
  const auto cycles = [&core](HostOp op, unsigned width, unsigned operations) {
    std::vector<HostInst> round;
    unsigned results = 0;
    for (unsigned k = 0; k < 24; ++k) {
      HostInst load = testbench::operation(HostOp::Vmov, lowering::vec(8 + k % 4), {});
      load.width = static_cast<std::uint8_t>(width);
      load.mem_role = lowering::MemRole::Source;
      load.mem = {lowering::gpr(6), {}, 1, static_cast<std::int32_t>((width == 64 ? 64 : 96) * k % 1024)};
      round.push_back(load);
      for (unsigned o = 0; o < operations; ++o, ++results) {
        round.push_back(vector_op(op, width, results % 8, results % 8, 14));
      }
    }
    return cycles_per_round(round, core) / 24;
  };
  // Measured: 0.533, 0.778; 0.638, 0.595; 0.522.
  CHECK(cycles(HostOp::Vpaddd, 32, 1) == Approx(0.53).epsilon(0.05));
  CHECK(cycles(HostOp::Vpaddd, 32, 2) == Approx(0.78).epsilon(0.05));
  CHECK(cycles(HostOp::Vpaddd, 64, 1) == Approx(0.61).epsilon(0.05));
  CHECK(cycles(HostOp::Vaddps, 64, 1) == Approx(0.61).epsilon(0.05));
  CHECK(cycles(HostOp::Vaddps, 16, 1) == Approx(0.52).epsilon(0.05));
  core.result_time_512 = 0;
  CHECK(cycles(HostOp::Vpaddd, 64, 1) == Approx(0.5).epsilon(0.05));
}

TEST_CASE("Golden Cove opens the multiplier of port 1 now and then while 512-bit times wait") {
  layout::Layout core = shipped("golden_cove");
  const auto chain = [&core](HostOp op, unsigned length) {
    HostInst load = testbench::operation(HostOp::Vmov, lowering::vec(15), {});
    load.width = 64;
    load.mem_role = lowering::MemRole::Source;
    load.mem = {lowering::gpr(6), {}, 1, 64};
    std::vector<HostInst> round(length, vector_op(op, 16, 0, 0, 13));
    round.push_back(load);
    return cycles_per_round(round, core);
  };
  // Measured: 64.5, 160, 384; additions of integers 24.1.
  CHECK(chain(HostOp::Vmulpd, 16) == Approx(64).epsilon(0.02));
  CHECK(chain(HostOp::Vmulpd, 24) == Approx(160).epsilon(0.1));
  CHECK(chain(HostOp::Vmulpd, 48) == Approx(384).epsilon(0.05));
  CHECK(chain(HostOp::Vpaddd, 24) == Approx(24).epsilon(0.02));
  core.multiplier_closed_cycles = 0;
  CHECK(chain(HostOp::Vmulpd, 48) == Approx(192).epsilon(0.02));
}

TEST_CASE("Golden Cove: a permuted operand beside one of the multiplier is a cycle late at 512 bits") {
  layout::Layout core = shipped("golden_cove");
  const auto chain = [&core](unsigned width, unsigned other) {
    return cycles_per_round({vector_imm(HostOp::Vpermq, width, 1, 0), vector_op(HostOp::Vmaxps, width, 0, other, 1)},
                            core);
  };
  // Measured: 8.06, 7.0, 6.98.
  CHECK(chain(64, 0) == Approx(8).epsilon(0.02));
  CHECK(chain(64, 13) == Approx(7).epsilon(0.02));
  CHECK(chain(32, 0) == Approx(7).epsilon(0.02));
}

TEST_CASE("Golden Cove's 512-bit additions take four cycles on port 0 and two on port 5") {
  layout::Layout core = shipped("golden_cove");
  const HostInst add = vector_op(HostOp::Vaddps, 64, 0, 0, 13);
  const HostInst permute = vector_imm(HostOp::Vpermq, 64, 0, 0);
  // Measured: 6.96 with a permutation, which keeps port 5.
  CHECK(cycles_per_round({add, permute}, core) == Approx(7).epsilon(0.03));
  layout::UopKind& fadd = core.uops[*core.uop_named("fadd")];
  fadd.ports_512 = {*core.port_named("alu5")};
  CHECK(cycles_per_round({add}, core) == Approx(2).epsilon(0.02));
  fadd.ports_512 = {*core.port_named("alu0")};
  CHECK(cycles_per_round({add}, core) == Approx(4).epsilon(0.02));
}

TEST_CASE("Golden Cove: flags of a logic operation are late for a cmov of the same six instructions") {
  layout::Layout core = shipped("golden_cove");
  const auto chain = [&core](HostOp flags, unsigned between) {
    HostInst test = testbench::operation(flags, {}, lowering::gpr(14));
    test.b = lowering::gpr(13);
    std::vector<HostInst> round{test};
    for (unsigned i = 0; i < between; ++i) {
      round.push_back(testbench::operation(HostOp::Mov, lowering::gpr(8 + i), lowering::gpr(14)));
    }
    HostInst cmov = testbench::operation(HostOp::Cmov, lowering::gpr(0), lowering::gpr(12));
    cmov.cond = lowering::HostCond::NE;
    round.push_back(cmov);
    return cycles_per_round(round, core);
  };
  // Measured: 1.76, 1.46, 0.99.
  CHECK(chain(HostOp::Test, 0) == Approx(1.8).epsilon(0.06));
  CHECK(chain(HostOp::Test, 2) == Approx(1.46).epsilon(0.06));
  CHECK(chain(HostOp::Cmp, 0) == Approx(1).epsilon(0.03));
  core.uops[*core.uop_named("logic")].late_flags = 0;
  CHECK(chain(HostOp::Test, 0) == Approx(1).epsilon(0.03));
}

TEST_CASE("Golden Cove's ports hand out one general result per cycle") {
  layout::Layout core = shipped("golden_cove");
  HostInst move = testbench::operation(HostOp::KmovToGpr, lowering::gpr(2), lowering::mask(1));
  HostInst shift = testbench::operation(HostOp::Shlx, lowering::gpr(0), {});
  shift.a = lowering::gpr(0);
  shift.b = lowering::gpr(14);
  // Measured: 1.67.
  CHECK(cycles_per_round({shift, move}, core) == Approx(1.67).epsilon(0.06));
  for (layout::Queue& queue : core.queues) queue.one_general_result = false;
  CHECK(cycles_per_round({shift, move}, core) < 1.1);
}

TEST_CASE("Golden Cove's shifts take two cycles more where they read a folded sum") {
  layout::Layout core = shipped("golden_cove");
  const auto chain = [&core](HostOp op) {
    return cycles_per_round({testbench::immediate(HostOp::Sub, lowering::gpr(0), 3),
                             op == HostOp::Shl ? testbench::immediate(op, lowering::gpr(0), 1)
                                               : testbench::operation(op, lowering::gpr(0), lowering::gpr(12))},
                            core);
  };
  // Measured: 2.9, 2.9 (3 without the subtraction).
  CHECK(chain(HostOp::Shl) == Approx(3).epsilon(0.03));
  CHECK(chain(HostOp::Imul) == Approx(3).epsilon(0.03));
  core.uops[*core.uop_named("shift")].folded_operand_cycles = 0;
  CHECK(chain(HostOp::Shl) == Approx(1).epsilon(0.03));
}

TEST_CASE("Golden Cove broadcasts to 512 bits from three load ports") {
  std::vector<HostInst> round;
  for (unsigned i = 0; i < 3; ++i) {
    HostInst load = testbench::operation(HostOp::Vpbroadcastd, lowering::vec(i), {});
    load.width = 64;
    load.mem_role = lowering::MemRole::Source;
    load.mem = {lowering::gpr(6), {}, 1, static_cast<std::int32_t>(4 * i)};
    round.push_back(load);
  }
  // Measured: 0.352 each.
  CHECK(cycles_per_round(round, shipped("golden_cove")) == Approx(1).epsilon(0.05));
}

TEST_CASE("only what computes on wide vectors asks for their licence") {
  const auto licence = [](HostOp op, unsigned width) {
    HostInst inst = testbench::operation(op, lowering::vec(0), lowering::vec(1));
    inst.width = static_cast<std::uint8_t>(width);
    return testbench::licence_of({testbench::operation(HostOp::Add, lowering::gpr(0), {}), inst});
  };
  CHECK(licence(HostOp::Vmulps, 32) == measure::Licence::wide);
  CHECK(licence(HostOp::Vpmaddwd, 32) == measure::Licence::wide);
  CHECK(licence(HostOp::Vmulps, 64) == measure::Licence::wide);
  CHECK(licence(HostOp::Vpaddd, 64) == measure::Licence::light);
  CHECK(licence(HostOp::Vmulps, 16) == measure::Licence::scalar);
  CHECK(licence(HostOp::Vpaddd, 32) == measure::Licence::scalar);
  CHECK(licence(HostOp::Vmov, 64) == measure::Licence::scalar);
}

TEST_CASE("a mix holds its instructions in their shares, spread over the loop") {
  const HostLoop loop = testbench::independent_loop({{plain(HostOp::Imul, 8), 1}, {plain(HostOp::Add, 8), 3}}, 100);
  REQUIRE(loop.body.size() == 100);
  CHECK(loop.counted == 25);
  for (std::size_t i = 0; i < 100; i += 4) {
    std::size_t imuls = 0;
    for (std::size_t k = i; k < i + 4; ++k) imuls += loop.body[k].op == HostOp::Imul ? 1U : 0U;
    CHECK(imuls == 1);
  }
}

TEST_CASE("what writes no register of the kind that it reads has no chain") {
  CHECK_FALSE(testbench::chain_loop(plain(HostOp::Cmp, 8), 10));
  CHECK_FALSE(testbench::chain_loop(plain(HostOp::VmovqToGpr, 16), 10));
  CHECK_FALSE(testbench::chain_loop(plain(HostOp::VcmppsK, 64), 10));
  CHECK(testbench::chain_loop(plain(HostOp::Vfmadd231ps, 64), 10));
  CHECK(testbench::chain_loop(LoopInst{HostOp::Mov, 8, "gm"}, 10));
}

TEST_CASE("loops of every operation encode, and run where the CPU has them") {
  const cpu::Cpu& here = cpu::this_cpu();
  unsigned compiled = 0;
  for (int i = 0; i < lowering::kHostOps; ++i) {
    const auto op = static_cast<HostOp>(i);
    for (const unsigned width : testbench::widths_of(op)) {
      const LoopInst inst = plain(op, width);
      INFO(to_text(inst));
      for (const lowering::HostIsa isa : {lowering::HostIsa::Avx2, lowering::HostIsa::Avx512}) {
        auto loop = testbench::CompiledLoop::compile(testbench::independent_loop({{inst, 1}}, 24), isa);
        if (!loop) continue;  // the other instruction set has it
        ++compiled;
        const bool has = isa == lowering::HostIsa::Avx512 ? here.avx512 : here.avx2 && width < 64;
        const bool plain_avx2 = here.avx512 || isa == lowering::HostIsa::Avx512;
        if (has && plain_avx2) loop->under_test().body();
      }
    }
  }
  CHECK(compiled > 200);
}

TEST_CASE("each published fact is reproduced by its layout, or the layout's reason is written down") {
  for (const char* name : {"zen2", "zen3", "zen4", "zen5"}) {
    const std::vector<FactRow> rows = testbench::check_facts(shipped(name));
    CHECK(rows.size() >= 35);
    for (const FactRow& row : rows) {
      INFO(testbench::to_text(std::vector<FactRow>{row}));
      CHECK((row.agrees || !row.reason.empty()));
      CHECK((row.reason.empty() || !row.agrees));  // no reason for what agrees
    }
  }
}

TEST_CASE("a wrong number in a layout is seen in its row") {
  layout::Layout zen4 = shipped("zen4");
  zen4.uops[zen4.host_cracks[static_cast<std::size_t>(HostOp::Imul)].uops.front()].latency = 4;
  std::set<std::string> wrong;
  for (const FactRow& row : testbench::check_facts(zen4)) {
    if (!row.agrees && row.reason.empty()) wrong.insert(to_text(row.published.inst));
  }
  CHECK(wrong.contains("imul r, r"));
}

}  // namespace
