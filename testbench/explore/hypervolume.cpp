#include <algorithm>
#include <pagmo/utils/hypervolume.hpp>

#include "testbench/explore/objective.hpp"

namespace vtpu::explore {

double hypervolume(std::vector<std::vector<double>> values, const std::vector<double>& reference) {
  std::erase_if(values, [&](const std::vector<double>& v) {
    for (std::size_t i = 0; i < v.size(); ++i) {
      if (v[i] >= reference[i]) return true;
    }
    return false;
  });
  return values.empty() ? 0.0 : pagmo::hypervolume(values).compute(reference);
}

}  // namespace vtpu::explore
