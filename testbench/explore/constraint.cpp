#include "testbench/explore/constraint.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

#include "layout/layout_edit.hpp"
#include "testbench/explore/cost.hpp"

namespace vtpu::explore {
namespace {

constexpr std::array<std::pair<std::string_view, Relation>, 6> kRelations{{{"<=", Relation::LessEqual},
                                                                           {">=", Relation::GreaterEqual},
                                                                           {"==", Relation::Equal},
                                                                           {"!=", Relation::NotEqual},
                                                                           {"<", Relation::Less},
                                                                           {">", Relation::Greater}}};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_key(std::string_view text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.*") == std::string_view::npos &&
         text.front() >= 'a' && text.front() <= 'z';
}

// "2 * ports", "ports", "2".
std::optional<Term> term_of(std::string_view text) {
  text = trimmed(text);
  if (const auto factor = number(text)) return Term{*factor, ""};
  if (is_key(text)) return Term{1, std::string(text)};
  const std::size_t star = text.find(" * ");
  if (star == std::string_view::npos) return std::nullopt;
  const auto factor = number(trimmed(text.substr(0, star)));
  const std::string_view key = trimmed(text.substr(star + 3));
  if (!factor || !is_key(key)) return std::nullopt;
  return Term{*factor, std::string(key)};
}

std::optional<std::vector<Term>> sum_of(std::string_view text) {
  std::vector<Term> terms;
  for (;;) {
    const std::size_t plus = text.find('+');
    const auto term = term_of(text.substr(0, plus));
    if (!term) return std::nullopt;
    terms.push_back(*term);
    if (plus == std::string_view::npos) return terms;
    text.remove_prefix(plus + 1);
  }
}

std::optional<double> value_of(const std::vector<Term>& terms, const layout::Layout& layout) {
  double sum = 0;
  for (const Term& term : terms) {
    double value = 1;
    if (term.key == "area") {
      value = area_of(layout).total();
    } else if (!term.key.empty()) {
      const auto found = layout::number_at(layout, term.key);
      if (!found) return std::nullopt;
      value = static_cast<double>(*found);
    }
    sum += term.factor * value;
  }
  return sum;
}

}  // namespace

bool Constraint::holds(const layout::Layout& layout) const {
  const auto a = value_of(left, layout);
  const auto b = value_of(right, layout);
  if (!a || !b) return false;
  switch (relation) {
    case Relation::Less: return *a < *b;
    case Relation::LessEqual: return *a <= *b;
    case Relation::Equal: return *a == *b;
    case Relation::NotEqual: return *a != *b;
    case Relation::GreaterEqual: return *a >= *b;
    case Relation::Greater: return *a > *b;
  }
  return false;
}

Result<Constraint> parse_constraint(std::string_view text, const std::string& where) {
  for (const auto& [sign, relation] : kRelations) {
    const std::size_t at = text.find(sign);
    if (at == std::string_view::npos) continue;
    auto left = sum_of(text.substr(0, at));
    auto right = sum_of(text.substr(at + sign.size()));
    if (!left || !right) break;
    return Constraint{std::string(text), std::move(*left), std::move(*right), relation};
  }
  return fail(where, fmt::format("found \"{}\", expected a comparison of keys and numbers, as \"retire.width >= "
                                 "rename.dispatch_width\" or \"queue.*.entries + 2 * ports <= 128\"",
                                 text));
}

}  // namespace vtpu::explore
