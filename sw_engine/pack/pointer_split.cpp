#include "pack/pointer_split.hpp"

#include <algorithm>
#include <optional>

namespace vtpu::pack {
namespace {

using isa::Op;
using isa::OperandKind;
using isa::Siw;
using isa::Slot;

bool uses_as_value(const Slot& slot, unsigned p) {
  const isa::Form& form = form_info(slot);
  for (std::size_t i = 0; i < isa::kOperands; ++i) {
    if (form.operands[i].kind == OperandKind::P && slot.f[i] == p) return true;
  }
  return false;
}

struct Walk {
  std::vector<std::uint32_t> early;  // words that read the register before it is stepped
  int dimension = 0;
  int step = 0;  // of one iteration
};

// How the loop uses register p; nothing where it cannot be split.
std::optional<Walk> walk_of(const std::vector<Siw>& words, const Region& region, unsigned p) {
  Walk walk;
  bool stepped = false;
  for (std::uint32_t w = region.first; w < region.end; ++w) {
    const Slot& slot = words[w].s;
    if (uses_as_value(slot, p)) return std::nullopt;
    if (!address_operand(slot, p)) continue;
    const bool can_step = form_info(slot).literal == isa::LitKind::PostInc;
    const isa::PostInc inc = can_step ? isa::post_inc_of(slot.lit) : isa::PostInc{};
    if (inc.step == 0) {
      if (!stepped) walk.early.push_back(w);
      continue;
    }
    if (stepped && inc.dimension != walk.dimension) return std::nullopt;
    stepped = true;
    walk.dimension = inc.dimension;
    walk.step += inc.step;
    if (walk.step < -2048 || walk.step > 2047) return std::nullopt;
  }
  if (walk.early.empty() || walk.step == 0) return std::nullopt;
  if (form_info(words[walk.early.back()].s).literal != isa::LitKind::PostInc) return std::nullopt;
  return walk;
}

Siw copy_word(unsigned target, unsigned source) {
  Siw word;
  word.s = {static_cast<std::uint8_t>(Op::SSETP),
            isa::make_form_type(1, isa::Type::None),
            {static_cast<std::uint8_t>(target), static_cast<std::uint8_t>(source)},
            0};
  return word;
}

}  // namespace

PointerSplit split_pointers(const std::vector<Siw>& words, const Region& region, RegisterMask free) {
  PointerSplit split;
  const unsigned first = kRenamedFiles[2].first;
  unsigned copy = 0;
  for (unsigned p = 0; p < isa::kCoordinateRegisters; ++p) {
    const auto walk = walk_of(words, region, p);
    if (!walk) continue;
    while (copy < isa::kCoordinateRegisters && (free & bit(first + copy)) == 0) ++copy;
    if (copy == isa::kCoordinateRegisters) break;
    for (const std::uint32_t w : walk->early) {
      Slot slot = words[w].s;
      slot.f[*address_operand(slot, p)] = static_cast<std::uint8_t>(copy);
      if (w == walk->early.back()) slot.lit = isa::make_post_inc({walk->dimension, walk->step});
      split.replaced[w] = slot;
    }
    split.before.push_back(copy_word(copy, p));
    split.used |= bit(first + copy);
    ++copy;
  }
  return split;
}

}  // namespace vtpu::pack
