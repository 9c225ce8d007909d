#include "reference/predecode.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "isa/dense_ops.hpp"

namespace vtpu::reference {
namespace {

using isa::Form;
using isa::LitKind;
using isa::Op;
using isa::OperandKind;
using isa::RegisterUse;
using isa::Siw;
using isa::Slot;
using isa::Type;
using isa::Vector;

// ---- vector kernels ----

template <typename T, auto kFunction>
void binary_kernel(Vector& out, const Vector& a, const Vector& b, const Vector& /*c*/) {
  out = isa::dense::map<T>(a, b, [](T x, T y) { return kFunction(x, y); });
}

template <typename T>
void fma_kernel(Vector& out, const Vector& a, const Vector& b, const Vector& c) {
  out = isa::dense::map<T>(a, b, c, [](T x, T y, T z) { return isa::dense::fma<T>(x, y, z); });
}

// The same with the CPU's fused multiply-add inlined; std::fma of baseline x86-64 is a library call per lane.
template <typename T>
__attribute__((target("avx2,fma"))) void fma_kernel_inlined(Vector& out, const Vector& a, const Vector& b,
                                                            const Vector& c) {
  const auto x = isa::dense::lanes_of<T>(a);
  const auto y = isa::dense::lanes_of<T>(b);
  auto z = isa::dense::lanes_of<T>(c);
  for (std::size_t i = 0; i < z.size(); ++i) z[i] = isa::dense::fma<T>(x[i], y[i], z[i]);
  out = isa::dense::from_lanes<T>(z);
}

template <typename T>
VectorKernelFunction best_fma_kernel() {
  static const bool kHasFma = __builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2");
  return kHasFma ? fma_kernel_inlined<T> : fma_kernel<T>;
}

template <typename T>
VectorKernelFunction kernel_of(Op op) {
  switch (op) {
    case Op::DADD: return binary_kernel<T, isa::dense::add<T>>;
    case Op::DSUB: return binary_kernel<T, isa::dense::sub<T>>;
    case Op::DMUL: return binary_kernel<T, isa::dense::mul<T>>;
    case Op::DMIN: return binary_kernel<T, isa::dense::min<T>>;
    case Op::DMAX: return binary_kernel<T, isa::dense::max<T>>;
    case Op::DFMA: return best_fma_kernel<T>();
    default: return nullptr;
  }
}

VectorKernelFunction kernel_of(const Slot& slot) {
  switch (type_of(slot)) {
    case Type::F64x8: return kernel_of<double>(op_of(slot));
    case Type::F32x16: return kernel_of<float>(op_of(slot));
    case Type::I32x16: return kernel_of<std::int32_t>(op_of(slot));
    default: return nullptr;
  }
}

// ---- one slot ----

struct IntCodes {
  Op op;
  Code by_register;
  Code by_immediate;
};
constexpr IntCodes kIntCodes[] = {
    {Op::DADD, Code::AddR, Code::AddI}, {Op::DSUB, Code::SubR, Code::SubI}, {Op::DMUL, Code::MulR, Code::MulI},
    {Op::DMIN, Code::MinR, Code::MinI}, {Op::DMAX, Code::MaxR, Code::MaxI}, {Op::DAND, Code::AndR, Code::AndI},
    {Op::DOR, Code::OrR, Code::OrI},    {Op::DXOR, Code::XorR, Code::XorI}, {Op::DSHL, Code::ShlR, Code::ShlI},
    {Op::DSHR, Code::ShrR, Code::ShrI}, {Op::DSAR, Code::SarR, Code::SarI}};

MicroOp operands_of(const Slot& slot, const Siw& word) {
  MicroOp op;
  op.a = slot.f[0];
  op.b = slot.f[1];
  op.c = slot.f[2];
  op.d = slot.f[3];
  op.imm = word.imm;
  return op;
}

MicroOp decode_int_dense(const Slot& slot, const Siw& word) {
  MicroOp op = operands_of(slot, word);
  op.code = Code::Dense;
  const Form& form = form_info(slot);
  const auto kind = [&](std::size_t i) { return form.operands[i].kind; };
  for (const IntCodes& codes : kIntCodes) {
    if (codes.op != op_of(slot)) continue;
    op.code = kind(2) == OperandKind::R ? codes.by_register : codes.by_immediate;
    if (form.literal == LitKind::Shift64) op.imm = slot.lit;
  }
  switch (op_of(slot)) {
    case Op::DFMA: op.code = Code::Fma; break;
    case Op::DSEL: op.code = Code::Select; break;
    case Op::DMOV:
      if (kind(0) == OperandKind::R && kind(1) == OperandKind::R) op.code = Code::Move;
      if (kind(0) == OperandKind::R && kind(1) == OperandKind::Imm) op.code = Code::MoveI;
      break;
    case Op::DCMP:
      op.code = kind(1) == OperandKind::R ? Code::CompareR : Code::CompareI;
      op.c = static_cast<std::uint8_t>(slot.lit);
      break;
    default: break;
  }
  return op;
}

MicroOp decode_dense(const Slot& slot, const Siw& word) {
  if (type_of(slot) == Type::I64) return decode_int_dense(slot, word);
  MicroOp op = operands_of(slot, word);
  op.code = Code::Dense;
  if (const VectorKernelFunction kernel = kernel_of(slot); kernel != nullptr) {
    op.code = Code::VectorKernel;
    op.kernel = kernel;
  }
  return op;
}

Addressing addressing_of(const Slot& slot) {
  const Form& form = form_info(slot);
  Addressing addressing;
  addressing.literal = form.operands[1].kind == OperandKind::Coord;
  if (form.literal == LitKind::PostInc) {
    const isa::PostInc inc = isa::post_inc_of(slot.lit);
    addressing.dimension = static_cast<std::uint8_t>(inc.dimension);
    addressing.step = static_cast<std::int16_t>(inc.step);
  }
  return addressing;
}

std::optional<MicroOp> decode_sparse(const Slot& slot, const Siw& word) {
  MicroOp op = operands_of(slot, word);
  const Type type = type_of(slot);
  switch (op_of(slot)) {
    case Op::SGATHER:
      op.code = type == Type::I64 ? Code::LoadInt : type == Type::B512 ? Code::LoadCell : Code::LoadOther;
      break;
    case Op::SSCATTR:
      op.code = type == Type::I64 ? Code::StoreInt : type == Type::B512 ? Code::StoreCell : Code::StoreOther;
      break;
    case Op::SBCST: op.code = Code::LoadOther; break;
    case Op::SSETP:
      op.code = form_info(slot).operands[1].kind == OperandKind::Coord ? Code::SetLiteral : Code::Set;
      return op;
    case Op::SINDEX:
      if (form_info(slot).operands[2].kind != OperandKind::Imm) return std::nullopt;
      op.code = Code::StepI;
      op.c = static_cast<std::uint8_t>(slot.lit);
      return op;
    default: return std::nullopt;
  }
  op.addressing = addressing_of(slot);
  return op;
}

std::optional<MicroOp> decode_coordination(const Slot& slot, const Siw& word) {
  MicroOp op = operands_of(slot, word);
  op.a = static_cast<std::uint8_t>(isa::reg_of(slot.f[0]));
  op.c = static_cast<std::uint8_t>(isa::lane_of(slot.f[0]));
  switch (op_of(slot)) {
    case Op::CPACK:
      op.code = type_of(slot) == Type::B256                            ? Code::Pack
                : form_info(slot).operands[1].kind == OperandKind::Imm ? Code::PackI
                                                                       : Code::PackR;
      return op;
    case Op::CSEND: op.code = Code::Send; break;
    case Op::CRECV: op.code = Code::Receive; break;
    default: return std::nullopt;
  }
  op.b = form_info(slot).literal == LitKind::Sentron ? 1 : 0;  // 1: the peer is imm
  op.imm = slot.lit;
  return op;
}

// ---- one word ----

struct Part {
  MicroOp op;
  RegisterUse use;
  bool must_be_first = false;  // may fault or wait
};

bool writes_what_reads(const RegisterUse& writer, const RegisterUse& reader) {
  const auto* written_end = writer.written.begin() + writer.writes;
  return std::any_of(reader.read.begin(), reader.read.begin() + reader.reads, [&](const isa::RegisterId& id) {
    return std::find(writer.written.begin(), written_end, id) != written_end;
  });
}

bool good_order(const std::vector<const Part*>& order) {
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i > 0 && order[i]->must_be_first) return false;
    for (std::size_t k = i + 1; k < order.size(); ++k) {
      if (writes_what_reads(order[i]->use, order[k]->use)) return false;
    }
  }
  return true;
}

