// core_size_pkg.sv for one layout: the RTL's structures as large as that layout needs them.
#pragma once

#include <string>

#include "isa/result.hpp"
#include "layout/layout.hpp"

namespace vtpu::rtl {

// The package's text, with the names of rtl/largest/core_size_pkg.sv. A size that is the range of an index is at
// least 2. Errors: a layout that the RTL cannot be in any size (two threads; an operation with nobody to compute it).
[[nodiscard]] Result<std::string> core_size_package(const layout::Layout& layout);

}  // namespace vtpu::rtl
