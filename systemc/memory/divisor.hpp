// Division by a number that is known when the model is built, and nearly always a power of two.
#pragma once

#include <bit>
#include <cstdint>

namespace vtpu::memory {

class Divisor {
 public:
  // by: at least 1.
  explicit Divisor(std::uint64_t by = 1)
      : by_(by), shift_(std::has_single_bit(by) ? static_cast<unsigned>(std::countr_zero(by)) : kNone) {}

  [[nodiscard]] std::uint64_t quotient(std::uint64_t x) const { return shift_ != kNone ? x >> shift_ : x / by_; }
  [[nodiscard]] std::uint64_t remainder(std::uint64_t x) const { return shift_ != kNone ? x & (by_ - 1) : x % by_; }

 private:
  static constexpr unsigned kNone = ~0U;
  std::uint64_t by_;
  unsigned shift_;
};

}  // namespace vtpu::memory
