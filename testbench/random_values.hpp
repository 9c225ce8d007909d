// Values that find faults: edges of the integer and floating-point ranges among plain small numbers.
#pragma once

#include "isa/state.hpp"
#include "testbench/random.hpp"

namespace vtpu::testbench {

[[nodiscard]] std::uint64_t random_integer(Random& random);
[[nodiscard]] std::uint64_t random_double_bits(Random& random);
[[nodiscard]] std::uint32_t random_float_bits(Random& random);
// Lanes of one element type, picked at random, so that they mean something to the operations.
[[nodiscard]] isa::Vector random_vector(Random& random);

}  // namespace vtpu::testbench
