#include "lowering/host_op.hpp"

#include <fmt/format.h>

#include <array>

namespace vtpu::lowering {
namespace {

constexpr std::string_view kNames[] = {
#define X(id, name) name,
    VTPU_HOST_OPS(X)
#undef X
};
static_assert(std::size(kNames) == static_cast<std::size_t>(kHostOps));

constexpr std::string_view kConds[] = {"o", "no", "b", "ae", "e", "ne", "be", "a",
                                       "s", "ns", "p", "np", "l", "ge", "le", "g"};
constexpr std::array<std::array<std::string_view, 16>, 4> kGprs{
    {{"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil", "r8b", "r9b", "r10b", "r11b", "r12b", "r13b", "r14b", "r15b"},
     {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di", "r8w", "r9w", "r10w", "r11w", "r12w", "r13w", "r14w", "r15w"},
     {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "r8d", "r9d", "r10d", "r11d", "r12d", "r13d", "r14d",
      "r15d"},
     {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"}}};

std::string_view gpr_name(unsigned index, unsigned width) {
  return kGprs[width >= 8 ? 3U : width == 4 ? 2U : width == 2 ? 1U : 0U][index];
}

std::string text_of(HostReg reg, unsigned width) {
  switch (reg.cls) {
    case RegClass::Gpr: return std::string(gpr_name(reg.index, width));
    case RegClass::Vec: return fmt::format("{}{}", width == 64 ? "zmm" : width == 32 ? "ymm" : "xmm", reg.index);
    case RegClass::Mask: return fmt::format("k{}", reg.index);
    case RegClass::None: break;
  }
  return "";
}

std::string text_of(const HostMem& mem) {
  std::string text = fmt::format("[{}", gpr_name(mem.base.index, 8));
  if (mem.index.valid()) text += fmt::format("+{}", gpr_name(mem.index.index, 8));
  if (mem.index.valid() && mem.scale != 1) text += fmt::format("*{}", mem.scale);
  if (mem.disp != 0) text += fmt::format("{:+}", mem.disp);
  return text + "]";
}

std::string mnemonic_of(const HostInst& inst) {
  const std::string_view cond = kConds[static_cast<std::size_t>(inst.cond)];
  switch (inst.op) {
    case HostOp::Jcc: return fmt::format("j{}", cond);
    case HostOp::Setcc: return fmt::format("set{}", cond);
    case HostOp::Cmov: return fmt::format("cmov{}", cond);
    default: return std::string(name_of(inst.op));
  }
}

}  // namespace

std::string_view name_of(HostOp op) { return kNames[static_cast<std::size_t>(op)]; }

std::string_view name_of(HostRole role) {
  constexpr std::array<std::string_view, 5> kRoles{"operation", "loop", "translation", "transfer", "runtime"};
  return kRoles[static_cast<std::size_t>(role)];
}

bool has_immediate(const HostInst& inst) {
  switch (inst.op) {  // the immediate is always an operand
    case HostOp::MovImm:
    case HostOp::Rorx:
    case HostOp::CallHelper:
    case HostOp::Exit:
    case HostOp::VpextrqHigh:
    case HostOp::VcmppsK:
    case HostOp::VcmppdK:
    case HostOp::VpcmpdK:
    case HostOp::Vcmpps:
    case HostOp::Vcmppd:
    case HostOp::Vpternlog:
    case HostOp::Vpshufd:
    case HostOp::Vpermilpd:
    case HostOp::Vpermq:
    case HostOp::Valignq:
    case HostOp::Vshufi64x2:
    case HostOp::Vextracti128:
    case HostOp::Vextracti64x4:
    case HostOp::Vinserti128:
    case HostOp::Vinserti64x4: return true;
    default: break;
  }
  if (inst.imm != 0) return true;
  const bool takes_one =
      (inst.op >= HostOp::Mov && inst.op <= HostOp::Test) || (inst.op >= HostOp::Shl && inst.op <= HostOp::Sar);
  const bool single = inst.op == HostOp::Neg || inst.op == HostOp::Not || inst.op == HostOp::Inc ||
                      inst.op == HostOp::Dec || inst.op == HostOp::Lea || inst.op == HostOp::Movzx;
  return takes_one && !single && !inst.a.valid() && !inst.b.valid() && inst.mem_role != MemRole::Source;
}

std::string_view name_of(HostIsa isa) { return isa == HostIsa::Avx2 ? "avx2" : "avx512"; }

std::string to_text(const HostInst& inst) {
  std::string operands;
  const auto add = [&](const std::string& text) {
    if (!operands.empty()) operands += ", ";
    operands += text;
  };
  const bool memory_first = inst.mem_role == MemRole::Dest || inst.mem_role == MemRole::Both;
  if (memory_first) add(text_of(inst.mem));
  for (const HostReg reg : {inst.dst, inst.a, inst.b, inst.c}) {
    if (!reg.valid()) continue;
    std::string text = text_of(reg, inst.op == HostOp::Setcc ? 1U : inst.width);
    if (operands.empty() && inst.write_mask.valid()) {
      text += fmt::format("{{k{}}}{}", inst.write_mask.index, inst.zeroing ? "{z}" : "");
    }
    add(text);
  }
  if (inst.mem_role == MemRole::Source) add(text_of(inst.mem));
  if (inst.op == HostOp::Jcc || inst.op == HostOp::Jmp) {
    add(fmt::format("@{}", inst.target));
  } else if (has_immediate(inst)) {
    const bool wide = inst.imm > 0xFFFF || inst.imm < -0xFFFF;
    add(wide ? fmt::format("0x{:x}", static_cast<std::uint64_t>(inst.imm)) : fmt::format("{}", inst.imm));
  }
  return operands.empty() ? mnemonic_of(inst) : mnemonic_of(inst) + " " + operands;
}

}  // namespace vtpu::lowering
