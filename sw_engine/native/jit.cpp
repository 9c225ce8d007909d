#include "native/jit.hpp"

#include <asmjit/x86.h>
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "native/operands.hpp"

namespace vtpu::native {
namespace {

namespace x86 = asmjit::x86;
namespace Inst = asmjit::x86::Inst;
using asmjit::InstOptions;
using lowering::HostCode;
using lowering::HostInst;
using lowering::HostIsa;
using lowering::HostOp;
using lowering::RegClass;

// The instruction of each operation. Where VEX and EVEX have different mnemonics this is the VEX one.
asmjit::InstId instruction_of(HostOp op) {
  switch (op) {
    case HostOp::Mov:
    case HostOp::MovImm: return Inst::kIdMov;
    case HostOp::Movzx: return Inst::kIdMovzx;
    case HostOp::Lea: return Inst::kIdLea;
    case HostOp::Add: return Inst::kIdAdd;
    case HostOp::Sub: return Inst::kIdSub;
    case HostOp::Imul: return Inst::kIdImul;
    case HostOp::And: return Inst::kIdAnd;
    case HostOp::Or: return Inst::kIdOr;
    case HostOp::Xor: return Inst::kIdXor;
    case HostOp::Neg: return Inst::kIdNeg;
    case HostOp::Not: return Inst::kIdNot;
    case HostOp::Inc: return Inst::kIdInc;
    case HostOp::Dec: return Inst::kIdDec;
    case HostOp::Cmp: return Inst::kIdCmp;
    case HostOp::Test: return Inst::kIdTest;
    case HostOp::Shl: return Inst::kIdShl;
    case HostOp::Shr: return Inst::kIdShr;
    case HostOp::Sar: return Inst::kIdSar;
    case HostOp::Shlx: return Inst::kIdShlx;
    case HostOp::Shrx: return Inst::kIdShrx;
    case HostOp::Sarx: return Inst::kIdSarx;
    case HostOp::Rorx: return Inst::kIdRorx;
    case HostOp::Bextr: return Inst::kIdBextr;
    case HostOp::Pext: return Inst::kIdPext;
    case HostOp::Popcnt: return Inst::kIdPopcnt;
    case HostOp::Tzcnt: return Inst::kIdTzcnt;
    case HostOp::Setcc: return Inst::kIdSeto;
    case HostOp::Cmov: return Inst::kIdCmovo;
    case HostOp::Jcc: return Inst::kIdJo;
    case HostOp::Jmp:
    case HostOp::Exit: return Inst::kIdJmp;
    case HostOp::CallHelper: return Inst::kIdCall;
    case HostOp::PrefetchT0: return Inst::kIdPrefetcht0;
    case HostOp::PrefetchT1: return Inst::kIdPrefetcht1;
    case HostOp::PrefetchT2: return Inst::kIdPrefetcht2;
    case HostOp::PrefetchNta: return Inst::kIdPrefetchnta;
    case HostOp::Clflushopt: return Inst::kIdClflushopt;
    case HostOp::Mfence: return Inst::kIdMfence;
    case HostOp::Vmov: return Inst::kIdVmovdqu;
    case HostOp::VmovqToVec:
    case HostOp::VmovqToGpr:
    case HostOp::Vmovq: return Inst::kIdVmovq;
    case HostOp::VmovdToVec:
    case HostOp::VmovdToGpr: return Inst::kIdVmovd;
    case HostOp::VpextrqHigh: return Inst::kIdVpextrq;
    case HostOp::VpbroadcastqGpr:
    case HostOp::Vpbroadcastq: return Inst::kIdVpbroadcastq;
    case HostOp::VpbroadcastdGpr:
    case HostOp::Vpbroadcastd: return Inst::kIdVpbroadcastd;
    case HostOp::Vaddps: return Inst::kIdVaddps;
    case HostOp::Vaddpd: return Inst::kIdVaddpd;
    case HostOp::Vsubps: return Inst::kIdVsubps;
    case HostOp::Vsubpd: return Inst::kIdVsubpd;
    case HostOp::Vmulps: return Inst::kIdVmulps;
    case HostOp::Vmulpd: return Inst::kIdVmulpd;
    case HostOp::Vdivps: return Inst::kIdVdivps;
    case HostOp::Vdivpd: return Inst::kIdVdivpd;
    case HostOp::Vsqrtps: return Inst::kIdVsqrtps;
    case HostOp::Vsqrtpd: return Inst::kIdVsqrtpd;
    case HostOp::Vminps: return Inst::kIdVminps;
    case HostOp::Vminpd: return Inst::kIdVminpd;
    case HostOp::Vmaxps: return Inst::kIdVmaxps;
    case HostOp::Vmaxpd: return Inst::kIdVmaxpd;
    case HostOp::Vfmadd132ps: return Inst::kIdVfmadd132ps;
    case HostOp::Vfmadd213ps: return Inst::kIdVfmadd213ps;
    case HostOp::Vfmadd231ps: return Inst::kIdVfmadd231ps;
    case HostOp::Vfmadd132pd: return Inst::kIdVfmadd132pd;
    case HostOp::Vfmadd213pd: return Inst::kIdVfmadd213pd;
    case HostOp::Vfmadd231pd: return Inst::kIdVfmadd231pd;
    case HostOp::Vaddsd: return Inst::kIdVaddsd;
    case HostOp::Vsubsd: return Inst::kIdVsubsd;
    case HostOp::Vmulsd: return Inst::kIdVmulsd;
    case HostOp::Vdivsd: return Inst::kIdVdivsd;
    case HostOp::Vsqrtsd: return Inst::kIdVsqrtsd;
    case HostOp::Vminsd: return Inst::kIdVminsd;
    case HostOp::Vmaxsd: return Inst::kIdVmaxsd;
    case HostOp::Vfmadd132sd: return Inst::kIdVfmadd132sd;
    case HostOp::Vfmadd213sd: return Inst::kIdVfmadd213sd;
    case HostOp::Vfmadd231sd: return Inst::kIdVfmadd231sd;
    case HostOp::VcmppsK:
    case HostOp::Vcmpps: return Inst::kIdVcmpps;
    case HostOp::VcmppdK:
    case HostOp::Vcmppd: return Inst::kIdVcmppd;
    case HostOp::VpcmpdK: return Inst::kIdVpcmpd;
    case HostOp::VpcmpeqqK:
    case HostOp::Vpcmpeqq: return Inst::kIdVpcmpeqq;
    case HostOp::Vpcmpeqd: return Inst::kIdVpcmpeqd;
    case HostOp::Vpcmpgtd: return Inst::kIdVpcmpgtd;
    case HostOp::Vmovmskps: return Inst::kIdVmovmskps;
    case HostOp::Vmovmskpd: return Inst::kIdVmovmskpd;
    case HostOp::KmovToGpr:
    case HostOp::KmovToMask: return Inst::kIdKmovw;
    case HostOp::VblendmD: return Inst::kIdVpblendmd;
    case HostOp::VblendmQ: return Inst::kIdVpblendmq;
    case HostOp::Vblendvps: return Inst::kIdVblendvps;
    case HostOp::Vblendvpd: return Inst::kIdVblendvpd;
    case HostOp::Vpaddd: return Inst::kIdVpaddd;
    case HostOp::Vpaddq: return Inst::kIdVpaddq;
    case HostOp::Vpsubd: return Inst::kIdVpsubd;
    case HostOp::Vpmulld: return Inst::kIdVpmulld;
    case HostOp::Vpminsd: return Inst::kIdVpminsd;
    case HostOp::Vpmaxsd: return Inst::kIdVpmaxsd;
    case HostOp::Vpand: return Inst::kIdVpand;
    case HostOp::Vpandn: return Inst::kIdVpandn;
    case HostOp::Vpor: return Inst::kIdVpor;
    case HostOp::Vpxor: return Inst::kIdVpxor;
    case HostOp::Vpternlog: return Inst::kIdVpternlogq;
    case HostOp::Vpslld: return Inst::kIdVpslld;
    case HostOp::Vpsrld: return Inst::kIdVpsrld;
    case HostOp::Vpsrad: return Inst::kIdVpsrad;
    case HostOp::Vpsllw: return Inst::kIdVpsllw;
    case HostOp::Vpsrlw: return Inst::kIdVpsrlw;
    case HostOp::Vpsraw: return Inst::kIdVpsraw;
    case HostOp::Vpsllq: return Inst::kIdVpsllq;
    case HostOp::Vpsrlq: return Inst::kIdVpsrlq;
    case HostOp::Vpsrlvd: return Inst::kIdVpsrlvd;
    case HostOp::Vpmaddwd: return Inst::kIdVpmaddwd;
    case HostOp::Vpdpbusd: return Inst::kIdVpdpbusd;
    case HostOp::Vpopcntq: return Inst::kIdVpopcntq;
    case HostOp::Vpshufb: return Inst::kIdVpshufb;
    case HostOp::Vpsadbw: return Inst::kIdVpsadbw;
    case HostOp::Vpshufd: return Inst::kIdVpshufd;
    case HostOp::Vpermilpd: return Inst::kIdVpermilpd;
    case HostOp::Vpermq: return Inst::kIdVpermq;
    case HostOp::Valignq: return Inst::kIdValignq;
    case HostOp::Vshufi64x2: return Inst::kIdVshufi64x2;
    case HostOp::Vextracti128: return Inst::kIdVextracti128;
    case HostOp::Vextracti64x4: return Inst::kIdVextracti64x4;
    case HostOp::Vinserti128: return Inst::kIdVinserti128;
    case HostOp::Vinserti64x4: return Inst::kIdVinserti64x4;
    case HostOp::Vcvtsi2sd: return Inst::kIdVcvtsi2sd;
    case HostOp::Vcvttsd2si: return Inst::kIdVcvttsd2si;
    case HostOp::Vcvtdq2ps: return Inst::kIdVcvtdq2ps;
    case HostOp::Vcvttps2dq: return Inst::kIdVcvttps2dq;
    case HostOp::Count: break;
  }
  throw std::logic_error("host operation outside the table");
}

// The EVEX mnemonic of those that have one of their own.
asmjit::InstId evex_instruction_of(HostOp op) {
  switch (op) {
    case HostOp::Vmov: return Inst::kIdVmovdqu64;
    case HostOp::Vpand: return Inst::kIdVpandq;
    case HostOp::Vpandn: return Inst::kIdVpandnq;
    case HostOp::Vpor: return Inst::kIdVporq;
    case HostOp::Vpxor: return Inst::kIdVpxorq;
    case HostOp::Vextracti128: return Inst::kIdVextracti64x2;
    case HostOp::Vinserti128: return Inst::kIdVinserti64x2;
    default: return instruction_of(op);
  }
}

asmjit::InstId with_condition(HostOp op, lowering::HostCond cond) {
  static constexpr asmjit::InstId kSet[] = {Inst::kIdSeto, Inst::kIdSetno, Inst::kIdSetb,  Inst::kIdSetnb,
                                            Inst::kIdSetz, Inst::kIdSetnz, Inst::kIdSetbe, Inst::kIdSetnbe,
                                            Inst::kIdSets, Inst::kIdSetns, Inst::kIdSetp,  Inst::kIdSetnp,
                                            Inst::kIdSetl, Inst::kIdSetnl, Inst::kIdSetle, Inst::kIdSetnle};
  static constexpr asmjit::InstId kCmov[] = {Inst::kIdCmovo, Inst::kIdCmovno, Inst::kIdCmovb,  Inst::kIdCmovnb,
                                             Inst::kIdCmovz, Inst::kIdCmovnz, Inst::kIdCmovbe, Inst::kIdCmovnbe,
                                             Inst::kIdCmovs, Inst::kIdCmovns, Inst::kIdCmovp,  Inst::kIdCmovnp,
                                             Inst::kIdCmovl, Inst::kIdCmovnl, Inst::kIdCmovle, Inst::kIdCmovnle};
  static constexpr asmjit::InstId kJump[] = {
      Inst::kIdJo, Inst::kIdJno, Inst::kIdJb, Inst::kIdJnb, Inst::kIdJz, Inst::kIdJnz, Inst::kIdJbe, Inst::kIdJnbe,
      Inst::kIdJs, Inst::kIdJns, Inst::kIdJp, Inst::kIdJnp, Inst::kIdJl, Inst::kIdJnl, Inst::kIdJle, Inst::kIdJnle};
  const auto i = static_cast<std::size_t>(cond);
  return op == HostOp::Jcc ? kJump[i] : op == HostOp::Setcc ? kSet[i] : kCmov[i];
}

asmjit::Operand register_operand(const Operand& operand) {
  const std::uint32_t index = operand.reg.index;
  switch (operand.reg.cls) {
    case RegClass::Gpr:
      switch (operand.bytes) {
        case 1: return x86::gpb_lo(index);
        case 2: return x86::gpw(index);
        case 4: return x86::gpd(index);
        default: return x86::gpq(index);
      }
    case RegClass::Vec:
      switch (operand.bytes) {
        case 16: return x86::xmm(index);
        case 32: return x86::ymm(index);
        default: return x86::zmm(index);
      }
    case RegClass::Mask: return x86::k(index);
    case RegClass::None: break;
  }
  throw std::logic_error("operand without a register");
}

asmjit::Operand memory_operand(const lowering::HostMem& mem, std::uint32_t bytes) {
  const x86::Gp base = x86::gpq(mem.base.index);
  if (!mem.index.valid()) return x86::ptr(base, mem.disp, bytes);
  const auto shift = static_cast<std::uint32_t>(mem.scale == 8 ? 3 : mem.scale / 2);
  return x86::ptr(base, x86::gpq(mem.index.index), shift, mem.disp, bytes);
}

// What is wrong with the fields themselves, "" if nothing; the rest is asmjit's to judge.
std::string field_error(const HostInst& inst, const OperandList& list, HostIsa isa, std::size_t instructions) {
  if ((inst.op == HostOp::Jcc || inst.op == HostOp::Jmp) && inst.target >= instructions) return "no such target";
  if (inst.op == HostOp::CallHelper &&
      (inst.imm < 0 || inst.imm >= static_cast<std::int64_t>(lowering::HelperId::Count))) {
    return "no such helper";
  }
  if (inst.mem_role != lowering::MemRole::None && inst.mem.base.cls != RegClass::Gpr) return "memory without a base";
  const bool mask_compare = inst.dst.cls == RegClass::Mask && inst.a.cls == RegClass::Vec;
  if (inst.write_mask.valid() && mask_lane_bytes(inst.op) == 0 && !mask_compare) return "takes no write mask";
  if ((inst.op == HostOp::VblendmD || inst.op == HostOp::VblendmQ) && !inst.write_mask.valid()) {
    return "needs a write mask";
  }
  if (isa == HostIsa::Avx2 && needs_evex(inst, list)) return "not an AVX2 instruction";
  const bool shift = inst.op == HostOp::Shl || inst.op == HostOp::Shr || inst.op == HostOp::Sar;
  if (shift && list.is(1, RegClass::Gpr) && list.at[1].reg.index != 1) return "the count must be in cl";
  return "";
}

// One attempt at encoding a whole stream.
class Encoder {
 public:
  Encoder(const HostCode& code, HelperTable helpers, const JitOptions& options, asmjit::CodeHolder& holder)
      : code_(code), helpers_(helpers), options_(options), assembler_(&holder) {
    assembler_.addDiagnosticOptions(asmjit::DiagnosticOptions::kValidateAssembler);
    assembler_.addEncodingOptions(asmjit::EncodingOptions::kOptimizedAlign);  // multi-byte nops
    labels_.reserve(code.insts.size());
    is_target_.resize(code.insts.size(), false);
    is_loop_head_.resize(code.insts.size(), false);
    for (std::size_t i = 0; i < code.insts.size(); ++i) {
      labels_.push_back(assembler_.newLabel());
      const HostInst& inst = code.insts[i];
      if ((inst.op != HostOp::Jcc && inst.op != HostOp::Jmp) || inst.target >= code.insts.size()) continue;
      is_target_[inst.target] = true;
      if (inst.target <= i && inst.role == lowering::HostRole::Loop) is_loop_head_[inst.target] = true;
    }
    epilogue_ = assembler_.newLabel();
  }

