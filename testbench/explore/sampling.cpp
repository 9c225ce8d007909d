#include "testbench/explore/sampling.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include "testbench/random.hpp"

namespace vtpu::explore {
namespace {

constexpr std::uint64_t kMostExhaustive = 1'000'000;
constexpr unsigned kRounds = 20;  // of hypercubes, to replace what constraints took

template <typename T>
void shuffle(std::vector<T>& items, testbench::Random& random) {
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random.below(i)]);
}

std::vector<Point> exhaustive(const DesignSpace& space, std::uint64_t budget, std::uint64_t seed) {
  const std::uint64_t size = std::min(space.size(), kMostExhaustive);
  std::vector<std::uint64_t> indices(size);
  std::iota(indices.begin(), indices.end(), std::uint64_t{0});
  if (budget != 0 && budget < size) {
    testbench::Random random(seed);
    shuffle(indices, random);
    indices.resize(budget);
    std::sort(indices.begin(), indices.end());
  }
  std::vector<Point> points;
  for (const std::uint64_t index : indices) points.push_back(point_at(space, index));
  return points;
}

std::vector<Point> hypercube(const DesignSpace& space, std::uint64_t count, testbench::Random& random) {
  std::vector<Point> points(count, Point(space.axes.size()));
  for (std::size_t a = 0; a < space.axes.size(); ++a) {
    const std::uint64_t options = space.axes[a].options.size();
    std::vector<std::uint16_t> column;
    for (std::uint64_t i = 0; i < count; ++i) column.push_back(static_cast<std::uint16_t>(i * options / count));
    shuffle(column, random);
    for (std::uint64_t i = 0; i < count; ++i) points[i][a] = column[i];
  }
  return points;
}

std::vector<Point> latin_hypercube(const DesignSpace& space, std::uint64_t budget, std::uint64_t seed) {
  testbench::Random random(seed);
  const std::uint64_t wanted = std::min(budget == 0 ? std::uint64_t{100} : budget, space.size());
  std::set<Point> seen;
  std::vector<Point> points;
  for (unsigned round = 0; round < kRounds && points.size() < wanted; ++round) {
    for (Point& point : hypercube(space, wanted, random)) {
      if (points.size() == wanted) break;
      if (!seen.insert(point).second || broken_rule(space, point)) continue;
      points.push_back(std::move(point));
    }
  }
  return points;
}

std::vector<Point> one_at_a_time(const DesignSpace& space) {
  const Point first(space.axes.size(), 0);
  std::vector<Point> points{first};
  for (std::size_t a = 0; a < space.axes.size(); ++a) {
    for (std::size_t option = 1; option < space.axes[a].options.size(); ++option) {
      points.push_back(first);
      points.back()[a] = static_cast<std::uint16_t>(option);
    }
  }
  return points;
}

}  // namespace

std::vector<Point> sample(const DesignSpace& space, Method method, std::uint64_t budget, std::uint64_t seed) {
  if (method == Method::LatinHypercube) return latin_hypercube(space, budget, seed);
  if (method == Method::OneAtATime) return one_at_a_time(space);
  return exhaustive(space, budget, seed);
}

}  // namespace vtpu::explore
