#include "asm/scope.hpp"

#include "isa/names.hpp"
#include "isa/nearest.hpp"

namespace vtpu::assembly {
namespace {

std::optional<isa::Coordinate> parse_literal(Cursor& cursor, const Token& token) {
  const auto parsed = isa::parse_coordinate(std::string(token.text.substr(0, 128)));
  if (parsed) return *parsed;
  cursor.error(token, "{}", parsed.error().front().message);
  return std::nullopt;
}

std::optional<isa::Coordinate> parse_base(Cursor& cursor, const Scope& scope) {
  if (cursor.peek().kind == TokenKind::Coordinate) return parse_literal(cursor, cursor.take());
  if (!cursor.accept('@')) {
    cursor.error(cursor.peek(), "found {}, expected a coordinate: @name or @1.1.1/1.1.1/1.1.1/1.1",
                 describe(cursor.peek()));
    return std::nullopt;
  }
  const auto name = cursor.expect_identifier("the name of a coordinate or its eleven positions");
  if (!name) return std::nullopt;
  if (const auto it = scope.coordinates.find(name->text); it != scope.coordinates.end()) return it->second;
  const std::string suggestion =
      did_you_mean(name->text, scope.coordinates, [](const auto& c) -> std::string_view { return c.first; });
  cursor.error(*name, "no coordinate is named {}{}", describe(*name), suggestion);
  return std::nullopt;
}

}  // namespace

std::optional<Value> evaluate(Cursor& cursor, Scope& scope, const Expression& expression, const Indices& at) {
  std::string problem;
  const auto value = expression.evaluate(at, scope.budget, problem);
  if (!value) cursor.report(expression.line, expression.column, problem);
  return value;
}

std::optional<Value> parse_value(Cursor& cursor, Scope& scope) {
  const auto expression = parse_expression(cursor, scope.constants, Variables::None);
  if (!expression) return std::nullopt;
  return evaluate(cursor, scope, *expression);
}

std::optional<std::int64_t> to_integer(Cursor& cursor, const Expression& expression, const Value& value,
                                       std::string_view what, std::int64_t least, std::int64_t most) {
  if (value.is_real) {
    cursor.report(expression.line, expression.column,
                  fmt::format("{} is the floating point number {}, expected an integer", what, value.real));
    return std::nullopt;
  }
  if (value.integer < least || value.integer > most) {
    cursor.report(expression.line, expression.column,
                  fmt::format("{} is {}, expected {}..{}", what, value.integer, least, most));
    return std::nullopt;
  }
  return value.integer;
}

std::optional<std::int64_t> parse_integer(Cursor& cursor, Scope& scope, std::string_view what, std::int64_t least,
                                          std::int64_t most) {
  const auto expression = parse_expression(cursor, scope.constants, Variables::None);
  if (!expression) return std::nullopt;
  const auto value = evaluate(cursor, scope, *expression);
  if (!value) return std::nullopt;
  return to_integer(cursor, *expression, *value, what, least, most);
}

std::optional<int> parse_dimension(Cursor& cursor) {
  const Token token = cursor.peek();
  const auto number = token.kind == TokenKind::Identifier ? isa::numbered(token.text, 'd') : std::nullopt;
  if (!number || *number >= isa::kDimensions) {
    cursor.error(token, "found {}, expected a dimension d0..d{}", describe(token), isa::kDimensions - 1);
    return std::nullopt;
  }
  cursor.take();
  return static_cast<int>(*number);
}

std::optional<CoordinateExpression> parse_coordinate_expression(Cursor& cursor, Scope& scope, Variables offered) {
  CoordinateExpression result;
  const auto base = parse_base(cursor, scope);
  if (!base) return std::nullopt;
  result.base = *base;
  while (cursor.peek().is('+')) {
    const Token plus = cursor.take();
    if (result.offsets.size() == isa::kDimensions) {
      cursor.error(plus, "more than {} offsets on a coordinate", isa::kDimensions);
      return std::nullopt;
    }
    const auto dimension = parse_dimension(cursor);
    if (!dimension || !cursor.expect(':', "between the dimension and its offset")) return std::nullopt;
    auto step = parse_operand(cursor, scope.constants, offered);
    if (!step) return std::nullopt;
    result.offsets.push_back({*dimension, std::move(*step)});
  }
  return result;
}

std::optional<isa::Coordinate> evaluate(Cursor& cursor, Scope& scope, const CoordinateExpression& expression,
                                        const Indices& at) {
  isa::Coordinate c = expression.base;
  for (const auto& [dimension, step] : expression.offsets) {
    const auto value = evaluate(cursor, scope, step, at);
    if (!value) return std::nullopt;
    const auto steps = to_integer(cursor, step, *value, "the offset", INT64_MIN, INT64_MAX);
    if (!steps) return std::nullopt;
    const auto moved = isa::step(c, dimension, *steps);
    if (!moved) {
      cursor.report(step.line, step.column,
                    fmt::format("position {} in dimension {} moved by {} leaves 0..{}",
                                isa::get_dimension(c, dimension), dimension, *steps, isa::kDimensionSize - 1));
      return std::nullopt;
    }
    c = *moved;
  }
  return c;
}

std::optional<isa::Coordinate> parse_constant_coordinate(Cursor& cursor, Scope& scope) {
  const auto expression = parse_coordinate_expression(cursor, scope, Variables::None);
  if (!expression) return std::nullopt;
  return evaluate(cursor, scope, *expression);
}

}  // namespace vtpu::assembly
