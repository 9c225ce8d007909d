#include "core/host_source.hpp"

#include <catch2/catch.hpp>

#include "core/host_cracker.hpp"
#include "programs.hpp"

using namespace vtpu;
using namespace vtpu::systemc;
using namespace vtpu::systemc::test;
using lowering::HostCond;
using lowering::HostInst;
using lowering::HostOp;
using lowering::MemRole;

namespace {

HostInst inst(HostOp op, lowering::HostReg dst = {}, lowering::HostReg a = {}, std::int64_t imm = 0) {
  HostInst i;
  i.op = op;
  i.dst = dst;
  i.a = a;
  i.imm = imm;
  return i;
}
HostInst with_memory(HostInst i, MemRole role) {
  i.mem_role = role;
  i.mem.base = lowering::gpr(6);
  i.mem.disp = 64;
  return i;
}
HostInst jump(HostCond cond) {
  HostInst i;
  i.op = HostOp::Jcc;
  i.cond = cond;
  return i;
}

std::vector<core::CrackedInst> cracked(const layout::Layout& layout, std::vector<HostInst> insts) {
  lowering::HostCode code;
  code.insts = std::move(insts);
  return core::crack_host_code(code, layout);
}

}  // namespace

TEST_CASE("Every program, shortened, ends in the reference's state as host code, on both instruction sets") {
  for (const std::string name : {"zen3", "zen4", "golden_cove"}) {
    const layout::Layout layout = named_layout(name);
    for (const isa::Program& whole : all_programs()) {
      const isa::Program program = shortened(whole, 6);
      const auto isa = name == "zen3" ? lowering::HostIsa::Avx2 : lowering::HostIsa::Avx512;
      const ModelOutcome outcome = run_host(program, layout, isa);
      INFO(name << ", " << program.name);
      check_state(program, outcome);
      check_slots(outcome, layout);
      CHECK(outcome.host_instructions > 0);
      CHECK(outcome.instructions_from_op_cache + outcome.instructions_decoded == outcome.host_instructions);
      if (outcome.operations_known) {
        CHECK(outcome.operations.total() + outcome.elided_operations.total() ==
              reference::run(program).all_operations());
      }
    }
  }
}

TEST_CASE("A core that lacks an instruction is refused") {
  const isa::Program program = words("dadd.f32x16 v1, v2, v3");
  CHECK_THROWS_AS(run_host(program, named_layout("zen3"), lowering::HostIsa::Avx512), std::invalid_argument);
}

TEST_CASE("Flags: arithmetic writes them, moves and shlx do not, jumps and selects read them") {
  for (const HostOp op : {HostOp::Add, HostOp::Cmp, HostOp::Test, HostOp::Dec, HostOp::Shl, HostOp::Popcnt}) {
    CHECK(core::writes_flags(op));
    CHECK_FALSE(core::reads_flags(op));
  }
  for (const HostOp op : {HostOp::Mov, HostOp::Lea, HostOp::Not, HostOp::Shlx, HostOp::Pext, HostOp::Vaddps}) {
    CHECK_FALSE(core::writes_flags(op));
    CHECK_FALSE(core::reads_flags(op));
  }
  for (const HostOp op : {HostOp::Jcc, HostOp::Setcc, HostOp::Cmov}) CHECK(core::reads_flags(op));
}

TEST_CASE("A flag-setting instruction and the jump behind it are one fused uop, where x86 cores fuse them") {
  const layout::Layout layout = named_layout("golden_cove");
  const auto fuses = [&](HostInst first, HostCond cond) {
    return cracked(layout, {first, jump(cond)})[0].fuses_with_next;
  };
  CHECK(fuses(inst(HostOp::Dec, lowering::gpr(1)), HostCond::NE));
  CHECK_FALSE(fuses(inst(HostOp::Dec, lowering::gpr(1)), HostCond::B));  // dec leaves the carry alone
  CHECK(fuses(inst(HostOp::Cmp, lowering::gpr(1), lowering::gpr(2)), HostCond::B));
  CHECK_FALSE(fuses(inst(HostOp::Cmp, lowering::gpr(1), lowering::gpr(2)), HostCond::S));
  CHECK(fuses(inst(HostOp::Test, lowering::gpr(1), lowering::gpr(1)), HostCond::S));
  CHECK_FALSE(fuses(inst(HostOp::Or, lowering::gpr(1), lowering::gpr(2)), HostCond::E));
  CHECK_FALSE(fuses(with_memory(inst(HostOp::Add, {}, lowering::gpr(2)), MemRole::Both), HostCond::E));
  const auto pair = cracked(layout, {inst(HostOp::Dec, lowering::gpr(1)), jump(HostCond::NE)})[0];
  CHECK(pair.instructions == 2);
  REQUIRE(pair.uops.size() == 1);
  CHECK(layout.uops[pair.uops[0].kind].is_branch);
  CHECK(pair.uops[0].info.text == "dec+jcc");
  layout::Layout without = layout;
  without.macro_fusion = false;
  CHECK_FALSE(cracked(without, {inst(HostOp::Dec, lowering::gpr(1)), jump(HostCond::NE)})[0].fuses_with_next);
}

