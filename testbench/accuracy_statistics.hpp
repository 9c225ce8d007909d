// How far the answers of a tool lie from the measurements.
#pragma once

#include <array>
#include <span>

namespace vtpu::testbench {

struct Answer {
  double measured = 0;  // operations per cycle, above 0
  double modelled = 0;
  // Relative: +0.1 where the tool promises 10 % more operations per cycle than measured.
  [[nodiscard]] double error() const { return (modelled - measured) / measured; }
};

inline constexpr std::array<double, 4> kErrorBounds{0.01, 0.02, 0.05, 0.10};

struct AccuracyStatistics {
  std::size_t streams = 0;  // all others are 0 where this is
  double mean_error = 0;    // with its sign: above 0, the tool is too fast
  double mean_absolute_error = 0;
  double median_absolute_error = 0;
  double p90_absolute_error = 0;
  double largest_absolute_error = 0;
  double kendall_tau = 0;  // tau-b of measured against modelled; 0 where either never differs
  std::array<double, kErrorBounds.size()> share_within{};  // of kErrorBounds
};

[[nodiscard]] AccuracyStatistics statistics_of(std::span<const Answer> answers);

}  // namespace vtpu::testbench
