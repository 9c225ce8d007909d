#include "phext/page_prefetcher.hpp"

#include <algorithm>
#include <cstdlib>

#include "phext/wide_bits.hpp"

namespace vtpu::phext {

std::optional<DimensionStep> step_between(const isa::Coordinate& from, const isa::Coordinate& to) {
  const u128 changed = (join(from) ^ join(to)) & kAddressMask;
  if (changed == 0) return std::nullopt;
  const auto low = static_cast<std::uint64_t>(changed);
  const auto bit = low != 0 ? __builtin_ctzll(low) : 64 + __builtin_ctzll(static_cast<std::uint64_t>(changed >> 64U));
  const int dimension = bit / isa::kDimensionBits;
  if ((changed >> (static_cast<unsigned>(dimension) * kBits)) > kRowMask) return std::nullopt;
  const int step =
      static_cast<int>(isa::get_dimension(to, dimension)) - static_cast<int>(isa::get_dimension(from, dimension));
  if (std::abs(step) > kLongestStep) return std::nullopt;
  return DimensionStep{dimension, step};
}

std::optional<isa::Coordinate> PagePrefetcher::observe(const isa::Coordinate& at) {
  if (steps_ahead_ == 0) return std::nullopt;
  std::optional<DimensionStep> step;
  const auto belongs = [&](const Stream& stream) {
    if (!stream.used) return false;
    if (stream.last == at) return true;
    step = step_between(stream.last, at);
    return step.has_value();
  };
  auto found = std::find_if(streams_.begin(), streams_.end(), belongs);
  const bool is_new = found == streams_.end();
  if (is_new) found = streams_.end() - 1;
  std::rotate(streams_.begin(), found, found + 1);
  Stream& stream = streams_.front();
  if (is_new) {
    stream = {true, at, {}, false};
    return std::nullopt;
  }
  if (stream.last == at) return std::nullopt;
  stream.last = at;
  stream.trained = stream.step == *step;
  stream.step = *step;
  if (!stream.trained) return std::nullopt;
  return isa::step(at, step->dimension, static_cast<std::int64_t>(step->step) * steps_ahead_);
}

}  // namespace vtpu::phext