  // `reach`: the offsets of an earlier attempt with long jumps, to choose short jumps by; empty: only long ones.
  void encode(const std::vector<std::uint32_t>& reach) {
    prologue();
    start_ = static_cast<std::uint32_t>(assembler_.offset());
    for (std::size_t i = 0; i < code_.insts.size(); ++i) {
      if (is_loop_head_[i]) assembler_.align(asmjit::AlignMode::kCode, options_.loop_alignment_bytes);
      offsets_.push_back(static_cast<std::uint32_t>(assembler_.offset()));
      if (is_target_[i]) assembler_.bind(labels_[i]);
      encode(i, reach);
    }
    end_ = static_cast<std::uint32_t>(assembler_.offset());
    epilogue();
  }

  [[nodiscard]] Errors take_errors() { return std::move(errors_); }
  [[nodiscard]] std::vector<std::uint32_t> take_offsets() { return std::move(offsets_); }
  [[nodiscard]] std::uint32_t code_bytes() const { return end_ - start_; }

 private:
  static constexpr std::uint32_t kCalleeSaved[] = {x86::Gp::kIdBx,  x86::Gp::kIdBp,  x86::Gp::kIdR12,
                                                   x86::Gp::kIdR13, x86::Gp::kIdR14, x86::Gp::kIdR15};