TEST_CASE("A move and an operation in place on what it wrote are one uop that reads the move's source") {
  layout::Layout layout = named_layout("zen5");
  const auto two = [&](HostInst second) {
    return cracked(layout, {inst(HostOp::Mov, lowering::gpr(1), lowering::gpr(2)), second})[0];
  };
  const core::CrackedInst moved = two(inst(HostOp::Sub, lowering::gpr(1), lowering::gpr(3)));
  CHECK(moved.fuses_with_next);
  CHECK(moved.instructions == 2);
  CHECK(moved.fused_uops == 1);
  REQUIRE(moved.uops.size() == 1);
  CHECK(moved.uops[0].info.text == "mov+sub");
  CHECK_FALSE(moved.uops[0].eliminated);
  REQUIRE(moved.uops[0].sources == 2);
  CHECK(moved.uops[0].source[0].index == 2);
  CHECK(moved.uops[0].source[1].index == 3);
  CHECK(moved.uops[0].destination[0].index == 1);
  CHECK(two(inst(HostOp::Shl, lowering::gpr(1), {}, 3)).fuses_with_next);
  CHECK_FALSE(two(inst(HostOp::Neg, lowering::gpr(1))).fuses_with_next);
  CHECK_FALSE(two(inst(HostOp::Add, lowering::gpr(1), lowering::gpr(1))).fuses_with_next);
  CHECK_FALSE(two(inst(HostOp::Add, lowering::gpr(3), lowering::gpr(1))).fuses_with_next);
  CHECK_FALSE(two(with_memory(inst(HostOp::And, lowering::gpr(1)), MemRole::Source)).fuses_with_next);
  layout.move_fusion = false;
  CHECK_FALSE(two(inst(HostOp::Sub, lowering::gpr(1), lowering::gpr(3))).fuses_with_next);
}

TEST_CASE("A memory source puts a load before, in the same fused uop where micro fusion is on") {
  layout::Layout layout = named_layout("golden_cove");
  const HostInst add = with_memory(inst(HostOp::Add, lowering::gpr(1)), MemRole::Source);
  const auto fused = cracked(layout, {add})[0];
  REQUIRE(fused.uops.size() == 2);
  CHECK(layout.uops[fused.uops[0].kind].is_load);
  CHECK(fused.uops[1].reads_previous);
  CHECK(fused.fused_uops == 1);
  layout.micro_fusion = false;
  CHECK(cracked(layout, {add})[0].fused_uops == 2);
}

TEST_CASE("A plain load is its load, a plain store its address and its data") {
  const layout::Layout layout = named_layout("golden_cove");
  const auto load = cracked(layout, {with_memory(inst(HostOp::Mov, lowering::gpr(1)), MemRole::Source)})[0];
  REQUIRE(load.uops.size() == 1);
  CHECK(load.uops[0].destinations == 1);
  const auto store = cracked(layout, {with_memory(inst(HostOp::Mov, {}, lowering::gpr(1)), MemRole::Dest)})[0];
  REQUIRE(store.uops.size() == 2);
  CHECK(layout.uops[store.uops[0].kind].is_store_address);
  CHECK(layout.uops[store.uops[1].kind].is_store_data);
  CHECK(store.uops[1].source[0].index == 1);
}

