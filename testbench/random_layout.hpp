// Random cores for the lockstep: 1 to 16 ports, widths of 1 to 12, queues of 1 to 128 entries, every rule of the core
// contract that a layout can switch. Each of them can run every program: no fused uop needs more than there is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "layout/layout.hpp"

namespace vtpu::testbench {

// The same core for the same seed, on every host. Its name is random_layout_name(seed).
[[nodiscard]] layout::Layout random_layout(std::uint64_t seed);
[[nodiscard]] std::string random_layout_name(std::uint64_t seed);                      // "random:17"
[[nodiscard]] std::optional<std::uint64_t> random_layout_seed(std::string_view name);  // the inverse

}  // namespace vtpu::testbench
