#include "lowering/emitter.hpp"

#include <algorithm>
#include <stdexcept>

namespace vtpu::lowering {
namespace {

bool same_memory(const HostMem& a, const HostMem& b) {
  return a.base == b.base && a.index == b.index && a.scale == b.scale && a.disp == b.disp;
}

constexpr std::uint32_t kUnbound = 0xFFFFFFFF;

}  // namespace

bool Operand::same(const Operand& o) const {
  if (kind != o.kind) return false;
  if (kind == Kind::Register) return reg == o.reg;
  return kind == Kind::Memory && same_memory(mem, o.mem);
}

void Emitter::emit(const HostInst& inst) { insts_.push_back(inst); }

HostInst Emitter::make(HostOp op, unsigned width) const {
  HostInst inst;
  inst.op = op;
  inst.width = static_cast<std::uint8_t>(width);
  inst.role = role;
  inst.pipe = pipe;
  inst.word = word;
  return inst;
}

void Emitter::integer(HostOp op, const Operand& dst, const Operand& src, unsigned width) {
  HostInst inst = make(op, width);
  if (dst.is_reg()) {
    inst.dst = dst.reg;
  } else {
    if (src.is_mem()) throw std::logic_error("integer operation with two memory operands");
    inst.mem = dst.mem;
    inst.mem_role = op == HostOp::Mov ? MemRole::Dest : MemRole::Both;
  }
  if (src.is_reg()) inst.a = src.reg;
  if (src.is_imm()) inst.imm = src.imm;
  if (src.is_mem()) {
    inst.mem = src.mem;
    inst.mem_role = MemRole::Source;
  }
  if (op == HostOp::Mov && dst.is_reg() && src.is_imm()) {
    inst.op = HostOp::MovImm;
  } else if (src.is_imm() && !fits32(src.imm)) {
    throw std::logic_error("immediate does not fit 32 bits");
  }
  emit(inst);
}

void Emitter::mov_imm(HostReg dst, std::uint64_t value) {
  HostInst inst = make(HostOp::MovImm, 8);
  inst.dst = dst;
  inst.imm = static_cast<std::int64_t>(value);
  emit(inst);
}

void Emitter::store_imm(const HostMem& mem, std::uint64_t value) {
  const auto imm = static_cast<std::int64_t>(value);
  if (fits32(imm)) return mov(mem, imm);
  mov_imm(rax, value);
  mov(mem, rax);
}

void Emitter::lea(HostReg dst, const HostMem& mem) {
  HostInst inst = make(HostOp::Lea, 8);
  inst.dst = dst;
  inst.mem = mem;
  inst.mem_role = MemRole::Source;
  emit(inst);
}

void Emitter::vec(HostOp op, unsigned width, HostReg dst, HostReg a, const Operand& b, std::int64_t imm, HostReg mask) {
  HostInst inst = make(op, width);
  inst.dst = dst;
  inst.a = a;
  inst.imm = imm;
  if (b.is_reg()) {
    inst.b = b.reg;
  } else if (b.is_mem()) {
    inst.mem = b.mem;
    inst.mem_role = MemRole::Source;
  }
  inst.write_mask = mask;
  inst.zeroing = mask.valid();
  emit(inst);
}

void Emitter::vec(HostOp op, unsigned width, HostReg dst, const Operand& a, std::int64_t imm, HostReg mask) {
  if (a.is_reg()) return vec(op, width, dst, a.reg, Operand(), imm, mask);
  HostInst inst = make(op, width);
  inst.dst = dst;
  inst.imm = imm;
  inst.mem = a.mem;
  inst.mem_role = MemRole::Source;
  inst.write_mask = mask;
  inst.zeroing = mask.valid();
  emit(inst);
}

void Emitter::vstore(const HostMem& mem, HostReg src, unsigned width) {
  HostInst inst = make(HostOp::Vmov, width);
  inst.a = src;
  inst.mem = mem;
  inst.mem_role = MemRole::Dest;
  emit(inst);
}

void Emitter::cmov(HostCond cond, HostReg dst, const Operand& src) {
  HostInst inst = make(HostOp::Cmov, 8);
  inst.cond = cond;
  inst.dst = dst;
  if (src.is_reg()) {
    inst.a = src.reg;
  } else {
    inst.mem = src.mem;
    inst.mem_role = MemRole::Source;
  }
  emit(inst);
}

Label Emitter::label() {
  labels_.push_back(kUnbound);
  return static_cast<Label>(labels_.size() - 1);
}

void Emitter::bind(Label l) { labels_.at(l) = static_cast<std::uint32_t>(insts_.size()); }

void Emitter::jcc(HostCond cond, Label to) {
  HostInst inst = make(HostOp::Jcc, 8);
  inst.cond = cond;
  inst.target = to;
  emit(inst);
}

void Emitter::jmp(Label to) {
  HostInst inst = make(HostOp::Jmp, 8);
  inst.target = to;
  emit(inst);
}

void Emitter::cold(std::function<void()> code) { colds_.push_back({word, pipe, std::move(code)}); }

void Emitter::emit_cold() {
  in_cold_ = true;
  for (std::size_t i = 0; i < colds_.size(); ++i) {
    const Cold c = std::move(colds_[i]);  // running it may add more
    word = c.word;
    pipe = c.pipe;
    role = HostRole::Runtime;
    c.code();
  }
  colds_.clear();
  in_cold_ = false;
}

bool Emitter::uses(HostReg temporary, std::size_t from) const {
  return std::any_of(insts_.begin() + static_cast<std::ptrdiff_t>(from), insts_.end(), [&](const HostInst& i) {
    return i.dst == temporary || i.a == temporary || i.b == temporary || i.c == temporary || i.mem.base == temporary ||
           i.mem.index == temporary;
  });
}

std::vector<HostInst> Emitter::finish() {
  for (HostInst& inst : insts_) {
    for (HostReg* reg : {&inst.dst, &inst.a, &inst.b, &inst.c, &inst.mem.base, &inst.mem.index}) {
      if (reg->cls == RegClass::Gpr) reg->index %= kTemporaryMark;
    }
    if (inst.op != HostOp::Jcc && inst.op != HostOp::Jmp) continue;
    const std::uint32_t target = labels_.at(inst.target);
    if (target == kUnbound || target >= insts_.size()) throw std::logic_error("jump to an unbound label");
    inst.target = target;
  }
  return std::move(insts_);
}

void Emitter::rewind(const Mark& m) {
  insts_.resize(m.insts);
  labels_.resize(m.labels);
  colds_.erase(colds_.begin() + static_cast<std::ptrdiff_t>(m.colds), colds_.end());
}

}  // namespace vtpu::lowering
