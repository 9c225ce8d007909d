// Which registers somebody still reads, behind each loop of a stream. All registers are read at the stream's end.
#pragma once

#include <map>
#include <vector>

#include "pack/operation.hpp"
#include "pack/region.hpp"

namespace vtpu::pack {

struct Liveness {
  std::map<std::uint32_t, RegisterMask> after_loop;  // innermost loops by first word
  RegisterMask touched = 0;                          // registers that any word of the stream reads or writes
};

[[nodiscard]] Liveness liveness_of(const std::vector<isa::Siw>& words, const std::vector<Region>& regions);

}  // namespace vtpu::pack
