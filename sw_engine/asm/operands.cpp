#include "asm/operands.hpp"

#include "isa/names.hpp"
#include "isa/program.hpp"

namespace vtpu::assembly {
namespace {

bool parse_lane(Cursor& cursor, Operand& operand) {
  if (!cursor.accept('.')) return true;
  const Token token = cursor.take();
  if (token.kind != TokenKind::Integer) {
    cursor.error(token, "found {}, expected the number of a lane after '.'", describe(token));
    return false;
  }
  operand.lane = token.integer;
  return true;
}

// ", d0 += 1" after the register.
bool parse_post_increment(Cursor& cursor, Scope& scope, Operand& operand) {
  if (!cursor.accept(',')) return true;
  operand.dimension = parse_dimension(cursor);
  if (!operand.dimension) return false;
  const Token sign = cursor.peek();
  if (!(sign.is('+') || sign.is('-')) || !cursor.peek_next().is('=')) {
    cursor.error(sign, "found {}, expected '+=' or '-=' and a step", describe(sign));
    return false;
  }
  cursor.take();
  cursor.take();
  const Token at = cursor.peek();
  const bool down = sign.is('-');
  const auto step = parse_integer(cursor, scope, "the step", down ? -2047 : -2048, down ? 2048 : 2047);
  if (!step) return false;
  operand.step = down ? -*step : *step;
  if (operand.step != 0) return true;
  cursor.error(at, "a step of 0 is no post-increment, leave it out");
  return false;
}

std::optional<Operand> parse_bracketed(Cursor& cursor, Scope& scope, Operand operand) {
  cursor.take();  // [
  if (cursor.peek().is('@') || cursor.peek().kind == TokenKind::Coordinate) {
    operand.shape = Operand::Shape::Coordinate;
    const auto at = parse_constant_coordinate(cursor, scope);
    if (!at) return std::nullopt;
    operand.coordinate = *at;
  } else {
    operand.shape = Operand::Shape::Address;
    const auto base = cursor.expect_identifier("a register p0..p7 or a coordinate @... in the address");
    if (!base) return std::nullopt;
    operand.base = *base;
    if (!parse_post_increment(cursor, scope, operand)) return std::nullopt;
  }
  if (!cursor.expect(']', "after the address") || !parse_lane(cursor, operand)) return std::nullopt;
  return operand;
}

std::optional<Operand> parse_immediate(Cursor& cursor, Scope& scope, Operand operand) {
  cursor.take();  // #
  operand.shape = Operand::Shape::Immediate;
  const bool negative = cursor.peek().is('-');
  const Token& number = negative ? cursor.peek_next() : cursor.peek();
  if (number.kind == TokenKind::Real && number.single) {
    const auto value = static_cast<float>(number.real);
    if (negative) cursor.take();
    cursor.take();
    operand.bits = single_in_both_halves(negative ? -value : value);
    return operand;
  }
  const auto expression = parse_operand(cursor, scope.constants, Variables::None);
  if (!expression) return std::nullopt;
  const auto value = evaluate(cursor, scope, *expression);
  if (!value) return std::nullopt;
  operand.bits = value->bits();
  if (!value->is_real) operand.integer = value->integer;
  return operand;
}

}  // namespace

std::optional<Operand> parse_operand_as_written(Cursor& cursor, Scope& scope) {
  Operand operand;
  operand.token = cursor.peek();
  if (operand.token.is('[')) return parse_bracketed(cursor, scope, operand);
  if (operand.token.is('#')) return parse_immediate(cursor, scope, operand);
  if (operand.token.is('@') || operand.token.kind == TokenKind::Coordinate) {
    operand.shape = Operand::Shape::Point;
    const auto at = parse_constant_coordinate(cursor, scope);
    if (!at) return std::nullopt;
    operand.coordinate = *at;
    return operand;
  }
  if (operand.token.kind == TokenKind::Bad) {
    cursor.error(operand.token, "{} {}", describe(operand.token), operand.token.problem);
    return std::nullopt;
  }
  if (!cursor.expect_identifier("an operand (a register, an address [..], an immediate #.., a name)")) {
    return std::nullopt;
  }
  if (!cursor.accept('[')) return operand;
  operand.shape = Operand::Shape::Indexed;
  const auto index = parse_integer(cursor, scope, "the index", 0, isa::kMaxSentrons - 1);
  if (!index || !cursor.expect(']', "after the index")) return std::nullopt;
  operand.index = *index;
  return operand;
}

std::string describe(const Operand& operand) {
  switch (operand.shape) {
    case Operand::Shape::Name: return std::string(operand.token.text.substr(0, 24));
    case Operand::Shape::Indexed: return fmt::format("{}[{}]", operand.token.text.substr(0, 24), operand.index);
    case Operand::Shape::Address: {
      std::string text = fmt::format("[{}", operand.base.text.substr(0, 24));
      if (operand.dimension) text += fmt::format(", d{} += {}", *operand.dimension, operand.step);
      text += "]";
      return operand.lane ? text + fmt::format(".{}", *operand.lane) : text;
    }
    case Operand::Shape::Coordinate: return operand.lane ? fmt::format("[@].{}", *operand.lane) : "[@]";
    case Operand::Shape::Point: return "@";
    case Operand::Shape::Immediate: return "#";
  }
  return "?";
}

}  // namespace vtpu::assembly
