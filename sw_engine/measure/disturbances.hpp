// Events that spoil a sample and that the kernel counts per thread.
#pragma once

#include <cstdint>

namespace vtpu::measure {

// Context switches and page faults of the calling thread since it started.
[[nodiscard]] std::uint64_t disturbances_of_this_thread();

}  // namespace vtpu::measure
