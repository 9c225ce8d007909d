// A design space as data: a base layout, axes that vary keys of it, and constraints in words (spaces/*.toml).
//
//   name = "agus"
//   base = "zen4"
//   constraints = ["retire.width >= rename.dispatch_width", "ports <= 12"]
//
//   [[axis]]
//   name = "agus"
//   set."ports.agu" = [1, 2, 3]
//   set."memory.loads_per_cycle" = [1, 2, 3]   # arrays of one axis move together
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "layout/layout.hpp"
#include "layout/layout_edit.hpp"
#include "testbench/explore/constraint.hpp"

namespace vtpu::explore {

struct Edit {
  std::string key;
  layout::EditValue value;
};

struct Option {
  std::string label;
  std::vector<Edit> edits;
};

struct Axis {
  std::string name;
  std::vector<Option> options;
};

struct DesignSpace {
  std::string name;
  std::string description;
  layout::Layout base;
  std::vector<Axis> axes;
  std::vector<Constraint> constraints;
  std::string text;  // of the file

  // The product of the axes; saturates.
  [[nodiscard]] std::uint64_t size() const;
};

// One option for each axis.
using Point = std::vector<std::uint16_t>;

[[nodiscard]] Result<DesignSpace> parse_space(std::string_view toml, const std::string& file_name,
                                              const std::string& layouts_folder);
// By path.
[[nodiscard]] Result<DesignSpace> load_space(const std::string& path, const std::string& layouts_folder);
// With the base given, as a campaign's folder keeps it.
[[nodiscard]] Result<DesignSpace> parse_space_on(std::string_view toml, const std::string& file_name,
                                                 layout::Layout base);

// Point number `index` of the product, the last axis running fastest. Precondition: index < size().
[[nodiscard]] Point point_at(const DesignSpace& space, std::uint64_t index);
// "agus=2 dispatch=6"
[[nodiscard]] std::string describe(const DesignSpace& space, const Point& point);
// "2.0.1", and back.
[[nodiscard]] std::string text_of(const Point& point);
[[nodiscard]] std::optional<Point> point_of(const DesignSpace& space, std::string_view text);

// The layout of a point, or the constraint that rules it out. Layouts are named after what they are: equal layouts have
// equal names.
struct Pruned {
  std::string constraint;
};
[[nodiscard]] std::variant<layout::Layout, Pruned> layout_of(const DesignSpace& space, const Point& point);
// The constraint alone, quicker; nothing where the point is allowed.
[[nodiscard]] std::optional<std::string> broken_rule(const DesignSpace& space, const Point& point);

inline constexpr std::string_view kPortsRule = "every class keeps a port";
inline constexpr std::string_view kSoundRule = "the layout is sound";

}  // namespace vtpu::explore
