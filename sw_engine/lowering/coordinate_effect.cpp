#include "lowering/coordinate_effect.hpp"

#include <algorithm>
#include <optional>

namespace vtpu::lowering {
namespace {

using isa::OperandKind;
using Base = CoordinateEffect::Base;

constexpr CoordinateEffect kUnknown{Base::Unknown, 0, {}, {}};

// A constant absorbs its steps; where that leaves the range the code faults and nothing is known.
CoordinateEffect folded(CoordinateEffect e) {
  if (e.base != Base::Constant) return e;
  for (int d = 0; d < isa::kDimensions; ++d) {
    const auto moved = isa::step(e.constant, d, e.delta[static_cast<std::size_t>(d)]);
    if (!moved) return kUnknown;
    e.constant = *moved;
  }
  e.delta = {};
  return e;
}

void step_by(CoordinateEffect& e, int dimension, std::int64_t step) {
  std::int64_t& delta = e.delta[static_cast<std::size_t>(dimension)];
  constexpr std::int64_t kLimit = isa::kDimensionSize;
  if (step < -kLimit || step > kLimit || delta < -kLimit || delta > kLimit) {
    e = kUnknown;
    return;
  }
  delta += step;
  e = folded(e);
}

constexpr std::uint64_t kManyWords = 1ULL << 40U;

std::uint64_t saturating_product(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? kManyWords : std::min(product, kManyWords);
}

}  // namespace

CoordinateEffects no_effect() {
  CoordinateEffects effects;
  for (unsigned p = 0; p < effects.size(); ++p) effects[p].source = p;
  return effects;
}

unsigned coordinates_written(const isa::Slot& slot) {
  const isa::RegisterUse use = isa::registers_of(slot);
  unsigned bits = 0;
  for (int i = 0; i < use.writes; ++i) {
    const isa::RegisterId id = use.written[static_cast<std::size_t>(i)];
    if (id.file == isa::RegisterId::File::P) bits |= 1U << id.index;
  }
  return bits;
}

void apply_word(CoordinateEffects& effects, const isa::Siw& word) {
  const isa::Slot& slot = word.s;
  const isa::Form& form = isa::form_info(slot);
  switch (isa::op_of(slot)) {
    case isa::Op::SSETP:
      if (form.operands[1].kind == OperandKind::Coord) {
        effects[slot.f[0]] = {Base::Constant, 0, word.coord(), {}};
      } else {
        effects[slot.f[0]] = effects[slot.f[1]];
      }
      return;
    case isa::Op::SINDEX: {
      CoordinateEffect e = effects[slot.f[1]];
      if (form.operands[2].kind == OperandKind::Imm) {
        step_by(e, slot.lit, static_cast<std::int64_t>(word.imm));
      } else {
        e = kUnknown;
      }
      effects[slot.f[0]] = e;
      return;
    }
    default: break;
  }
  if (form.literal != isa::LitKind::PostInc) return;
  const isa::PostInc inc = isa::post_inc_of(slot.lit);
  if (inc.step != 0) step_by(effects[slot.f[1]], inc.dimension, inc.step);
}

CoordinateEffects then(const CoordinateEffects& first, const CoordinateEffects& second) {
  CoordinateEffects out;
  for (std::size_t p = 0; p < out.size(); ++p) {
    out[p] = second[p];
    if (second[p].base != Base::Register) continue;
    out[p] = first[second[p].source];
    for (int d = 0; d < isa::kDimensions; ++d) {
      const std::int64_t step = second[p].delta[static_cast<std::size_t>(d)];
      if (step != 0) step_by(out[p], d, step);
    }
  }
  return out;
}

CoordinateEffects repeat(const CoordinateEffects& body, std::uint64_t count) {
  if (count == 1) return body;
  CoordinateEffects out = body;
  for (unsigned p = 0; p < out.size(); ++p) {
    if (body[p].base != Base::Register) continue;
    if (body[p].source != p) {
      if (!body[body[p].source].keeps(body[p].source)) out[p] = kUnknown;
      continue;
    }
    for (std::int64_t& delta : out[p].delta) {
      if (delta == 0) continue;
      // Every iteration steps by at least one, so more than 2048 of them fault.
      if (count > isa::kDimensionSize) {
        out[p] = kUnknown;
        break;
      }
      delta *= static_cast<std::int64_t>(count);
    }
  }
  return out;
}

namespace {

std::vector<LoopNode> nodes_between(const isa::Stream& stream, std::size_t& next, std::uint32_t last) {
  std::vector<LoopNode> nodes;
  while (next < stream.loops.size() && stream.loops[next].first <= last && stream.loops[next].last <= last) {
    LoopNode node;
    node.index = static_cast<std::uint32_t>(next);
    node.loop = stream.loops[next++];
    node.inner = nodes_between(stream, next, node.loop.last);
    node.body = no_effect();
    std::size_t child = 0;
    for (std::uint32_t w = node.loop.first; w <= node.loop.last;) {
      if (child < node.inner.size() && node.inner[child].loop.first == w) {
        const LoopNode& inner = node.inner[child++];
        node.body = then(node.body, inner.all);
        node.written |= inner.written;
        node.flat_words =
            std::min(kManyWords, node.flat_words + saturating_product(inner.flat_words, inner.loop.count));
        w = inner.loop.last + 1;
        continue;
      }
      apply_word(node.body, stream.words[w]);
      node.written |= coordinates_written(stream.words[w].s);
      ++node.flat_words;
      ++w;
    }
    node.all = repeat(node.body, node.loop.count);
    nodes.push_back(std::move(node));
  }
  return nodes;
}

void append_body(const LoopNode& node, std::vector<std::uint32_t>& words) {
  std::size_t child = 0;
  for (std::uint32_t w = node.loop.first; w <= node.loop.last;) {
    if (child < node.inner.size() && node.inner[child].loop.first == w) {
      const LoopNode& inner = node.inner[child++];
      for (std::uint64_t i = 0; i < inner.loop.count; ++i) append_body(inner, words);
      w = inner.loop.last + 1;
    } else {
      words.push_back(w++);
    }
  }
}

}  // namespace

std::vector<LoopNode> loop_tree(const isa::Stream& stream) {
  std::size_t next = 0;
  if (stream.words.empty()) return {};
  return nodes_between(stream, next, static_cast<std::uint32_t>(stream.words.size() - 1));
}

std::vector<std::uint32_t> flat_body(const LoopNode& node) {
  std::vector<std::uint32_t> words;
  append_body(node, words);
  return words;
}

}  // namespace vtpu::lowering
