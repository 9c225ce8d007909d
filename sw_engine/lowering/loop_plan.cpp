// Decides how a loop is lowered: which coordinates are constants, which ones pointers can follow, how many copies of
// the body.
#include <algorithm>

#include "lowering/lowerer.hpp"

namespace vtpu::lowering {
namespace {

using isa::Op;
using isa::OperandKind;
using Kind = CoordinateState::Kind;

constexpr std::int64_t kPositions = isa::kDimensionSize;
constexpr std::int64_t kPageBits = phext::kCellBits;
constexpr std::uint8_t kLongestChunk = 255;
constexpr std::uint64_t kHoistedCopies = 32;
constexpr std::uint32_t kWordsToDeath = 16;
constexpr std::int64_t kCellBytes = sizeof(isa::Cell);
constexpr std::int64_t kSharedReach = 1 << 20;  // cells between two pointers with one register

std::int64_t page_of(std::int64_t position) { return position >> kPageBits; }
bool in_range(std::int64_t position) { return position >= 0 && position < kPositions; }

// What one word does with p: an access, a step along dimension 0, something a pointer cannot follow.
struct Touch {
  bool accesses = false;
  std::int64_t step = 0;
  bool other = false;
};

Touch touch_of(const isa::Siw& word, unsigned p) {
  const isa::Slot& slot = word.s;
  const isa::Form& form = isa::form_info(slot);
  const Op op = isa::op_of(slot);
  Touch touch;
  if (op == Op::SSETP || op == Op::SINDEX) {
    const bool from = form.operands[1].kind == OperandKind::P && slot.f[1] == p;
    const bool to = slot.f[0] == p;
    if (!from && !to) return touch;
    const bool steps = op == Op::SINDEX && from && to && form.operands[2].kind == OperandKind::Imm && slot.lit == 0;
    const auto step = static_cast<std::int64_t>(word.imm);
    if (!steps || step <= -kPositions || step >= kPositions) {
      touch.other = true;
    } else {
      touch.step = step;
    }
    return touch;
  }
  for (std::size_t i = 0; i < form.operands.size(); ++i) {
    if (form.operands[i].kind != OperandKind::Addr || slot.f[i] != p) continue;
    touch.accesses = op != Op::SALLOC && op != Op::SFREE;
    if (form.literal != isa::LitKind::PostInc) continue;
    const isa::PostInc inc = isa::post_inc_of(slot.lit);
    touch.step = inc.step;
    touch.other = inc.dimension != 0;
  }
  return touch;
}

std::uint64_t best_divisor(std::uint64_t count, std::uint64_t most) {
  for (std::uint64_t u = most; u > most / 2; --u) {
    if (count % u == 0) return u;
  }
  return most;
}

std::uint64_t power_of_two_below(std::uint64_t x) {
  std::uint64_t power = 1;
  while (power * 2 <= x) power *= 2;
  return power;
}

}  // namespace

std::optional<Lowerer::PointerWalk> Lowerer::pointer_walk(const LoopNode& node, const LoopPlan& plan,
                                                          unsigned p) const {
  PointerWalk walk;
  for (const std::uint32_t w : plan.words) {
    const Touch touch = touch_of(word_at(w), p);
    if (touch.other) return std::nullopt;
    if (touch.accesses) walk.accesses.push_back(walk.delta);
    walk.delta += touch.step;
    if (touch.step != 0) walk.positions.push_back(walk.delta);
  }
  if (walk.accesses.empty() || !node.body[p].steps(p)) return std::nullopt;
  if (!walk.positions.empty() && options_.placement != phext::Placement::Linear) return std::nullopt;
  return walk;
}

// Constant start, the whole walk in range and contiguous in host memory.
bool Lowerer::strided_addresses(const LoopNode& node, const PointerWalk& walk, unsigned p) const {
  if (p_[p].kind != Kind::Constant || node.loop.count > isa::kDimensionSize) return false;
  const isa::Coordinate start = p_[p].value;
  const auto first = static_cast<std::int64_t>(isa::get_dimension(start, 0));
  const auto count = static_cast<std::int64_t>(node.loop.count);
  const auto reaches = [&](std::int64_t offset) {
    return in_range(first + offset) && in_range(first + offset + (count - 1) * walk.delta);
  };
  if (!std::all_of(walk.positions.begin(), walk.positions.end(), reaches)) return false;
  const std::uint8_t* base = resolve(start);
  if (base == nullptr) return false;
  std::int64_t checked = -1;
  for (std::int64_t i = 0; i < count; ++i) {
    for (const std::int64_t offset : walk.accesses) {
      const std::int64_t position = first + i * walk.delta + offset;
      if (page_of(position) == checked) continue;
      checked = page_of(position);
      const isa::Coordinate at = isa::with_dimension(start, 0, static_cast<std::uint32_t>(position));
      if (resolve(at) != base + 64 * (position - first)) return false;
    }
  }
  return true;
}

CoordinateStates Lowerer::head_states(const LoopNode& node) const {
  CoordinateStates head = p_;
  for (unsigned p = 0; p < head.size(); ++p) {
    if ((node.written >> p & 1U) == 0) continue;
    const CoordinateEffect& effect = node.body[p];
    const bool constant = head[p].kind == Kind::Constant;
    if (constant && (effect.keeps(p) || (effect.is_constant() && effect.constant == head[p].value))) {
      head[p].stored = false;
    } else if (dead_at_head(node, p)) {
      head[p] = {};
      head[p].kind = Kind::Dead;
    } else {
      head[p] = {};
    }
  }
  return head;
}

// Nothing can see p between the head and the word that sets it.
bool Lowerer::dead_at_head(const LoopNode& node, unsigned p) const {
  if (!node.body[p].is_constant()) return false;
  for (std::uint32_t w = node.loop.first; w <= node.loop.last && w < node.loop.first + kWordsToDeath; ++w) {
    const isa::Siw& word = word_at(w);
    const Op c = isa::op_of(word.c);
    if (!isa::is_nop(c) && c != Op::CPACK && c != Op::CFENCE) return false;
    if (isa::is_nop(isa::op_of(word.s))) continue;
    if (isa::op_of(word.s) != Op::SSETP || isa::form_info(word.s).operands[1].kind != OperandKind::Coord) return false;
    if (word.s.f[0] == p) return true;
  }
  return false;
}

Lowerer::Measure Lowerer::measure(const LoopPlan& plan, const CoordinateStates& state) {
  const Emitter::Mark mark = e_.mark();
  const auto saved = std::tuple(p_, stopped_, translations_, found_, measuring_, cmp_mask_);
  p_ = state;
  translations_ = 0;
  measuring_ = true;
  leaves_ = false;
  lower_copies(plan, 1);
  const Measure m{e_.size() - mark.insts, translations_, leaves_ || e_.mark().colds != mark.colds};
  e_.rewind(mark);
  std::tie(p_, stopped_, translations_, found_, measuring_, cmp_mask_) = saved;
  return m;
}

// One host register for walks that start at constant addresses and go the same way; at most as many as there are.
void Lowerer::place_pointers(const std::vector<PointerWalk>& walks, LoopPlan& plan, bool may_share) {
  plan.places.clear();
  plan.shared = false;
  std::vector<std::size_t> leaders;
  for (std::size_t i = 0; i < walks.size(); ++i) {
    const auto cells_from = [&](std::size_t leader) {
      return (resolve(p_[plan.pointers[i]].value) - resolve(p_[plan.pointers[leader]].value)) / kCellBytes;
    };
    const auto leads = [&](std::size_t leader) {
      return walks[leader].delta == walks[i].delta && std::abs(cells_from(leader)) <= kSharedReach;
    };
    const auto found = may_share ? std::find_if(leaders.begin(), leaders.end(), leads) : leaders.end();
    plan.shared |= found != leaders.end();
    const std::int64_t cells = found != leaders.end() ? cells_from(*found) : 0;
    plan.places.push_back({static_cast<unsigned>(found - leaders.begin()), cells});
    if (found == leaders.end()) leaders.push_back(i);
  }
}

void Lowerer::plan_pointers(const LoopNode& node, LoopPlan& plan, bool may_share) {
  if (!options_.hoist) return;
  struct Candidate {
    unsigned p;
    PointerWalk walk;
  };
  std::vector<Candidate> candidates;
  const CoordinateStates head = head_states(node);
  for (unsigned p = 0; p < head.size(); ++p) {
    if (head[p].kind == Kind::Dead) continue;
    auto walk = pointer_walk(node, plan, p);
    if (!walk || (head[p].kind == Kind::Constant && resolve(head[p].value) != nullptr)) continue;
    candidates.push_back({p, std::move(*walk)});
  }
  std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.walk.accesses.size() > b.walk.accesses.size();
  });
  const auto strided = [&](const Candidate& c) { return strided_addresses(node, c.walk, c.p); };
  const auto place = [&](bool share) {
    std::vector<PointerWalk> walks;
    plan.pointers.clear();
    for (const Candidate& c : candidates) {
      plan.pointers.push_back(c.p);
      walks.push_back(c.walk);
    }
    place_pointers(walks, plan, share);
    return std::all_of(plan.places.begin(), plan.places.end(),
                       [&](const PointerPlace& at) { return at.pointer < plan_->pointers.size(); });
  };
  plan.strided = std::all_of(candidates.begin(), candidates.end(), strided);
  if (plan.strided && may_share && place(true)) return;
  if (candidates.size() > plan_->pointers.size()) {
    candidates.resize(plan_->pointers.size());
    plan.strided = std::all_of(candidates.begin(), candidates.end(), strided);
  }
  place(false);
}

