#include "testbench/explore/design_space.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>

#include "asm/read_file.hpp"
#include "layout/toml_reader.hpp"
#include "testbench/explore/identity.hpp"

namespace vtpu::explore {
namespace {

constexpr std::size_t kMaxAxes = 64;
constexpr std::size_t kMaxOptions = 1024;

class SpaceReader {
 public:
  SpaceReader(std::string file, DesignSpace& space) : file_(std::move(file)), space_(space) {}

  Errors read(const toml::table& root) {
    check_keys(root, "", {"name", "description", "base", "constraints", "axis"});
    read_text(root, "name", space_.name);
    read_text(root, "description", space_.description);
    read_constraints(root);
    read_axes(root);
    return std::move(errors_);
  }

  // The name of the base layout, or nothing.
  std::optional<std::string> base_of(const toml::table& root) {
    const toml::node* node = root.get("base");
    if (node == nullptr || !node->is_string()) {
      report(node == nullptr ? root.source() : node->source(), "base: expected the name or file of a layout");
      return std::nullopt;
    }
    return node->as_string()->get();
  }
  Errors errors() { return std::move(errors_); }

 private:
  void report(const toml::source_region& at, std::string message) {
    errors_.push_back({layout::place_of(file_, at.begin), std::move(message)});
  }

  void check_keys(const toml::table& table, std::string_view section, const std::set<std::string_view>& known) {
    for (auto&& [key, node] : table) {
      if (known.contains(key.str())) continue;
      report(key.source(), fmt::format("{}{}: unknown key", section, layout::shortened(key.str())));
    }
  }

  void read_text(const toml::table& table, std::string_view key, std::string& out) {
    const toml::node* node = table.get(key);
    if (node != nullptr && node->is_string()) {
      out = node->as_string()->get();
    } else if (node != nullptr || key == "name") {
      report(node == nullptr ? table.source() : node->source(), fmt::format("{}: expected a text", key));
    }
  }

  void read_constraints(const toml::table& root) {
    const toml::node* node = root.get("constraints");
    if (node == nullptr) return;
    if (!node->is_array()) return report(node->source(), "constraints: expected an array of texts");
    for (const toml::node& element : *node->as_array()) {
      if (!element.is_string()) {
        report(element.source(), "constraints: expected a text");
        continue;
      }
      const std::string& text = element.as_string()->get();
      if (text == kPortsRule) continue;  // always holds: such points are pruned in any case
      Result<Constraint> constraint = parse_constraint(text, layout::place_of(file_, element.source().begin));
      const auto nameless = [&](const Term& term) {
        return !term.key.empty() && term.key != "area" && !layout::number_at(space_.base, term.key);
      };
      if (constraint) {
        for (const std::vector<Term>* side : {&constraint->left, &constraint->right}) {
          for (const Term& term : *side) {
            if (nameless(term))
              report(element.source(),
                     fmt::format("constraints: {} names no number of {}", term.key, space_.base.name));
          }
        }
        space_.constraints.push_back(std::move(*constraint));
      } else {
        errors_.push_back(constraint.error().front());
      }
    }
  }

  void read_axes(const toml::table& root) {
    const toml::node* node = root.get("axis");
    if (node == nullptr || !node->is_array_of_tables() || node->as_array()->size() > kMaxAxes) {
      return report(node == nullptr ? root.source() : node->source(),
                    fmt::format("[[axis]]: expected 1 to {} tables", kMaxAxes));
    }
    for (const toml::node& element : *node->as_array()) {
      if (element.is_table()) read_axis(*element.as_table());
    }
  }

  void read_axis(const toml::table& table) {
    check_keys(table, "[[axis]] ", {"name", "labels", "set"});
    Axis axis;
    read_text(table, "name", axis.name);
    const std::string what = fmt::format("[[axis]] \"{}\"", layout::shortened(axis.name));
    if (std::any_of(space_.axes.begin(), space_.axes.end(), [&](const Axis& a) { return a.name == axis.name; })) {
      report(table.source(), fmt::format("{}: there is an axis of this name", what));
    }
    const toml::node* set = table.get("set");
    if (set == nullptr || !set->is_table() || set->as_table()->empty()) {
      return report(table.source(), fmt::format("{} set: expected set.\"KEY\" = [value, ...]", what));
    }
    for (const auto& [position, key] : in_file_order(*set->as_table())) {
      read_column(what, *key, *set->as_table()->get(key->str()), axis);
    }
    read_labels(table, what, axis);
    space_.axes.push_back(std::move(axis));
  }

