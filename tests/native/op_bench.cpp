#include "op_bench.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "lowering/context.hpp"
#include "native/host_machine.hpp"
#include "native/jit.hpp"

namespace vtpu::native::test {
namespace {

using lowering::gpr;
using lowering::HostCode;
using lowering::HostCond;
using lowering::HostInst;
using lowering::HostIsa;
using lowering::HostOp;
using lowering::HostReg;
using lowering::MemRole;
using lowering::SentronContext;

const std::array<lowering::Helper, static_cast<std::size_t>(lowering::HelperId::Count)> kNoHelpers{};

HostInst load(HostOp op, HostReg dst, std::size_t offset, unsigned width) {
  HostInst inst;
  inst.op = op;
  inst.dst = dst;
  inst.width = static_cast<std::uint8_t>(width);
  inst.mem_role = MemRole::Source;
  inst.mem = {gpr(kPointer), {}, 1, static_cast<std::int32_t>(offset)};
  return inst;
}

HostInst store(HostOp op, HostReg from, std::size_t offset, unsigned width) {
  HostInst inst = load(op, {}, offset, width);
  inst.a = from;
  inst.mem_role = MemRole::Dest;
  return inst;
}

// Flags that `inst` leaves undefined are not compared.
bool is_defined(const HostInst& inst, HostCond cond) {
  enum Flag : unsigned { kCarry = 1, kZero = 2, kSign = 4, kOverflow = 8, kParity = 16 };
  static constexpr std::array<unsigned, 8> kReads{
      kOverflow, kCarry, kZero, kCarry | kZero, kSign, kParity, kSign | kOverflow, kSign | kOverflow | kZero};
  unsigned undefined = 0;
  switch (inst.op) {
    case HostOp::Imul: undefined = kZero | kSign | kParity; break;
    case HostOp::Tzcnt: undefined = kOverflow | kSign | kParity; break;
    case HostOp::Bextr: undefined = kSign | kParity; break;
    case HostOp::Shl:
    case HostOp::Shr:
    case HostOp::Sar: undefined = inst.imm == 1 ? 0U : unsigned{kOverflow}; break;
    default: break;
  }
  return (kReads[static_cast<std::size_t>(cond) / 2] & undefined) == 0;
}

class Builder {
 public:
  explicit Builder(HostIsa isa) { code_.isa = isa; }
  void add(const HostInst& inst) { code_.insts.push_back(inst); }

  void load_all() {
    HostInst pointer = load(HostOp::Mov, gpr(kPointer), offsetof(SentronContext, scratch), 8);
    pointer.mem.base = gpr(5);
    add(pointer);
    for (std::size_t i = 0; i < vectors(); ++i) {
      add(load(HostOp::Vmov, lowering::vec(kVectors[i]), offsetof(Operands, v) + 64 * i, width()));
    }
    for (std::size_t i = 0; i < kGprs.size(); ++i) {
      add(load(HostOp::Mov, gpr(kGprs[i]), offsetof(Operands, r) + 8 * i, 8));
    }
    if (code_.isa == HostIsa::Avx512) {
      for (std::size_t i = 0; i < kMasks.size(); ++i) {
        add(load(HostOp::KmovToMask, lowering::mask(kMasks[i]), offsetof(Operands, k) + 8 * i, 2));
      }
    }
    add(load(HostOp::Mov, gpr(kIndex), offsetof(Operands, condition), 8));
    add(load(HostOp::Cmp, gpr(kIndex), offsetof(Operands, condition) + 8, 8));
    HostInst index;
    index.op = HostOp::MovImm;
    index.dst = gpr(kIndex);
    index.imm = 2;
    add(index);
  }

  void store_all(const HostInst& tested) {
    for (unsigned c = 0; c < 16; ++c) {
      HostInst set = store(HostOp::Setcc, {}, offsetof(Operands, flags) + c, 1);
      set.cond = static_cast<HostCond>(c);
      if (is_defined(tested, set.cond)) add(set);
    }
    for (std::size_t i = 0; i < vectors(); ++i) {
      add(store(HostOp::Vmov, lowering::vec(kVectors[i]), offsetof(Operands, v) + 64 * i, width()));
    }
    for (std::size_t i = 0; i < kGprs.size(); ++i) {
      add(store(HostOp::Mov, gpr(kGprs[i]), offsetof(Operands, r) + 8 * i, 8));
    }
    if (code_.isa == HostIsa::Avx512) {
      for (std::size_t i = 0; i < kMasks.size(); ++i) {
        add(store(HostOp::KmovToGpr, lowering::mask(kMasks[i]), offsetof(Operands, k) + 8 * i, 2));
      }
    }
    HostInst exit;
    exit.op = HostOp::Exit;
    add(exit);
  }

  HostCode take() { return std::move(code_); }

