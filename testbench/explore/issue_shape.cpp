#include "testbench/explore/issue_shape.hpp"

#include <algorithm>
#include <bit>

#include "layout/longest_load.hpp"

namespace vtpu::explore {

using layout::Layout;

unsigned place_bits(const Layout& layout) {
  const unsigned fused = layout.retire.window_entries + layout.front_end.queue_uops;
  return static_cast<unsigned>(std::bit_width(std::bit_ceil(2 * fused) - 1));
}

unsigned time_bits(const Layout& layout) {
  return static_cast<unsigned>(std::bit_width(layout::longest_load_cycles(layout))) + 1;
}

unsigned latency_bits(const Layout& layout) {
  unsigned longest = 1;
  for (const layout::UopKind& kind : layout.uops) {
    longest = std::max({longest, kind.latency, kind.latency_512, kind.busy, kind.busy_512});
  }
  return static_cast<unsigned>(std::bit_width(longest));
}

unsigned queue_writes(const Layout& layout) { return std::min(layout.rename.dispatch_width, 4U); }

std::vector<bool> memory_ports(const Layout& layout) {
  std::vector<bool> ports(layout.ports.size());
  for (const layout::UopKind& kind : layout.uops) {
    if (!kind.is_load && !kind.is_store_address) continue;
    for (const std::vector<unsigned>* some : {&kind.ports, &kind.ports_512}) {
      for (const unsigned port : *some) ports[port] = true;
    }
  }
  return ports;
}

SelectSizes select_sizes(const Layout& layout, const layout::Queue& queue) {
  const std::vector<bool> memory = memory_ports(layout);
  const auto of_memory = std::count_if(queue.ports.begin(), queue.ports.end(), [&](unsigned p) { return memory[p]; });
  return {static_cast<double>(queue.entries), static_cast<double>(queue.ports.size()), static_cast<double>(of_memory),
          static_cast<double>(place_bits(layout))};
}

WakeUpSizes wake_up_sizes(const Layout& layout, const layout::Queue& queue, double sources) {
  return {
      static_cast<double>(queue.entries),      static_cast<double>(layout.ports.size()), sources,
      static_cast<double>(place_bits(layout)), static_cast<double>(time_bits(layout)),   1.0 * queue_writes(layout)};
}

}  // namespace vtpu::explore