  void prologue() {
    for (const std::uint32_t id : kCalleeSaved) assembler_.push(x86::gpq(id));
    assembler_.sub(x86::rsp, 8);  // return address, six registers and this: a multiple of 16
    assembler_.mov(x86::rbp, x86::rdi);
    assembler_.jmp(x86::rsi);
    assembler_.align(asmjit::AlignMode::kCode, 64);
  }

  void epilogue() {
    assembler_.bind(epilogue_);
    assembler_.vzeroupper();
    assembler_.add(x86::rsp, 8);
    for (std::size_t i = std::size(kCalleeSaved); i > 0; --i) assembler_.pop(x86::gpq(kCalleeSaved[i - 1]));
    assembler_.ret();
  }

  void encode(std::size_t i, const std::vector<std::uint32_t>& reach) {
    const HostInst& inst = code_.insts[i];
    OperandList list;
    const bool listed =
        inst.op != HostOp::Jcc && inst.op != HostOp::Jmp && inst.op != HostOp::CallHelper && inst.op != HostOp::Exit;
    if (listed) list = operands_of(inst);
    const std::string wrong = field_error(inst, list, code_.isa, code_.insts.size());
    if (!wrong.empty()) return report(i, wrong);
    asmjit::Error error = asmjit::kErrorOk;
    switch (inst.op) {
      case HostOp::Jcc:
      case HostOp::Jmp: error = encode_jump(i, reach); break;
      case HostOp::Exit: error = assembler_.jmp(epilogue_); break;
      case HostOp::CallHelper: error = encode_call(inst); break;
      default: error = encode_plain(inst, list); break;
    }
    if (error != asmjit::kErrorOk) report(i, asmjit::DebugUtils::errorAsString(error));
  }