  static std::vector<std::pair<toml::source_position, const toml::key*>> in_file_order(const toml::table& table) {
    std::vector<std::pair<toml::source_position, const toml::key*>> order;
    for (auto&& [key, node] : table) order.emplace_back(key.source().begin, &key);
    std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    return order;
  }

  void read_column(const std::string& what, const toml::key& key, const toml::node& node, Axis& axis) {
    const toml::array* values = node.as_array();
    if (values == nullptr || values->empty() || values->size() > kMaxOptions) {
      return report(node.source(), fmt::format("{} set.\"{}\": found {}, expected an array of 1 to {} values", what,
                                               layout::shortened(key.str()), layout::found_text(node), kMaxOptions));
    }
    if (axis.options.empty()) axis.options.resize(values->size());
    if (axis.options.size() != values->size()) {
      return report(node.source(),
                    fmt::format("{} set.\"{}\": found {} values, expected {} as its other keys have", what,
                                layout::shortened(key.str()), values->size(), axis.options.size()));
    }
    for (std::size_t i = 0; i < values->size(); ++i) {
      if (auto value = value_of(*values->get(i))) {
        axis.options[i].edits.push_back({std::string(key.str()), std::move(*value)});
      } else {
        report(values->get(i)->source(),
               fmt::format("{} set.\"{}\": found {}, expected a number, a text, true, false or "
                           "an array of texts",
                           what, key.str(), layout::found_text(*values->get(i))));
      }
    }
  }

  static std::optional<layout::EditValue> value_of(const toml::node& node) {
    if (node.is_integer()) return node.as_integer()->get();
    if (node.is_boolean()) return node.as_boolean()->get();
    if (node.is_string()) return node.as_string()->get();
    if (!node.is_array()) return std::nullopt;
    std::vector<std::string> names;
    for (const toml::node& element : *node.as_array()) {
      if (!element.is_string()) return std::nullopt;
      names.push_back(element.as_string()->get());
    }
    return names;
  }

  void read_labels(const toml::table& table, const std::string& what, Axis& axis) {
    for (Option& option : axis.options) {
      if (!option.edits.empty()) option.label = layout::text_of(option.edits.front().value);
    }
    const toml::node* labels = table.get("labels");
    if (labels == nullptr) return;
    if (!labels->is_array() || labels->as_array()->size() != axis.options.size()) {
      return report(labels->source(), fmt::format("{} labels: expected {} texts", what, axis.options.size()));
    }
    for (std::size_t i = 0; i < axis.options.size(); ++i) {
      const toml::node* label = labels->as_array()->get(i);
      if (label->is_string()) {
        axis.options[i].label = label->as_string()->get();
      } else {
        report(label->source(), fmt::format("{} labels: expected a text", what));
      }
    }
  }

