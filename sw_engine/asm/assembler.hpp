// Text to Program. The language is described in docs/reference/assembly.md.
#pragma once

#include <string>
#include <string_view>

#include "isa/program.hpp"
#include "isa/result.hpp"

namespace vtpu::assembly {

// The program is valid (isa::validate finds nothing) and carries its dependency flags. All errors are reported at
// once, `where` = "file:line:column"; `file_name` is only used there. Time and memory are linear in the text and in
// what it asks for, which the limits of isa/program.hpp bound.
[[nodiscard]] Result<isa::Program> assemble(std::string_view text, const std::string& file_name);

[[nodiscard]] Result<isa::Program> assemble_file(const std::string& path);

}  // namespace vtpu::assembly
