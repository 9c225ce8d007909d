// A set of window positions from which the oldest member is found in a few steps: one bit per position, and above it
// one bit per 64 of them.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace vtpu::core {

class AgeBitmap {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  AgeBitmap() = default;
  explicit AgeBitmap(std::uint32_t positions) : words_((positions + 63) / 64), summary_((words_.size() + 63) / 64) {}

  void set(std::uint32_t i) {
    words_[i >> 6U] |= 1ULL << (i & 63U);
    summary_[i >> 12U] |= 1ULL << (i >> 6U & 63U);
  }
  void clear(std::uint32_t i) {
    words_[i >> 6U] &= ~(1ULL << (i & 63U));
    if (words_[i >> 6U] == 0) summary_[i >> 12U] &= ~(1ULL << (i >> 6U & 63U));
  }
  [[nodiscard]] bool test(std::uint32_t i) const { return (words_[i >> 6U] >> (i & 63U) & 1U) != 0; }
  [[nodiscard]] bool empty() const {
    for (const std::uint64_t s : summary_) {
      if (s != 0) return false;
    }
    return true;
  }

  // The first member at or after `from`, and below `end`.
  [[nodiscard]] std::uint32_t next(std::uint32_t from, std::uint32_t end) const {
    if (from >= end) return kNone;
    std::uint32_t w = from >> 6U;
    if (const std::uint64_t bits = words_[w] >> (from & 63U); bits != 0) {
      return bounded(from + static_cast<std::uint32_t>(std::countr_zero(bits)), end);
    }
    for (++w; w < words_.size(); w = (w | 63U) + 1) {
      const std::uint64_t upper = summary_[w >> 6U] >> (w & 63U);
      if (upper == 0) continue;
      w += static_cast<std::uint32_t>(std::countr_zero(upper));
      return bounded((w << 6U) + static_cast<std::uint32_t>(std::countr_zero(words_[w])), end);
    }
    return kNone;
  }

 private:
  static std::uint32_t bounded(std::uint32_t i, std::uint32_t end) { return i < end ? i : kNone; }

  std::vector<std::uint64_t> words_;
  std::vector<std::uint64_t> summary_;
};

}  // namespace vtpu::core
