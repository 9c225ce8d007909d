#include "measure/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <numeric>

namespace vtpu::measure {

double quantile_of_sorted(std::span<const double> ascending, double q) {
  if (ascending.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double rank = q * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(rank));
  const std::size_t above = std::min(below + 1, ascending.size() - 1);
  return std::lerp(ascending[below], ascending[above], rank - static_cast<double>(below));
}

Spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {.median = quantile_of_sorted(values, 0.5),
          .p10 = quantile_of_sorted(values, 0.1),
          .p90 = quantile_of_sorted(values, 0.9)};
}

double trimmed_mean(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const auto cut = static_cast<std::ptrdiff_t>(values.size() / 10);
  const double sum = std::accumulate(values.begin() + cut, values.end() - cut, 0.0);
  return sum / static_cast<double>(static_cast<std::ptrdiff_t>(values.size()) - 2 * cut);
}

double learned_full_rate(std::vector<double> rates) {
  constexpr double kConfirmingShare = 0.99;
  constexpr std::size_t kFewestConfirming = 3;
  constexpr std::size_t kOneInHowMany = 50;

  std::sort(rates.begin(), rates.end(), std::greater<>());
  const std::size_t needed = std::max(kFewestConfirming, rates.size() / kOneInHowMany);
  for (std::size_t i = 0; i + needed <= rates.size(); ++i) {
    if (rates[i + needed - 1] >= kConfirmingShare * rates[i]) return rates[i];
  }
  return 0;
}

}  // namespace vtpu::measure
