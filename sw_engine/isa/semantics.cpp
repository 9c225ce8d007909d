#include "isa/semantics.hpp"

#include <algorithm>
#include <stdexcept>

#include "isa/dense_ops.hpp"

namespace vtpu::isa {
namespace {

using dense::Element;

[[noreturn]] void broken(const char* what) { throw std::logic_error(what); }

// Calls f with a value of the element type of `type`; f64 (scalar) is a double like f64x8.
template <typename F>
auto with_element(Type type, F f) {
  switch (type) {
    case Type::F64:
    case Type::F64x8: return f(double{});
    case Type::F32x16: return f(float{});
    case Type::I32x16: return f(std::int32_t{});
    default: broken("no element type");
  }
}

template <Element T>
T arithmetic(Op op, T a, T b) {
  switch (op) {
    case Op::DADD: return dense::add<T>(a, b);
    case Op::DSUB: return dense::sub<T>(a, b);
    case Op::DMUL: return dense::mul<T>(a, b);
    case Op::DMIN: return dense::min<T>(a, b);
    case Op::DMAX: return dense::max<T>(a, b);
    default: break;
  }
  if constexpr (dense::kIsFloat<T>) {
    if (op == Op::DDIV) return dense::div<T>(a, b);
  }
  broken("no arithmetic operation");
}

std::uint64_t logic(Op op, std::uint64_t a, std::uint64_t b) {
  switch (op) {
    case Op::DAND: return a & b;
    case Op::DOR: return a | b;
    case Op::DXOR: return a ^ b;
    default: broken("no logic operation");
  }
}

// A scalar f64 operation leaves zeros above lane 0.
Vector keep_scalar(Type type, const Vector& v) {
  if (type != Type::F64) return v;
  Vector d;
  d.lane[0] = v.lane[0];
  return d;
}

void fma(const Slot& slot, const DenseInputs& in, DenseResult& out) {
  switch (type_of(slot)) {
    case Type::I64: out.r = in.r[1] * in.r[2] + in.r[3]; return;
    case Type::BF16: out.v = dense::dot_bf16(*in.v[1], *in.v[2], *in.v[3]); return;
    case Type::I8: out.v = dense::dot_i8(*in.v[1], *in.v[2], *in.v[3]); return;
    default: break;
  }
  out.v = with_element(type_of(slot), [&]<Element T>(T) {
    return dense::map<T>(*in.v[1], *in.v[2], *in.v[3], [](T a, T b, T c) { return dense::fma<T>(a, b, c); });
  });
  out.v = keep_scalar(type_of(slot), out.v);
}

void binary(const Slot& slot, const DenseInputs& in, DenseResult& out) {
  const Op op = op_of(slot);
  if (type_of(slot) == Type::I64) {
    const auto a = static_cast<std::int64_t>(in.r[1]);
    const auto b = static_cast<std::int64_t>(in.r[2]);
    out.r = static_cast<std::uint64_t>(arithmetic<std::int64_t>(op, a, b));
    return;
  }
  out.v = with_element(type_of(slot), [&]<Element T>(T) {
    return dense::map<T>(*in.v[1], *in.v[2], [op](T a, T b) { return arithmetic<T>(op, a, b); });
  });
  out.v = keep_scalar(type_of(slot), out.v);
}

void logical(const Slot& slot, const DenseInputs& in, DenseResult& out) {
  const Op op = op_of(slot);
  if (type_of(slot) == Type::I64) {
    out.r = logic(op, in.r[1], in.r[2]);
    return;
  }
  for (std::size_t i = 0; i < 8; ++i) out.v.lane[i] = logic(op, in.v[1]->lane[i], in.v[2]->lane[i]);
}

void shift(const Slot& slot, const DenseInputs& in, DenseResult& out) {
  const Op op = op_of(slot);
  if (type_of(slot) == Type::I64) {
    const unsigned n = form_info(slot).literal == LitKind::Shift64 ? slot.lit : static_cast<unsigned>(in.r[2] & 63U);
    out.r = static_cast<std::uint64_t>(dense::shift<std::int64_t>(op, static_cast<std::int64_t>(in.r[1]), n));
    return;
  }
  const unsigned n = slot.lit;
  out.v = dense::map<std::int32_t>(*in.v[1], [op, n](std::int32_t a) { return dense::shift<std::int32_t>(op, a, n); });
}

void compare(const Slot& slot, const DenseInputs& in, DenseResult& out) {
  const auto cond = static_cast<Cond>(slot.lit);
  if (type_of(slot) == Type::I64) {
    const auto a = static_cast<std::int64_t>(in.r[0]);
    const auto b = static_cast<std::int64_t>(in.r[1]);
    out.cmp = dense::compare<std::int64_t>(cond, a, b) ? 1 : 0;
    return;
  }
  out.cmp =
      with_element(type_of(slot), [&]<Element T>(T) { return dense::compare_lanes<T>(cond, *in.v[0], *in.v[1]); });
  if (type_of(slot) == Type::F64) out.cmp &= 1U;
}

void select(const Slot& slot, const DenseInputs& in, DenseResult& out) {
  if (type_of(slot) == Type::I64) {
    out.r = (in.cmp & 1U) != 0 ? in.r[1] : in.r[2];
    return;
  }
  out.v = with_element(type_of(slot), [&]<Element T>(T) { return dense::select_lanes<T>(in.cmp, *in.v[1], *in.v[2]); });
  out.v = keep_scalar(type_of(slot), out.v);
}

void reduce(const Slot& slot, const DenseInputs& in, DenseResult& out) {
  const auto op = static_cast<RedOp>(slot.lit);
  out.v = with_element(type_of(slot), [&]<Element T>(T) { return dense::reduce_lanes<T>(op, *in.v[1]); });
}

void move(const Slot& slot, const DenseInputs& in, DenseResult& out) {
  const Form& form = form_info(slot);
  switch (type_of(slot)) {
    case Type::B512: out.v = *in.v[1]; return;
    case Type::B256: std::copy(in.m[1]->lane.begin(), in.m[1]->lane.end(), out.v.lane.begin()); return;
    default: break;
  }
  if (form.operands[0].kind == OperandKind::V)
    out.v.lane[0] = in.r[1];
  else
    out.r = in.r[1];
}

void broadcast(const Slot& slot, const DenseInputs& in, DenseResult& out) {
  const std::uint64_t bits = in.v[1] != nullptr ? in.v[1]->lane[0] : in.r[1];
  if (type_of(slot) == Type::F64x8) {
    out.v.lane.fill(bits);
  } else {
    out.v.lane.fill((bits & 0xFFFFFFFFU) | (bits << 32U));
  }
}

void convert(const Slot& slot, const DenseInputs& in, DenseResult& out) {
  switch (type_of(slot)) {
    case Type::F64: out.v = dense::scalar<double>(static_cast<double>(static_cast<std::int64_t>(in.r[1]))); return;
    case Type::I64:
      out.r = static_cast<std::uint64_t>(dense::to_integer<std::int64_t>(std::bit_cast<double>(in.v[1]->lane[0])));
      return;
    case Type::F32x16: {
      const auto x = dense::lanes_of<std::int32_t>(*in.v[1]);
      dense::Lanes<float> y;
      std::transform(x.begin(), x.end(), y.begin(), [](std::int32_t e) { return static_cast<float>(e); });
      out.v = dense::from_lanes<float>(y);
      return;
    }
    case Type::I32x16: {
      const auto x = dense::lanes_of<float>(*in.v[1]);
      dense::Lanes<std::int32_t> y;
      std::transform(x.begin(), x.end(), y.begin(), [](float e) { return dense::to_integer<std::int32_t>(e); });
      out.v = dense::from_lanes<std::int32_t>(y);
      return;
    }
    default: broken("no conversion to this type");
  }
}

void square_root(const Slot& slot, const DenseInputs& in, DenseResult& out) {
  if (type_of(slot) == Type::F32x16) {
    out.v = dense::map<float>(*in.v[1], [](float a) { return dense::square_root<float>(a); });
  } else {
    out.v = dense::map<double>(*in.v[1], [](double a) { return dense::square_root<double>(a); });
  }
  out.v = keep_scalar(type_of(slot), out.v);
}

}  // namespace

DenseResult compute_dense(const Slot& slot, const DenseInputs& in) {
  DenseResult out;
  switch (op_of(slot)) {
    case Op::DNOP: break;
    case Op::DFMA: fma(slot, in, out); break;
    case Op::DADD:
    case Op::DSUB:
    case Op::DMUL:
    case Op::DDIV:
    case Op::DMIN:
    case Op::DMAX: binary(slot, in, out); break;
    case Op::DSQRT: square_root(slot, in, out); break;
    case Op::DAND:
    case Op::DOR:
    case Op::DXOR: logical(slot, in, out); break;
    case Op::DSHL:
    case Op::DSHR:
    case Op::DSAR: shift(slot, in, out); break;
    case Op::DCMP: compare(slot, in, out); break;
    case Op::DRED: reduce(slot, in, out); break;
    case Op::DSEL: select(slot, in, out); break;
    case Op::DMOV: move(slot, in, out); break;
    case Op::DBCST: broadcast(slot, in, out); break;
    case Op::DCVT: convert(slot, in, out); break;
    case Op::DCNT: out.r = static_cast<std::uint64_t>(std::popcount(in.r[1])); break;
    case Op::DHDENC: out.v = dense::hd_encode(in.r[1]); break;
    case Op::DHDBIND: out.v = dense::hd_bind(*in.v[1], *in.v[2]); break;
    case Op::DHDBUND: out.v = dense::hd_bundle(*in.v[1], *in.v[2], *in.v[3]); break;
    case Op::DHDPERM: out.v = dense::hd_permute(*in.v[1], slot.lit); break;
    case Op::DHDSIM: out.r = dense::hd_similarity(*in.v[1], *in.v[2]); break;
    default: broken("compute_dense: not an operation of the D-pipe");
  }
  return out;
}

DenseInputs dense_inputs(const Slot& slot, const Siw& word, const Registers& registers) {
  DenseInputs in;
  const Form& form = form_info(slot);
  for (std::size_t i = 0; i < kOperands; ++i) {
    const std::uint8_t f = slot.f[i];
    switch (form.operands[i].kind) {
      case OperandKind::R: in.r[i] = registers.r[f]; break;
      case OperandKind::V: in.v[i] = &registers.v[f]; break;
      case OperandKind::M: in.m[i] = &registers.m[f]; break;
      case OperandKind::MLane: in.r[i] = registers.m[reg_of(f)].lane[lane_of(f)]; break;
      case OperandKind::VLane: in.r[i] = registers.v[reg_of(f)].lane[lane_of(f)]; break;
      case OperandKind::Imm: in.r[i] = word.imm; break;
      default: break;
    }
  }
  in.cmp = registers.cmp;
  return in;
}

LoadResult compute_load(const Slot& slot, const Cell& cell, std::uint64_t key) {
  LoadResult out;
  const std::size_t lane = slot.f[2];
  switch (op_of(slot)) {
    case Op::SGATHER:
      switch (type_of(slot)) {
        case Type::I64: out.r = cell.lane[lane]; return out;
        case Type::F64: out.v.lane[0] = cell.lane[lane]; return out;
        default: out.v = cell; return out;
      }
    case Op::SBCST:
      if (type_of(slot) == Type::F64x8) {
        out.v.lane.fill(cell.lane[lane]);
      } else {
        out.v = dense::broadcast<std::int32_t>(dense::lanes_of<std::int32_t>(cell)[lane]);
      }
      return out;
    case Op::SDEDUP:
      out.r = static_cast<std::uint64_t>(std::find(cell.lane.begin(), cell.lane.end(), key) - cell.lane.begin());
      return out;
    default: broken("compute_load: not a load");
  }
}

Cell compute_store(const Slot& slot, const Cell& before, const Registers& registers) {
  switch (op_of(slot)) {
    case Op::SFREE: return Cell{};
    case Op::SSCATTR: break;
    default: broken("compute_store: not a store");
  }
  if (type_of(slot) == Type::B512) return registers.v[slot.f[0]];
  Cell after = before;
  after.lane[slot.f[2]] = type_of(slot) == Type::F64 ? registers.v[slot.f[0]].lane[0] : registers.r[slot.f[0]];
  return after;
}

std::optional<Coordinate> memory_address(const Slot& slot, const Siw& word, const Registers& registers) {
  const OpInfo& info = info_of(op_of(slot));
  const Form& form = form_info(slot);
  for (std::size_t i = 0; i < kOperands; ++i) {
    const OperandKind kind = form.operands[i].kind;
    if (kind == OperandKind::Addr) return address_of(registers.p[slot.f[i]]);
    if (kind == OperandKind::Coord && (info.reads_memory || info.writes_memory)) return address_of(word.coord());
  }
  return std::nullopt;
}

Message compute_pack(const Slot& slot, const Siw& word, const Registers& registers) {
  Message m = registers.m[reg_of(slot.f[0])];
  if (type_of(slot) == Type::B256) {
    const Vector& v = registers.v[slot.f[1]];
    std::copy_n(v.lane.begin(), m.lane.size(), m.lane.begin());
    return m;
  }
  const bool immediate = form_info(slot).operands[1].kind == OperandKind::Imm;
  m.lane[lane_of(slot.f[0])] = immediate ? word.imm : registers.r[slot.f[1]];
  return m;
}

namespace {

// Adjacent pairs, level by level; an odd last value moves up unpaired.
template <typename T, typename F>
T reduce_tree(std::vector<T> values, F pair) {
  if (values.empty()) broken("reduction of nothing");
  while (values.size() > 1) {
    const std::size_t n = values.size();
    for (std::size_t i = 0; i + 1 < n; i += 2) values[i / 2] = pair(values[i], values[i + 1]);
    if (n % 2 != 0) values[n / 2] = values[n - 1];
    values.resize((n + 1) / 2);
  }
  return values[0];
}

}  // namespace

std::uint64_t reduce_integers(RedOp op, std::vector<std::uint64_t> values) {
  return reduce_tree(std::move(values), [op](std::uint64_t a, std::uint64_t b) {
    return static_cast<std::uint64_t>(
        dense::reduce_pair<std::int64_t>(op, static_cast<std::int64_t>(a), static_cast<std::int64_t>(b)));
  });
}

Vector reduce_vectors(RedOp op, Type type, std::vector<Vector> values) {
  return with_element(type, [&]<Element T>(T) {
    return reduce_tree(std::move(values), [op](const Vector& a, const Vector& b) {
      return dense::map<T>(a, b, [op](T x, T y) { return dense::reduce_pair<T>(op, x, y); });
    });
  });
}

}  // namespace vtpu::isa
