#include "testbench/accuracy_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "measure/statistics.hpp"

namespace vtpu::testbench {
namespace {

double kendall_tau_b(std::span<const Answer> answers) {
  double agreement = 0;
  double pairs_x = 0;
  double pairs_y = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    for (std::size_t j = i + 1; j < answers.size(); ++j) {
      const double x = answers[i].measured - answers[j].measured;
      const double y = answers[i].modelled - answers[j].modelled;
      if (x != 0) ++pairs_x;
      if (y != 0) ++pairs_y;
      if (x != 0 && y != 0) agreement += (x > 0) == (y > 0) ? 1 : -1;
    }
  }
  return pairs_x == 0 || pairs_y == 0 ? 0 : agreement / std::sqrt(pairs_x * pairs_y);
}

}  // namespace

AccuracyStatistics statistics_of(std::span<const Answer> answers) {
  AccuracyStatistics s;
  s.streams = answers.size();
  if (answers.empty()) return s;
  const auto n = static_cast<double>(answers.size());
  std::vector<double> absolute;
  for (const Answer& answer : answers) {
    const double error = answer.error();
    s.mean_error += error / n;
    s.mean_absolute_error += std::abs(error) / n;
    absolute.push_back(std::abs(error));
  }
  std::sort(absolute.begin(), absolute.end());
  s.median_absolute_error = measure::quantile_of_sorted(absolute, 0.5);
  s.p90_absolute_error = measure::quantile_of_sorted(absolute, 0.9);
  s.largest_absolute_error = absolute.back();
  s.kendall_tau = kendall_tau_b(answers);
  for (std::size_t b = 0; b < kErrorBounds.size(); ++b) {
    const auto within = std::upper_bound(absolute.begin(), absolute.end(), kErrorBounds[b]) - absolute.begin();
    s.share_within[b] = static_cast<double>(within) / n;
  }
  return s;
}

}  // namespace vtpu::testbench
