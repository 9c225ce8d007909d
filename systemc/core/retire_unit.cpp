#include "core/retire_unit.hpp"

namespace vtpu::core {

void RetireUnit::retire(Cycle now) {
  if (!releasing_.empty()) release(now);
  unsigned width = core_.layout.retire.width;
  const std::size_t threads = core_.threads.size();
  for (std::size_t k = 0; k < threads; ++k) {
    while (width != 0 && retire_one((now + k) % threads, now)) --width;
  }
}

void RetireUnit::release(Cycle now) {
  Released& released = releasing_[now % releasing_.size()];
  for (std::size_t t = 0; t < core_.threads.size(); ++t) core_.threads[t].window_fused -= released.fused.at(t);
  for (std::size_t c = 0; c < kRegisterClasses; ++c) core_.registers_used[c] -= released.registers[c];
  released = {};
}

bool RetireUnit::retire_one(std::size_t index, Cycle now) {
  ThreadState& thread = core_.threads[index];
  Window& window = thread.window;
  std::uint64_t end = window.head;
  for (bool last = false; !last; ++end) {
    if (end == window.dispatched) return false;
    const Uop& uop = window.at(end);
    if (uop.completed_at > now || uop.row_to_leave) return false;
    last = uop.source.last_of_fused;
  }
  while (window.head < end) retire_uop(thread, window.at(window.head), *sources_[index], now);
  if (releasing_.empty()) {
    --thread.window_fused;
  } else {
    ++releasing_[now % releasing_.size()].fused.at(index);
  }
  ++core_.counts.fused_uops;
  core_.counts.last_retirement_cycle = now;
  return true;
}

void RetireUnit::retire_uop(ThreadState& thread, Uop& uop, UopSource& source, Cycle now) {
  const KindInfo& kind = *uop.kind;
  ++core_.counts.uops;
  if (uop.source.names_vector) ++core_.counts.vector_fused_uops;
  if (uop.source.info.is_operation) {
    ++core_.counts.operations.by_pipe[static_cast<std::size_t>(uop.source.info.pipe)];
  }
  if (uop.ports != 0) {
    for (unsigned d = 0; d < uop.source.destinations; ++d) {
      const auto cls = static_cast<std::size_t>(uop.source.destination[d].cls);
      if (releasing_.empty()) {
        --core_.registers_used[cls];
      } else {
        ++releasing_[now % releasing_.size()].registers[cls];
      }
    }
    if (kind.is_load) load_store_.retire_load(uop);
    if (kind.is_store_data) load_store_.retire_store(uop, now);
  }
  source.retire(now, uop.source);
  core_.tell([&](auto& l) { l.on_retired(now, uop.source.info); });
  ++thread.window.head;
}

}  // namespace vtpu::core
