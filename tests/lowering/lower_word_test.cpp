#include <catch2/catch.hpp>
#include <random>

#include "lowering/context.hpp"
#include "words.hpp"

using namespace vtpu;
using namespace vtpu::lowering;
using namespace vtpu::lowering::test;
using isa::Op;
using isa::OperandKind;
using isa::Pipe;
using isa::Type;

namespace {

constexpr std::array<HostIsa, 2> kIsas{HostIsa::Avx2, HostIsa::Avx512};

unsigned random_operand(OperandKind kind, std::mt19937& random) {
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  switch (kind) {
    case OperandKind::R:
    case OperandKind::V: return below(16);
    case OperandKind::P:
    case OperandKind::Addr: return below(8);
    case OperandKind::M: return below(4);
    case OperandKind::MLane: return below(4) | below(4) << 4U;
    case OperandKind::VLane: return below(16) | below(8) << 4U;
    case OperandKind::CellLane: return below(8);
    case OperandKind::CellLane32: return below(16);
    default: return 0;
  }
}

unsigned random_literal(isa::LitKind kind, Type type, std::mt19937& random) {
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  const bool integer = type == Type::I64 || type == Type::I32x16;
  switch (kind) {
    case isa::LitKind::Cond: return below(integer ? 8 : 6);
    case isa::LitKind::RedOp: return below(3);
    case isa::LitKind::PostInc:
      return isa::make_post_inc({static_cast<int>(below(11)), static_cast<int>(below(3)) + 1});
    case isa::LitKind::Dim: return below(11);
    case isa::LitKind::Rotate: return below(512);
    case isa::LitKind::Shift64: return below(64);
    case isa::LitKind::Shift32: return below(32);
    case isa::LitKind::Level:
    case isa::LitKind::Scope: return below(4);
    case isa::LitKind::GroupRed: return below(3) << 12U;
    default: return 0;
  }
}

// A word with one operation: random operands, and an immediate or a coordinate where it takes them.
isa::Siw random_use(const isa::OpInfo& info, unsigned form, Type type, std::mt19937& random) {
  isa::Slot s = slot(info.op, form, type);
  for (std::size_t i = 0; i < isa::kOperands; ++i) {
    s.f[i] = static_cast<std::uint8_t>(random_operand(info.forms[form].operands[i].kind, random));
  }
  s.lit = static_cast<std::uint16_t>(random_literal(info.forms[form].literal, type, random));
  isa::Siw w = word({s});
  if (isa::uses_imm(s)) w.imm = random() % 2 != 0 ? random() : ~0ULL << (random() % 64);
  if (isa::uses_coord(s)) w.set_coord(isa::from_dimensions({5, 6, 7}));
  return w;
}

HostCode code_of(const std::vector<isa::Siw>& words, HostIsa isa = HostIsa::Avx512) {
  const isa::Program p = program(words);
  REQUIRE(isa::validate(p).empty());
  return lower_program(p, options(isa)).code;
}

// The instructions of role Operation for the pipe.
std::vector<HostInst> operation(const HostCode& code, Pipe pipe) {
  std::vector<HostInst> insts;
  for (const HostInst& i : code.insts) {
    if (i.role == HostRole::Operation && i.pipe == pipe) insts.push_back(i);
  }
  return insts;
}

bool writes_context(const HostInst& inst, std::size_t offset) {
  return inst.mem_role == MemRole::Dest && inst.mem.base == gpr(5) &&
         inst.mem.disp == static_cast<std::int32_t>(offset);
}

}  // namespace

TEST_CASE("every form and type of every operation lowers on both instruction sets") {
  std::mt19937 random(11);
  unsigned lowered = 0;
  for (const isa::OpInfo& info : isa::all_ops()) {
    for (unsigned form = 0; form < info.forms.size(); ++form) {
      for (int t = 0; t < isa::kTypes; ++t) {
        const auto type = static_cast<Type>(t);
        if ((info.forms[form].types & isa::mask_of(type)) == 0) continue;
        for (int round = 0; round < 12; ++round) {
          const isa::Program p = program({random_use(info, form, type, random)});
          INFO(info.mnemonic << " form " << form << " type " << isa::name_of(type));
          if (!isa::validate(p).empty()) continue;  // an operand twice where it may not be
          for (const HostIsa isa : kIsas) {
            for (const bool resolves : {true, false}) {
              const Lowered l = lower_program(p, options(isa, resolves));
              REQUIRE(l.code.insts.back().op == HostOp::Exit);
              ++lowered;
            }
          }
        }
      }
    }
  }
  CHECK(lowered > 4000);
}

