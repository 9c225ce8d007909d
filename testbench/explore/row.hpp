// The result of one point: a layout and a program. One JSON line.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "events/events.hpp"
#include "isa/result.hpp"

namespace vtpu::explore {

enum class Status : std::uint8_t {
  Done,
  Limit,    // not at its end after the most cycles that a point may take
  Refused,  // the model does not take the layout
  Crashed,
  TimedOut,
};
[[nodiscard]] std::string_view name_of(Status status);

struct PortRow {
  std::string name;
  std::uint64_t busy = 0;  // cycles
  std::uint64_t lost = 0;  // cycles that ready uops lost to others on it
  friend bool operator==(const PortRow&, const PortRow&) = default;
};

inline constexpr std::size_t kReasons = static_cast<std::size_t>(events::SlotReason::Count);

struct Row {
  std::string key;      // of layout, program, model version and how it was run
  std::string layout;   // name of the layout
  std::string point;    // of the design space, "2.0.1"; empty: none of its points
  std::string program;  // name
  Status status = Status::Done;
  std::string reason;  // empty where done
  std::uint64_t bound_cycles = 0;
  std::string bound_by;
  std::uint64_t cycles = 0;
  std::uint64_t operations = 0;  // retired, NOPs not counted
  std::uint64_t uops = 0, fused_uops = 0, loads = 0, stores = 0;
  std::uint64_t l1_misses = 0, l2_misses = 0, l3_misses = 0, dram_reads = 0, dram_writes = 0;
  std::uint64_t translation_misses = 0, messages = 0;
  std::array<std::uint64_t, kReasons> slots{};
  std::vector<PortRow> ports;

  [[nodiscard]] double operations_per_cycle() const {
    return cycles == 0 ? 0.0 : static_cast<double>(operations) / static_cast<double>(cycles);
  }
  friend bool operator==(const Row&, const Row&) = default;
};

// Without the line's end. Equal rows have equal lines.
[[nodiscard]] std::string to_line(const Row& row);
[[nodiscard]] Result<Row> row_of(std::string_view line, const std::string& where);

}  // namespace vtpu::explore
