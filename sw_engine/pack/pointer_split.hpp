// A coordinate register that is read at the start of an iteration and stepped at its end ties the next iteration's
// reads to that step, and whatever the step waits for: y[i] = f(y[i]) with the step on the store runs one iteration at
// a time. A second register that steps on its own frees the reads.
#pragma once

#include <map>
#include <vector>

#include "pack/operation.hpp"
#include "pack/region.hpp"

namespace vtpu::pack {

struct PointerSplit {
  std::map<std::uint32_t, isa::Slot> replaced;  // S slots by word of the source
  std::vector<isa::Siw> before;                 // copies the registers in front of the loop
  RegisterMask used = 0;                        // registers that were free
};

// Every register of the loop that is only used as an address and stepped along one dimension, as far as `free` lasts.
// The copies take the values that the originals take, so that no step faults that did not before.
[[nodiscard]] PointerSplit split_pointers(const std::vector<isa::Siw>& words, const Region& region, RegisterMask free);

}  // namespace vtpu::pack