  // Short where the distance with all jumps long fits with room to spare for alignment that moves.
  asmjit::Error encode_jump(std::size_t i, const std::vector<std::uint32_t>& reach) {
    const HostInst& inst = code_.insts[i];
    if (inst.target > i) {
      const bool near = !reach.empty() && reach[inst.target] - reach[i] + 64 < 127;
      assembler_.setInstOptions(near ? InstOptions::kShortForm : InstOptions::kLongForm);
    }
    const asmjit::InstId id = inst.op == HostOp::Jmp ? Inst::kIdJmp : with_condition(inst.op, inst.cond);
    return assembler_.emit(id, labels_[inst.target]);
  }

  asmjit::Error encode_call(const HostInst& inst) {
    const auto address = reinterpret_cast<std::uint64_t>(helpers_[static_cast<std::size_t>(inst.imm)]);
    asmjit::Error error = assembler_.vzeroupper();
    error |= assembler_.mov(x86::rdi, x86::rbp);
    error |= assembler_.mov(x86::rsi, x86::rax);
    error |= assembler_.movabs(x86::rax, asmjit::Imm(address));
    error |= assembler_.call(x86::rax);
    return error;
  }

  asmjit::Error encode_plain(const HostInst& inst, const OperandList& list) {
    asmjit::Operand_ operands[6];
    for (std::size_t k = 0; k < list.count; ++k) operands[k] = operand(inst, list.at[k]);
    asmjit::InstId id = instruction_of(inst.op);
    if (inst.op == HostOp::Setcc || inst.op == HostOp::Cmov) id = with_condition(inst.op, inst.cond);
    auto options = InstOptions::kNone;
    if (needs_evex(inst, list)) {
      id = evex_instruction_of(inst.op);
      options |= InstOptions::kX86_Evex;
    }
    // The five-byte mov zeroes the upper half: same result, half the bytes.
    if (inst.op == HostOp::MovImm && list.is(0, RegClass::Gpr) && inst.imm >= 0 && inst.imm <= 0xFFFFFFFFLL) {
      operands[0] = x86::gpd(inst.dst.index);
    }
    if (inst.write_mask.valid()) {
      assembler_.setExtraReg(x86::k(inst.write_mask.index));
      if (inst.zeroing) options |= InstOptions::kX86_ZMask;
    }
    assembler_.setInstOptions(options);
    return assembler_.emitOpArray(id, operands, list.count);
  }

