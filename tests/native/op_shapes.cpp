#include "op_shapes.hpp"

#include "op_bench.hpp"

namespace vtpu::native::test {

using lowering::gpr;
using lowering::HostCond;
using lowering::HostInst;
using lowering::HostIsa;
using lowering::HostOp;
using lowering::HostReg;
using lowering::mask;
using lowering::MemRole;
using lowering::vec;

namespace {

std::vector<std::int64_t> counts_up_to(std::int64_t n) {
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i <= n; ++i) all.push_back(i);
  return all;
}

const std::vector<unsigned> kInteger{4, 8};
const std::vector<unsigned> kAll{16, 32, 64};
const std::vector<unsigned> kScalar{16};
const std::vector<std::int64_t> kImmediates{0, 1, -1, 7, 63, 0x7FFFFFFF, -0x80000000LL};
const std::vector<std::int64_t> kBytes{0, 1, 2, 0x1B, 0x4E, 0x96, 0xE4, 0xE8, 0xFF};

const std::vector<Shape> kShapes = [] {
  using H = HostOp;
  return std::vector<Shape>{
      {{H::Mov}, {"gg", "gm", "Mg"}, {1, 2, 4, 8}},
      {{H::Mov}, {"gi", "Mi"}, kInteger, kImmediates},
      {{H::MovImm}, {"gi"}, {8}, {0, 1, -1, 0x80000000LL, 0xFFFFFFFFLL, 0x100000000LL, INT64_MIN, 0x123456789ABCDEFLL}},
      {{H::MovImm}, {"gi"}, {4}, {0, 1, -1, 0x80000000LL}},
      {{H::Movzx}, {"gg", "gm"}, {1, 2}},
      {{H::Lea}, {"gm"}, kInteger},
      {{H::Add, H::Sub, H::And, H::Or, H::Xor}, {"gg", "gm", "Bg"}, kInteger},
      {{H::Add, H::Sub, H::And, H::Or, H::Xor}, {"gi", "Bi"}, kInteger, kImmediates},
      {{H::Cmp, H::Test}, {"gg", "gm"}, kInteger},
      {{H::Cmp, H::Test}, {"gi", "mi"}, kInteger, kImmediates},
      {{H::Imul}, {"gg", "gm"}, kInteger},
      {{H::Imul}, {"ggi", "gmi"}, kInteger, {1, -1, 12345, -0x80000000LL}},
      {{H::Neg, H::Not, H::Inc, H::Dec}, {"g", "B"}, kInteger},
      {{H::Shl, H::Shr, H::Sar}, {"gi", "Bi"}, {8}, counts_up_to(63)},
      {{H::Shl, H::Shr, H::Sar}, {"gi"}, {4}, counts_up_to(31)},
      {{H::Shl, H::Shr, H::Sar}, {"gc"}, kInteger},
      {{H::Shlx, H::Shrx, H::Sarx, H::Bextr}, {"ggg", "gmg"}, kInteger},
      {{H::Pext}, {"ggg", "ggm"}, kInteger},
      {{H::Rorx}, {"ggi", "gmi"}, kInteger, counts_up_to(31)},
      {{H::Popcnt, H::Tzcnt}, {"gg", "gm"}, kInteger},
      {{H::Setcc}, {"g", "M"}, {1}},
      {{H::Cmov}, {"gg", "gm"}, kInteger},
      {{H::PrefetchT0, H::PrefetchT1, H::PrefetchT2, H::PrefetchNta, H::Clflushopt}, {"m"}, {8}},
      {{H::Mfence}, {""}, {8}},
      {{H::Vmov}, {"vv", "vm", "Mv"}, kAll, {0}, true, true, true},
      {{H::VmovqToVec, H::VmovdToVec}, {"vg", "vm"}, kScalar},
      {{H::VmovqToGpr, H::VmovdToGpr}, {"gv", "Mv"}, kScalar},
      {{H::Vmovq}, {"vv", "vm", "Mv"}, kScalar},
      {{H::VpextrqHigh}, {"gv", "Mv"}, kScalar},
      {{H::VpbroadcastqGpr, H::VpbroadcastdGpr}, {"vg"}, kAll, {0}, false, true, true},
      {{H::Vpbroadcastq, H::Vpbroadcastd}, {"vv", "vm"}, kAll, {0}, true, true, true},
      {{H::Vaddps, H::Vaddpd, H::Vsubps, H::Vsubpd, H::Vmulps, H::Vmulpd, H::Vdivps, H::Vdivpd, H::Vminps, H::Vminpd,
        H::Vmaxps, H::Vmaxpd, H::Vfmadd132ps, H::Vfmadd213ps, H::Vfmadd231ps, H::Vfmadd132pd, H::Vfmadd213pd,
        H::Vfmadd231pd},
       {"vvv", "vvm"},
       kAll,
       {0},
       true,
       true,
       true},
      {{H::Vsqrtps, H::Vsqrtpd, H::Vcvtdq2ps, H::Vcvttps2dq}, {"vv", "vm"}, kAll, {0}, true, true, true},
      {{H::Vaddsd, H::Vsubsd, H::Vmulsd, H::Vdivsd, H::Vsqrtsd, H::Vminsd, H::Vmaxsd, H::Vfmadd132sd, H::Vfmadd213sd,
        H::Vfmadd231sd},
       {"vvv", "vvm"},
       kScalar},
      {{H::VcmppsK, H::VcmppdK}, {"kvvi", "kvmi"}, kAll, counts_up_to(31), false, true, true},
      {{H::VpcmpdK}, {"kvvi", "kvmi"}, kAll, counts_up_to(7), false, true, true},
      {{H::VpcmpeqqK}, {"kvv", "kvm"}, kAll, {0}, false, true, true},
      {{H::Vcmpps, H::Vcmppd}, {"vvvi", "vvmi"}, {16, 32}, counts_up_to(31), true, false},
      {{H::Vpcmpeqd, H::Vpcmpgtd, H::Vpcmpeqq}, {"vvv", "vvm"}, {16, 32}, {0}, true, false},
      {{H::Vmovmskps, H::Vmovmskpd}, {"gv"}, {16, 32}, {0}, true, false},
      {{H::KmovToGpr}, {"gk", "Mk"}, {4}, {0}, false},
      {{H::KmovToMask}, {"kg", "km"}, {4}, {0}, false},
      {{H::VblendmD, H::VblendmQ}, {"vvv", "vvm"}, kAll, {0}, false, true, true},
      {{H::Vblendvps, H::Vblendvpd}, {"vvvv", "vvmv"}, {16, 32}, {0}, true, false},
      {{H::Vpaddd, H::Vpaddq, H::Vpsubd, H::Vpmulld, H::Vpminsd, H::Vpmaxsd, H::Vpand, H::Vpandn, H::Vpor, H::Vpxor,
        H::Vpsrlvd},
       {"vvv", "vvm"},
       kAll,
       {0},
       true,
       true,
       true},
      {{H::Vpmaddwd, H::Vpshufb, H::Vpsadbw}, {"vvv", "vvm"}, kAll},
      {{H::Vpternlog}, {"vvvi", "vvmi"}, kAll, counts_up_to(255), false, true, true},
      {{H::Vpslld, H::Vpsrld, H::Vpsrad}, {"vvi"}, kAll, counts_up_to(33), true, true, true},
      {{H::Vpsllq, H::Vpsrlq}, {"vvi"}, kAll, {0, 1, 31, 32, 63, 64, 200}, true, true, true},
      {{H::Vpsllw, H::Vpsrlw, H::Vpsraw}, {"vvi"}, kAll, counts_up_to(17)},
      {{H::Vpslld, H::Vpsrld, H::Vpsrad, H::Vpsllq, H::Vpsrlq, H::Vpsllw, H::Vpsrlw, H::Vpsraw}, {"vvv", "vvm"}, kAll},
      {{H::Vpdpbusd}, {"vvv", "vvm"}, kAll, {0}, false, true, true},
      {{H::Vpopcntq}, {"vv", "vm"}, kAll, {0}, false, true, true},
      {{H::Vpshufd}, {"vvi", "vmi"}, kAll, kBytes, true, false},
      {{H::Vpshufd}, {"vvi", "vmi"}, kAll, kBytes, false, true, true},
      {{H::Vpermilpd}, {"vvi", "vvv"}, kAll, kBytes, true, true, true},
      {{H::Vpermq}, {"vvi"}, {32, 64}, kBytes, true, true, true},
      {{H::Vpermq}, {"vvv"}, {32, 64}, {0}, false, true, true},
      {{H::Valignq}, {"vvvi", "vvmi"}, kAll, counts_up_to(9), false, true, true},
      {{H::Vshufi64x2}, {"vvvi"}, {32, 64}, kBytes, false, true, true},
      {{H::Vextracti128}, {"vvi", "Mvi"}, {32, 64}, counts_up_to(3)},
      {{H::Vextracti64x4}, {"vvi", "Mvi"}, {64}, counts_up_to(1), false},
      {{H::Vinserti128}, {"vvvi", "vvmi"}, {32, 64}, counts_up_to(3)},
      {{H::Vinserti64x4}, {"vvvi", "vvmi"}, {64}, counts_up_to(1), false},
      {{H::Vcvtsi2sd}, {"vvg", "vvm"}, kInteger},
      {{H::Vcvttsd2si}, {"gv", "gm"}, kInteger},
  };
}();

bool is_blend(HostOp op) { return op == HostOp::VblendmD || op == HostOp::VblendmQ; }
bool takes_condition(HostOp op) { return op == HostOp::Setcc || op == HostOp::Cmov; }

}  // namespace

