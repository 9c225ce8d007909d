#include "layout/longest_load.hpp"

#include <algorithm>

namespace vtpu::layout {

unsigned longest_load_cycles(const Layout& layout) {
  const Memory& m = layout.memory;
  constexpr unsigned kLineBytes = 64;
  const unsigned line_cycles = kLineBytes / std::clamp(m.dram_bytes_per_cycle, 1U, kLineBytes);
  return layout.translation.miss_latency + std::max(m.l1.latency, m.l1.latency_vector) + m.l2.latency + m.l3.latency +
         m.dram_latency + m.load_queue * line_cycles;
}

}  // namespace vtpu::layout
