#include "asm/word_parser.hpp"

#include <algorithm>

#include "asm/form_text.hpp"
#include "asm/operands.hpp"
#include "isa/names.hpp"
#include "isa/nearest.hpp"
#include "isa/program.hpp"
#include "isa/state.hpp"

namespace vtpu::assembly {
namespace {

using isa::Form;
using isa::LitKind;
using isa::OperandKind;
using isa::Type;
using Shape = Operand::Shape;

constexpr std::size_t kMaxOperands = isa::kOperands + 1;  // with the literal

// The shared fields of a word, and who has set them.
struct SharedFields {
  std::optional<std::uint64_t> imm;
  std::optional<isa::Coordinate> coordinate;
};

// ---- matching operands with a form ----

char register_letter(OperandKind kind) {
  switch (kind) {
    case OperandKind::R: return 'r';
    case OperandKind::V:
    case OperandKind::VLane: return 'v';
    case OperandKind::P:
    case OperandKind::Addr: return 'p';
    case OperandKind::M:
    case OperandKind::MLane: return 'm';
    default: return '\0';
  }
}

unsigned register_count(char letter) {
  switch (letter) {
    case 'r': return isa::kIntRegisters;
    case 'v': return isa::kVectorRegisters;
    case 'p': return isa::kCoordinateRegisters;
    default: return isa::kMessageRegisters;
  }
}

// Whether the operand has the shape of the kind; its range is checked once the form is chosen.
bool matches(const Operand& operand, const Form& form, std::size_t i) {
  const OperandKind kind = form.operands[i].kind;
  switch (kind) {
    case OperandKind::R:
    case OperandKind::V:
    case OperandKind::P:
    case OperandKind::M:
      return operand.shape == Shape::Name && isa::numbered(operand.token.text, register_letter(kind)).has_value();
    case OperandKind::MLane:
    case OperandKind::VLane:
      return operand.shape == Shape::Indexed && isa::numbered(operand.token.text, register_letter(kind)).has_value();
    case OperandKind::Addr:
    case OperandKind::Coord: {
      const bool takes_lane = i + 1 < isa::kOperands && is_cell_lane(form.operands[i + 1].kind);
      if (operand.lane && !takes_lane) return false;
      if (kind == OperandKind::Coord) return operand.shape == Shape::Coordinate || operand.shape == Shape::Point;
      return operand.shape == Shape::Address && (!operand.dimension || form.literal == LitKind::PostInc);
    }
    case OperandKind::Member:
    case OperandKind::Imm: return operand.shape == Shape::Immediate;
    case OperandKind::None:
    case OperandKind::CellLane:
    case OperandKind::CellLane32: return false;
  }
  return false;
}

bool literal_matches(const Operand& operand, LitKind kind) {
  switch (kind) {
    case LitKind::Dim: return operand.shape == Shape::Name && isa::numbered(operand.token.text, 'd').has_value();
    case LitKind::Rotate:
    case LitKind::Shift64:
    case LitKind::Shift32: return operand.shape == Shape::Immediate;
    case LitKind::Sentron:
      return operand.shape == Shape::Indexed ||
             (operand.shape == Shape::Name && !isa::numbered(operand.token.text, 'r').has_value());
    default: return operand.shape == Shape::Name;
  }
}

bool matches(const std::vector<Operand>& operands, const Form& form) {
  std::size_t k = 0;
  for (std::size_t i = 0; i < isa::kOperands; ++i) {
    const OperandKind kind = form.operands[i].kind;
    if (kind == OperandKind::None || is_cell_lane(kind)) continue;
    if (k == operands.size() || !matches(operands[k], form, i)) return false;
    ++k;
  }
  if (literal_is_operand(form.literal)) {
    if (k == operands.size() || !literal_matches(operands[k], form.literal)) return false;
    ++k;
  }
  return k == operands.size();
}

std::string shown(const std::vector<Operand>& operands) {
  std::string text;
  for (const Operand& o : operands) text += fmt::format("{}{}", text.empty() ? "" : ", ", describe(o));
  return text.empty() ? "nothing" : text;
}

// ---- one operation ----

class SlotParser {
 public:
  SlotParser(Cursor& cursor, Scope& scope, SharedFields& shared) : cursor_(cursor), scope_(scope), shared_(shared) {}