TEST_CASE("no 64-byte register and no mask occurs in AVX2 code") {
  std::mt19937 random(12);
  for (const isa::OpInfo& info : isa::all_ops()) {
    for (unsigned form = 0; form < info.forms.size(); ++form) {
      for (int t = 0; t < isa::kTypes; ++t) {
        const auto type = static_cast<Type>(t);
        if ((info.forms[form].types & isa::mask_of(type)) == 0) continue;
        const isa::Program p = program({random_use(info, form, type, random)});
        if (!isa::validate(p).empty()) continue;
        for (const HostInst& i : lower_program(p, options(HostIsa::Avx2)).code.insts) {
          INFO(to_text(i));
          for (const HostReg reg : {i.dst, i.a, i.b, i.c}) {
            if (reg.cls == RegClass::Vec) REQUIRE((i.width <= 32 && reg.index < 16));
            REQUIRE(reg.cls != RegClass::Mask);
          }
          REQUIRE(!i.write_mask.valid());
        }
      }
    }
  }
}

TEST_CASE("an operation on registers is one host instruction where x86 has one") {
  const auto length = [](const isa::Slot& s) { return operation(code_of({word({s})}), isa::Pipe::D).size(); };
  CHECK(length(add(0, 1, 2)) == 1);
  CHECK(length(add(1, 1, 2)) == 1);
  CHECK(length(add(2, 1, 2)) == 1);
  CHECK(length(slot(Op::DSUB, 0, Type::I64, {1, 1, 2})) == 1);
  CHECK(length(slot(Op::DADD, 2, Type::F32x16, {0, 1, 2})) == 1);
  CHECK(length(slot(Op::DADD, 2, Type::F64, {0, 1, 2})) == 1);
  for (const unsigned d : {1U, 2U, 3U}) CHECK(length(slot(Op::DFMA, 1, Type::F32x16, {d, 1, 2, 3})) == 1);
  CHECK(length(slot(Op::DFMA, 1, Type::F32x16, {0, 1, 2, 3})) == 2);
  CHECK(length(slot(Op::DHDBUND, 0, Type::B512, {1, 1, 2, 3})) == 1);
  CHECK(length(slot(Op::DSHL, 0, Type::I64, {0, 1, 2})) == 1);
}

TEST_CASE("putting a register or a small immediate into a message is one host instruction") {
  for (const HostIsa isa : kIsas) {
    const auto from_register = operation(code_of({word({pack(2, 3, 7)})}, isa), Pipe::C);
    REQUIRE(from_register.size() == 1);
    CHECK(from_register[0].op == HostOp::Mov);
    CHECK(writes_context(from_register[0], offsetof(isa::Registers, m) + 2 * 32 + 3 * 8));
    isa::Siw immediate = word({slot(Op::CPACK, 1, Type::I64, {1})});
    immediate.imm = static_cast<std::uint64_t>(-5);
    CHECK(operation(code_of({immediate}, isa), Pipe::C).size() == 1);
  }
}

TEST_CASE("operations that lower to nothing are marked, and only those") {
  isa::Siw set = word({set_p(0), slot(Op::CFENCE, 0, Type::None, {}, 0), slot(Op::DMOV, 0, Type::I64, {3, 3})});
  set.set_coord(isa::from_dimensions({1}));
  const isa::Siw real = word({add(0, 1, 2), gather(3, 0), slot(Op::CFENCE, 0, Type::None, {}, 2)});
  const HostCode code = code_of({set, real});
  CHECK(code.elided_ops == std::vector<std::uint8_t>{7, 0});
}

