#include "coordination_code.hpp"

#include <stdexcept>

#include "lowering/context.hpp"

namespace vtpu::native::test {
namespace {

using isa::Op;
using lowering::ExitReason;
using lowering::gpr;
using lowering::HelperId;
using lowering::HostInst;
using lowering::HostOp;
using lowering::Lowered;
using lowering::MemRole;
using lowering::SentronContext;

constexpr unsigned kContext = 5;

class Coder {
 public:
  explicit Coder(const isa::Stream& stream) : stream_(stream) { lowered_.code.isa = lowering::HostIsa::Avx2; }

  Lowered run() {
    lowered_.code.resume_points.push_back(0);
    for (std::uint32_t i = 0; i < stream_.words.size(); ++i) {
      open_loops(i);
      word(i);
      close_loops(i);
    }
    store(offsetof(SentronContext, exit_reason), static_cast<std::int64_t>(ExitReason::Finished), 4);
    const std::uint32_t leave = here();
    HostInst exit;
    exit.op = HostOp::Exit;
    add(exit);
    for (const std::uint32_t jump : jumps_to_leave_) lowered_.code.insts[jump].target = leave;
    return std::move(lowered_);
  }

 private:
  [[nodiscard]] std::uint32_t here() const { return static_cast<std::uint32_t>(lowered_.code.insts.size()); }
  void add(const HostInst& inst) { lowered_.code.insts.push_back(inst); }

  HostInst in_context(HostOp op, MemRole role, std::size_t offset, std::uint8_t width) {
    HostInst inst;
    inst.op = op;
    inst.width = width;
    inst.mem_role = role;
    inst.mem = {gpr(kContext), {}, 1, static_cast<std::int32_t>(offset)};
    return inst;
  }
  void store(std::size_t offset, std::int64_t value, std::uint8_t width) {
    HostInst inst = in_context(HostOp::Mov, MemRole::Dest, offset, width);
    inst.imm = value;
    add(inst);
  }
  static std::size_t counter(std::size_t loop) { return offsetof(SentronContext, loop_remaining) + 8 * loop; }

  void open_loops(std::uint32_t word) {
    starts_.resize(stream_.loops.size());
    for (std::size_t l = 0; l < stream_.loops.size(); ++l) {
      if (stream_.loops[l].first != word) continue;
      store(counter(l), static_cast<std::int64_t>(stream_.loops[l].count), 8);
      starts_[l] = here();
    }
  }
  void close_loops(std::uint32_t word) {
    for (std::size_t l = stream_.loops.size(); l > 0; --l) {
      if (stream_.loops[l - 1].last != word) continue;
      add(in_context(HostOp::Dec, MemRole::Both, counter(l - 1), 8));
      HostInst back;
      back.op = HostOp::Jcc;
      back.cond = lowering::HostCond::NE;
      back.target = starts_[l - 1];
      add(back);
    }
  }

  static std::uint64_t literal(std::vector<std::uint32_t>& sentrons, const isa::Slot& slot) {
    if (isa::form_info(slot).literal != isa::LitKind::Sentron) return slot.f[0];
    sentrons.push_back(slot.lit);
    return slot.f[0] | sentrons.size() << 8U;
  }

  void word(std::uint32_t index) {
    const isa::Slot& slot = stream_.words[index].c;
    switch (isa::op_of(slot)) {
      case Op::CSEND: return call(index, HelperId::Send, literal(lowered_.literal_out, slot));
      case Op::CRECV: return call(index, HelperId::Receive, literal(lowered_.literal_in, slot));
      case Op::CROUTE: return call(index, HelperId::Route, slot.f[0] | std::uint64_t{slot.lit} << 8U);
      case Op::CLISTEN: return call(index, HelperId::Listen, slot.f[0] | std::uint64_t{slot.lit} << 8U);
      case Op::CBAR: return call(index, HelperId::Barrier, slot.lit);
      case Op::CREDUCE: return call(index, HelperId::Reduce, index);
      case Op::CCAST: return call(index, HelperId::Cast, index);
      default: throw std::logic_error("an operation without a helper");
    }
  }

  void call(std::uint32_t word, HelperId helper, std::uint64_t argument) {
    lowered_.code.resume_points.push_back(here());
    store(offsetof(SentronContext, resume), static_cast<std::int64_t>(lowered_.code.resume_points.size() - 1), 8);
    store(offsetof(SentronContext, exit_word), word, 4);
    HostInst argument_inst;
    argument_inst.op = HostOp::MovImm;
    argument_inst.dst = gpr(0);
    argument_inst.imm = static_cast<std::int64_t>(argument);
    add(argument_inst);
    HostInst call_inst;
    call_inst.op = HostOp::CallHelper;
    call_inst.imm = static_cast<std::int64_t>(helper);
    add(call_inst);
    HostInst test;
    test.op = HostOp::Test;
    test.dst = gpr(0);
    test.a = gpr(0);
    add(test);
    HostInst leave;
    leave.op = HostOp::Jcc;
    leave.cond = lowering::HostCond::NE;
    jumps_to_leave_.push_back(here());
    add(leave);
  }

  const isa::Stream& stream_;
  Lowered lowered_;
  std::vector<std::uint32_t> starts_;
  std::vector<std::uint32_t> jumps_to_leave_;
};

}  // namespace

lowering::Lowered coordination_code(const isa::Stream& stream) { return Coder(stream).run(); }

}  // namespace vtpu::native::test
