// The ISA page of the documentation, from the table of operations.
#pragma once

#include <string>

namespace vtpu::assembly {

// Markdown, ends with a newline. docs/reference/isa.md is this text.
[[nodiscard]] std::string isa_page();

}  // namespace vtpu::assembly
