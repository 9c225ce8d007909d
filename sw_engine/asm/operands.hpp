// Operands as written, before an operation's form gives them their meaning.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "asm/scope.hpp"

namespace vtpu::assembly {

struct Operand {
  enum class Shape : std::uint8_t {
    Name,        // a register, a dimension, a sentron, a group: the form tells
    Indexed,     // m2[1], v2[3], or an element of an array of sentrons
    Address,     // [p3], [p3, d0 += 1], either followed by .lane
    Coordinate,  // [@...], followed by .lane or not
    Point,       // @...
    Immediate,   // #...
  };
  Shape shape = Shape::Name;
  Token token;                          // where it begins; for Name and Indexed its name
  std::int64_t index = 0;               // Indexed
  Token base;                           // Address: the register
  std::optional<int> dimension;         // Address with post-increment
  std::int64_t step = 0;                // Address with post-increment
  std::optional<std::uint64_t> lane;    // Address, Coordinate
  isa::Coordinate coordinate;           // Coordinate, Point
  std::uint64_t bits = 0;               // Immediate
  std::optional<std::int64_t> integer;  // Immediate, where it is one
};

[[nodiscard]] std::optional<Operand> parse_operand_as_written(Cursor& cursor, Scope& scope);

// "a register", "[p]", "#immediate": how messages call it.
[[nodiscard]] std::string describe(const Operand& operand);

}  // namespace vtpu::assembly
