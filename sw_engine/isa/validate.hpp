// The rules that every word and program keeps. Engines may rely on them: they only take validated programs.
#pragma once

#include "isa/program.hpp"

namespace vtpu::isa {

// All findings, `where` = "stream NAME word I slot D". Checks: known operations, types, forms, operand ranges, zero
// unused and reserved bits, one write per register and word, dependency flags as computed, loops that nest, sentrons,
// groups and their references, memory addresses without flags.
[[nodiscard]] Errors validate(const Program& program);

// One slot alone, in pipe `pipe`.
[[nodiscard]] Errors validate_slot(const Slot& slot, Pipe pipe, const std::string& where);

// The dependency flags of word `index`, from the registers of its predecessors.
[[nodiscard]] std::uint16_t dependency_flags(const Stream& stream, std::size_t index);

// Sets the flags of every word.
void compute_dependency_flags(Stream& stream);

}  // namespace vtpu::isa
