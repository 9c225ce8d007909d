#include "testbench/random_word.hpp"

#include <algorithm>
#include <optional>

#include "testbench/random_values.hpp"

namespace vtpu::testbench {
namespace {

using isa::LitKind;
using isa::Op;
using isa::OperandKind;
using isa::Pipe;
using isa::Type;

// A plain program starts this far from the end of every dimension that it steps towards.
constexpr double kDriftBudget = 900;
constexpr std::uint64_t kSmallStep = 7;

bool fits_flavor(Random& random, Flavor flavor, Type type) {
  const bool is_float = type == Type::F64 || type == Type::F64x8 || type == Type::F32x16 || type == Type::BF16;
  if (flavor == Flavor::Integer) return !is_float;
  if (flavor == Flavor::Float) return is_float || random.chance(0.4);
  return true;
}

// The parts of a word that are decided so far.
struct Draft {
  isa::Siw& word;
  std::vector<isa::RegisterId> written;  // and reserved ones
  bool imm_taken = false;
  bool coord_taken = false;
};

class SlotMaker {
 public:
  SlotMaker(Random& random, WordRules& rules, Draft& draft) : random_(random), rules_(rules), draft_(draft) {}

  // A random operation of the pipe; nothing when the attempt breaks a rule.
  std::optional<isa::Slot> attempt(Pipe pipe) {
    const isa::OpInfo& info = pick_op(pipe);
    const auto form_index = static_cast<unsigned>(random_.below(info.forms.size()));
    const isa::Form& form = info.forms[form_index];
    const std::optional<Type> type = pick_type(form);
    if (!type || !is_allowed(info, form)) return std::nullopt;
    slot_ = make_slot(info.op, form_index, *type);
    imm_.reset();
    coord_.reset();
    drift_dimension_.reset();
    for (std::size_t i = 0; i < isa::kOperands; ++i) {
      if (!fill_operand(info, form, i)) return std::nullopt;
    }
    if (!fill_literal(info, form) || writes_twice()) return std::nullopt;
    return slot_;
  }

  void commit(Pipe pipe, const isa::Slot& slot) {
    draft_.word.slot(pipe) = slot;
    const isa::RegisterUse use = isa::registers_of(slot);
    draft_.written.insert(draft_.written.end(), use.written.begin(), use.written.begin() + use.writes);
    if (imm_) draft_.word.imm = *imm_;
    if (coord_) draft_.word.set_coord(*coord_);
    draft_.imm_taken |= isa::uses_imm(slot);
    draft_.coord_taken |= coord_.has_value();
    if (drift_dimension_) rules_.drift[static_cast<std::size_t>(*drift_dimension_)] += drift_ * rules_.iterations;
  }

 private:
  // Draws nothing where the share is 0, so that a seed keeps its program.
  bool prefers(double share) { return share > 0 && random_.chance(share); }

  const isa::OpInfo& pick_op(Pipe pipe) {
    using Ops = std::vector<const isa::OpInfo*>;
    static const Ops kMoves{&isa::info_of(Op::DMOV), &isa::info_of(Op::DMOV), &isa::info_of(Op::DXOR),
                            &isa::info_of(Op::DSUB), &isa::info_of(Op::DADD)};
    static const Ops kMemory = [] {
      Ops ops;
      for (const isa::OpInfo& info : isa::all_ops()) {
        if (info.pipe == Pipe::S && (info.reads_memory || info.writes_memory)) ops.push_back(&info);
      }
      return ops;
    }();
    if (pipe == Pipe::D && prefers(rules_.moves)) return *random_.pick(kMoves);
    static const Ops kStores = [] {
      Ops ops;
      for (const isa::OpInfo* info : kMemory) {
        if (info->writes_memory) ops.push_back(info);
      }
      return ops;
    }();
    if (pipe == Pipe::S && prefers(rules_.stores)) return *random_.pick(kStores);
    if (pipe == Pipe::S && prefers(rules_.memory)) return *random_.pick(kMemory);
    static const std::array<std::vector<const isa::OpInfo*>, 3> kByPipe = [] {
      std::array<std::vector<const isa::OpInfo*>, 3> ops;
      for (const isa::OpInfo& info : isa::all_ops()) {
        if (!isa::is_nop(info.op)) ops[static_cast<std::size_t>(info.pipe)].push_back(&info);
      }
      return ops;
    }();
    return *random_.pick(kByPipe[static_cast<std::size_t>(pipe)]);
  }

  std::optional<Type> pick_type(const isa::Form& form) {
    std::vector<Type> types;
    for (int t = 0; t < isa::kTypes; ++t) {
      const auto type = static_cast<Type>(t);
      if ((form.types & isa::mask_of(type)) != 0 && fits_flavor(random_, rules_.flavor, type)) types.push_back(type);
    }
    if (types.empty()) return std::nullopt;
    return random_.pick(types);
  }