TEST_CASE(
    "Slots that must be left at dispatch: of all of an instruction, and one more behind what may not be the last") {
  layout::Layout layout = named_layout("zen5");
  const lowering::HostReg g = lowering::gpr(1);
  const lowering::HostReg v = lowering::vec(1);
  const auto wants = [&](HostInst i, unsigned width) {
    i.width = static_cast<std::uint8_t>(width);
    return cracked(layout, {i})[0].uops[0].slots_left;
  };
  const HostInst add = inst(HostOp::Add, g, lowering::gpr(2));
  const HostInst store = with_memory(inst(HostOp::Vmov, {}, v), MemRole::Dest);
  const HostInst to_vector = inst(HostOp::VpbroadcastqGpr, v, g);
  const HostInst to_general = inst(HostOp::Vcvttsd2si, g, v);
  CHECK(wants(add, 8) == 1);
  CHECK(wants(with_memory(inst(HostOp::Mov, g), MemRole::Source), 8) == 2);
  CHECK(wants(store, 32) == 2);
  CHECK(wants(store, 64) == 3);
  CHECK(wants(to_vector, 64) == 2);
  CHECK(wants(to_general, 8) == 3);
  layout.rename.whole_instructions = false;
  CHECK(wants(to_vector, 64) == 1);
  CHECK(cracked(layout, {to_general})[0].uops[1].slots_left == 2);
  CHECK(wants(to_general, 8) == 1);
  for (layout::UopKind& kind : layout.uops) kind.last_slot = true;
  CHECK(wants(store, 64) == 1);
}

TEST_CASE("A fused uop names vectors where one of its uops does, loads, stores and moves that are eliminated too") {
  const layout::Layout layout = named_layout("zen5");
  const lowering::HostReg g = lowering::gpr(1);
  const lowering::HostReg v = lowering::vec(1);
  const auto names_vector = [&](const HostInst& i) { return cracked(layout, {i})[0].uops[0].names_vector; };
  CHECK_FALSE(names_vector(inst(HostOp::Add, g, lowering::gpr(2))));
  CHECK_FALSE(names_vector(with_memory(inst(HostOp::Mov, g), MemRole::Source)));
  CHECK_FALSE(names_vector(with_memory(inst(HostOp::Mov, {}, g), MemRole::Dest)));
  CHECK(names_vector(inst(HostOp::Vpaddd, v, lowering::vec(2))));
  CHECK(names_vector(with_memory(inst(HostOp::Vmov, v), MemRole::Source)));
  CHECK(names_vector(with_memory(inst(HostOp::Vmov, {}, v), MemRole::Dest)));  // its data, not its address
  CHECK(names_vector(inst(HostOp::Vmov, v, lowering::vec(2))));
  CHECK(names_vector(inst(HostOp::VmovqToGpr, g, v)));
  CHECK(names_vector(inst(HostOp::KmovToGpr, g, lowering::mask(1))));
}

TEST_CASE("Displacements, immediates and ways of jumps are the constants of an instruction, those of 64 bits two") {
  const layout::Layout layout = named_layout("zen5");
  const auto constants = [&](HostInst i) { return cracked(layout, {i})[0].constants; };
  const HostInst add = inst(HostOp::Add, lowering::gpr(1), {}, 5);
  CHECK(constants(add) == 1);
  HostInst to_memory = with_memory(inst(HostOp::Mov, {}, {}, 5), MemRole::Dest);
  CHECK(constants(to_memory) == 2);
  to_memory.mem.disp = 0;
  CHECK(constants(to_memory) == 1);
  CHECK(constants(with_memory(inst(HostOp::Mov, lowering::gpr(1)), MemRole::Source)) == 1);
  CHECK(constants(inst(HostOp::Add, lowering::gpr(1), lowering::gpr(2))) == 0);
  CHECK(constants(inst(HostOp::MovImm, lowering::gpr(1), {}, 0xFFFFFFFF)) == 1);
  CHECK(constants(inst(HostOp::MovImm, lowering::gpr(1), {}, 0x100000000)) == 2);
  CHECK(constants(inst(HostOp::MovImm, lowering::gpr(1), {}, -5)) == 1);
  CHECK(constants(jump(HostCond::E)) == 1);
  const std::vector<core::CrackedInst> pair =
      cracked(layout, {inst(HostOp::Cmp, lowering::gpr(1), {}, 5), jump(HostCond::E)});
  REQUIRE(pair[0].fuses_with_next);
  CHECK(pair[0].constants == 2);
}

TEST_CASE("What rename does by itself: zero idioms, moves, adds of immediates, as the layout says") {
  layout::Layout layout = named_layout("golden_cove");
  layout.rename.eliminates_integer_moves = layout.rename.eliminates_zero_idioms = layout.rename.folds_immediate_adds =
      true;
  const auto only = [&](HostInst i) { return cracked(layout, {i})[0].uops[0]; };
  CHECK(only(inst(HostOp::Mov, lowering::gpr(1), lowering::gpr(2))).eliminated);
  CHECK(only(inst(HostOp::Xor, lowering::gpr(1), lowering::gpr(1))).eliminated);
  CHECK(only(inst(HostOp::Xor, lowering::gpr(1), lowering::gpr(1))).sources == 0);
  CHECK_FALSE(only(inst(HostOp::Xor, lowering::gpr(1), lowering::gpr(2))).eliminated);
  CHECK(only(inst(HostOp::Add, lowering::gpr(1), {}, 8)).folded_add);
  CHECK_FALSE(only(inst(HostOp::Add, lowering::gpr(1), lowering::gpr(2))).folded_add);
  layout.rename = {};
  CHECK_FALSE(only(inst(HostOp::Mov, lowering::gpr(1), lowering::gpr(2))).eliminated);
}

