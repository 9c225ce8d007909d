// What single words read and write.
#pragma once

#include "pack/one_by_one.hpp"
#include "pack/operation.hpp"

namespace vtpu::test {

using pack::one_operation_per_word;

// Ranges of one word of which nothing is known.
inline pack::StreamRanges anywhere() {
  pack::StreamRanges ranges;
  ranges.address.assign(1, pack::kEverywhere);
  return ranges;
}

// Registers that a word's operations read and write.
inline pack::RegisterMask read_by(const isa::Siw& word) {
  pack::RegisterMask mask = 0;
  for (const auto& o : pack::operations_of({word}, 0, 1, anywhere())) mask |= o.read;
  return mask;
}
inline pack::RegisterMask written_by(const isa::Siw& word) {
  pack::RegisterMask mask = 0;
  for (const auto& o : pack::operations_of({word}, 0, 1, anywhere())) mask |= o.written;
  return mask;
}

}  // namespace vtpu::test
