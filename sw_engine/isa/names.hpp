// The names that programs give to streams, sentrons, groups and coordinates.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vtpu::isa {

// 1..kMaxNameLength letters, digits and underscores, no digit first.
[[nodiscard]] bool is_name(std::string_view name);

// The number in `prefix` followed by digits without leading zeros ("r15" with 'r'), nothing for all other names.
[[nodiscard]] std::optional<std::uint32_t> numbered(std::string_view name, char prefix);

}  // namespace vtpu::isa
