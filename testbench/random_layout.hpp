// Random cores for the lockstep: unless a campaign says otherwise, 1 to 16 ports, widths of 1 to 12, queues of 1 to 128
// entries, every rule of the core contract that a layout can switch. Each of them can run every program: no fused uop
// needs more than there is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "layout/layout.hpp"

namespace vtpu::testbench {

// Numbers from least to most, both inside; small ones as often as large ones.
struct Span {
  unsigned least = 1;
  unsigned most = 1;
  friend bool operator==(const Span&, const Span&) = default;
};

// What a layout may be. Shares are probabilities.
struct LayoutRanges {
  Span ports{1, 16};
  Span queues{1, 16};  // never more than ports
  Span queue_entries{1, 128};
  Span words_per_cycle{1, 4};
  Span queue_uops{1, 96};
  Span depth_cycles{1, 8};
  Span dispatch_width{1, 12};
  Span registers{2, 100};
  Span latency{1, 9};
  Span busy{1, 12};
  Span uops_per_operation{1, 6};  // of those that are cracked
  Span load_queue{1, 200};
  Span store_queue{1, 120};
  Span loads_per_cycle{1, 4};
  Span stores_per_cycle{1, 3};
  Span banks{1, 32};
  Span commits_per_cycle{1, 3};
  Span combining_lines{1, 12};
  Span forward_fail_latency{1, 25};
  Span dram_latency{1, 200};  // above that of the third level
  Span translation_ways_log2{0, 2};
  Span translation_sets_log2{0, 4};
  Span miss_latency{1, 40};
  Span retire_width{1, 12};
  Span window_entries{1, 400};
  double in_order = 0.15;
  double at_dispatch = 0.4;
  double micro_fusion = 0.5;
  double eliminates = 0.5;         // each of the four things that rename does by itself
  double limited_registers = 0.5;  // each of the four classes
  double cracked = 0.4;            // operations of several uops
  double one_fused = 0;            // cracked operations that are one fused uop, where the layout fuses
  double busy_ports = 0.3;         // kinds that hold their port
  double banked = 0.4;             // layouts with banks
  double on_most_ports = 0;        // loads and stores that may use most ports
  friend bool operator==(const LayoutRanges&, const LayoutRanges&) = default;
};

// The same core for the same seed and ranges, on every host. Its name is random_layout_name(seed). With ranges beyond
// what the RTL is built for it may be too large for it (rtl::why_too_large).
[[nodiscard]] layout::Layout random_layout(std::uint64_t seed, const LayoutRanges& ranges = {});
[[nodiscard]] std::string random_layout_name(std::uint64_t seed);                      // "random:17"
[[nodiscard]] std::optional<std::uint64_t> random_layout_seed(std::string_view name);  // the inverse

}  // namespace vtpu::testbench