  std::string file_;
  DesignSpace& space_;
  Errors errors_;
};

Result<void> apply(const Option& option, layout::Layout& layout) {
  for (const Edit& edit : option.edits) {
    if (Result<void> set = layout::set_key(layout, edit.key, edit.value); !set) return set;
  }
  return {};
}

// Every option must fit the base, or the base with the last option of every other axis (ports that only those have).
Errors unfit_options(const DesignSpace& space, const std::string& file) {
  Errors errors;
  layout::Layout last = space.base;
  for (const Axis& axis : space.axes) {
    if (!axis.options.empty()) static_cast<void>(apply(axis.options.back(), last));
  }
  for (const Axis& axis : space.axes) {
    for (const Option& option : axis.options) {
      layout::Layout base = space.base;
      const Result<void> fits = apply(option, base);
      if (fits) continue;
      layout::Layout other = last;
      if (apply(option, other)) continue;
      for (const Error& e : fits.error()) {
        errors.push_back({file, fmt::format("[[axis]] \"{}\" {}", axis.name, e.text())});
      }
    }
  }
  return errors;
}

Result<DesignSpace> finish(DesignSpace space, Errors errors, const std::string& file, std::string_view text) {
  if (errors.empty()) errors = unfit_options(space, file);
  if (!errors.empty()) return fail(std::move(errors));
  space.text = std::string(text);
  return space;
}

}  // namespace

std::uint64_t DesignSpace::size() const {
  std::uint64_t product = 1;
  for (const Axis& axis : axes) {
    if (__builtin_mul_overflow(product, axis.options.size(), &product))
      return std::numeric_limits<std::uint64_t>::max();
  }
  return product;
}

Result<DesignSpace> parse_space_on(std::string_view toml, const std::string& file_name, layout::Layout base) {
  Result<toml::table> root = layout::read_toml(toml, file_name, "a design space");
  if (!root) return fail(std::move(root.error()));
  DesignSpace space;
  space.base = std::move(base);
  Errors errors;
  try {
    errors = SpaceReader(file_name, space).read(*root);
  } catch (const layout::BrokenTomlAssertion&) {
    return fail(file_name, "not TOML, at a place that the parser cannot name");
  }
  return finish(std::move(space), std::move(errors), file_name, toml);
}

Result<DesignSpace> parse_space(std::string_view toml, const std::string& file_name,
                                const std::string& layouts_folder) {
  Result<toml::table> root = layout::read_toml(toml, file_name, "a design space");
  if (!root) return fail(std::move(root.error()));
  DesignSpace nothing;
  SpaceReader reader(file_name, nothing);
  std::optional<std::string> base;
  try {
    base = reader.base_of(*root);
  } catch (const layout::BrokenTomlAssertion&) {
    return fail(file_name, "not TOML, at a place that the parser cannot name");
  }
  if (!base) return fail(reader.errors());
  Result<layout::Layout> found = layout::find_layout(*base, layouts_folder);
  if (!found) return fail(std::move(found.error()));
  return parse_space_on(toml, file_name, std::move(*found));
}

Result<DesignSpace> load_space(const std::string& path, const std::string& layouts_folder) {
  const auto bytes = assembly::read_file(path);
  if (!bytes) return fail(bytes.error());
  return parse_space(std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size()), path,
                     layouts_folder);
}

Point point_at(const DesignSpace& space, std::uint64_t index) {
  Point point(space.axes.size());
  for (std::size_t a = space.axes.size(); a-- > 0;) {
    const std::uint64_t options = space.axes[a].options.size();
    point[a] = static_cast<std::uint16_t>(index % options);
    index /= options;
  }
  return point;
}

std::string describe(const DesignSpace& space, const Point& point) {
  std::string text;
  for (std::size_t a = 0; a < point.size(); ++a) {
    text += fmt::format("{}{}={}", a == 0 ? "" : " ", space.axes[a].name, space.axes[a].options[point[a]].label);
  }
  return text;
}

std::string text_of(const Point& point) {
  std::string text;
  for (std::size_t a = 0; a < point.size(); ++a) text += fmt::format("{}{}", a == 0 ? "" : ".", point[a]);
  return text;
}

std::optional<Point> point_of(const DesignSpace& space, std::string_view text) {
  Point point;
  const char* at = text.data();
  const char* end = at + text.size();
  while (point.size() < space.axes.size()) {
    std::uint16_t option = 0;
    const auto [rest, error] = std::from_chars(at, end, option);
    if (error != std::errc{} || option >= space.axes[point.size()].options.size()) return std::nullopt;
    point.push_back(option);
    at = rest;
    if (point.size() == space.axes.size()) break;
    if (at == end || *at != '.') return std::nullopt;
    ++at;
  }
  return at == end ? std::optional(point) : std::nullopt;
}

namespace {

std::optional<std::string> make(const DesignSpace& space, const Point& point, layout::Layout& layout) {
  for (std::size_t a = 0; a < point.size(); ++a) {
    if (!apply(space.axes[a].options[point[a]], layout)) return std::string(kSoundRule);
  }
  for (const std::string& finding : layout::inconsistencies(layout, space.base)) {
    return std::string(finding.ends_with("keeps no port") ? kPortsRule : kSoundRule);
  }
  for (const Constraint& constraint : space.constraints) {
    if (!constraint.holds(layout)) return constraint.text;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> broken_rule(const DesignSpace& space, const Point& point) {
  layout::Layout layout = space.base;
  return make(space, point, layout);
}

std::variant<layout::Layout, Pruned> layout_of(const DesignSpace& space, const Point& point) {
  layout::Layout layout = space.base;
  if (auto rule = make(space, point, layout)) return Pruned{std::move(*rule)};
  layout.description = fmt::format("{} with {}", space.base.name, describe(space, point));
  layout.cpu_match.clear();
  layout.name = name_of(layout);
  return layout;
}

}  // namespace vtpu::explore
