// What a core counts. Reports and outcomes take these as they are.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "events/events.hpp"
#include "isa/op_table.hpp"

namespace vtpu::core {

struct PipeCounts {
  std::array<std::uint64_t, isa::kPipes> by_pipe{};
  [[nodiscard]] std::uint64_t total() const { return by_pipe[0] + by_pipe[1] + by_pipe[2]; }
  friend bool operator==(const PipeCounts&, const PipeCounts&) = default;
};

struct PortCounts {
  PipeCounts busy_cycles;  // cycles in which the port started or was held by a uop, by the uop's pipe
  PipeCounts starts;
  // Conflicts that name this port: by the pipe that lost, then by the pipe that had the port.
  std::array<PipeCounts, isa::kPipes> lost_by{};
  friend bool operator==(const PortCounts&, const PortCounts&) = default;
};

struct CoreCounts {
  PipeCounts operations;                // retired, NOPs not counted
  std::uint64_t uops = 0;               // retired
  std::uint64_t fused_uops = 0;         // retired
  std::uint64_t vector_fused_uops = 0;  // of these, that name a vector or mask register; host code
  std::uint64_t loads = 0;              // issued
  std::uint64_t stores = 0;             // retired
  std::uint64_t forwarded_loads = 0;
  std::uint64_t failed_forwards = 0;
  std::uint64_t renamed_loads = 0;
  std::uint64_t bank_conflicts = 0;
  std::uint64_t taken_branches = 0;
  std::uint64_t mispredicted_branches = 0;
  std::uint64_t last_retirement_cycle = 0;
  std::array<std::uint64_t, static_cast<std::size_t>(events::SlotReason::Count)> slots{};
  std::vector<PortCounts> ports;
  friend bool operator==(const CoreCounts&, const CoreCounts&) = default;
};

}  // namespace vtpu::core