TEST_CASE("a slot that reads what another slot writes comes first") {
  // D reads r1, S writes it; and the other way round with a store.
  HostCode code = code_of({word({add(0, 1, 1), gather(1, 0)})});
  CHECK(first_of(code, 0, Pipe::D) < first_of(code, 0, Pipe::S));
  code = code_of({word({add(0, 1, 1), slot(Op::SSCATTR, 0, Type::I64, {0, 0, 0})})});
  CHECK(first_of(code, 0, Pipe::S) < first_of(code, 0, Pipe::D));
  code = code_of({word({add(4, 1, 1), pack(0, 0, 4)})});
  CHECK(first_of(code, 0, Pipe::C) < first_of(code, 0, Pipe::D));
}

TEST_CASE("a result waits where two slots read what the other writes") {
  // D: v0 = m0; C: m0 = v0. D reads first and writes last.
  const HostCode code =
      code_of({word({slot(Op::DMOV, 6, Type::B256, {0, 0}), slot(Op::CPACK, 2, Type::B256, {0, 0})})});
  const std::size_t read = first_of(code, 0, Pipe::D);
  const std::size_t pack_at = first_of(code, 0, Pipe::C);
  const std::size_t commit = [&] {
    for (std::size_t i = pack_at; i < code.insts.size(); ++i) {
      if (code.insts[i].dst == vec(0)) return i;
    }
    return code.insts.size();
  }();
  CHECK(read < pack_at);
  REQUIRE(commit < code.insts.size());
  CHECK_FALSE(code.insts[read].dst == vec(0));
}

TEST_CASE("a message that is replaced is read from a copy") {
  // D reads m1[2] while C receives into m1.
  const HostCode code =
      code_of({word({slot(Op::DMOV, 2, Type::I64, {5, 1U | 2U << 4U}), slot(Op::CRECV, 1, Type::None, {1})})});
  const auto d = operation(code, Pipe::D);
  REQUIRE(d.size() == 1);
  CHECK(d[0].mem.disp == static_cast<std::int32_t>(offsetof(SentronContext, scratch) + 2 * 8));
}

TEST_CASE("a word that may wait has a resume point before any of its effects") {
  const isa::Program p = program({word({add(0, 1, 2)}), word({add(0, 0, 2), slot(Op::CRECV, 1, Type::None, {1})})});
  for (const HostIsa isa : kIsas) {
    const HostCode code = lower_program(p, options(isa)).code;
    REQUIRE(code.resume_points.size() == 2);
    CHECK(code.resume_points[0] == code.entry);
    // The resume code reloads and jumps back to the word's start, which lies before its D operation.
    std::size_t i = code.resume_points[1];
    while (code.insts[i].op != HostOp::Jmp) ++i;
    CHECK(code.insts[i].target <= first_of(code, 1, Pipe::D));
    CHECK(code.insts[i].target > first_of(code, 0, Pipe::D));
  }
}

TEST_CASE("csend and crecv name literal sentrons by position, each once") {
  isa::Program p =
      program({word({slot(Op::CSEND, 0, Type::None, {0}, 2)}), word({slot(Op::CSEND, 0, Type::None, {1}, 1)}),
               word({slot(Op::CSEND, 0, Type::None, {1}, 2)}), word({slot(Op::CRECV, 0, Type::None, {0}, 1)})});
  p.sentrons.resize(3, p.sentrons[0]);
  const Lowered l = lower_program(p, options(HostIsa::Avx512));
  CHECK(l.literal_out == std::vector<std::uint32_t>{2, 1});
  CHECK(l.literal_in == std::vector<std::uint32_t>{1});
}

TEST_CASE("code that seldom runs lies behind the end of the stream") {
  const isa::Program p = program({word({slot(Op::SINDEX, 1, Type::None, {0, 0, 3}, 4)}), word({gather(1, 0)})});
  const HostCode code = lower_program(p, options(HostIsa::Avx512)).code;
  const auto finished = std::find_if(code.insts.begin(), code.insts.end(), [](const HostInst& i) {
    return i.op == HostOp::Exit && i.imm == static_cast<std::int64_t>(ExitReason::Finished);
  });
  REQUIRE(finished != code.insts.end());
  for (auto i = code.insts.begin(); i != finished; ++i) {
    CHECK(i->op != HostOp::CallHelper);
    if (i->op == HostOp::Jcc && i->role == HostRole::Runtime) {
      CHECK(i->target > static_cast<std::uint32_t>(finished - code.insts.begin()));
    }
  }
}