// A store may run out of pages and a step may leave the dimension.
bool sparse_may_fault(const MicroOp& op) {
  return op.code == Code::StepI || op.code == Code::StoreInt || op.code == Code::StoreCell ||
         op.code == Code::StoreOther || op.addressing.step != 0;
}

// The slots of `word` but NOPs; nothing where one has no micro-operation.
std::optional<std::vector<Part>> parts_of(const Siw& word) {
  std::vector<Part> parts;
  if (op_of(word.d) != Op::DNOP) parts.push_back({decode_dense(word.d, word), registers_of(word.d), false});
  if (op_of(word.s) != Op::SNOP) {
    const auto op = decode_sparse(word.s, word);
    if (!op) return std::nullopt;
    parts.push_back({*op, registers_of(word.s), sparse_may_fault(*op)});
  }
  if (op_of(word.c) != Op::CNOP && op_of(word.c) != Op::CFENCE) {
    const auto op = decode_coordination(word.c, word);
    if (!op) return std::nullopt;
    parts.push_back({*op, registers_of(word.c), op->code == Code::Send || op->code == Code::Receive});
  }
  return parts;
}

MicroOp whole_word() {
  MicroOp whole;
  whole.code = Code::Word;
  return whole;
}

void decode_word(const Siw& word, std::uint32_t index, std::vector<MicroOp>& ops, bool whole) {
  const auto add = [&](MicroOp op) {
    op.word = index;
    ops.push_back(op);
  };
  const auto parts = whole ? decltype(parts_of(word)){} : parts_of(word);
  if (parts) {
    std::vector<const Part*> order;
    for (const Part& part : *parts) order.push_back(&part);
    std::sort(order.begin(), order.end());
    do {
      if (!good_order(order)) continue;
      for (const Part* part : order) add(part->op);
      return;
    } while (std::next_permutation(order.begin(), order.end()));
  }
  add(whole_word());
}

}  // namespace

