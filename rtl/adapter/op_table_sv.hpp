// The table of operations as a SystemVerilog package, for the decoder: rtl/op_table_pkg.sv is its output.
#pragma once

#include <string>

namespace vtpu::rtl {

[[nodiscard]] std::string op_table_package();

}  // namespace vtpu::rtl