  static asmjit::Operand operand(const HostInst& inst, const Operand& o) {
    switch (o.kind) {
      case Operand::Kind::Register: return register_operand(o);
      case Operand::Kind::Memory: return memory_operand(inst.mem, inst.op == HostOp::Lea ? inst.width : o.bytes);
      case Operand::Kind::Immediate:
        return asmjit::Imm(inst.op == HostOp::VpextrqHigh ? 1 : inst.width == 4 ? narrow(inst.imm) : inst.imm);
    }
    throw std::logic_error("operand kind");
  }

  // The immediate of a 32-bit operation as x86 writes it: sign extended.
  static std::int64_t narrow(std::int64_t imm) { return static_cast<std::int32_t>(imm); }

  void report(std::size_t i, const std::string& what) {
    errors_.push_back({fmt::format("inst {}", i), fmt::format("{}: {}", lowering::to_text(code_.insts[i]), what)});
  }

  const HostCode& code_;
  HelperTable helpers_;
  const JitOptions& options_;
  x86::Assembler assembler_;
  std::vector<asmjit::Label> labels_;
  std::vector<bool> is_target_;
  std::vector<bool> is_loop_head_;
  asmjit::Label epilogue_;
  std::vector<std::uint32_t> offsets_;
  Errors errors_;
  std::uint32_t start_ = 0;
  std::uint32_t end_ = 0;
};

asmjit::JitAllocator::CreateParams dual_mapping() {
  asmjit::JitAllocator::CreateParams params;
  params.options = asmjit::JitAllocatorOptions::kUseDualMapping;  // written through one mapping, run through another
  return params;
}

}  // namespace

struct CompiledCode::Memory {
  Memory() : params(dual_mapping()), runtime(&params) {}
  asmjit::JitAllocator::CreateParams params;
  asmjit::JitRuntime runtime;
};

CompiledCode::CompiledCode(std::shared_ptr<Memory> memory, const std::uint8_t* base, std::size_t size)
    : memory_(std::move(memory)),
      base_(base),
      size_(size),
      enter_(reinterpret_cast<Entry>(reinterpret_cast<std::uintptr_t>(base))) {}

CompiledCode::CompiledCode(CompiledCode&& other) noexcept { *this = std::move(other); }

CompiledCode& CompiledCode::operator=(CompiledCode&& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(base_, other.base_);
  std::swap(size_, other.size_);
  std::swap(enter_, other.enter_);
  return *this;
}

CompiledCode::~CompiledCode() {
  if (memory_ && base_ != nullptr) memory_->runtime.release(const_cast<std::uint8_t*>(base_));
}

Jit::Jit(HelperTable helpers, JitOptions options)
    : helpers_(helpers), options_(options), memory_(std::make_shared<CompiledCode::Memory>()) {}

Result<CompiledCode> Jit::compile(HostCode& code) const {
  std::vector<std::uint32_t> reach;
  for (int attempt = 0;; ++attempt) {
    asmjit::CodeHolder holder;
    if (const asmjit::Error error = holder.init(memory_->runtime.environment()); error != asmjit::kErrorOk) {
      return fail("code", asmjit::DebugUtils::errorAsString(error));
    }
    Encoder encoder(code, helpers_, options_, holder);
    encoder.encode(reach);
    if (Errors errors = encoder.take_errors(); !errors.empty()) return fail(std::move(errors));
    if (attempt == 0) {
      reach = encoder.take_offsets();
      continue;
    }
    void* base = nullptr;
    if (const asmjit::Error error = memory_->runtime.add(&base, &holder); error != asmjit::kErrorOk) {
      return fail("code memory", asmjit::DebugUtils::errorAsString(error));
    }
    code.offsets = encoder.take_offsets();
    code.code_bytes = encoder.code_bytes();
    return CompiledCode(memory_, static_cast<const std::uint8_t*>(base), holder.codeSize());
  }
}

}  // namespace vtpu::native
