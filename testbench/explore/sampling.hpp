// Which points of a space are looked at, where no search decides it.
#pragma once

#include <cstdint>
#include <vector>

#include "testbench/explore/campaign.hpp"

namespace vtpu::explore {

// Exhaustive: all points, or the first `budget` of a random order. Latin hypercube: `budget` points that constraints
// allow, in which every option of an axis is as frequent as every other one as far as constraints let them.
// One at a time: the first options, and each other option alone. The same seed gives the same points.
[[nodiscard]] std::vector<Point> sample(const DesignSpace& space, Method method, std::uint64_t budget,
                                        std::uint64_t seed);

}  // namespace vtpu::explore
