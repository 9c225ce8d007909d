// Random valid programs for round trips: every operation, form and type, all fields over their whole range.
#pragma once

#include <random>

#include "isa/program.hpp"

namespace vtpu::assembly {

// A slot of this operation, form and type with random operands. Sentrons and groups are number 0; a member is 0.
[[nodiscard]] isa::Slot random_slot(std::mt19937_64& random, const isa::OpInfo& info, unsigned form, isa::Type type);

// A word of up to three random slots that writes no register twice.
[[nodiscard]] isa::Siw random_word(std::mt19937_64& random);

// A program that isa::validate accepts, with dependency flags.
[[nodiscard]] isa::Program random_program(std::mt19937_64& random);

}  // namespace vtpu::assembly
