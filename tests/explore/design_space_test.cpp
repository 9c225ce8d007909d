#include "testbench/explore/design_space.hpp"

#include <set>

#include "small_exploration.hpp"
#include "testbench/explore/identity.hpp"
#include "testbench/explore/sampling.hpp"

namespace vtpu::explore {
namespace {

std::string refusal(const std::string& text) {
  const Result<DesignSpace> space = parse_space(text, "test.toml", kLayouts);
  REQUIRE_FALSE(space);
  return text_of(space.error());
}

std::string with_axis(const std::string& axis, const std::string& more = "") {
  return "name = \"t\"\nbase = \"vtpu3\"\n" + more + "\n[[axis]]\nname = \"a\"\n" + axis + "\n";
}

layout::Layout layout_at(const DesignSpace& space, const Point& point) {
  auto made = layout_of(space, point);
  REQUIRE(std::holds_alternative<layout::Layout>(made));
  return std::get<layout::Layout>(std::move(made));
}

}  // namespace

TEST_CASE("the points of a space are numbered through, and each names its options") {
  const DesignSpace space = space_of(kSmallSpace);
  REQUIRE(space.size() == 8);
  std::set<Point> points;
  for (std::uint64_t i = 0; i < space.size(); ++i) points.insert(point_at(space, i));
  CHECK(points.size() == 8);
  CHECK(point_at(space, 5) == Point{1, 0, 1});
  CHECK(describe(space, {1, 0, 1}) == "order=out_of_order sparse=1 window=48");
  CHECK(text_of(Point{1, 0, 1}) == "1.0.1");
  CHECK(point_of(space, "1.0.1") == Point{1, 0, 1});
  for (const char* wrong : {"", "1", "1.0", "1.0.2", "1.0.1.0", "1.0.", "a.0.1", "1,0,1"}) {
    CHECK_FALSE(point_of(space, wrong));
  }
}

TEST_CASE("a point's layout has what its options set, and a name that says which core it is") {
  const DesignSpace space = space_of(kSmallSpace);
  const layout::Layout layout = layout_at(space, {1, 1, 1});
  CHECK_FALSE(layout.in_order);
  CHECK(layout.port_named("s1"));
  CHECK(layout.memory.loads_per_cycle == 2);
  CHECK(layout.retire.window_entries == 48);
  CHECK(layout.name == name_of(layout));
  CHECK(layout.name != layout_at(space, {1, 1, 0}).name);
  layout::Layout renamed = layout;
  renamed.description = "another text";
  CHECK(name_of(renamed) == layout.name);
}

TEST_CASE("points that a constraint rules out are counted under it") {
  std::string text(kSmallSpace);
  text.replace(text.find("retire.width >="), 15, "retire.window_entries > 4 *");
  const DesignSpace space = space_of(text);
  const SpaceCount counted = count(space, 1);
  CHECK(counted.exact());
  CHECK(counted.allowed == 4);
  CHECK(counted.pruned.at("retire.window_entries > 4 * rename.dispatch_width") == 4);
}

TEST_CASE("a class that loses its last port is a rule of its own") {
  const DesignSpace space = space_of(with_axis("set.\"ports.c\" = [0, 1]"));
  CHECK(broken_rule(space, {0}) == std::string(kPortsRule));
  CHECK_FALSE(broken_rule(space, {1}));
}

TEST_CASE("constraints compare sums of keys, and the area") {
  const DesignSpace space = space_of(
      with_axis("set.in_order = [true]", "constraints = [\"queue.*.entries + 2 * ports == 30\", \"area > 1000\"]"));
  CHECK_FALSE(broken_rule(space, {0}));
  for (const char* wrong : {"ports", "ports <", "ports < x y", "ports ~ 3", "< 3"}) {
    CHECK_THAT(refusal(with_axis("set.in_order = [true]", "constraints = [\"" + std::string(wrong) + "\"]")),
               Catch::Contains("expected a comparison"));
  }
  CHECK_THAT(refusal(with_axis("set.in_order = [true]", "constraints = [\"retire.widht > 1\"]")),
             Catch::Contains("retire.widht"));
}

TEST_CASE("faults of a space's file are reported with their place") {
  CHECK_THAT(refusal("name = \"t\"\nbase = \"vtpu3\"\n"), Catch::Contains("[[axis]]"));
  CHECK_THAT(refusal(with_axis("set.in_order = true")), Catch::Contains("expected an array"));
  CHECK_THAT(refusal(with_axis("set.nothing = [1]")), Catch::Contains("no such key"));
  CHECK_THAT(refusal(with_axis("set.\"rename.dispatch_width\" = [0]")), Catch::Contains("an integer from 1 to 32"));
  CHECK_THAT(refusal(with_axis("set.\"ports.s\" = [1, 2]\nset.in_order = [true]")), Catch::Contains("expected 2"));
  CHECK_THAT(refusal(with_axis("labels = [\"x\"]\nset.\"ports.s\" = [1, 2]")), Catch::Contains("expected 2 texts"));
  CHECK_THAT(refusal(with_axis("sett.x = [1]")), Catch::Contains("unknown key"));
  CHECK_THAT(refusal("base = \"nope\"\nname = \"t\""), Catch::Contains("no layout \"nope\""));
  CHECK_THAT(refusal("[;"), Catch::Contains("not TOML"));
}

TEST_CASE("a Latin hypercube has every option equally often, and the same points for the same seed") {
  const DesignSpace space = space_of(with_axis("set.\"ports.s\" = [1, 2, 3, 4]") +
                                     "[[axis]]\nname = \"b\"\nset.\"ports.d\" = [1, 2, 3, 4]\n"
                                     "[[axis]]\nname = \"c\"\nset.\"retire.window_entries\" = [10, 20, 30, 40]\n");
  const std::vector<Point> points = sample(space, Method::LatinHypercube, 8, 3);
  REQUIRE(points.size() == 8);
  CHECK(points == sample(space, Method::LatinHypercube, 8, 3));
  CHECK(points != sample(space, Method::LatinHypercube, 8, 4));
  CHECK(std::set<Point>(points.begin(), points.end()).size() == 8);
}

TEST_CASE("one at a time changes one axis at most") {
  const DesignSpace space = space_of(kSmallSpace);
  const std::vector<Point> points = sample(space, Method::OneAtATime, 0, 1);
  CHECK(points.size() == 4);
  for (const Point& point : points) CHECK(point[0] + point[1] + point[2] <= 1);
}

TEST_CASE("exhaustive takes all points, or a part of them where there is a budget") {
  const DesignSpace space = space_of(kSmallSpace);
  CHECK(sample(space, Method::Exhaustive, 0, 1).size() == 8);
  CHECK(sample(space, Method::Exhaustive, 3, 1).size() == 3);
}

}  // namespace vtpu::explore
