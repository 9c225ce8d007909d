#include "testbench/analysis/reuse_distance.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <stdexcept>

namespace vtpu::analysis {

void ReuseDistances::add(std::size_t time, std::int32_t change) {
  for (; time < tree_.size(); time += time & (~time + 1)) tree_[time] += change;
}

std::uint64_t ReuseDistances::marks_up_to(std::size_t time) const {
  std::int64_t sum = 0;
  for (; time != 0; time &= time - 1) sum += tree_[time];
  return static_cast<std::uint64_t>(sum);
}

std::optional<std::uint64_t> ReuseDistances::access(std::uint32_t item) {
  if (++now_ >= tree_.size()) throw std::logic_error("more accesses than the reuse tree was made for");
  if (item >= last_.size()) last_.resize(std::size_t{item} + 1);
  const std::size_t last = last_[item];
  last_[item] = now_;
  add(now_, 1);
  if (last == 0) return std::nullopt;
  add(last, -1);
  return marks_up_to(now_ - 1) - marks_up_to(last);
}

void ReuseHistogram::add(std::optional<std::uint64_t> distance) {
  if (!distance) {
    ++first_uses;
    return;
  }
  const auto bucket = std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(*distance)), buckets.size() - 1);
  ++buckets[bucket];
}

std::uint64_t ReuseHistogram::accesses() const { return std::accumulate(buckets.begin(), buckets.end(), first_uses); }

}  // namespace vtpu::analysis