  bool parse() {
    const auto name = cursor_.expect_identifier("an operation");
    if (!name) return false;
    mnemonic_ = *name;
    info_ = isa::find_op(mnemonic_.text);
    if (info_ == nullptr) return unknown_operation();
    if (!parse_suffixes() || !parse_operands() || !choose_form()) return false;
    return fill_operands() && fill_literal();
  }

  [[nodiscard]] const isa::OpInfo& info() const { return *info_; }
  [[nodiscard]] const Token& mnemonic() const { return mnemonic_; }
  [[nodiscard]] const isa::Slot& slot() const { return slot_; }
  [[nodiscard]] const std::optional<NameUse>& name_use() const { return name_use_; }

 private:
  bool unknown_operation() {
    const std::string suggestion =
        did_you_mean(mnemonic_.text, isa::all_ops(), [](const isa::OpInfo& i) { return i.mnemonic; });
    cursor_.error(mnemonic_, "no operation is named {}{}", describe(mnemonic_), suggestion);
    return false;
  }

  // The kind of literal that is written as a suffix; all forms of an operation share it.
  [[nodiscard]] LitKind suffix_kind() const {
    for (const Form& form : info_->forms) {
      if (!isa::names_of(form.literal).empty()) return form.literal;
    }
    return LitKind::None;
  }

  bool parse_suffixes() {
    const LitKind kind = suffix_kind();
    while (cursor_.peek().is('.')) {
      cursor_.take();
      const auto suffix = cursor_.expect_identifier("a type or another suffix after '.'");
      if (!suffix) return false;
      const auto type = isa::type_named(suffix->text);
      if (type && type_ == Type::None && !literal_suffix_) {
        type_ = *type;
        continue;
      }
      const auto names = isa::names_of(kind);
      const auto it = std::find(names.begin(), names.end(), suffix->text);
      if (it == names.end() || literal_suffix_) return bad_suffix(*suffix, kind);
      literal_suffix_ = static_cast<unsigned>(it - names.begin());
    }
    if (kind != LitKind::None && !literal_suffix_) {
      cursor_.error(mnemonic_, "{} without a suffix, expected one of {}", info_->mnemonic, suffixes_text(kind));
      return false;
    }
    return true;
  }

  bool bad_suffix(const Token& suffix, LitKind kind) {
    std::string expected = types_text(types_of(*info_));
    if (kind != LitKind::None) expected += fmt::format("{}{}", expected.empty() ? "" : ", then ", suffixes_text(kind));
    if (expected.empty()) expected = "no suffix";
    cursor_.error(suffix, "{} does not take the suffix '.{}' here, expected {}", info_->mnemonic,
                  suffix.text.substr(0, 24), expected);
    return false;
  }

  bool parse_operands() {
    if (cursor_.at_line_end() || cursor_.peek().is('|')) return true;
    do {
      auto operand = parse_operand_as_written(cursor_, scope_);
      if (!operand) return false;
      operands_.push_back(*operand);
    } while (operands_.size() <= kMaxOperands && cursor_.accept(','));
    if (cursor_.at_line_end() || cursor_.peek().is('|')) return true;
    cursor_.error(cursor_.peek(), "found {}, expected ',', '|' or the end of the line", describe(cursor_.peek()));
    return false;
  }

  // An operation with a single type needs no suffix.
  void infer_type() {
    const isa::TypeMask mask = types_of(*info_);
    if (type_ != Type::None || (mask & (mask - 1U)) != 0) return;
    type_ = static_cast<Type>(__builtin_ctz(mask));
  }

  bool choose_form() {
    infer_type();
    bool type_known = false;
    std::string expected;
    for (std::size_t i = 0; i < info_->forms.size(); ++i) {
      const Form& form = info_->forms[i];
      if ((form.types & isa::mask_of(type_)) == 0) continue;
      type_known = true;
      if (matches(operands_, form)) {
        form_ = &form;
        slot_.op = static_cast<std::uint8_t>(info_->op);
        slot_.form_type = isa::make_form_type(static_cast<unsigned>(i), type_);
        return true;
      }
      expected += fmt::format("{}({})", expected.empty() ? "" : " or ", operands_text(*info_, form));
    }
    if (!type_known) {
      const std::string types = types_text(types_of(*info_));
      cursor_.error(mnemonic_, "{} {}, expected {}", info_->mnemonic,
                    type_ == Type::None ? "has no type" : fmt::format("has no type .{}", isa::name_of(type_)),
                    types.empty() ? std::string("no type") : types);
    } else {
      const Token& at = operands_.empty() ? mnemonic_ : operands_.front().token;
      cursor_.error(at, "{} does not take ({}), expected {}", full_name(), shown(operands_), expected);
    }
    return false;
  }

