// The instruction buffer of lowering: appends host instructions, resolves labels, keeps code that seldom runs for the
// end.
#pragma once

#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "lowering/host_op.hpp"

namespace vtpu::lowering {

inline constexpr unsigned kRax = 0, kRcx = 1, kRdx = 2, kRbx = 3, kRsp = 4, kRbp = 5, kRsi = 6, kRdi = 7;
inline constexpr HostReg kContext = gpr(kRbp);
// Temporaries. They carry a marked index until finish(), which tells their use as temporaries from their use as
// allocated registers.
inline constexpr unsigned kTemporaryMark = 16;
inline constexpr HostReg rax = gpr(kRax + kTemporaryMark), rcx = gpr(kRcx + kTemporaryMark),
                         rdx = gpr(kRdx + kTemporaryMark);

// Where a value is, or the value itself.
struct Operand {
  enum class Kind : std::uint8_t { None, Register, Memory, Immediate };
  Kind kind = Kind::None;
  HostReg reg;
  HostMem mem;
  std::int64_t imm = 0;

  Operand() = default;
  Operand(HostReg r) : kind(Kind::Register), reg(r) {}                // NOLINT: operands are written as what they are
  Operand(const HostMem& m) : kind(Kind::Memory), mem(m) {}           // NOLINT
  Operand(std::int64_t value) : kind(Kind::Immediate), imm(value) {}  // NOLINT

  [[nodiscard]] bool is_reg() const { return kind == Kind::Register; }
  [[nodiscard]] bool is_mem() const { return kind == Kind::Memory; }
  [[nodiscard]] bool is_imm() const { return kind == Kind::Immediate; }
  // The same place (immediates are no places).
  [[nodiscard]] bool same(const Operand& o) const;
};

[[nodiscard]] inline HostMem at(HostReg base, std::int64_t disp = 0) {
  return {base, {}, 1, static_cast<std::int32_t>(disp)};
}
[[nodiscard]] inline HostMem in_context(std::size_t offset) { return at(kContext, static_cast<std::int64_t>(offset)); }
[[nodiscard]] inline bool fits32(std::int64_t x) {
  return x >= std::numeric_limits<std::int32_t>::min() && x <= std::numeric_limits<std::int32_t>::max();
}

using Label = std::uint32_t;

class Emitter {
 public:
  // What the instructions that follow are for.
  std::uint32_t word = kNoWord;
  isa::Pipe pipe = isa::Pipe::D;
  HostRole role = HostRole::Runtime;

  void emit(const HostInst& inst);
  [[nodiscard]] HostInst make(HostOp op, unsigned width) const;

  // Integer: dst op= src (Mov: dst = src; Cmp, Test: flags only). Not both in memory; an immediate fits 32 bits.
  void integer(HostOp op, const Operand& dst, const Operand& src, unsigned width = 8);
  void mov(const Operand& dst, const Operand& src) { integer(HostOp::Mov, dst, src); }
  void mov_imm(HostReg dst, std::uint64_t value);
  // [mem] = value; rax is lost where the value does not fit 32 bits.
  void store_imm(const HostMem& mem, std::uint64_t value);
  void lea(HostReg dst, const HostMem& mem);
  // dst = a op b, three operands; b may be memory. `mask` with zeroing.
  void vec(HostOp op, unsigned width, HostReg dst, HostReg a, const Operand& b, std::int64_t imm = 0,
           HostReg mask = {});
  // dst = op a
  void vec(HostOp op, unsigned width, HostReg dst, const Operand& a, std::int64_t imm = 0, HostReg mask = {});
  void vstore(const HostMem& mem, HostReg src, unsigned width);
  void cmov(HostCond cond, HostReg dst, const Operand& src);

  [[nodiscard]] Label label();
  void bind(Label l);
  void jcc(HostCond cond, Label to);
  void jmp(Label to);

  // Code for the end of the stream; runs `code` there with the present word and pipe, in role Runtime.
  void cold(std::function<void()> code);
  void emit_cold();
  // Sets every target and returns the instructions.
  [[nodiscard]] std::vector<HostInst> finish();
  [[nodiscard]] std::uint32_t position(Label l) const { return labels_[l]; }
  [[nodiscard]] std::size_t size() const { return insts_.size(); }
  // A temporary occurs in the instructions since `from`.
  [[nodiscard]] bool uses(HostReg temporary, std::size_t from) const;
  [[nodiscard]] bool in_cold() const { return in_cold_; }

  // For measuring code: forget everything emitted since.
  struct Mark {
    std::size_t insts, labels, colds;
  };
  [[nodiscard]] Mark mark() const { return {insts_.size(), labels_.size(), colds_.size()}; }
  void rewind(const Mark& m);

 private:
  struct Cold {
    std::uint32_t word;
    isa::Pipe pipe;
    std::function<void()> code;
  };
  std::vector<HostInst> insts_;
  std::vector<std::uint32_t> labels_;
  std::vector<Cold> colds_;
  bool in_cold_ = false;
};

// Sets a role for a scope.
class RoleScope {
 public:
  RoleScope(Emitter& e, HostRole role) : e_(e), before_(e.role) { e.role = role; }
  ~RoleScope() { e_.role = before_; }
  RoleScope(const RoleScope&) = delete;
  RoleScope& operator=(const RoleScope&) = delete;

 private:
  Emitter& e_;
  HostRole before_;
};

}  // namespace vtpu::lowering
