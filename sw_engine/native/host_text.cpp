#include "native/host_text.hpp"

#include <fmt/format.h>

#include <array>

#include "native/operands.hpp"

namespace vtpu::native {
namespace {

using lowering::HostInst;
using lowering::HostOp;
using lowering::HostReg;
using lowering::RegClass;

using GprNames = std::array<std::string_view, 16>;
constexpr GprNames kByte{"al",  "cl",  "dl",   "bl",   "spl",  "bpl",  "sil",  "dil",
                         "r8b", "r9b", "r10b", "r11b", "r12b", "r13b", "r14b", "r15b"};
constexpr GprNames kWord{"ax",  "cx",  "dx",   "bx",   "sp",   "bp",   "si",   "di",
                         "r8w", "r9w", "r10w", "r11w", "r12w", "r13w", "r14w", "r15w"};
constexpr GprNames kDword{"eax", "ecx", "edx",  "ebx",  "esp",  "ebp",  "esi",  "edi",
                          "r8d", "r9d", "r10d", "r11d", "r12d", "r13d", "r14d", "r15d"};
constexpr GprNames kQword{"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                          "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};

constexpr std::array<std::string_view, 16> kConditions{"o", "no", "b", "ae", "e", "ne", "be", "a",
                                                       "s", "ns", "p", "np", "l", "ge", "le", "g"};

std::string_view gpr_text(unsigned index, unsigned bytes) {
  switch (bytes) {
    case 1: return kByte[index];
    case 2: return kWord[index];
    case 4: return kDword[index];
    default: return kQword[index];
  }
}

std::string register_text(const HostReg& reg, unsigned bytes) {
  switch (reg.cls) {
    case RegClass::Gpr: return std::string(gpr_text(reg.index, bytes));
    case RegClass::Vec: return fmt::format("{}mm{}", bytes == 64 ? 'z' : bytes == 32 ? 'y' : 'x', reg.index);
    case RegClass::Mask: return fmt::format("k{}", reg.index);
    case RegClass::None: break;
  }
  return "";
}

std::string memory_text(const HostInst& inst, unsigned bytes) {
  std::string_view size;
  switch (bytes) {
    case 1: size = "byte ptr "; break;
    case 2: size = "word ptr "; break;
    case 4: size = "dword ptr "; break;
    case 8: size = "qword ptr "; break;
    case 16: size = "xmmword ptr "; break;
    case 32: size = "ymmword ptr "; break;
    case 64: size = "zmmword ptr "; break;
    default: break;
  }
  const bool hint = inst.op >= HostOp::PrefetchT0 && inst.op <= HostOp::Clflushopt;
  std::string text = fmt::format("{}[{}", hint ? "byte ptr " : size, kQword[inst.mem.base.index]);
  if (inst.mem.index.valid()) text += fmt::format("+{}*{}", kQword[inst.mem.index.index], inst.mem.scale);
  if (inst.mem.disp != 0) text += fmt::format("{:+}", inst.mem.disp);
  return text + "]";
}

std::string mnemonic_of(const HostInst& inst, bool evex) {
  const std::string_view condition = kConditions[static_cast<std::size_t>(inst.cond)];
  switch (inst.op) {
    case HostOp::MovImm: return inst.imm > 0xFFFFFFFFLL || inst.imm < INT32_MIN ? "movabs" : "mov";
    case HostOp::Setcc: return fmt::format("set{}", condition);
    case HostOp::Cmov: return fmt::format("cmov{}", condition);
    case HostOp::Jcc: return fmt::format("j{}", condition);
    case HostOp::Exit: return "jmp";
    case HostOp::Vmov: return evex ? "vmovdqu64" : "vmovdqu";
    case HostOp::VmovqToVec:
    case HostOp::VmovqToGpr: return "vmovq";
    case HostOp::VmovdToVec:
    case HostOp::VmovdToGpr: return "vmovd";
    case HostOp::VpbroadcastqGpr: return "vpbroadcastq";
    case HostOp::VpbroadcastdGpr: return "vpbroadcastd";
    case HostOp::VcmppsK: return "vcmpps";
    case HostOp::VcmppdK: return "vcmppd";
    case HostOp::VpcmpdK: return "vpcmpd";
    case HostOp::VpcmpeqqK: return "vpcmpeqq";
    case HostOp::KmovToGpr:
    case HostOp::KmovToMask: return "kmovw";
    case HostOp::Vpand:
    case HostOp::Vpandn:
    case HostOp::Vpor:
    case HostOp::Vpxor: return fmt::format("{}{}", name_of(inst.op), evex ? "q" : "");
    case HostOp::Vextracti128: return evex ? "vextracti64x2" : "vextracti128";
    case HostOp::Vinserti128: return evex ? "vinserti64x2" : "vinserti128";
    default: return std::string(name_of(inst.op));
  }
}

// As signed numbers of the operation's width; a byte for what has eight-bit immediates.
std::string immediate_text(const HostInst& inst) {
  if (inst.op == HostOp::VpextrqHigh) return "1";
  if (inst.width == 4) return fmt::format("{}", static_cast<std::int32_t>(inst.imm));
  return fmt::format("{}", inst.width >= 16 ? inst.imm & 0xFF : inst.imm);
}

// The five-byte form where it does.
bool is_short_mov(const HostInst& inst) {
  return inst.op == HostOp::MovImm && inst.dst.valid() && inst.imm >= 0 && inst.imm <= 0xFFFFFFFFLL;
}

std::string call_sequence(std::string_view helper) {
  return fmt::format("vzeroupper\nmov rdi, rbp\nmov rsi, rax\nmovabs rax, offset {}\ncall rax", helper);
}

}  // namespace

std::string_view name_of(lowering::HelperId helper) {
  static constexpr std::array<std::string_view, static_cast<std::size_t>(lowering::HelperId::Count)> kNames{
      "translate", "send", "receive", "route", "listen", "barrier", "reduce", "cast", "allocate", "free"};
  return kNames[static_cast<std::size_t>(helper)];
}

std::string assembly_of(const HostInst& inst, std::string_view target) {
  if (inst.op == HostOp::CallHelper) return call_sequence(target);
  if (inst.op == HostOp::Jcc || inst.op == HostOp::Jmp || inst.op == HostOp::Exit) {
    return fmt::format("{} {}", mnemonic_of(inst, false), target);
  }
  const OperandList list = operands_of(inst);
  std::string operands;
  for (std::size_t i = 0; i < list.count; ++i) {
    if (i > 0) operands += ", ";
    switch (list.at[i].kind) {
      case Operand::Kind::Register:
        operands += register_text(list.at[i].reg, is_short_mov(inst) ? 4 : list.at[i].bytes);
        break;
      case Operand::Kind::Memory: operands += memory_text(inst, list.at[i].bytes); break;
      case Operand::Kind::Immediate: operands += immediate_text(inst); break;
    }
    if (i == 0 && inst.write_mask.valid()) {
      operands += fmt::format(" {{k{}}}{}", inst.write_mask.index, inst.zeroing ? " {z}" : "");
    }
  }
  const std::string mnemonic = mnemonic_of(inst, needs_evex(inst, list));
  return operands.empty() ? mnemonic : fmt::format("{} {}", mnemonic, operands);
}

}  // namespace vtpu::native
