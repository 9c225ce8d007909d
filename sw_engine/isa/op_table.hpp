// The table of svISA operations: the single source for encoding, assembler, disassembler, validator, reference
// semantics, lowering, cracking and the generated ISA page. No property of an operation is written anywhere else.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace vtpu::isa {

enum class Pipe : std::uint8_t { D, S, C };
inline constexpr int kPipes = 3;
[[nodiscard]] constexpr std::string_view name_of(Pipe p) {
  constexpr std::array<std::string_view, 3> kNames{"D", "S", "C"};
  return kNames[static_cast<std::size_t>(p)];
}

// Values are the encoding (op byte). D: 0x00.., S: 0x40.., C: 0x80..
enum class Op : std::uint8_t {
  DNOP = 0x00,
  DFMA,
  DADD,
  DSUB,
  DMUL,
  DCMP,
  DRED,
  DSEL,
  DMOV,
  DHDENC,
  DHDBIND,
  DHDBUND,
  DHDPERM,
  DHDSIM,
  // extensions of the D-pipe
  DDIV,
  DSQRT,
  DMIN,
  DMAX,
  DAND,
  DOR,
  DXOR,
  DSHL,
  DSHR,
  DSAR,
  DBCST,
  DCVT,
  DCNT,
  SNOP = 0x40,
  SGATHER,
  SSCATTR,
  SINDEX,
  SDEDUP,
  SPREFCH,
  SFLUSH,
  SALLOC,
  SFREE,
  // extensions of the S-pipe
  SBCST,
  SSETP,
  CNOP = 0x80,
  CPACK,
  CROUTE,
  CSEND,
  CRECV,
  CBAR,
  CFENCE,
  CREDUCE,
  CCAST,
  // extension of the C-pipe
  CLISTEN,
};

// Element types. Values are the encoding (low nibble of the form byte).
enum class Type : std::uint8_t { None, I64, F64, F64x8, F32x16, I32x16, BF16, I8, B512, B256 };
inline constexpr int kTypes = 10;
[[nodiscard]] std::string_view name_of(Type t);  // "i64", "f32x16", ... ("" for None)
[[nodiscard]] std::optional<Type> type_named(std::string_view name);

// What an operand byte holds. Imm and Coord name the word's shared fields and keep their byte zero.
enum class OperandKind : std::uint8_t {
  None,
  R,           // r0..r15
  V,           // v0..v15
  P,           // p0..p7, written as an operand: "p3"
  Addr,        // p0..p7 as an address: "[p3]", with post-increment "[p3, d0 += 1]" where the form's literal is PostInc
  M,           // m0..m3
  MLane,       // m | lane << 4, lane 0..3: "m2[1]" (64-bit lanes)
  VLane,       // v | lane << 4, lane 0..7: "v2[3]" (64-bit lanes)
  CellLane,    // 64-bit lane 0..7 of a cell: ".3" after the address; 0 may be left out
  CellLane32,  // 32-bit lane 0..15 of a cell
  Member,      // position 0..255 in a group: "member 3" written as "#3"
  Imm,         // the word's 64-bit immediate: "#42", "#-1", "#0x10", "#1.5" (bits of an f64)
  Coord,       // the word's coordinate as an address: "[@name]" or "[@1.1.1/1.1.1/1.1.1/1.1]"; as operand "@..."
};

enum class Access : std::uint8_t { Read, Write, ReadWrite };

// What the slot's 16-bit literal holds.
enum class LitKind : std::uint8_t {
  None,
  Cond,      // suffix: .eq .ne .lt .le .gt .ge .ltu .geu
  RedOp,     // suffix: .add .min .max
  PostInc,   // bits 0..3 dimension, bits 4..15 signed step; step 0 (then dimension 0): no post-increment
  Dim,       // "d3"
  Rotate,    // "#n", 0..511
  Shift64,   // "#n", 0..63
  Shift32,   // "#n", 0..31
  Level,     // suffix: .l1 .l2 .l3 .nta
  Scope,     // suffix: .thread .core .node .cluster
  Sentron,   // a sentron's name or "s<number>", 0..65535
  Group,     // a group's name or "g<number>", 0..4095
  GroupRed,  // group in bits 0..11, reduction operation in bits 12..15 (suffix)
};

enum class Cond : std::uint8_t { Eq, Ne, Lt, Le, Gt, Ge, Ltu, Geu };
enum class RedOp : std::uint8_t { Add, Min, Max };
enum class Level : std::uint8_t { L1, L2, L3, Nta };
enum class Scope : std::uint8_t { Thread, Core, Node, Cluster };
[[nodiscard]] std::span<const std::string_view> names_of(LitKind kind);  // suffix names, empty where the kind has none

struct OperandSpec {
  OperandKind kind = OperandKind::None;
  Access access = Access::Read;
};

inline constexpr int kOperands = 4;
using TypeMask = std::uint16_t;
[[nodiscard]] constexpr TypeMask mask_of(Type t) { return static_cast<TypeMask>(1U << static_cast<unsigned>(t)); }

// One operand shape of an operation. The encoding stores the index of the form.
struct Form {
  TypeMask types = 0;
  std::array<OperandSpec, kOperands> operands{};  // operand i is slot byte f[i]
  LitKind literal = LitKind::None;
};

struct OpInfo {
  Op op = Op::DNOP;
  Pipe pipe = Pipe::D;
  std::string_view mnemonic;   // lower case, as written: "dadd"
  bool extension = false;      // not in the base list of the design
  bool reads_cmp = false;      // reads sr.cmp (DSEL)
  bool writes_cmp = false;     // writes sr.cmp (DCMP)
  bool reads_memory = false;   // S: reads the addressed cell
  bool writes_memory = false;  // S: writes the addressed cell
  bool blocks = false;         // C: may wait for another sentron
  std::span<const Form> forms;
  std::string_view summary;  // one sentence, for the generated ISA page
};

[[nodiscard]] std::span<const OpInfo> all_ops();
[[nodiscard]] const OpInfo* find_op(std::uint8_t encoded);       // nullptr: no such operation
[[nodiscard]] const OpInfo* find_op(std::string_view mnemonic);  // nullptr: no such operation
[[nodiscard]] const OpInfo& info_of(Op op);                      // throws std::out_of_range on a broken invariant
[[nodiscard]] constexpr bool is_nop(Op op) { return op == Op::DNOP || op == Op::SNOP || op == Op::CNOP; }

}  // namespace vtpu::isa
