// The sizes that a layout gives the units which wake up, select and complete its uops: rtl/issue_ports.sv.
#pragma once

#include <array>
#include <vector>

#include "layout/layout.hpp"
#include "testbench/explore/cost.hpp"

namespace vtpu::explore {

// Bits of a place in the ring of uops between fetch and retirement.
[[nodiscard]] unsigned place_bits(const layout::Layout& layout);
// Bits of a time ahead: those of the longest load, and one more to tell ahead from past. As TimeBits of the RTL.
[[nodiscard]] unsigned time_bits(const layout::Layout& layout);
// Bits of the longest latency and occupation of a kind of uop.
[[nodiscard]] unsigned latency_bits(const layout::Layout& layout);
// Uops that enter one queue in a cycle: as wide as dispatch, but four at most. (The models have no such limit.)
[[nodiscard]] unsigned queue_writes(const layout::Layout& layout);
// By port: takes loads or store addresses.
[[nodiscard]] std::vector<bool> memory_ports(const layout::Layout& layout);

[[nodiscard]] SelectSizes select_sizes(const layout::Layout& layout, const layout::Queue& queue);
[[nodiscard]] WakeUpSizes wake_up_sizes(const layout::Layout& layout, const layout::Queue& queue, double sources);

}  // namespace vtpu::explore
