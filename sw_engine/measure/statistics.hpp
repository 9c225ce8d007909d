// Order statistics of cycle samples. No plain mean and no minimum: an interrupt inside a calibrator deflates the
// minimum without limit, and a single preemption inflates the mean.
#pragma once

#include <span>
#include <vector>

namespace vtpu::measure {

// The q-quantile (0 <= q <= 1) of values sorted in ascending order, linearly interpolated between the two neighbours
// of rank q * (n - 1). NaN for an empty span.
[[nodiscard]] double quantile_of_sorted(std::span<const double> ascending, double q);

// Median with the 10th and 90th percentile, in the unit of the values; all NaN where there are none.
struct Spread {
  double median = 0;
  double p10 = 0;
  double p90 = 0;
};

[[nodiscard]] Spread spread_of(std::vector<double> values);

// The mean of the values between the 10th and the 90th percentile; NaN where there are none. For constants of a few
// time stamp ticks: some CPUs count ticks in steps of 26, so that a median can only be one of the steps, while the mean
// over random phases is not bound to them.
[[nodiscard]] double trimmed_mean(std::vector<double> values);

// The rate that undisturbed runs reach, learned from many runs of which some were disturbed. Disturbances only slow a
// run down, but one interrupt inside a calibrator can make a single rate look higher than the machine's width; so the
// answer is the highest rate that is confirmed: at least three runs and one in fifty lie within one percent below it.
// Zero where no rate is confirmed.
[[nodiscard]] double learned_full_rate(std::vector<double> rates);

}  // namespace vtpu::measure