const std::vector<Shape>& shapes() { return kShapes; }

HostInst write(HostOp op, unsigned width, const std::string& operands, std::int64_t imm, unsigned variant,
               HostIsa isa) {
  HostInst inst;
  inst.op = op;
  inst.width = static_cast<std::uint8_t>(width);
  inst.imm = imm;
  std::vector<HostReg> registers;
  unsigned gprs = variant;
  unsigned vectors = variant;
  const unsigned available = isa == HostIsa::Avx512 ? 8 : 4;
  for (const char c : operands) {
    switch (c) {
      case 'g': registers.push_back(gpr(kGprs[gprs++ % kGprs.size()])); break;
      case 'c': registers.push_back(gpr(1)); break;
      case 'v': registers.push_back(vec(kVectors[vectors++ % available])); break;
      case 'k': registers.push_back(mask(kMasks[variant % kMasks.size()])); break;
      case 'm': inst.mem_role = MemRole::Source; break;
      case 'M': inst.mem_role = MemRole::Dest; break;
      case 'B': inst.mem_role = MemRole::Both; break;
      default: break;
    }
  }
  HostReg* const fields[] = {&inst.dst, &inst.a, &inst.b, &inst.c};
  const bool memory_first = !operands.empty() && (operands[0] == 'M' || operands[0] == 'B');
  for (std::size_t i = 0; i < registers.size(); ++i) *fields[i + (memory_first ? 1 : 0)] = registers[i];
  if (inst.mem_role != MemRole::None) {
    inst.mem = {gpr(kPointer), {}, 1, memory_offset()};
    if (variant % 2 == 1) inst.mem = {gpr(kPointer), gpr(kIndex), 4, memory_offset() - 8};
  }
  inst.cond = static_cast<HostCond>(variant % 16);
  return inst;
}

void for_each_instruction(HostIsa isa, const std::function<void(const HostInst&)>& check) {
  for (const Shape& shape : shapes()) {
    if (!(isa == HostIsa::Avx512 ? shape.avx512 : shape.avx2)) continue;
    for (const HostOp op : shape.ops) {
      for (const unsigned width : shape.widths) {
        if (isa == HostIsa::Avx2 && width == 64) continue;
        for (const std::string& operands : shape.operands) {
          if (op == HostOp::Test && operands == "gm") continue;  // x86 has it the other way round only
          for (const std::int64_t imm : shape.immediates) {
            const unsigned variants = takes_condition(op) ? 16 : shape.immediates.size() > 8 ? 2 : 5;
            for (unsigned variant = 0; variant < variants; ++variant) {
              HostInst inst = write(op, width, operands, imm, variant, isa);
              if (!is_blend(op)) check(inst);
              if (!shape.write_masks || isa != HostIsa::Avx512) continue;
              inst.write_mask = mask(kMasks[(variant + 1) % kMasks.size()]);
              check(inst);
              inst.zeroing = operands[0] == 'v';
              if (inst.zeroing) check(inst);
            }
          }
        }
      }
    }
  }
}

}  // namespace vtpu::native::test