TEST_CASE("A fused multiply-add reads its destination, a masked operation the mask and, merging, the old value") {
  const layout::Layout layout = named_layout("golden_cove");
  HostInst fma = inst(HostOp::Vfmadd231ps, lowering::vec(1), lowering::vec(2));
  fma.b = lowering::vec(3);
  fma.width = 64;
  CHECK(cracked(layout, {fma})[0].uops[0].sources == 3);
  CHECK(cracked(layout, {fma})[0].uops[0].wide);
  HostInst add = fma;
  add.op = HostOp::Vaddps;
  CHECK(cracked(layout, {add})[0].uops[0].sources == 2);
  add.write_mask = lowering::mask(1);
  CHECK(cracked(layout, {add})[0].uops[0].sources == 4);
  add.zeroing = true;
  CHECK(cracked(layout, {add})[0].uops[0].sources == 3);
}

TEST_CASE("A cmov on a condition of two flags is two uops where the layout says so") {
  layout::Layout layout = named_layout("golden_cove");
  const auto uops = [&](HostCond cond) {
    HostInst cmov = inst(HostOp::Cmov, lowering::gpr(1), lowering::gpr(2));
    cmov.cond = cond;
    return cracked(layout, {cmov})[0];
  };
  layout.cmov_two_uops = "none";
  CHECK(uops(HostCond::L).uops.size() == 1);
  layout.cmov_two_uops = "carry_and_zero";
  CHECK(uops(HostCond::L).uops.size() == 1);
  CHECK(uops(HostCond::BE).uops.size() == 2);
  layout.cmov_two_uops = "two_flags";
  CHECK(uops(HostCond::E).uops.size() == 1);
  const core::CrackedInst two = uops(HostCond::LE);
  REQUIRE(two.uops.size() == 2);
  CHECK(two.fused_uops == 2);
  CHECK(two.uops[0].sources == 1);  // the flags
  CHECK(two.uops[1].sources == 3);  // both registers and the first uop
  CHECK(two.uops[1].source[2].index == two.uops[0].destination[0].index);
}

TEST_CASE("A loop of one host instruction per operation runs at the width of the core") {
  const layout::Layout layout = named_layout("zen4");
  const isa::Program program = words(
      "loop 4000 {\n"
      "dadd.i64 r1, r2, r3 | sgather.i64 r4, [p0].0\n"
      "dadd.i64 r5, r2, r3 | sgather.i64 r6, [p0].1\n"
      "dadd.i64 r7, r2, r3 | sgather.i64 r8, [p0].2\n"
      "}");
  const ModelOutcome outcome = run_host(program, layout);
  check_state(program, outcome);
  const double per_cycle = outcome.operations_per_cycle();
  INFO(outcome.host_instructions << " instructions, " << outcome.fused_uops << " fused uops, " << outcome.cycles
                                 << " cycles");
  CHECK(per_cycle > 0.8 * layout.rename.dispatch_width);
  CHECK(per_cycle <= layout.rename.dispatch_width);
}

TEST_CASE("Golden Cove: a square root of f64 takes longer where it has digits, one of f32 does not") {
  const layout::Layout layout = named_layout("golden_cove");
  const auto cycles_per_root = [&](const std::string& root, const std::string& value) {
    const isa::Program program = assembled(".stream main\nloop 1000 {\n" + root + "\n" + root + "\n}\n.end\n" +
                                           ".sentron only stream=main v1={ " + value + " }\n");
    return static_cast<double>(run_host(program, layout, lowering::HostIsa::Avx512).cycles) / 2000;
  };
  CHECK(cycles_per_root("dsqrt.f64 v2, v1", "f64 1.0") == Approx(4.5).epsilon(0.05));
  CHECK(cycles_per_root("dsqrt.f64 v2, v1", "f64 9.0") == Approx(6).epsilon(0.05));
  CHECK(cycles_per_root("dsqrt.f64 v2, v1", "f64 1.0, 9.0") == Approx(4.5).epsilon(0.05));
  CHECK(cycles_per_root("dsqrt.f64x8 v2, v1", "f64 1.0") == Approx(18).epsilon(0.05));
  CHECK(cycles_per_root("dsqrt.f64x8 v2, v1", "f64 1.0, 9.0") == Approx(24).epsilon(0.05));
  CHECK(cycles_per_root("dsqrt.f32x16 v2, v1", "f32 1.0") == Approx(12).epsilon(0.05));
  CHECK(cycles_per_root("dsqrt.f32x16 v2, v1", "f32 2.0, 3.0") == Approx(12).epsilon(0.05));
  // sqrt(16 * 16) stays 16, a root without digits; sqrt(27 * 27) stays 27.
  const auto chain = [&](const std::string& times) {
    const isa::Program program =
        assembled(".stream main\nloop 1000 {\ndmul.f64 v1, v1, v2\ndsqrt.f64 v1, v1\n}\n.end\n" +
                  (".sentron only stream=main v1={ f64 " + times + " } v2={ f64 " + times + " }\n"));
    return static_cast<double>(run_host(program, layout, lowering::HostIsa::Avx512).cycles) / 1000;
  };
  CHECK(chain("16.0") == Approx(4 + 13).epsilon(0.05));
  CHECK(chain("27.0") == Approx(4 + 18).epsilon(0.05));
}

