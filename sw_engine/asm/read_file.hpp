// A whole file as bytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "isa/result.hpp"

namespace vtpu::assembly {

inline constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 30U;

// Errors: `where` = the path; missing, no regular file, longer than kMaxFileBytes, unreadable.
[[nodiscard]] Result<std::vector<std::uint8_t>> read_file(const std::string& path);

}  // namespace vtpu::assembly
