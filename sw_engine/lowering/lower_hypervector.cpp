// D operations on hypervectors.
#include "lowering/lowerer.hpp"

namespace vtpu::lowering {
namespace {

constexpr std::int64_t kMajority = 0xE8;

std::size_t hash_constant(std::size_t offset, unsigned part) { return off::constant(offset) + 32U * part; }

}  // namespace

// Per 32-bit lane k: the finalizer of MurmurHash3 over (low + k * golden) ^ high * c.
void Lowerer::lower_hd_encode(const isa::Slot& slot) {
  const Operand symbol = r_source(slot.f[1]);
  e_.mov(rax, symbol);
  e_.integer(HostOp::Shr, rax, 32);
  HostInst product = e_.make(HostOp::Imul, 4);
  product.dst = rax;
  product.a = rax;
  product.imm = static_cast<std::int32_t>(0x85EBCA77U);
  e_.emit(product);
  const auto spread = [&](HostReg to, HostReg from) {
    HostInst inst = avx512() ? e_.make(HostOp::VpbroadcastdGpr, 64) : e_.make(HostOp::VmovdToVec, 4);
    inst.dst = to;
    inst.a = from;
    e_.emit(inst);
    if (!avx512()) e_.vec(HostOp::Vpbroadcastd, 32, to, to);
  };
  spread(vtemp(1), rax);
  e_.integer(HostOp::Mov, rax, symbol, 4);
  spread(vtemp(2), rax);
  for (unsigned part = 0; part < parts(); ++part) {
    const Operand d = d_vector(slot.f[0], part);
    const HostReg h = vtemp(0);
    const HostReg t = vtemp(3);
    const auto fold = [&](std::int64_t shift, HostReg to) {
      e_.vec(HostOp::Vpsrld, width(), t, h, Operand(), shift);
      e_.vec(HostOp::Vpxor, width(), to, h, t);
    };
    const auto times = [&](std::size_t offset) {
      e_.vec(HostOp::Vpmulld, width(), h, h, in_context(hash_constant(offset, part)));
    };
    e_.vec(HostOp::Vpaddd, width(), h, vtemp(2),
           in_context(hash_constant(offsetof(ContextConstants, hash_lane), part)));
    e_.vec(HostOp::Vpxor, width(), h, h, vtemp(1));
    fold(16, h);
    times(offsetof(ContextConstants, hash_first));
    fold(13, h);
    times(offsetof(ContextConstants, hash_second));
    const HostReg to = result_reg(d, h);
    fold(16, to);
    keep_result(d, to);
  }
}

// Bitwise majority of three.
void Lowerer::lower_hd_bundle(const isa::Slot& slot) {
  if (avx512()) {
    const Operand d = d_vector(slot.f[0], 0);
    const HostReg to = result_reg(d, vtemp(0));
    // Majority is symmetric: whichever operand the destination holds stands first.
    std::array<Operand, 3> x{v_source(slot.f[1], 0), v_source(slot.f[2], 0), v_source(slot.f[3], 0)};
    if (!x[0].same(to)) {
      if (x[1].same(to)) {
        std::swap(x[0], x[1]);
      } else if (x[2].same(to)) {
        std::swap(x[0], x[2]);
      } else {
        e_.vec(HostOp::Vmov, 64, to, x[0]);
      }
    }
    e_.vec(HostOp::Vpternlog, 64, to, in_vec(x[1], vtemp(1)), x[2], kMajority);
    keep_result(d, to);
    return;
  }
  for (unsigned part = 0; part < 2; ++part) {  // (a & b) | (c & (a | b))
    const HostReg a = in_vec(v_source(slot.f[1], part), vtemp(2));
    const Operand b = v_source(slot.f[2], part);
    e_.vec(HostOp::Vpand, 32, vtemp(0), a, b);
    e_.vec(HostOp::Vpor, 32, vtemp(1), a, b);
    e_.vec(HostOp::Vpand, 32, vtemp(1), vtemp(1), v_source(slot.f[3], part));
    const Operand d = d_vector(slot.f[0], part);
    const HostReg to = result_reg(d, vtemp(0));
    e_.vec(HostOp::Vpor, 32, to, vtemp(0), vtemp(1));
    keep_result(d, to);
  }
}

// Rotation towards higher bits: each 64-bit lane from two neighbours.
void Lowerer::lower_hd_permute(const isa::Slot& slot) {
  const unsigned words = slot.lit / 64;
  const std::int64_t bits = slot.lit % 64;
  if (avx512()) {
    const Operand d = d_vector(slot.f[0], 0);
    const HostReg a = in_vec(v_source(slot.f[1], 0), vtemp(0));
    const auto rotated = [&](unsigned n, HostReg to) {
      if (n % 8 == 0) return a;
      e_.vec(HostOp::Valignq, 64, to, a, a, n % 8);
      return to;
    };
    if (bits == 0) return move_vec(d, rotated(8 - words, vtemp(1)));
    e_.vec(HostOp::Vpsllq, 64, vtemp(1), rotated(8 - words, vtemp(1)), Operand(), bits);
    e_.vec(HostOp::Vpsrlq, 64, vtemp(2), rotated(15 - words, vtemp(2)), Operand(), 64 - bits);
    const HostReg to = result_reg(d, vtemp(1));
    e_.vec(HostOp::Vpor, 64, to, vtemp(1), vtemp(2));
    keep_result(d, to);
    return;
  }
  // Twice in a row in memory, read from where the lane comes from.
  for (unsigned part = 0; part < 2; ++part) {
    const HostReg a = in_vec(v_source(slot.f[1], part), vtemp(0));
    e_.vstore(in_context(off::kRotate + 32U * part), a, 32);
    e_.vstore(in_context(off::kRotate + 64U + 32U * part), a, 32);
  }
  for (unsigned part = 0; part < 2; ++part) {
    const Operand d = d_vector(slot.f[0], part);
    const HostReg to = result_reg(d, vtemp(1));
    const std::size_t upper = off::kRotate + 8U * (4 * part + 8 - words);
    if (bits == 0) {
      e_.vec(HostOp::Vmov, 32, to, in_context(upper));
    } else {
      e_.vec(HostOp::Vmov, 32, vtemp(1), in_context(upper));
      e_.vec(HostOp::Vmov, 32, vtemp(2), in_context(upper - 8));
      e_.vec(HostOp::Vpsllq, 32, vtemp(1), vtemp(1), Operand(), bits);
      e_.vec(HostOp::Vpsrlq, 32, vtemp(2), vtemp(2), Operand(), 64 - bits);
      e_.vec(HostOp::Vpor, 32, to, vtemp(1), vtemp(2));
    }
    keep_result(d, to);
  }
}

// 512 minus the number of bits that differ.
void Lowerer::lower_hd_similarity(const isa::Slot& slot) {
  const HostReg sum = vtemp(0);
  const HostReg t = vtemp(1);
  if (avx512()) {
    const HostReg a = in_vec(v_source(slot.f[1], 0), sum);
    e_.vec(HostOp::Vpxor, 64, sum, a, v_source(slot.f[2], 0));
    e_.vec(HostOp::Vpopcntq, 64, sum, sum);
    e_.vec(HostOp::Vextracti64x4, 64, t, sum, Operand(), 1);
    e_.vec(HostOp::Vpaddq, 32, sum, sum, t);
  } else {
    const HostMem nibble = in_context(off::constant(offsetof(ContextConstants, low_nibble)));
    const HostReg table = vtemp(5);
    e_.vec(HostOp::Vmov, 32, table, in_context(off::constant(offsetof(ContextConstants, nibble_bits))));
    for (unsigned part = 0; part < 2; ++part) {
      const HostReg x = vtemp(2);
      const HostReg high = vtemp(3);
      const HostReg counts = part == 0 ? sum : t;
      e_.vec(HostOp::Vpxor, 32, x, in_vec(v_source(slot.f[1], part), x), v_source(slot.f[2], part));
      e_.vec(HostOp::Vpsrlw, 32, high, x, Operand(), 4);
      e_.vec(HostOp::Vpand, 32, x, x, nibble);
      e_.vec(HostOp::Vpand, 32, high, high, nibble);
      e_.vec(HostOp::Vpshufb, 32, x, table, x);
      e_.vec(HostOp::Vpshufb, 32, high, table, high);
      e_.vec(HostOp::Vpaddd, 32, x, x, high);  // bytes of at most 4 each: no carry between them
      e_.vec(HostOp::Vpxor, 32, vtemp(4), vtemp(4), vtemp(4));
      e_.vec(HostOp::Vpsadbw, 32, counts, x, vtemp(4));
    }
    e_.vec(HostOp::Vpaddq, 32, sum, sum, t);
  }
  e_.vec(HostOp::Vextracti128, 32, t, sum, Operand(), 1);
  e_.vec(HostOp::Vpaddq, 16, sum, sum, t);
  e_.vec(HostOp::Vpshufd, 16, t, sum, Operand(), 0x4E);
  e_.vec(HostOp::Vpaddq, 16, sum, sum, t);
  HostInst out = e_.make(HostOp::VmovqToGpr, 8);
  out.dst = rax;
  out.a = sum;
  e_.emit(out);
  const Operand d = d_scalar(slot.f[0]);
  const HostReg to = result_reg(d, rcx);
  e_.mov_imm(to, 512);
  e_.integer(HostOp::Sub, to, rax);
  if (d.is_mem()) e_.mov(d, to);
}

}  // namespace vtpu::lowering
