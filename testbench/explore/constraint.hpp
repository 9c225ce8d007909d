// A constraint on layouts in words: "retire.width >= rename.dispatch_width", "queue.*.entries + 2 * ports <= 128",
// "area <= 40000".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "isa/result.hpp"
#include "layout/layout.hpp"

namespace vtpu::explore {

// factor * key, or the factor alone where the key is empty.
struct Term {
  double factor = 1;
  std::string key;  // of layout::number_at, or "area" (cost.hpp)
};

enum class Relation : std::uint8_t { Less, LessEqual, Equal, NotEqual, GreaterEqual, Greater };

struct Constraint {
  std::string text;
  std::vector<Term> left, right;  // sums
  Relation relation = Relation::LessEqual;

  // A key that names no number in the layout makes it false.
  [[nodiscard]] bool holds(const layout::Layout& layout) const;
};

[[nodiscard]] Result<Constraint> parse_constraint(std::string_view text, const std::string& where);

}  // namespace vtpu::explore
