// The Hilbert curve through k dimensions of 11 bits, 2 <= k <= 11, from the z-order index (row b of the bit matrix
// holds bit b of every dimension) to the position along the curve and back. Both are below 2^(11 k).
#pragma once

#include "isa/coordinate.hpp"

namespace vtpu::phext {

[[nodiscard]] isa::Coordinate hilbert_from_zorder(isa::Coordinate zorder, unsigned k);
[[nodiscard]] isa::Coordinate zorder_from_hilbert(isa::Coordinate position, unsigned k);

}  // namespace vtpu::phext
