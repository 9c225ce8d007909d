// What names mean while a text is assembled, and the coordinates written with them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "asm/cursor.hpp"
#include "asm/expression.hpp"
#include "isa/coordinate.hpp"

namespace vtpu::assembly {

struct Scope {
  Constants constants;
  std::map<std::string, isa::Coordinate, std::less<>> coordinates;
  StepBudget budget;
};

// The value of an expression without variables, or with those of `at`. Nothing after an error, which is reported.
[[nodiscard]] std::optional<Value> evaluate(Cursor& cursor, Scope& scope, const Expression& expression,
                                            const Indices& at = {});
// Parses and evaluates; `what` names it in messages ("the count"). The integer forms refuse an f64.
[[nodiscard]] std::optional<Value> parse_value(Cursor& cursor, Scope& scope);
[[nodiscard]] std::optional<std::int64_t> parse_integer(Cursor& cursor, Scope& scope, std::string_view what,
                                                        std::int64_t least, std::int64_t most);
[[nodiscard]] std::optional<std::int64_t> to_integer(Cursor& cursor, const Expression& expression, const Value& value,
                                                     std::string_view what, std::int64_t least, std::int64_t most);

// "@name", "@1.1.1/1.1.1/1.1.1/1.1", each with offsets "+d0:5+d1:(i*2)".
struct CoordinateExpression {
  struct Offset {
    int dimension = 0;
    Expression step;
  };
  isa::Coordinate base;
  std::vector<Offset> offsets;
};
[[nodiscard]] std::optional<CoordinateExpression> parse_coordinate_expression(Cursor& cursor, Scope& scope,
                                                                              Variables offered);
[[nodiscard]] std::optional<isa::Coordinate> evaluate(Cursor& cursor, Scope& scope,
                                                      const CoordinateExpression& expression, const Indices& at = {});
[[nodiscard]] std::optional<isa::Coordinate> parse_constant_coordinate(Cursor& cursor, Scope& scope);

// "d0" .. "d10" at the cursor.
[[nodiscard]] std::optional<int> parse_dimension(Cursor& cursor);

}  // namespace vtpu::assembly
