// The host instructions that lowering emits: the seam between lowering, the JIT (which encodes each one to exactly one
// x86-64 instruction), the host machine (which executes them functionally) and the timing model's HostSource (which
// cracks them by the layout's [host] table).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "isa/op_table.hpp"

namespace vtpu::lowering {

// One row per host operation: identifier, x86 mnemonic (Intel syntax; also the key in a layout's [host] table).
// Operand order is Intel's: destination first. Two-operand integer forms read and write `dst`, their source is `a`, the
// memory operand or, without either, imm. Movzx's width is its source's (1 or 2), its destination has 32 bits.
// "vec" rows take width 16, 32 or 64; "k" rows write or read a mask register.
// clang-format off
#define VTPU_HOST_OPS(X)                                                                                               \
  /* integer, width 4 or 8 */                                                                                          \
  X(Mov, "mov")                                                                                                        \
  X(MovImm, "mov_imm")                                                                                                 \
  X(Movzx, "movzx")                                                                                                    \
  X(Lea, "lea")                                                                                                        \
  X(Add, "add")                                                                                                        \
  X(Sub, "sub")                                                                                                        \
  X(Imul, "imul") X(And, "and") X(Or, "or") X(Xor, "xor") X(Neg, "neg") X(Not, "not") X(Inc, "inc") X(Dec, "dec")      \
      X(Cmp, "cmp") X(Test, "test") X(Shl, "shl") X(Shr, "shr") X(Sar, "sar") X(Shlx, "shlx") X(Shrx, "shrx")          \
          X(Sarx, "sarx") X(Rorx, "rorx") X(Bextr, "bextr") X(Pext, "pext") X(Popcnt, "popcnt") X(Tzcnt, "tzcnt")      \
              X(Setcc, "setcc") X(Cmov, "cmov") /* control: target is an instruction index */                          \
      X(Jcc, "jcc") X(Jmp, "jmp") X(CallHelper, "call_helper") X(Exit, "exit") /* memory control */                    \
      X(PrefetchT0, "prefetcht0") X(PrefetchT1, "prefetcht1") X(PrefetchT2, "prefetcht2")                              \
          X(PrefetchNta, "prefetchnta") X(Clflushopt, "clflushopt") X(                                                 \
              Mfence,                                                                                                  \
              "mfence") /* vector moves: Vmov is reg-reg or load or store of the whole width (vmovdqu64 / vmovdqu) */  \
      X(Vmov, "vmov") X(VmovqToVec, "vmovq_to_vec") X(VmovqToGpr, "vmovq_to_gpr") X(VmovdToVec, "vmovd_to_vec")        \
          X(VmovdToGpr, "vmovd_to_gpr") X(Vmovq, "vmovq") /* xmm <- low 64 of xmm, or 64-bit load/store; zero above */ \
      X(VpextrqHigh, "vpextrq") X(VpbroadcastqGpr, "vpbroadcastq_gpr") X(VpbroadcastdGpr, "vpbroadcastd_gpr")          \
          X(Vpbroadcastq, "vpbroadcastq")                                                                              \
              X(Vpbroadcastd, "vpbroadcastd") /* from xmm lane 0 or memory */ /* floating point, vec */                \
      X(Vaddps, "vaddps") X(Vaddpd, "vaddpd") X(Vsubps, "vsubps") X(Vsubpd, "vsubpd") X(Vmulps, "vmulps")              \
          X(Vmulpd, "vmulpd") X(Vdivps, "vdivps") X(Vdivpd, "vdivpd") X(Vsqrtps, "vsqrtps") X(Vsqrtpd, "vsqrtpd")      \
              X(Vminps, "vminps") X(Vminpd, "vminpd") X(Vmaxps, "vmaxps") X(Vmaxpd, "vmaxpd")                          \
                  X(Vfmadd132ps, "vfmadd132ps") X(Vfmadd213ps, "vfmadd213ps") X(Vfmadd231ps, "vfmadd231ps")            \
                      X(Vfmadd132pd, "vfmadd132pd") X(Vfmadd213pd, "vfmadd213pd")                                      \
                          X(Vfmadd231pd, "vfmadd231pd") /* scalar f64 in xmm */                                        \
      X(Vaddsd, "vaddsd") X(Vsubsd, "vsubsd") X(Vmulsd, "vmulsd") X(Vdivsd, "vdivsd") X(Vsqrtsd, "vsqrtsd")            \
          X(Vminsd, "vminsd") X(Vmaxsd, "vmaxsd") X(Vfmadd132sd, "vfmadd132sd") X(Vfmadd213sd, "vfmadd213sd")          \
              X(Vfmadd231sd, "vfmadd231sd") /* compares: ...K write a mask register (AVX-512), the others all-ones     \
                                               lanes (AVX2); imm is the x86 predicate */                               \
      X(VcmppsK, "vcmpps_k") X(VcmppdK, "vcmppd_k") X(VpcmpdK, "vpcmpd_k") X(VpcmpeqqK, "vpcmpeqq_k")                  \
          X(Vcmpps, "vcmpps") X(Vcmppd, "vcmppd") X(Vpcmpeqd, "vpcmpeqd") X(Vpcmpgtd, "vpcmpgtd")                      \
              X(Vpcmpeqq, "vpcmpeqq") X(Vmovmskps, "vmovmskps") X(Vmovmskpd, "vmovmskpd") X(KmovToGpr, "kmov_to_gpr")  \
                  X(KmovToMask, "kmov_to_mask") X(VblendmD, "vpblendmd") X(VblendmQ, "vpblendmq")                      \
                      X(Vblendvps, "vblendvps") X(Vblendvpd, "vblendvpd") /* vector integer */                         \
      X(Vpaddd, "vpaddd") X(Vpaddq, "vpaddq") X(Vpsubd, "vpsubd") X(Vpmulld, "vpmulld") X(Vpminsd, "vpminsd")          \
          X(Vpmaxsd, "vpmaxsd") X(Vpand, "vpand") X(Vpandn, "vpandn") X(Vpor, "vpor") X(Vpxor, "vpxor")                \
              X(Vpternlog, "vpternlogq") X(Vpslld, "vpslld") X(Vpsrld, "vpsrld") X(Vpsrad, "vpsrad")                   \
                  X(Vpsllw, "vpsllw") X(Vpsrlw, "vpsrlw") X(Vpsraw, "vpsraw") X(Vpsllq, "vpsllq") X(Vpsrlq, "vpsrlq")  \
                      X(Vpsrlvd, "vpsrlvd") X(Vpmaddwd, "vpmaddwd") X(Vpdpbusd, "vpdpbusd") X(Vpopcntq, "vpopcntq")    \
                          X(Vpshufb, "vpshufb")                                                                        \
                              X(Vpsadbw, "vpsadbw") /* shuffles: in-lane (Vpshufd, Vpermilpd) and lane-crossing */     \
      X(Vpshufd, "vpshufd") X(Vpermilpd, "vpermilpd") X(Vpermq, "vpermq") X(Valignq, "valignq")                        \
          X(Vshufi64x2, "vshufi64x2") X(Vextracti128, "vextracti128") X(Vextracti64x4, "vextracti64x4")                \
              X(Vinserti128, "vinserti128") X(Vinserti64x4, "vinserti64x4") /* conversions */                          \
      X(Vcvtsi2sd, "vcvtsi2sd") X(Vcvttsd2si, "vcvttsd2si") X(Vcvtdq2ps, "vcvtdq2ps") X(Vcvttps2dq, "vcvttps2dq")
// clang-format on

enum class HostOp : std::uint8_t {
#define X(id, name) id,
  VTPU_HOST_OPS(X)
#undef X
      Count
};
inline constexpr int kHostOps = static_cast<int>(HostOp::Count);
[[nodiscard]] std::string_view name_of(HostOp op);  // "vaddps"

// x86 condition codes as used by Jcc, Setcc, Cmov (the encoding's low nibble).
enum class HostCond : std::uint8_t { O, NO, B, AE, E, NE, BE, A, S, NS, P, NP, L, GE, LE, G };

enum class RegClass : std::uint8_t { None, Gpr, Vec, Mask };
// Gpr: 0..15 in x86 numbering (0 rax, 1 rcx, 2 rdx, 3 rbx, 4 rsp, 5 rbp, 6 rsi, 7 rdi, 8..15).
struct HostReg {
  RegClass cls = RegClass::None;
  std::uint8_t index = 0;
  [[nodiscard]] constexpr bool valid() const { return cls != RegClass::None; }
  friend constexpr bool operator==(const HostReg&, const HostReg&) = default;
};
[[nodiscard]] constexpr HostReg gpr(unsigned i) { return {RegClass::Gpr, static_cast<std::uint8_t>(i)}; }
[[nodiscard]] constexpr HostReg vec(unsigned i) { return {RegClass::Vec, static_cast<std::uint8_t>(i)}; }
[[nodiscard]] constexpr HostReg mask(unsigned i) { return {RegClass::Mask, static_cast<std::uint8_t>(i)}; }

// Source: replaces the last register source. Dest: the destination (stores). Both: read-modify-write.
enum class MemRole : std::uint8_t { None, Source, Dest, Both };

struct HostMem {
  HostReg base;            // always a Gpr where a memory operand is present
  HostReg index;           // optional Gpr
  std::uint8_t scale = 1;  // 1, 2, 4, 8
  std::int32_t disp = 0;
};

// What an instruction is for; reports keep these apart.
enum class HostRole : std::uint8_t {
  Operation,    // does an operation of a word
  Loop,         // loop counting and control
  Translation,  // coordinate stepping and translation
  Transfer,     // spills, reloads, moves between the context and host registers
  Runtime,      // blocking, switching, helpers, faults
};
[[nodiscard]] std::string_view name_of(HostRole role);

inline constexpr std::uint32_t kNoWord = 0xFFFFFFFF;

struct HostInst {
  HostOp op = HostOp::Mov;
  std::uint8_t width = 8;  // bytes: 4, 8 integer; 16, 32, 64 vector
  MemRole mem_role = MemRole::None;
  HostRole role = HostRole::Operation;
  isa::Pipe pipe = isa::Pipe::D;  // of the operation that it serves
  HostCond cond = HostCond::E;    // Jcc, Setcc, Cmov
  HostReg dst, a, b, c;           // sources a, b, c in Intel order after dst; vector ops are three-operand
  HostReg write_mask;             // AVX-512 {k}; invalid: none
  bool zeroing = false;           // {z}
  HostMem mem;
  std::int64_t imm = 0;          // immediate, predicate, shift count, ternary-logic table, helper id, exit reason
  std::uint32_t target = 0;      // Jcc, Jmp: index into HostCode::insts
  std::uint32_t word = kNoWord;  // SIW index in its stream
};
// Whether `imm` is an operand of the instruction.
[[nodiscard]] bool has_immediate(const HostInst& inst);

enum class HostIsa : std::uint8_t { Avx2, Avx512 };
[[nodiscard]] std::string_view name_of(HostIsa isa);
// Avx512 needs F, BW, DQ, VL, VNNI, VPOPCNTDQ; Avx2 needs AVX2, FMA, BMI1, BMI2, POPCNT. CallHelper and Exit are
// expanded by the JIT into a fixed, documented sequence; every other instruction is exactly one x86 instruction.

// Code of one stream.
struct HostCode {
  HostIsa isa = HostIsa::Avx512;
  std::vector<HostInst> insts;
  std::uint32_t entry = 0;
  std::vector<std::uint32_t> resume_points;  // instruction index by resume id; id 0 is the entry
  // Static operation count per word: operations that lower to no instruction (reported apart, never counted).
  std::vector<std::uint8_t> elided_ops;  // per word: bit 0 D, bit 1 S, bit 2 C
  // Filled by the JIT: byte offset of each instruction and the total size in bytes; empty before.
  std::vector<std::uint32_t> offsets;
  std::uint32_t code_bytes = 0;
  std::vector<std::vector<std::uint8_t>> tables;  // constant data; HostMem to it goes through SentronContext::tables
};

// "vaddps zmm1, zmm2, [rsi+64]" without addresses of this run.
[[nodiscard]] std::string to_text(const HostInst& inst);

}  // namespace vtpu::lowering