 private:
  [[nodiscard]] std::size_t vectors() const { return code_.isa == HostIsa::Avx512 ? 8 : 4; }
  [[nodiscard]] unsigned width() const { return code_.isa == HostIsa::Avx512 ? 64 : 32; }
  HostCode code_;
};

HostCode bench_code(const HostInst& inst, HostIsa isa) {
  Builder builder(isa);
  builder.load_all();
  builder.add(inst);
  builder.store_all(inst);
  return builder.take();
}

std::uint64_t random_value(std::mt19937_64& random) {
  static constexpr std::array<std::uint64_t, 24> kSpecial{0,
                                                          1,
                                                          2,
                                                          ~0ULL,
                                                          0x8000000000000000ULL,
                                                          0x7FFFFFFFFFFFFFFFULL,  // integers, zeros
                                                          0x7FF0000000000000ULL,
                                                          0xFFF0000000000000ULL,
                                                          0x7FF8000000000001ULL,  // f64: infinities, quiet NaN
                                                          0xFFF0000000000123ULL,
                                                          0x7FF4000000000000ULL,
                                                          0x000FFFFFFFFFFFFFULL,  // f64: signalling NaNs, denormal
                                                          0x43E0000000000000ULL,
                                                          0xC3E0000000000000ULL,
                                                          0x3FF8000000000000ULL,  // f64: 2^63, -2^63, 1.5
                                                          0x7F8000007FC00001ULL,
                                                          0xFF800000FF800001ULL,
                                                          0x80000000007FFFFFULL,  // f32 pairs: the same
                                                          0x4F000000CF000000ULL,
                                                          0x3FC00000BFC00000ULL,
                                                          0x7F7FFFFF00800000ULL,  // f32 pairs: +-2^31, +-1.5, limits
                                                          0x8000800080008000ULL,
                                                          0x7F80FF01807F0102ULL,
                                                          0x0000002000000040ULL};  // bytes, halves, shift counts
  switch (random() % 4) {
    case 0: return kSpecial[random() % kSpecial.size()];
    case 1: return random() % 70;
    case 2: return (random() & 0x800FFFFF800FFFFFULL) | 0x3F8000003F800000ULL;  // ordinary floats
    default: return random();
  }
}

void run_native(const CompiledCode& compiled, const HostCode& code, Operands& operands) {
  SentronContext context;
  context.scratch[0] = reinterpret_cast<std::uint64_t>(&operands);
  compiled.enter(&context, compiled.at(code.offsets[0]));
}

void run_machine(const DecodedCode& code, Operands& operands) {
  SentronContext context;
  context.scratch[0] = reinterpret_cast<std::uint64_t>(&operands);
  HostMachine machine(kNoHelpers);
  machine.enter(&context);
  HostEffect effect;
  while (machine.step(code, effect.next, effect) != HostMachine::Step::Exit) {
  }
}

std::string difference(const HostInst& inst, const Operands& before, const Operands& native, const Operands& machine) {
  const auto* a = reinterpret_cast<const std::uint8_t*>(&native);
  const auto* b = reinterpret_cast<const std::uint8_t*>(&machine);
  const auto* in = reinterpret_cast<const std::uint8_t*>(&before);
  std::string text = lowering::to_text(inst) + ":";
  unsigned shown = 0;
  for (std::size_t i = 0; i < sizeof(Operands) && shown < 4; i += 8) {
    std::uint64_t x = 0;
    std::uint64_t y = 0;
    std::uint64_t z = 0;
    std::memcpy(&x, a + i, 8);
    std::memcpy(&y, b + i, 8);
    std::memcpy(&z, in + i, 8);
    if (x == y) continue;
    text += fmt::format(" [offset {}: was {:016x}, native {:016x}, machine {:016x}]", i, z, x, y);
    ++shown;
  }
  for (std::size_t v = 0; v < 4; ++v) {
    text += fmt::format("\n  v{} =", v);
    for (const std::uint64_t lane : before.v[v].lane) text += fmt::format(" {:016x}", lane);
  }
  return text;
}

}  // namespace

std::int32_t memory_offset() { return static_cast<std::int32_t>(offsetof(Operands, memory)); }

Operands random_operands(std::mt19937_64& random) {
  Operands operands{};
  for (isa::Vector& v : operands.v) {
    for (std::uint64_t& lane : v.lane) lane = random_value(random);
  }
  for (std::uint64_t& r : operands.r) r = random_value(random);
  for (std::uint64_t& k : operands.k) k = random() & 0xFFFF;
  for (std::uint64_t& lane : operands.memory.lane) lane = random_value(random);
  for (std::uint64_t& c : operands.condition) c = random_value(random);
  return operands;
}

std::string compare_engines(const HostInst& inst, HostIsa isa, unsigned trials, std::uint64_t seed) {
  return compare_engines(inst, inst, isa, trials, seed);
}

std::string compare_engines(const HostInst& inst, const HostInst& on_machine, HostIsa isa, unsigned trials,
                            std::uint64_t seed) {
  HostCode code = bench_code(inst, isa);
  const Jit jit(kNoHelpers);
  const auto compiled = jit.compile(code);
  if (!compiled) throw std::runtime_error(compiled.error().front().text());
  const HostCode machine_code = bench_code(on_machine, isa);
  const DecodedCode decoded(machine_code);
  std::mt19937_64 random(seed);
  for (unsigned i = 0; i < trials; ++i) {
    const Operands before = random_operands(random);
    Operands work = before;  // one place for both: lea shows addresses
    run_native(*compiled, code, work);
    const Operands native = work;
    work = before;
    run_machine(decoded, work);
    const Operands& machine = work;
    if (native != machine) return difference(inst, before, native, machine);
  }
  return "";
}

bool encodes(const HostInst& inst, HostIsa isa) {
  HostCode code = bench_code(inst, isa);
  return Jit(kNoHelpers).compile(code).has_value();
}

}  // namespace vtpu::native::test