  [[nodiscard]] std::string full_name() const {
    std::string text(info_->mnemonic);
    if (type_ != Type::None) text += fmt::format(".{}", isa::name_of(type_));
    return text;
  }

  // ---- filling in ----

  bool fill_register(const Token& name, char letter, std::uint8_t& f) {
    const unsigned count = register_count(letter);
    const auto number = isa::numbered(name.text, letter);
    if (!number || *number >= count) {
      cursor_.error(name, "found {}, expected a register {}0..{}{}", describe(name), letter, letter, count - 1);
      return false;
    }
    f = static_cast<std::uint8_t>(*number);
    return true;
  }

  bool fill_lane(const Operand& operand, std::uint64_t lane, std::uint64_t lanes) {
    if (lane < lanes) return true;
    cursor_.error(operand.token, "{}: lane {}, expected 0..{}", describe(operand), lane, lanes - 1);
    return false;
  }

  bool share_imm(const Operand& operand) {
    if (shared_.imm && *shared_.imm != operand.bits) {
      cursor_.error(operand.token, "immediate 0x{:x} differs from 0x{:x} in the same word, which has room for one",
                    operand.bits, *shared_.imm);
      return false;
    }
    shared_.imm = operand.bits;
    return true;
  }

  bool share_coordinate(const Operand& operand) {
    if (shared_.coordinate && *shared_.coordinate != operand.coordinate) {
      cursor_.error(operand.token, "coordinate {} differs from {} in the same word, which has room for one",
                    isa::to_string(operand.coordinate), isa::to_string(*shared_.coordinate));
      return false;
    }
    shared_.coordinate = operand.coordinate;
    return true;
  }

  bool check_coordinate_shape(const Operand& operand) {
    const bool memory = info_->reads_memory || info_->writes_memory;
    if ((operand.shape == Shape::Coordinate) == memory) return true;
    cursor_.error(operand.token, "{} takes its coordinate {} brackets: {}", info_->mnemonic, memory ? "in" : "without",
                  memory ? "[@name]" : "@name");
    return false;
  }

  bool fill_operand(const Operand& operand, std::size_t i) {
    const OperandKind kind = form_->operands[i].kind;
    std::uint8_t& f = slot_.f[i];
    switch (kind) {
      case OperandKind::MLane:
      case OperandKind::VLane: {
        const auto index = static_cast<std::uint64_t>(operand.index);
        if (!fill_register(operand.token, register_letter(kind), f)) return false;
        if (!fill_lane(operand, index, kind == OperandKind::MLane ? 4 : 8)) return false;
        f = static_cast<std::uint8_t>(f | index << 4U);
        return true;
      }
      case OperandKind::Addr:
      case OperandKind::Coord: {
        if (kind == OperandKind::Addr && !fill_register(operand.base, 'p', f)) return false;
        if (kind == OperandKind::Coord && (!check_coordinate_shape(operand) || !share_coordinate(operand))) {
          return false;
        }
        if (operand.dimension) {
          slot_.lit = isa::make_post_inc({*operand.dimension, static_cast<int>(operand.step)});
        }
        const OperandKind lane = i + 1 < isa::kOperands ? form_->operands[i + 1].kind : OperandKind::None;
        if (!is_cell_lane(lane)) return true;
        const std::uint64_t number = operand.lane.value_or(0);
        if (!fill_lane(operand, number, lane == OperandKind::CellLane ? 8 : 16)) return false;
        slot_.f[i + 1] = static_cast<std::uint8_t>(number);
        return true;
      }
      case OperandKind::Member: {
        const auto member = small_number(operand, "the member", isa::kMaxMembersNamed - 1);
        if (member) f = static_cast<std::uint8_t>(*member);
        return member.has_value();
      }
      case OperandKind::Imm: return share_imm(operand);
      default: return fill_register(operand.token, register_letter(kind), f);
    }
  }

