#include "asm/expression.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "isa/nearest.hpp"

namespace vtpu::assembly {
namespace {

using Code = Expression::Code;

constexpr std::size_t kMaxParts = 256;  // steps of one expression
constexpr int kMaxDepth = 32;           // of parentheses, calls and signs
constexpr std::size_t kMaxArguments = 8;
constexpr std::size_t kStack = 32;  // values waiting at once

struct Function {
  std::string_view name;
  Code code;
  std::uint32_t least;
  std::uint32_t most;
};
constexpr std::array<Function, 8> kFunctions{{{"rand", Code::Rand, 1, kMaxArguments},
                                              {"irand", Code::IntegerRand, 1, kMaxArguments},
                                              {"int", Code::ToInteger, 1, 1},
                                              {"float", Code::ToReal, 1, 1},
                                              {"f32bits", Code::SingleBits, 1, 1},
                                              {"f64bits", Code::RealBits, 1, 1},
                                              {"min", Code::Minimum, 2, 2},
                                              {"max", Code::Maximum, 2, 2}}};

const Function* function_named(std::string_view name) {
  for (const Function& f : kFunctions) {
    if (f.name == name) return &f;
  }
  return nullptr;
}

class Parser {
 public:
  Parser(Cursor& cursor, const Constants& constants, Variables offered)
      : cursor_(cursor), constants_(constants), offered_(offered) {
    expression_.line = cursor.peek().line;
    expression_.column = cursor.peek().column;
  }

  bool sum() {
    if (!product()) return false;
    for (;;) {
      const Token& op = cursor_.peek();
      // "+d0:" continues a coordinate, not a sum.
      if (!op.is('+') && !op.is('-')) return true;
      if (offset_ahead()) return true;
      const Code code = cursor_.take().is('+') ? Code::Add : Code::Subtract;
      if (!product() || !push({code, 0, {}})) return false;
    }
  }

  bool operand() {
    const Token token = cursor_.peek();
    if (++depth_ > kMaxDepth) {
      cursor_.error(token, "expression nested more than {} deep", kMaxDepth);
      return false;
    }
    const bool good = operand_at(token);
    --depth_;
    return good;
  }

  [[nodiscard]] Expression take() { return std::move(expression_); }

 private:
  bool push(Expression::Step step) {
    if (expression_.steps.size() == kMaxParts) {
      cursor_.error(cursor_.peek(), "expression has more than {} parts, split it with .const", kMaxParts);
      return false;
    }
    waiting_ -= arguments_of(step);
    if (++waiting_ > kStack) {
      cursor_.error(cursor_.peek(), "expression needs more than {} intermediate values, split it with .const", kStack);
      return false;
    }
    expression_.steps.push_back(step);
    return true;
  }

  static std::size_t arguments_of(const Expression::Step& step) {
    switch (step.code) {
      case Code::Push:
      case Code::IndexI:
      case Code::IndexJ: return 0;
      case Code::Rand:
      case Code::IntegerRand: return step.arguments;
      case Code::Negate:
      case Code::ToInteger:
      case Code::ToReal:
      case Code::SingleBits:
      case Code::RealBits: return 1;
      default: return 2;
    }
  }

  [[nodiscard]] bool offset_ahead() const {
    const Token& next = cursor_.peek_next();
    return cursor_.peek().is('+') && next.kind == TokenKind::Identifier && next.text.size() >= 2 &&
           next.text[0] == 'd' && next.text.find_first_not_of("0123456789", 1) == std::string_view::npos;
  }

  bool product() {
    if (!operand()) return false;
    for (;;) {
      const Token& op = cursor_.peek();
      if (!op.is('*') && !op.is('/') && !op.is('%')) return true;
      const char symbol = cursor_.take().text[0];
      const Code code = symbol == '*' ? Code::Multiply : symbol == '/' ? Code::Divide : Code::Remainder;
      if (!operand() || !push({code, 0, {}})) return false;
    }
  }

