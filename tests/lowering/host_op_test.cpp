#include "lowering/host_op.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "lowering/context.hpp"

using namespace vtpu::lowering;

TEST_CASE("every host operation has a name of its own") {
  std::set<std::string_view> names;
  for (int i = 0; i < kHostOps; ++i) names.insert(name_of(static_cast<HostOp>(i)));
  CHECK(names.size() == static_cast<std::size_t>(kHostOps));
  CHECK(names.count("") == 0);
}

TEST_CASE("instructions are written in Intel order, destination first") {
  HostInst inst;
  inst.op = HostOp::Vaddps;
  inst.width = 64;
  inst.dst = vec(1);
  inst.a = vec(2);
  inst.mem = {gpr(6), {}, 1, 64};
  inst.mem_role = MemRole::Source;
  CHECK(to_text(inst) == "vaddps zmm1, zmm2, [rsi+64]");
  inst.write_mask = mask(1);
  inst.zeroing = true;
  CHECK(to_text(inst) == "vaddps zmm1{k1}{z}, zmm2, [rsi+64]");

  HostInst store;
  store.op = HostOp::Mov;
  store.mem = {gpr(5), gpr(3), 8, -8};
  store.mem_role = MemRole::Dest;
  store.imm = 7;
  CHECK(to_text(store) == "mov [rbp+rbx*8-8], 7");

  HostInst jump;
  jump.op = HostOp::Jcc;
  jump.cond = HostCond::NE;
  jump.target = 12;
  CHECK(to_text(jump) == "jne @12");

  HostInst add;
  add.op = HostOp::Add;
  add.width = 4;
  add.dst = gpr(0);
  add.imm = 0;
  CHECK(to_text(add) == "add eax, 0");
}

TEST_CASE("constants of the context hold what the generated code expects") {
  const SentronContext context;
  const ContextConstants& c = context.constants;
  for (unsigned i = 0; i < 16; ++i) {
    CHECK(c.hash_lane[i] == i * 0x9E3779B9U);
    CHECK(c.lane_bit32[i] == 1U << i);
    CHECK(c.nibble_bits[i] == __builtin_popcount(i));
    CHECK(c.nibble_bits[16 + i] == __builtin_popcount(i));
  }
  CHECK(c.translation_multiplier == kTranslationMultiplier);
}
