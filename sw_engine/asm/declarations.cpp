// .program .const .coord .cell .fill
#include <bit>
#include <cstring>

#include "asm/assembly.hpp"
#include "isa/names.hpp"

namespace vtpu::assembly {
namespace {

using Kind = CellExpression::Kind;

std::optional<Kind> parse_kind(Cursor& cursor) {
  const auto name = cursor.expect_identifier("the type of the elements: i64, hex, f64, i32 or f32");
  if (!name) return std::nullopt;
  if (name->is("i64") || name->is("hex")) return Kind::I64;
  if (name->is("f64")) return Kind::F64;
  if (name->is("i32")) return Kind::I32;
  if (name->is("f32")) return Kind::F32;
  cursor.error(*name, "found {}, expected the type of the elements: i64, hex, f64, i32 or f32", describe(*name));
  return std::nullopt;
}

std::size_t element_bytes(Kind kind) { return kind == Kind::I64 || kind == Kind::F64 ? 8 : 4; }
std::size_t element_count(Kind kind) { return sizeof(isa::Cell) / element_bytes(kind); }

// Writes element j; false after an error.
bool store_element(Cursor& cursor, Kind kind, const Expression& source, const Value& value, std::size_t j,
                   isa::Cell& cell) {
  std::uint64_t bits = 0;
  switch (kind) {
    case Kind::F64: bits = std::bit_cast<std::uint64_t>(value.as_real()); break;
    case Kind::F32: bits = std::bit_cast<std::uint32_t>(static_cast<float>(value.as_real())); break;
    case Kind::I64:
    case Kind::I32: {
      const bool wide = kind == Kind::I64;
      const auto integer = to_integer(cursor, source, value, "the element", wide ? INT64_MIN : INT32_MIN,
                                      wide ? INT64_MAX : std::int64_t{UINT32_MAX});
      if (!integer) return false;
      bits = static_cast<std::uint64_t>(*integer);
      break;
    }
  }
  const std::size_t width = element_bytes(kind);
  const std::size_t lane = j * width / 8;
  const std::size_t shift = j * width % 8 * 8;
  const std::uint64_t mask = width == 8 ? ~std::uint64_t{0} : 0xFFFFFFFFU;
  cell.lane[lane] |= (bits & mask) << shift;
  return true;
}

bool add_cell(Assembly& a, const Token& at, const isa::Coordinate& address, const isa::Cell& cell) {
  if (isa::get_flags(address) != 0) {
    a.cursor.error(at, "the address {} has flags, expected none", isa::to_string(address));
    return false;
  }
  if (a.program.memory.size() == isa::kMaxCells)
    return report_too_big(a, at, "cells of initial memory", isa::kMaxCells);
  if (a.program.memory.emplace(address, cell).second) return true;
  a.cursor.error(at, "the cell {} is given twice", isa::to_string(address));
  return false;
}

struct FillDimension {
  int dimension = 0;
  std::int64_t count = 1;
};

// "d1 64 d0 64", the last one running fastest.
std::optional<std::vector<FillDimension>> parse_fill_dimensions(Assembly& a) {
  std::vector<FillDimension> result;
  do {
    const auto dimension = parse_dimension(a.cursor);
    if (!dimension) return std::nullopt;
    const auto expression = parse_operand(a.cursor, a.scope.constants, Variables::None);
    if (!expression) return std::nullopt;
    const auto value = evaluate(a.cursor, a.scope, *expression);
    if (!value) return std::nullopt;
    const auto count = to_integer(a.cursor, *expression, *value, "the number of cells", 1, isa::kDimensionSize);
    if (!count) return std::nullopt;
    result.push_back({*dimension, *count});
  } while (result.size() < isa::kDimensions && a.cursor.peek().kind == TokenKind::Identifier &&
           isa::numbered(a.cursor.peek().text, 'd'));
  return result;
}

// The base moved to cell number i of the fill.
std::optional<isa::Coordinate> fill_address(Cursor& cursor, const Token& at, isa::Coordinate c,
                                            const std::vector<FillDimension>& dimensions, std::int64_t i) {
  for (auto d = dimensions.rbegin(); d != dimensions.rend(); ++d) {
    const auto moved = isa::step(c, d->dimension, i % d->count);
    if (!moved) {
      cursor.error(at, "the fill leaves 0..{} in dimension {}", isa::kDimensionSize - 1, d->dimension);
      return std::nullopt;
    }
    c = *moved;
    i /= d->count;
  }
  return c;
}

}  // namespace

bool report_too_big(Assembly& a, const Token& at, std::string_view what, std::uint64_t most) {
  a.cursor.error(at, "more than {} {}, the rest is not read", most, what);
  a.too_big = true;
  return false;
}

bool parse_program_name(Assembly& a) {
  const auto name = a.cursor.expect_identifier("the name of the program");
  if (!name) return false;
  if (!a.program.name.empty()) {
    a.cursor.error(*name, "the program is named twice, '{}' before", a.program.name);
    return false;
  }
  a.program.name = name->text;
  return true;
}

bool parse_constant(Assembly& a) {
  const auto name = a.cursor.expect_identifier("the name of the constant");
  if (!name || !a.cursor.expect('=', "after the name of the constant")) return false;
  const auto value = parse_value(a.cursor, a.scope);
  if (!value) return false;
  if (name->is("i") || name->is("j")) {
    a.cursor.error(*name, "'{}' is a variable of .fill and .sentron, expected another name", name->text);
    return false;
  }
  const auto set = a.set.find(name->text);
  const Value used = set == a.set.end() ? *value : integer_value(set->second);
  if (a.scope.constants.emplace(name->text, used).second) return true;
  a.cursor.error(*name, "the constant {} is given twice", describe(*name));
  return false;
}

bool parse_named_coordinate(Assembly& a) {
  const auto name = a.cursor.expect_identifier("the name of the coordinate");
  if (!name) return false;
  const auto at = parse_constant_coordinate(a.cursor, a.scope);
  if (!at) return false;
  if (a.scope.coordinates.size() == isa::kMaxCoordinates) {
    return report_too_big(a, *name, "named coordinates", isa::kMaxCoordinates);
  }
  if (!isa::is_name(name->text)) {
    a.cursor.error(*name, "the name has {} characters, expected at most {}", name->text.size(), isa::kMaxNameLength);
    return false;
  }
  if (a.scope.coordinates.emplace(name->text, *at).second) return true;
  a.cursor.error(*name, "the coordinate {} is given twice", describe(*name));
  return false;
}

std::optional<CellExpression> parse_cell_expression(Assembly& a, Variables offered) {
  if (!a.cursor.expect('{', "before the elements")) return std::nullopt;
  a.cursor.skip_newlines();
  CellExpression cell;
  const auto kind = parse_kind(a.cursor);
  if (!kind) return std::nullopt;
  cell.kind = *kind;
  do {
    a.cursor.skip_newlines();
    if (cell.elements.size() == element_count(cell.kind)) {
      a.cursor.error(a.cursor.peek(), "more than {} elements in a cell", element_count(cell.kind));
      return std::nullopt;
    }
    auto element = parse_expression(a.cursor, a.scope.constants, offered);
    if (!element) return std::nullopt;
    cell.elements.push_back(std::move(*element));
    a.cursor.skip_newlines();
  } while (a.cursor.accept(','));
  if (!a.cursor.expect('}', "or ',' after an element")) return std::nullopt;
  return cell;
}

std::optional<isa::Cell> evaluate(Assembly& a, const CellExpression& cell, const Indices& at) {
  isa::Cell result;
  for (std::size_t j = 0; j < cell.elements.size(); ++j) {
    const auto value = evaluate(a.cursor, a.scope, cell.elements[j], at);
    if (!value || !store_element(a.cursor, cell.kind, cell.elements[j], *value, j, result)) return std::nullopt;
  }
  return result;
}

bool parse_cell(Assembly& a) {
  const Token at = a.cursor.peek();
  const auto address = parse_constant_coordinate(a.cursor, a.scope);
  if (!address) return false;
  const Token brace = a.cursor.peek();
  const auto elements = parse_cell_expression(a, Variables::None);
  if (!elements) {
    // What follows on the lines inside the braces is no statement.
    if (brace.is('{')) a.cursor.skip_braces();
    return false;
  }
  const auto cell = evaluate(a, *elements, {});
  return cell && add_cell(a, at, *address, *cell);
}

bool parse_fill(Assembly& a) {
  const Token at = a.cursor.peek();
  const auto base = parse_constant_coordinate(a.cursor, a.scope);
  if (!base) return false;
  const auto dimensions = parse_fill_dimensions(a);
  if (!dimensions) return false;
  const auto kind = parse_kind(a.cursor);
  if (!kind) return false;
  const auto element = parse_expression(a.cursor, a.scope.constants, Variables::IJ);
  if (!element || !a.cursor.expect_line_end()) return false;
  std::int64_t cells = 1;
  for (const FillDimension& d : *dimensions) {
    cells *= d.count;
    if (cells > isa::kMaxCells) return report_too_big(a, at, "cells of initial memory", isa::kMaxCells);
  }
  const auto n = static_cast<std::int64_t>(element_count(*kind));
  for (std::int64_t i = 0; i < cells; ++i) {
    isa::Cell cell;
    for (std::int64_t j = 0; j < n; ++j) {
      const auto value = evaluate(a.cursor, a.scope, *element, {i, j});
      if (!value || !store_element(a.cursor, *kind, *element, *value, static_cast<std::size_t>(j), cell)) return false;
    }
    const auto address = fill_address(a.cursor, at, *base, *dimensions, i);
    if (!address || !add_cell(a, at, *address, cell)) return false;
  }
  return true;
}

}  // namespace vtpu::assembly
