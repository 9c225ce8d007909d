#include "core/core_state.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace vtpu::core {

unsigned uop_places(const layout::Layout& layout, const CoreTables& tables) {
  const unsigned fused = layout.retire.window_entries + layout.front_end.queue_uops;
  return std::bit_ceil(std::max(2 * fused, 4 * tables.uops_per_fused));
}

CoreState::CoreState(const layout::Layout& layout_in, std::uint32_t number_in, unsigned threads_in,
                     std::vector<events::Listener*> listeners_in, bool host_code_in)
    : layout(layout_in),
      host_code(host_code_in),
      tables(layout_in, host_code_in),
      number(number_in),
      listeners(std::move(listeners_in)) {
  const auto positions = static_cast<std::uint32_t>(uop_places(layout, tables));
  uops.resize(static_cast<std::size_t>(positions) * threads_in);
  threads.reserve(threads_in);
  for (unsigned k = 0; k < threads_in; ++k) {
    threads.push_back(ThreadState{Window(uops, k * positions, positions)});
    for (std::uint32_t i = 0; i < positions; ++i) uops[k * positions + i].thread = static_cast<std::uint8_t>(k);
  }
  counts.ports.resize(layout.ports.size());
}

Uop* CoreState::oldest_incomplete(ThreadState& thread, Cycle now) {
  Window& window = thread.window;
  for (std::uint64_t s = window.head; s < window.dispatched; ++s) {
    Uop& uop = window.at(s);
    if (uop.completed_at > now) return &uop;
  }
  return nullptr;
}

}  // namespace vtpu::core