  // Blocking operations follow the plan; only a reckless program sends along whatever route there is, or takes whatever
  // number a register holds for a sentron.
  bool is_allowed(const isa::OpInfo& info, const isa::Form& form) {
    if (info.blocks) return rules_.reckless && info.op == Op::CSEND && form.literal == LitKind::None;
    const bool routes = info.op == Op::CROUTE || info.op == Op::CLISTEN;
    return rules_.reckless || !routes || form.literal == LitKind::Sentron;
  }

  std::uint8_t pick_register(unsigned count) {
    const unsigned few = std::min(count, 4U);
    return static_cast<std::uint8_t>(random_.below(random_.chance(0.6) ? few : count));
  }

  std::uint8_t pick_p(bool owned) {
    return static_cast<std::uint8_t>(random_.below(owned ? std::min(kOwnedP, rules_.coordinates) : rules_.coordinates));
  }

  bool fill_operand(const isa::OpInfo& info, const isa::Form& form, std::size_t i) {
    std::uint8_t& f = slot_.f[i];
    const auto lane = [&](unsigned lanes) { return static_cast<std::uint8_t>(random_.below(lanes) << 4U); };
    switch (form.operands[i].kind) {
      case OperandKind::None: return true;
      case OperandKind::R: f = pick_register(isa::kIntRegisters); return true;
      case OperandKind::V: f = pick_register(isa::kVectorRegisters); return true;
      case OperandKind::M: f = static_cast<std::uint8_t>(random_.below(isa::kMessageRegisters)); return true;
      case OperandKind::MLane:
        f = static_cast<std::uint8_t>(random_.below(isa::kMessageRegisters) | lane(4));
        return true;
      case OperandKind::VLane:
        f = static_cast<std::uint8_t>(pick_register(isa::kVectorRegisters) | lane(8));
        return true;
      case OperandKind::CellLane: f = static_cast<std::uint8_t>(random_.below(8)); return true;
      case OperandKind::CellLane32: f = static_cast<std::uint8_t>(random_.below(16)); return true;
      case OperandKind::Addr: f = pick_p(info.writes_memory); return true;
      // An owned destination takes an owned source, or ownership would be lost.
      case OperandKind::P: f = i == 0 ? pick_p(false) : pick_p(slot_.f[0] < kOwnedP); return true;
      case OperandKind::Imm: return fill_imm(info);
      case OperandKind::Coord: return fill_coord(info, form);
      case OperandKind::Member: return false;  // collectives come from the plan
    }
    return false;
  }

  bool fill_imm(const isa::OpInfo& info) {
    if (info.op == Op::SINDEX && !rules_.reckless) {
      imm_small_ = true;
      if (draft_.imm_taken) return false;
      return true;  // with the literal, which says the dimension
    }
    if (draft_.imm_taken) return true;  // shares what is there
    imm_ = info.op == Op::DBCST && random_.chance(0.5)
               ? (type_of(slot_) == Type::F64x8 ? random_double_bits(random_) : random_float_bits(random_))
               : random_integer(random_);
    return true;
  }

  bool fill_coord(const isa::OpInfo& info, const isa::Form& form) {
    if (draft_.coord_taken) return false;
    const bool to_owned_p = form.operands[0].kind == OperandKind::P && slot_.f[0] < kOwnedP;
    const bool owned = info.writes_memory || to_owned_p || (!rules_.shared_stream && random_.chance(0.5));
    if (owned && rules_.shared_stream) return false;
    const Regions& regions = *rules_.regions;
    coord_ = random_coordinate(random_, regions, owned ? regions.first_owned + rules_.sentron : regions.read_only);
    if (random_.chance(0.1)) coord_ = isa::with_flags(*coord_, static_cast<std::uint32_t>(random_.below(128)));
    return true;
  }

  // A dimension to step along and the largest step that the budget leaves; 0: none.
  int pick_dimension() {
    auto d = static_cast<int>(random_.below(isa::kDimensions));
    if (random_.chance(0.5)) d = 0;
    if (d == rules_.regions->dimension) d = (d + 1) % isa::kDimensions;
    return d;
  }
  std::int64_t pick_step(int dimension, std::uint64_t most) {
    const auto d = static_cast<std::size_t>(dimension);
    if (rules_.reckless) return random_.between(-static_cast<std::int64_t>(most), static_cast<std::int64_t>(most));
    const double left = (kDriftBudget - rules_.drift[d]) / rules_.iterations;
    if (left < 1) return 0;
    const auto limit = std::min<std::uint64_t>(most, static_cast<std::uint64_t>(left));
    const auto step = static_cast<std::int64_t>(1 + random_.below(limit));
    drift_dimension_ = dimension;
    drift_ = static_cast<double>(step);
    return step * rules_.regions->direction[d];
  }

