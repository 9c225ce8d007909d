// Core cycles and instructions in user mode of the calling thread, from perf_event_open.
#pragma once

#include <memory>

#include "measure/cycle_source.hpp"

namespace vtpu::measure {

// Cycles and instructions form one pinned group, so that they count the same time or not at all. Where the kernel
// allows it they are read with rdpmc, without a system call. Fails, with what the kernel said and what may help, where
// there is no counter, where it is forbidden, and where the counter does not count core cycles (some hypervisors
// present one that stands still): it is checked against a chain of known length.
[[nodiscard]] Result<std::unique_ptr<CycleSource>> open_perf_cycles();

}  // namespace vtpu::measure
