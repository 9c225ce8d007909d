// HTML pages that reports are written into, built into the program. Each has one place "/*DATA*/" for its JSON.
#pragma once

#include <string_view>

namespace vtpu::testbench {

[[nodiscard]] std::string_view accuracy_page();

}  // namespace vtpu::testbench