  bool operand_at(const Token& token) {
    switch (token.kind) {
      case TokenKind::Integer:
        cursor_.take();
        return push({Code::Push, 0, integer_value(static_cast<std::int64_t>(token.integer))});
      case TokenKind::Real:
        if (token.single) {
          cursor_.error(token, "{}: the suffix f stands only in an immediate '#{}', use f32bits() in an expression",
                        describe(token), token.text);
          return false;
        }
        cursor_.take();
        return push({Code::Push, 0, real_value(token.real)});
      case TokenKind::Identifier: return named(cursor_.take());
      case TokenKind::Bad: cursor_.error(token, "{} {}", describe(token), token.problem); return false;
      default: break;
    }
    if (cursor_.accept('(')) return sum() && cursor_.expect(')', "after the expression");
    if (cursor_.accept('-')) return operand() && push({Code::Negate, 0, {}});
    cursor_.error(token, "found {}, expected a number, a constant or an expression", describe(token));
    return false;
  }

  bool named(const Token& name) {
    if (cursor_.peek().is('(')) return call(name);
    if (name.is("i") && offered_ != Variables::None) return push({Code::IndexI, 0, {}});
    if (name.is("j") && offered_ == Variables::IJ) return push({Code::IndexJ, 0, {}});
    if (const auto it = constants_.find(name.text); it != constants_.end()) return push({Code::Push, 0, it->second});
    const std::string suggestion =
        did_you_mean(name.text, constants_, [](const auto& c) -> std::string_view { return c.first; });
    cursor_.error(name, "no constant is named {}{}", describe(name), suggestion);
    return false;
  }

  bool call(const Token& name) {
    const Function* function = function_named(name.text);
    if (function == nullptr) {
      const std::string suggestion = did_you_mean(name.text, kFunctions, [](const Function& f) { return f.name; });
      cursor_.error(name, "no function is named {}{}", describe(name), suggestion);
      return false;
    }
    cursor_.take();  // (
    std::uint32_t n = 0;
    do {
      if (!sum()) return false;
      ++n;
    } while (n <= kMaxArguments && cursor_.accept(','));
    if (!cursor_.expect(')', "after the arguments")) return false;
    if (n < function->least || n > function->most) {
      cursor_.error(name, "{} has {} arguments, expected {}", name.text, n,
                    function->least == function->most ? fmt::format("{}", function->least)
                                                      : fmt::format("{} to {}", function->least, function->most));
      return false;
    }
    return push({function->code, n, {}});
  }

