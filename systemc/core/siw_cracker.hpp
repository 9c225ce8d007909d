// Cracking: a word's operations as uops, by the layout's table. Done once per word of a program; what changes from one
// execution to the next (address, payload, delays) is filled in at fetch.
#pragma once

#include <vector>

#include "core/uop_source.hpp"
#include "isa/siw.hpp"

namespace vtpu::core {

struct CrackedWord {
  std::vector<SourceUop> uops;  // D, then S, then C; empty for a word of NOPs
};

// Precondition: the word is valid. Throws std::out_of_range where the layout knows no crack for an operation.
[[nodiscard]] CrackedWord crack_word(const isa::Siw& word, std::uint32_t index, const layout::Layout& layout);

// How the SIW source numbers its registers.
[[nodiscard]] RegisterName register_name(const isa::RegisterId& id);

// "dadd.i64"; lives for ever.
[[nodiscard]] std::string_view text_of(const isa::Slot& slot);

// Sets first_of_fused and last_of_fused of the uops [begin, end) of an operation that has `slots` fused uops: one for
// each of the first `slots` uops, the rest rides with the last.
void fuse(std::vector<SourceUop>& uops, std::size_t begin, unsigned slots);

}  // namespace vtpu::core
