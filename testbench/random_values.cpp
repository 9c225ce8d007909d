#include "testbench/random_values.hpp"

#include <bit>
#include <cstring>
#include <limits>

namespace vtpu::testbench {
namespace {

template <typename F>
F random_float(Random& random) {
  using Limits = std::numeric_limits<F>;
  switch (random.below(12)) {
    case 0: return 0;
    case 1: return -F{0};
    case 2: return Limits::infinity();
    case 3: return -Limits::infinity();
    case 4: return Limits::quiet_NaN();
    case 5: return Limits::denorm_min() * static_cast<F>(random.between(1, 9));
    case 6: return Limits::max();
    case 7: return static_cast<F>(random.between(-4, 4)) / 3;
    case 8: return static_cast<F>(random.between(-1'000'000'000'000, 1'000'000'000'000));
    default: return static_cast<F>(random.between(-64, 64)) / 8;
  }
}

}  // namespace

std::uint64_t random_integer(Random& random) {
  switch (random.below(8)) {
    case 0: return 0;
    case 1: return 1;
    case 2: return ~0ULL;
    case 3: return 1ULL << 63U;
    case 4: return (1ULL << 63U) - 1;
    case 5: return random.next();
    case 6: return 1ULL << random.below(64);
    default: return static_cast<std::uint64_t>(random.between(-16, 16));
  }
}

std::uint64_t random_double_bits(Random& random) {
  if (random.chance(0.1)) return random.next();  // any pattern, signalling NaNs among them
  return std::bit_cast<std::uint64_t>(random_float<double>(random));
}

std::uint32_t random_float_bits(Random& random) {
  if (random.chance(0.1)) return static_cast<std::uint32_t>(random.next());
  return std::bit_cast<std::uint32_t>(random_float<float>(random));
}

isa::Vector random_vector(Random& random) {
  isa::Vector v;
  const std::uint64_t kind = random.below(5);
  if (kind == 0) {
    for (auto& lane : v.lane) lane = random.next();
  } else if (kind == 1) {
    for (auto& lane : v.lane) lane = random_double_bits(random);
  } else if (kind == 2) {
    for (auto& lane : v.lane) lane = random_integer(random);
  } else if (kind == 3) {
    v.lane[0] = random_double_bits(random);
  } else {
    for (auto& lane : v.lane) {
      const std::uint64_t high = random_float_bits(random);
      lane = high << 32U | random_float_bits(random);
    }
  }
  return v;
}

}  // namespace vtpu::testbench
