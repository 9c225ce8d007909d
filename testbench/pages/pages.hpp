// HTML pages that reports are written into, built into the program. Each has one place "/*DATA*/" for its JSON, and
// needs no other file.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace vtpu::testbench {

[[nodiscard]] std::string_view accuracy_page();
[[nodiscard]] std::string_view analyze_page();
[[nodiscard]] std::string_view explore_page();

// The page with its data in place, safe inside its script.
[[nodiscard]] std::string fill_page(std::string_view page, const nlohmann::json& data);

}  // namespace vtpu::testbench