  bool fill_operands() {
    std::size_t k = 0;
    for (std::size_t i = 0; i < isa::kOperands; ++i) {
      const OperandKind kind = form_->operands[i].kind;
      if (kind == OperandKind::None || is_cell_lane(kind)) continue;
      if (!fill_operand(operands_[k++], i)) return false;
    }
    return true;
  }

  std::optional<std::uint16_t> small_number(const Operand& operand, std::string_view what, std::int64_t most) {
    if (!operand.integer || *operand.integer < 0 || *operand.integer > most) {
      cursor_.error(operand.token, "{} of {} is {}, expected #0..#{}", what, info_->mnemonic,
                    operand.integer ? fmt::format("{}", *operand.integer) : std::string("no integer"), most);
      return std::nullopt;
    }
    return static_cast<std::uint16_t>(*operand.integer);
  }

  bool fill_literal() {
    switch (form_->literal) {
      case LitKind::None:
      case LitKind::PostInc: return true;
      case LitKind::Cond:
      case LitKind::RedOp:
      case LitKind::Level:
      case LitKind::Scope: slot_.lit = static_cast<std::uint16_t>(*literal_suffix_); return true;
      case LitKind::Dim: {
        const Token& name = operands_.back().token;
        const auto dimension = isa::numbered(name.text, 'd');
        if (!dimension || *dimension >= isa::kDimensions) {
          cursor_.error(name, "found {}, expected a dimension d0..d{}", describe(name), isa::kDimensions - 1);
          return false;
        }
        slot_.lit = static_cast<std::uint16_t>(*dimension);
        return true;
      }
      case LitKind::Rotate: return fill_count(511);
      case LitKind::Shift64: return fill_count(63);
      case LitKind::Shift32: return fill_count(31);
      case LitKind::GroupRed:
        slot_.lit = static_cast<std::uint16_t>(*literal_suffix_ << 12U);
        name_use_ = NameUse{NameUse::Kind::Group, operands_.back().token, {}};
        return true;
      case LitKind::Group: name_use_ = NameUse{NameUse::Kind::Group, operands_.back().token, {}}; return true;
      case LitKind::Sentron: {
        const Operand& operand = operands_.back();
        name_use_ = NameUse{NameUse::Kind::Sentron, operand.token, {}};
        if (operand.shape == Shape::Indexed) name_use_->element = operand.index;
        return true;
      }
    }
    return true;
  }

  bool fill_count(std::int64_t most) {
    const auto count = small_number(operands_.back(), "the count", most);
    if (count) slot_.lit = *count;
    return count.has_value();
  }

  Cursor& cursor_;
  Scope& scope_;
  SharedFields& shared_;
  Token mnemonic_;
  const isa::OpInfo* info_ = nullptr;
  Type type_ = Type::None;
  std::optional<unsigned> literal_suffix_;
  std::vector<Operand> operands_;
  const Form* form_ = nullptr;
  isa::Slot slot_;
  std::optional<NameUse> name_use_;
};

}  // namespace

std::optional<ParsedWord> parse_word(Cursor& cursor, Scope& scope) {
  ParsedWord result;
  SharedFields shared;
  std::array<std::string_view, isa::kPipes> taken;
  do {
    SlotParser parser(cursor, scope, shared);
    if (!parser.parse()) return std::nullopt;
    const isa::Pipe pipe = parser.info().pipe;
    std::string_view& other = taken[static_cast<std::size_t>(pipe)];
    if (!other.empty()) {
      cursor.error(parser.mnemonic(), "two operations of pipe {} in one word: {} and {}", isa::name_of(pipe), other,
                   parser.info().mnemonic);
      return std::nullopt;
    }
    other = parser.info().mnemonic;
    result.word.slot(pipe) = parser.slot();
    if (parser.name_use()) result.name_use = parser.name_use();
  } while (cursor.accept('|'));
  if (!cursor.expect_line_end()) return std::nullopt;
  result.word.imm = shared.imm.value_or(0);
  result.word.set_coord(shared.coordinate.value_or(isa::Coordinate{}));
  return result;
}

}  // namespace vtpu::assembly
