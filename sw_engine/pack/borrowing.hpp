// Registers that a stream never touches, lent to its loops and put back at its end.
#pragma once

#include <vector>

#include "pack/operation.hpp"

namespace vtpu::pack {

// Those of `untouched` whose start value is the same for all sentrons of the stream and can be written by words.
[[nodiscard]] RegisterMask borrowable(const isa::Program& program, std::uint32_t stream, RegisterMask untouched);

// Words that put the start values back into `registers`, a subset of the borrowable ones.
[[nodiscard]] std::vector<isa::Siw> words_that_restore(const isa::Program& program, std::uint32_t stream,
                                                       RegisterMask registers);

}  // namespace vtpu::pack