DecodedStream decode(const isa::Stream& stream, bool whole_words) {
  DecodedStream out;
  std::vector<MicroOp>& ops = out.ops;
  struct Open {
    const isa::Loop* loop;
    std::uint32_t target;
  };
  std::vector<Open> open;
  auto next_loop = stream.loops.begin();
  const auto words = static_cast<std::uint32_t>(stream.words.size());
  bool counted = true;
  const auto count_up_to = [&](std::uint32_t word) {
    if (counted) return;
    MicroOp count;
    count.code = Code::Count;
    count.word = word;
    ops.push_back(count);
    counted = true;
  };
  for (std::uint32_t word = 0; word < words; ++word) {
    if (next_loop != stream.loops.end() && next_loop->first == word && word > 0) count_up_to(word - 1);
    for (; next_loop != stream.loops.end() && next_loop->first == word; ++next_loop) {
      MicroOp enter;
      enter.code = Code::EnterLoop;
      enter.a = static_cast<std::uint8_t>(open.size());
      enter.imm = next_loop->count;
      ops.push_back(enter);
      open.push_back({&*next_loop, static_cast<std::uint32_t>(ops.size())});
      out.loop_depth = std::max(out.loop_depth, static_cast<std::uint32_t>(open.size()));
    }
    out.first_op.push_back(static_cast<std::uint32_t>(ops.size()));
    decode_word(stream.words[word], word, ops, whole_words);
    counted = false;
    while (!open.empty() && open.back().loop->last == word) {
      const bool with_count = !counted;
      counted = true;
      MicroOp end;
      end.code = with_count ? Code::CountEndLoop : Code::EndLoop;
      end.a = static_cast<std::uint8_t>(open.size() - 1);
      end.word = word;
      end.target = open.back().target;
      end.imm = open.back().loop->first;
      ops.push_back(end);
      open.pop_back();
    }
  }
  if (words > 0) count_up_to(words - 1);
  ops.emplace_back();  // Retire
  return out;
}

}  // namespace vtpu::reference
