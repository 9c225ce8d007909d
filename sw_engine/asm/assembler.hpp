// Text to Program. The language is described in docs/reference/assembly.md.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "isa/program.hpp"
#include "isa/result.hpp"

namespace vtpu::assembly {

// Constants (.const) whose values are others than the text says, by name.
using ConstantValues = std::map<std::string, std::int64_t, std::less<>>;

// The program is valid (isa::validate finds nothing) and carries its dependency flags. All errors are reported at
// once, `where` = "file:line:column"; `file_name` is only used there. Time and memory are linear in the text and in
// what it asks for, which the limits of isa/program.hpp bound. A constant of `set` that the text does not declare is an
// error.
[[nodiscard]] Result<isa::Program> assemble(std::string_view text, const std::string& file_name,
                                            const ConstantValues& set = {});

[[nodiscard]] Result<isa::Program> assemble_file(const std::string& path, const ConstantValues& set = {});

}  // namespace vtpu::assembly