  bool fill_literal(const isa::OpInfo& info, const isa::Form& form) {
    const auto below = [&](unsigned n) { return static_cast<std::uint16_t>(random_.below(n)); };
    switch (form.literal) {
      case LitKind::None: return true;
      case LitKind::Cond: {
        const Type type = type_of(slot_);
        slot_.lit = below(type == Type::I64 || type == Type::I32x16 ? 8 : 6);
        return true;
      }
      case LitKind::RedOp: slot_.lit = below(3); return true;
      case LitKind::PostInc: {
        if (random_.chance(1 - rules_.steps)) return true;
        const int d = pick_dimension();
        const auto s = static_cast<int>(pick_step(d, rules_.reckless ? 2047 : 3));
        if (s != 0) slot_.lit = isa::make_post_inc({d, s});
        return true;
      }
      case LitKind::Dim: return fill_index_step(form);
      case LitKind::Rotate: slot_.lit = below(512); return true;
      case LitKind::Shift64: slot_.lit = below(64); return true;
      case LitKind::Shift32: slot_.lit = below(32); return true;
      case LitKind::Level:
      case LitKind::Scope: slot_.lit = below(4); return true;
      case LitKind::Sentron: slot_.lit = below(rules_.sentrons); return info.op == Op::CROUTE || info.op == Op::CLISTEN;
      case LitKind::Group:
      case LitKind::GroupRed: return false;
    }
    return false;
  }

  // SINDEX by a register comes from sequences that bound the register, and from reckless programs.
  bool fill_index_step(const isa::Form& form) {
    const int d = pick_dimension();
    slot_.lit = static_cast<std::uint16_t>(d);
    if (form.operands[2].kind == OperandKind::R) return rules_.reckless;
    if (!imm_small_) return true;
    imm_ = static_cast<std::uint64_t>(pick_step(d, kSmallStep));
    return true;
  }

  [[nodiscard]] bool writes_twice() const {
    const isa::RegisterUse use = isa::registers_of(slot_);
    std::vector<isa::RegisterId> seen = draft_.written;
    for (int i = 0; i < use.writes; ++i) {
      const isa::RegisterId id = use.written[static_cast<std::size_t>(i)];
      if (std::find(seen.begin(), seen.end(), id) != seen.end()) return true;
      seen.push_back(id);
    }
    return false;
  }

  Random& random_;
  WordRules& rules_;
  Draft& draft_;
  isa::Slot slot_;
  std::optional<std::uint64_t> imm_;
  std::optional<isa::Coordinate> coord_;
  bool imm_small_ = false;
  std::optional<int> drift_dimension_;
  double drift_ = 0;
};

}  // namespace

isa::Slot make_slot(Op op, unsigned form, Type type, std::array<std::uint8_t, 4> f, std::uint16_t lit) {
  return {static_cast<std::uint8_t>(op), isa::make_form_type(form, type), f, lit};
}

isa::Coordinate random_coordinate(Random& random, const Regions& regions, std::uint32_t position) {
  isa::Dimensions d = regions.base;
  for (int changes = static_cast<int>(random.below(3)); changes > 0; --changes) {
    const auto i = static_cast<std::size_t>(random.chance(0.5) ? 0 : random.below(isa::kDimensions));
    const auto offset = static_cast<std::int64_t>(random.below(4)) * regions.direction[i];
    d[i] = static_cast<std::uint16_t>(std::clamp<std::int64_t>(d[i] + offset, 0, isa::kDimensionSize - 1));
  }
  d[static_cast<std::size_t>(regions.dimension)] = static_cast<std::uint16_t>(position);
  return isa::from_dimensions(d);
}

void fill_word(Random& random, WordRules& rules, isa::Siw& word, const std::vector<isa::RegisterId>& reserved) {
  Draft draft{word, reserved};
  for (const Pipe pipe : {Pipe::D, Pipe::S, Pipe::C}) {
    const isa::Slot& slot = word.slot(pipe);
    if (isa::is_nop(isa::op_of(slot))) continue;
    const isa::RegisterUse use = isa::registers_of(slot);
    draft.written.insert(draft.written.end(), use.written.begin(), use.written.begin() + use.writes);
    draft.imm_taken |= isa::uses_imm(slot);
    draft.coord_taken |= isa::uses_coord(slot);
  }
  for (const Pipe pipe : {Pipe::D, Pipe::S, Pipe::C}) {
    if (!isa::is_nop(isa::op_of(word.slot(pipe)))) continue;
    if (!random.chance(rules.density[static_cast<std::size_t>(pipe)])) continue;
    for (int tries = 0; tries < 6; ++tries) {
      SlotMaker maker(random, rules, draft);
      const std::optional<isa::Slot> slot = maker.attempt(pipe);
      if (!slot) continue;
      maker.commit(pipe, *slot);
      break;
    }
  }
}

}  // namespace vtpu::testbench