TEST_CASE("What an instruction reads and writes back is the same place only where the code never writes its base") {
  const layout::Layout layout = named_layout("zen5");
  const HostInst add = with_memory(inst(HostOp::Add, {}, {}, 1), MemRole::Both);
  const HostInst store = with_memory(inst(HostOp::Mov, {}, lowering::gpr(0)), MemRole::Dest);
  const HostInst base = inst(HostOp::Mov, lowering::gpr(6), lowering::gpr(7));
  const auto has_place = [](const core::CrackedInst& cracked) {
    return std::any_of(cracked.uops.begin(), cracked.uops.end(),
                       [](const core::SourceUop& uop) { return uop.base_and_disp != 0; });
  };
  const auto kept = cracked(layout, {add, store});
  CHECK(has_place(kept[0]));
  CHECK(has_place(kept[1]));
  const auto moving = cracked(layout, {add, store, base});
  CHECK_FALSE(has_place(moving[0]));
  CHECK(has_place(moving[1]));
}

TEST_CASE("Zen 5's fused uops: two for a store of 64 bytes, and for a compare into a mask that loads") {
  const layout::Layout layout = named_layout("zen5");
  const auto fused = [&](const HostInst& i) { return cracked(layout, {i})[0].fused_uops; };
  HostInst store = with_memory(inst(HostOp::Vmov, {}, lowering::vec(1)), MemRole::Dest);
  for (const unsigned bytes : {16U, 32U, 64U}) {
    store.width = static_cast<std::uint8_t>(bytes);
    CHECK(fused(store) == (bytes == 64 ? 2 : 1));
  }
  HostInst compare = inst(HostOp::VpcmpeqqK, lowering::mask(1), lowering::vec(1));
  compare.width = 64;
  compare.b = lowering::vec(2);
  CHECK(fused(compare) == 1);
  compare.b = {};
  CHECK(fused(with_memory(compare, MemRole::Source)) == 2);
  HostInst add = inst(HostOp::Vaddps, lowering::vec(3), lowering::vec(1));
  add.width = 64;
  CHECK(fused(with_memory(add, MemRole::Source)) == 1);
}

TEST_CASE("Zen 5's kinds: long immediates, and the second address of what reads and writes back") {
  const layout::Layout layout = named_layout("zen5");
  const auto kinds = [&](const HostInst& i) {
    const core::CrackedInst whole = cracked(layout, {i})[0];
    std::vector<std::string> names;
    for (const core::SourceUop& uop : whole.uops) names.push_back(layout.uops[uop.kind].name);
    return names;
  };
  CHECK(kinds(inst(HostOp::MovImm, lowering::gpr(1), {}, 0x7FFFFFFF)) == std::vector<std::string>{"int"});
  CHECK(kinds(inst(HostOp::MovImm, lowering::gpr(1), {}, -1)) == std::vector<std::string>{"int"});
  CHECK(kinds(inst(HostOp::MovImm, lowering::gpr(1), {}, 0x123456789)) == std::vector<std::string>{"long_immediate"});
  CHECK(kinds(with_memory(inst(HostOp::Mov, {}, lowering::gpr(1)), MemRole::Dest)) ==
        std::vector<std::string>{"store_address", "store_data"});
  CHECK(kinds(with_memory(inst(HostOp::Add, {}, lowering::gpr(1)), MemRole::Both)) ==
        std::vector<std::string>{"load", "int", "store_address_again", "store_data"});
}