CoordinateStates Lowerer::pointed_states(const LoopNode& node, const LoopPlan& plan) const {
  CoordinateStates head = head_states(node);
  for (std::size_t i = 0; i < plan.pointers.size(); ++i) {
    head[plan.pointers[i]] = {Kind::Pointer, {}, true, plan.places[i].pointer, plan.places[i].cells, false};
  }
  return head;
}

Lowerer::LoopPlan Lowerer::plan_flat(const LoopNode& node) {
  LoopPlan plan;
  plan.words = flat_body(node);
  const std::uint64_t count = node.loop.count;
  const std::uint64_t budget = options_.max_unroll_insts;
  const Measure here_measure = measure(plan, p_);
  plan.translations = here_measure.translations;
  const auto fits = [&](const Measure& m) {
    return options_.unroll && count <= budget && count * std::max<std::uint64_t>(m.insts, 1) <= budget;
  };
  if (here_measure.translations == 0 && fits(here_measure)) {
    plan.full = true;
    return plan;
  }
  plan_pointers(node, plan, true);
  Measure m = measure(plan, pointed_states(node, plan));
  if (plan.shared && m.has_cold) {  // a coordinate is brought up to date by its own register
    plan_pointers(node, plan, false);
    m = measure(plan, pointed_states(node, plan));
  }
  plan.translations = m.translations;
  plan.has_cold = m.has_cold;
  plan.full = plan.pointers.empty() && fits(m);
  if (!options_.unroll || plan.full) return plan;
  const std::uint64_t most = std::clamp<std::uint64_t>(budget / std::max<std::uint64_t>(m.insts, 1), 1,
                                                       std::min<std::uint64_t>(count, budget));
  const bool hoisted = !plan.pointers.empty() && !plan.strided;
  if (!hoisted) {
    plan.copies = best_divisor(count, most);
  } else {
    plan.copies = most >= count ? count : std::min(kHoistedCopies, power_of_two_below(most));
  }
  return plan;
}

// By position along dimension 0: for how many iterations every access stays in the page of the start and no step
// leaves the range.
std::size_t Lowerer::table_for(const PointerWalk& walk) {
  std::vector<std::uint8_t> table(static_cast<std::size_t>(kPositions));
  for (std::int64_t start = 0; start < kPositions; ++start) {
    const auto good = [&](std::int64_t at) {
      return std::all_of(walk.accesses.begin(), walk.accesses.end(),
                         [&](std::int64_t o) { return page_of(at + o) == page_of(start); }) &&
             std::all_of(walk.positions.begin(), walk.positions.end(),
                         [&](std::int64_t o) { return in_range(at + o); });
    };
    std::uint8_t iterations = 0;
    while (iterations < kLongestChunk && good(start + iterations * walk.delta)) ++iterations;
    table[static_cast<std::size_t>(start)] = iterations;
  }
  auto& tables = out_.code.tables;
  const auto found = std::find(tables.begin(), tables.end(), table);
  if (found != tables.end()) return static_cast<std::size_t>(found - tables.begin());
  tables.push_back(std::move(table));
  return tables.size() - 1;
}

}  // namespace vtpu::lowering