  Cursor& cursor_;
  const Constants& constants_;
  Variables offered_;
  Expression expression_;
  int depth_ = 0;
  std::size_t waiting_ = 0;  // values on the stack
};

std::int64_t wrapped(std::uint64_t v) { return static_cast<std::int64_t>(v); }

// Nothing: division by zero.
std::optional<Value> integer_binary(Code code, std::int64_t a, std::int64_t b) {
  const auto x = static_cast<std::uint64_t>(a);
  const auto y = static_cast<std::uint64_t>(b);
  switch (code) {
    case Code::Add: return integer_value(wrapped(x + y));
    case Code::Subtract: return integer_value(wrapped(x - y));
    case Code::Multiply: return integer_value(wrapped(x * y));
    case Code::Minimum: return integer_value(std::min(a, b));
    case Code::Maximum: return integer_value(std::max(a, b));
    default: break;
  }
  if (b == 0) return std::nullopt;
  if (b == -1) return integer_value(code == Code::Divide ? wrapped(0U - x) : 0);
  return integer_value(code == Code::Divide ? a / b : a % b);
}

Value real_binary(Code code, double a, double b) {
  switch (code) {
    case Code::Add: return real_value(a + b);
    case Code::Subtract: return real_value(a - b);
    case Code::Multiply: return real_value(a * b);
    case Code::Divide: return real_value(a / b);
    case Code::Minimum: return real_value(a < b ? a : b);
    case Code::Maximum: return real_value(a > b ? a : b);
    default: return real_value(std::fmod(a, b));
  }
}

std::optional<Value> convert(Code code, const Value& v, std::string& problem) {
  switch (code) {
    case Code::ToReal: return real_value(v.as_real());
    case Code::SingleBits: return integer_value(wrapped(single_in_both_halves(static_cast<float>(v.as_real()))));
    case Code::RealBits: return integer_value(std::bit_cast<std::int64_t>(v.as_real()));
    default: break;
  }
  if (!v.is_real) return v;
  if (!(v.real >= -0x1p63 && v.real < 0x1p63)) {
    problem = fmt::format("int({}) does not fit in 64 bits", v.real);
    return std::nullopt;
  }
  return integer_value(static_cast<std::int64_t>(v.real));
}

Value random(Code code, const Value* arguments, std::size_t n) {
  std::array<std::uint64_t, kMaxArguments> bits{};
  for (std::size_t k = 0; k < n; ++k) bits[k] = arguments[k].bits();
  const std::uint64_t hash = hash_of(bits.data(), n);
  if (code == Code::IntegerRand) return integer_value(wrapped(hash));
  return real_value(static_cast<double>(hash >> 11U) * 0x1p-53);
}

}  // namespace

std::uint64_t Value::bits() const {
  return is_real ? std::bit_cast<std::uint64_t>(real) : static_cast<std::uint64_t>(integer);
}

Value integer_value(std::int64_t v) { return {false, v, 0}; }
Value real_value(double v) { return {true, 0, v}; }

std::uint64_t single_in_both_halves(float v) {
  const std::uint64_t bits = std::bit_cast<std::uint32_t>(v);
  return bits << 32U | bits;
}

bool is_function(std::string_view name) { return function_named(name) != nullptr; }

// The finalizer of SplitMix64 over each argument in turn.
std::uint64_t hash_of(const std::uint64_t* arguments, std::size_t n) {
  std::uint64_t h = 0;
  for (std::size_t k = 0; k < n; ++k) {
    h += arguments[k] + 0x9E3779B97F4A7C15U;
    h = (h ^ (h >> 30U)) * 0xBF58476D1CE4E5B9U;
    h = (h ^ (h >> 27U)) * 0x94D049BB133111EBU;
    h ^= h >> 31U;
  }
  return h;
}

bool Expression::varies() const {
  for (const Step& step : steps) {
    if (step.code == Code::IndexI || step.code == Code::IndexJ) return true;
  }
  return false;
}

std::optional<Value> Expression::evaluate(const Indices& at, StepBudget& budget, std::string& problem) const {
  if (budget.left < steps.size()) {
    problem =
        fmt::format("the expressions of this program take too many steps together, expected at most {}", kMaxSteps);
    return std::nullopt;
  }
  budget.left -= steps.size();
  std::array<Value, kStack> stack;
  std::size_t top = 0;
  for (const Step& step : steps) {
    switch (step.code) {
      case Code::Push: stack[top++] = step.value; continue;
      case Code::IndexI: stack[top++] = integer_value(at.i); continue;
      case Code::IndexJ: stack[top++] = integer_value(at.j); continue;
      case Code::Negate: {
        Value& v = stack[top - 1];
        v = v.is_real ? real_value(-v.real) : integer_value(wrapped(0U - static_cast<std::uint64_t>(v.integer)));
        continue;
      }
      case Code::Rand:
      case Code::IntegerRand:
        top -= step.arguments;
        stack[top] = random(step.code, &stack[top], step.arguments);
        ++top;
        continue;
      case Code::ToInteger:
      case Code::ToReal:
      case Code::SingleBits:
      case Code::RealBits: {
        const auto v = convert(step.code, stack[top - 1], problem);
        if (!v) return std::nullopt;
        stack[top - 1] = *v;
        continue;
      }
      default: break;
    }
    const Value b = stack[--top];
    Value& a = stack[top - 1];
    if (a.is_real || b.is_real) {
      a = real_binary(step.code, a.as_real(), b.as_real());
    } else if (const auto v = integer_binary(step.code, a.integer, b.integer)) {
      a = *v;
    } else {
      problem = "division by zero";
      return std::nullopt;
    }
  }
  return stack[0];
}

std::optional<Expression> parse_expression(Cursor& cursor, const Constants& constants, Variables offered) {
  Parser parser(cursor, constants, offered);
  if (!parser.sum()) return std::nullopt;
  return parser.take();
}

std::optional<Expression> parse_operand(Cursor& cursor, const Constants& constants, Variables offered) {
  Parser parser(cursor, constants, offered);
  if (!parser.operand()) return std::nullopt;
  return parser.take();
}

}  // namespace vtpu::assembly
