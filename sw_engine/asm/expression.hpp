// Constant expressions: integers (64 bits, wrapping) and f64, + - * / %, parentheses, named constants, the variables
// i and j where a directive offers them, and a few functions. Compiled once, evaluated often.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "asm/cursor.hpp"

namespace vtpu::assembly {

// Without initial values, so that the evaluation stack costs nothing; made by integer_value and real_value.
struct Value {
  bool is_real;
  std::int64_t integer;
  double real;

  [[nodiscard]] double as_real() const { return is_real ? real : static_cast<double>(integer); }
  // What a 64-bit register holds: the integer, or the bits of the f64.
  [[nodiscard]] std::uint64_t bits() const;
};
[[nodiscard]] Value integer_value(std::int64_t v);
[[nodiscard]] Value real_value(double v);
// An f32 in both halves of 64 bits.
[[nodiscard]] std::uint64_t single_in_both_halves(float v);

using Constants = std::map<std::string, Value, std::less<>>;

// What i and j stand for in one evaluation.
struct Indices {
  std::int64_t i = 0;
  std::int64_t j = 0;
};

// Steps that all evaluations of one assembly may take together.
inline constexpr std::uint64_t kMaxSteps = 1U << 24U;
struct StepBudget {
  std::uint64_t left = kMaxSteps;
};

class Expression {
 public:
  enum class Code : std::uint8_t {
    Push,
    IndexI,
    IndexJ,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Negate,
    Rand,
    IntegerRand,
    ToInteger,
    ToReal,
    SingleBits,
    RealBits,
    Minimum,
    Maximum,
  };
  struct Step {
    Code code = Code::Push;
    std::uint32_t arguments = 0;  // Rand, IntegerRand
    Value value{};                // Push
  };

  // Nothing when it cannot be computed; `problem` says why.
  [[nodiscard]] std::optional<Value> evaluate(const Indices& at, StepBudget& budget, std::string& problem) const;
  [[nodiscard]] bool varies() const;  // mentions i or j

  std::vector<Step> steps;  // postfix
  std::uint32_t line = 0;   // where it begins, for errors of evaluation
  std::uint32_t column = 0;
};

enum class Variables : std::uint8_t { None, I, IJ };

// Parses one expression at the cursor; nothing after an error, which is reported.
[[nodiscard]] std::optional<Expression> parse_expression(Cursor& cursor, const Constants& constants, Variables offered);
// As above, but one operand only: a number, a name, a call, something in parentheses, or a minus before these.
[[nodiscard]] std::optional<Expression> parse_operand(Cursor& cursor, const Constants& constants, Variables offered);

[[nodiscard]] bool is_function(std::string_view name);

// The hash behind irand(a, b, ...).
[[nodiscard]] std::uint64_t hash_of(const std::uint64_t* arguments, std::size_t n);

}  // namespace vtpu::assembly
