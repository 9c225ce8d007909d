#include "isa/op_table.hpp"

#include <stdexcept>

namespace vtpu::isa {
namespace {

using K = OperandKind;
using L = LitKind;

constexpr TypeMask kNone = mask_of(Type::None);
constexpr TypeMask kI64 = mask_of(Type::I64);
constexpr TypeMask kF64 = mask_of(Type::F64);
constexpr TypeMask kF64x8 = mask_of(Type::F64x8);
constexpr TypeMask kF32x16 = mask_of(Type::F32x16);
constexpr TypeMask kI32x16 = mask_of(Type::I32x16);
constexpr TypeMask kBF16 = mask_of(Type::BF16);
constexpr TypeMask kI8 = mask_of(Type::I8);
constexpr TypeMask kB512 = mask_of(Type::B512);
constexpr TypeMask kB256 = mask_of(Type::B256);
constexpr TypeMask kFloat = kF64 | kF64x8 | kF32x16;
constexpr TypeMask kLanes = kFloat | kI32x16;
constexpr TypeMask kPacked = kF64x8 | kF32x16 | kI32x16;

constexpr OperandSpec rd(K k) { return {k, Access::Read}; }
constexpr OperandSpec wr(K k) { return {k, Access::Write}; }
constexpr OperandSpec rw(K k) { return {k, Access::ReadWrite}; }

constexpr Form kNop[] = {{kNone, {}, L::None}};
constexpr Form kFma[] = {{kI64, {wr(K::R), rd(K::R), rd(K::R), rd(K::R)}},
                         {kLanes | kBF16 | kI8, {wr(K::V), rd(K::V), rd(K::V), rd(K::V)}}};
constexpr Form kArith[] = {{kI64, {wr(K::R), rd(K::R), rd(K::R)}},
                           {kI64, {wr(K::R), rd(K::R), rd(K::Imm)}},
                           {kLanes, {wr(K::V), rd(K::V), rd(K::V)}}};
constexpr Form kFloat3[] = {{kFloat, {wr(K::V), rd(K::V), rd(K::V)}}};
constexpr Form kFloat2[] = {{kFloat, {wr(K::V), rd(K::V)}}};
constexpr Form kLogic[] = {{kI64, {wr(K::R), rd(K::R), rd(K::R)}},
                           {kI64, {wr(K::R), rd(K::R), rd(K::Imm)}},
                           {kB512, {wr(K::V), rd(K::V), rd(K::V)}}};
constexpr Form kShift[] = {{kI64, {wr(K::R), rd(K::R), rd(K::R)}},
                           {kI64, {wr(K::R), rd(K::R)}, L::Shift64},
                           {kI32x16, {wr(K::V), rd(K::V)}, L::Shift32}};
constexpr Form kCmp[] = {{kI64, {rd(K::R), rd(K::R)}, L::Cond},
                         {kI64, {rd(K::R), rd(K::Imm)}, L::Cond},
                         {kLanes, {rd(K::V), rd(K::V)}, L::Cond}};
constexpr Form kSel[] = {{kI64, {wr(K::R), rd(K::R), rd(K::R)}}, {kLanes, {wr(K::V), rd(K::V), rd(K::V)}}};
constexpr Form kRed[] = {{kPacked, {wr(K::V), rd(K::V)}, L::RedOp}};
constexpr Form kMov[] = {{kI64, {wr(K::R), rd(K::R)}},     {kI64, {wr(K::R), rd(K::Imm)}},
                         {kI64, {wr(K::R), rd(K::MLane)}}, {kI64, {wr(K::R), rd(K::VLane)}},
                         {kI64, {wr(K::V), rd(K::R)}},     {kB512, {wr(K::V), rd(K::V)}},
                         {kB256, {wr(K::V), rd(K::M)}}};
constexpr Form kBcst[] = {
    {kPacked, {wr(K::V), rd(K::R)}}, {kPacked, {wr(K::V), rd(K::V)}}, {kPacked, {wr(K::V), rd(K::Imm)}}};
constexpr Form kCvt[] = {
    {kF64, {wr(K::V), rd(K::R)}}, {kI64, {wr(K::R), rd(K::V)}}, {kF32x16 | kI32x16, {wr(K::V), rd(K::V)}}};
constexpr Form kCnt[] = {{kI64, {wr(K::R), rd(K::R)}}};
constexpr Form kHdEnc[] = {{kB512, {wr(K::V), rd(K::R)}}};
constexpr Form kHdBind[] = {{kB512, {wr(K::V), rd(K::V), rd(K::V)}}};
constexpr Form kHdBund[] = {{kB512, {wr(K::V), rd(K::V), rd(K::V), rd(K::V)}}};
constexpr Form kHdPerm[] = {{kB512, {wr(K::V), rd(K::V)}, L::Rotate}};
constexpr Form kHdSim[] = {{kB512, {wr(K::R), rd(K::V), rd(K::V)}}};

constexpr Form kGather[] = {{kI64, {wr(K::R), rd(K::Addr), rd(K::CellLane)}, L::PostInc},
                            {kI64, {wr(K::R), rd(K::Coord), rd(K::CellLane)}},
                            {kB512, {wr(K::V), rd(K::Addr)}, L::PostInc},
                            {kB512, {wr(K::V), rd(K::Coord)}},
                            {kF64, {wr(K::V), rd(K::Addr), rd(K::CellLane)}, L::PostInc}};
constexpr Form kScatter[] = {{kI64, {rd(K::R), rd(K::Addr), rd(K::CellLane)}, L::PostInc},
                             {kI64, {rd(K::R), rd(K::Coord), rd(K::CellLane)}},
                             {kB512, {rd(K::V), rd(K::Addr)}, L::PostInc},
                             {kB512, {rd(K::V), rd(K::Coord)}},
                             {kF64, {rd(K::V), rd(K::Addr), rd(K::CellLane)}, L::PostInc}};
constexpr Form kBcstLoad[] = {{kF64x8, {wr(K::V), rd(K::Addr), rd(K::CellLane)}, L::PostInc},
                              {kF32x16 | kI32x16, {wr(K::V), rd(K::Addr), rd(K::CellLane32)}, L::PostInc}};
constexpr Form kIndex[] = {{kNone, {wr(K::P), rd(K::P), rd(K::Imm)}, L::Dim},
                           {kNone, {wr(K::P), rd(K::P), rd(K::R)}, L::Dim}};
constexpr Form kSetP[] = {{kNone, {wr(K::P), rd(K::Coord)}}, {kNone, {wr(K::P), rd(K::P)}}};
constexpr Form kDedup[] = {{kI64, {wr(K::R), rd(K::R), rd(K::Addr)}}};
constexpr Form kPrefetch[] = {{kNone, {rd(K::Addr)}, L::Level}};
constexpr Form kCellOnly[] = {{kNone, {rd(K::Addr)}}};

constexpr Form kPack[] = {
    {kI64, {wr(K::MLane), rd(K::R)}}, {kI64, {wr(K::MLane), rd(K::Imm)}}, {kB256, {wr(K::M), rd(K::V)}}};
constexpr Form kRoute[] = {{kNone, {rd(K::M)}, L::Sentron}, {kNone, {rd(K::M), rd(K::R)}}};
constexpr Form kSend[] = {{kNone, {rd(K::M)}, L::Sentron}, {kNone, {rd(K::M)}}};
constexpr Form kRecv[] = {{kNone, {wr(K::M)}, L::Sentron}, {kNone, {wr(K::M)}}};
constexpr Form kBar[] = {{kNone, {}, L::Group}};
constexpr Form kFence[] = {{kNone, {}, L::Scope}};
constexpr Form kReduce[] = {{kI64, {rw(K::R)}, L::GroupRed}, {kPacked, {rw(K::V)}, L::GroupRed}};
constexpr Form kCast[] = {{kNone, {rw(K::M), rd(K::Member)}, L::Group}};

// Columns: op, pipe, mnemonic, extension, reads_cmp, writes_cmp, reads_memory, writes_memory, blocks, forms, summary.
constexpr OpInfo kOps[] = {
    {Op::DNOP, Pipe::D, "dnop", false, false, false, false, false, false, kNop,
     "Nothing; never counted as an operation."},
    {Op::DFMA, Pipe::D, "dfma", false, false, false, false, false, false, kFma,
     "d = a * b + c, one rounding for floating point. bf16: two products per f32 lane, even lane first, each fused "
     "into the sum. i8: four products (a unsigned, b signed) per i32 lane."},
    {Op::DADD, Pipe::D, "dadd", false, false, false, false, false, false, kArith, "d = a + b; integers wrap."},
    {Op::DSUB, Pipe::D, "dsub", false, false, false, false, false, false, kArith, "d = a - b; integers wrap."},
    {Op::DMUL, Pipe::D, "dmul", false, false, false, false, false, false, kArith,
     "d = a * b; integers keep the low half."},
    {Op::DCMP, Pipe::D, "dcmp", false, false, true, false, false, false, kCmp,
     "sr.cmp = lane mask of (a cond b); scalars set bit 0 and clear the rest. Ordered for floating point, but ne is "
     "true on NaN. ltu and geu compare as unsigned, integers only."},
    {Op::DRED, Pipe::D, "dred", false, false, false, false, false, false, kRed,
     "Lane 0 of d = reduction of all lanes of a as a tree of adjacent pairs; the other lanes are zero."},
    {Op::DSEL, Pipe::D, "dsel", false, true, false, false, false, false, kSel,
     "d = sr.cmp ? a : b, lane by lane; i64 and f64 use bit 0."},
    {Op::DMOV, Pipe::D, "dmov", false, false, false, false, false, false, kMov,
     "Moves between registers, lanes and the immediate."},
    {Op::DHDENC, Pipe::D, "dhdenc", false, false, false, false, false, false, kHdEnc,
     "Hypervector of symbol a: 16 lanes of 32 bits, lane k = fmix32((low(a) + k * 0x9e3779b9) xor (high(a) * "
     "0x85ebca77)), modulo 2^32, where fmix32 is the finalizer of MurmurHash3 and low and high are the halves of a."},
    {Op::DHDBIND, Pipe::D, "dhdbind", false, false, false, false, false, false, kHdBind, "d = a xor b."},
    {Op::DHDBUND, Pipe::D, "dhdbund", false, false, false, false, false, false, kHdBund,
     "d = bitwise majority of a, b, c."},
    {Op::DHDPERM, Pipe::D, "dhdperm", false, false, false, false, false, false, kHdPerm,
     "d = a rotated left by n of 512 bits."},
    {Op::DHDSIM, Pipe::D, "dhdsim", false, false, false, false, false, false, kHdSim,
     "d = number of bits in which a and b match, 0..512."},
    {Op::DDIV, Pipe::D, "ddiv", true, false, false, false, false, false, kFloat3, "d = a / b."},
    {Op::DSQRT, Pipe::D, "dsqrt", true, false, false, false, false, false, kFloat2, "d = square root of a."},
    {Op::DMIN, Pipe::D, "dmin", true, false, false, false, false, false, kArith,
     "d = a < b ? a : b (signed; b where unordered)."},
    {Op::DMAX, Pipe::D, "dmax", true, false, false, false, false, false, kArith,
     "d = a > b ? a : b (signed; b where unordered)."},
    {Op::DAND, Pipe::D, "dand", true, false, false, false, false, false, kLogic, "d = a and b."},
    {Op::DOR, Pipe::D, "dor", true, false, false, false, false, false, kLogic, "d = a or b."},
    {Op::DXOR, Pipe::D, "dxor", true, false, false, false, false, false, kLogic, "d = a xor b."},
    {Op::DSHL, Pipe::D, "dshl", true, false, false, false, false, false, kShift,
     "d = a shifted left; an amount in a register counts modulo 64."},
    {Op::DSHR, Pipe::D, "dshr", true, false, false, false, false, false, kShift,
     "d = a shifted right, zeros in; an amount in a register counts modulo 64."},
    {Op::DSAR, Pipe::D, "dsar", true, false, false, false, false, false, kShift,
     "d = a shifted right, sign in; an amount in a register counts modulo 64."},
    {Op::DBCST, Pipe::D, "dbcst", true, false, false, false, false, false, kBcst,
     "Every lane of d = the low bits of r or of the immediate, or lane 0 of v."},
    {Op::DCVT, Pipe::D, "dcvt", true, false, false, false, false, false, kCvt,
     "To the named type: f64 from i64, f32x16 from i32x16 (nearest even); i64 from f64, i32x16 from f32x16 "
     "(toward zero; the most negative integer where it does not fit)."},
    {Op::DCNT, Pipe::D, "dcnt", true, false, false, false, false, false, kCnt, "d = number of one bits in a."},

    {Op::SNOP, Pipe::S, "snop", false, false, false, false, false, false, kNop,
     "Nothing; never counted as an operation."},
    {Op::SGATHER, Pipe::S, "sgather", false, false, false, true, false, false, kGather,
     "Loads a 64-bit lane of a cell into r, the whole cell into v, or (f64) a lane into lane 0 of v, the other lanes "
     "zero."},
    {Op::SSCATTR, Pipe::S, "sscattr", false, false, false, false, true, false, kScatter,
     "Stores r, or (f64) lane 0 of v, to a 64-bit lane of a cell, or v to the whole cell."},
    {Op::SINDEX, Pipe::S, "sindex", false, false, false, false, false, false, kIndex,
     "p = q stepped along a dimension by the immediate or by r; leaving 0..2047 is a fault."},
    {Op::SDEDUP, Pipe::S, "sdedup", false, false, false, true, false, false, kDedup,
     "d = index of the first of the eight i64 keys in the cell that equals a; 8 when there is none."},
    {Op::SPREFCH, Pipe::S, "sprefch", false, false, false, false, false, false, kPrefetch,
     "Asks for the cell in a cache level; no effect on state."},
    {Op::SFLUSH, Pipe::S, "sflush", false, false, false, false, false, false, kCellOnly,
     "Writes the cell back and drops it from the caches; no effect on state."},
    {Op::SALLOC, Pipe::S, "salloc", false, false, false, false, false, false, kCellOnly,
     "Allocates the page of the cell; no effect on state."},
    {Op::SFREE, Pipe::S, "sfree", false, false, false, false, true, false, kCellOnly,
     "The cell becomes unwritten (zeros)."},
    {Op::SBCST, Pipe::S, "sbcst", true, false, false, true, false, false, kBcstLoad,
     "Loads one element of a cell into every lane of v."},
    {Op::SSETP, Pipe::S, "ssetp", true, false, false, false, false, false, kSetP,
     "p = the word's coordinate, or another p."},

    {Op::CNOP, Pipe::C, "cnop", false, false, false, false, false, false, kNop,
     "Nothing; never counted as an operation."},
    {Op::CPACK, Pipe::C, "cpack", false, false, false, false, false, false, kPack,
     "Puts r or the immediate into a 64-bit lane of a message, or the low half of v into it."},
    {Op::CROUTE, Pipe::C, "croute", false, false, false, false, false, false, kRoute,
     "Sets the sentron to which csend of this message register goes."},
    {Op::CSEND, Pipe::C, "csend", false, false, false, false, false, true, kSend,
     "Sends the message to a sentron, named or set by croute; waits while 64 messages are unread on that channel."},
    {Op::CRECV, Pipe::C, "crecv", false, false, false, false, false, true, kRecv,
     "Takes the oldest message from a sentron, named or set by clisten; waits until there is one."},
    {Op::CBAR, Pipe::C, "cbar", false, false, false, false, false, true, kBar,
     "Waits until every member of the group has arrived."},
    {Op::CFENCE, Pipe::C, "cfence", false, false, false, false, false, false, kFence,
     "Orders this sentron's memory operations before it against those after it, as seen by the scope."},
    {Op::CREDUCE, Pipe::C, "creduce", false, false, false, false, false, true, kReduce,
     "All-reduce: every member's operand becomes the tree reduction of adjacent pairs, by sentron number."},
    {Op::CCAST, Pipe::C, "ccast", false, false, false, false, false, true, kCast,
     "Every member's message register becomes that of the named member; waits until all have arrived."},
    {Op::CLISTEN, Pipe::C, "clisten", true, false, false, false, false, false, kRoute,
     "Sets the sentron from which crecv into this message register takes."},
};

constexpr std::string_view kTypeNames[kTypes] = {"",       "i64",  "f64", "f64x8", "f32x16",
                                                 "i32x16", "bf16", "i8",  "b512",  "b256"};
constexpr std::string_view kCondNames[] = {"eq", "ne", "lt", "le", "gt", "ge", "ltu", "geu"};
constexpr std::string_view kRedOpNames[] = {"add", "min", "max"};
constexpr std::string_view kLevelNames[] = {"l1", "l2", "l3", "nta"};
constexpr std::string_view kScopeNames[] = {"thread", "core", "node", "cluster"};

constexpr std::array<const OpInfo*, 256> make_index() {
  std::array<const OpInfo*, 256> index{};
  for (const OpInfo& info : kOps) index[static_cast<std::size_t>(info.op)] = &info;
  return index;
}
constexpr std::array<const OpInfo*, 256> kIndex256 = make_index();

}  // namespace

std::string_view name_of(Type t) { return kTypeNames[static_cast<std::size_t>(t)]; }

std::optional<Type> type_named(std::string_view name) {
  for (int i = 1; i < kTypes; ++i) {
    if (kTypeNames[i] == name) return static_cast<Type>(i);
  }
  return std::nullopt;
}

std::span<const std::string_view> names_of(LitKind kind) {
  switch (kind) {
    case LitKind::Cond: return kCondNames;
    case LitKind::RedOp:
    case LitKind::GroupRed: return kRedOpNames;
    case LitKind::Level: return kLevelNames;
    case LitKind::Scope: return kScopeNames;
    default: return {};
  }
}

std::span<const OpInfo> all_ops() { return kOps; }

const OpInfo* find_op(std::uint8_t encoded) { return kIndex256[encoded]; }

const OpInfo* find_op(std::string_view mnemonic) {
  for (const OpInfo& info : kOps) {
    if (info.mnemonic == mnemonic) return &info;
  }
  return nullptr;
}

const OpInfo& info_of(Op op) {
  const OpInfo* info = find_op(static_cast<std::uint8_t>(op));
  if (info == nullptr) throw std::out_of_range("operation outside the table");
  return *info;
}

}  // namespace vtpu::isa
