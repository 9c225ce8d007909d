// Program to text in the canonical form of the assembly language.
#pragma once

#include <string>

#include "isa/program.hpp"

namespace vtpu::assembly {

// Text that assembles to an equal program. Precondition: isa::validate(program) finds nothing.
[[nodiscard]] std::string disassemble(const isa::Program& program);

// One word, as in a stream: "dadd.i64 r1, r2, r3 | cpack.i64 m0[1], r5". NOPs are left out; a word of three NOPs is
// "dnop". Precondition: the word is valid; `program` names its sentrons, groups and coordinates where it knows them.
[[nodiscard]] std::string to_text(const isa::Siw& word, const isa::Program& program);

// One slot of it, NOPs included.
[[nodiscard]] std::string to_text(const isa::Siw& word, isa::Pipe pipe, const isa::Program& program);

}  // namespace vtpu::assembly
