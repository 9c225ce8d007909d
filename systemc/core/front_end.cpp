#include "core/front_end.hpp"

#include <algorithm>

namespace vtpu::core {

void FrontEnd::fetch(Cycle now) {
  if (thread_.resume_fetch_at > now) {
    thread_.last_fetch = FetchStatus::FrontEnd;
    return;
  }
  taken_branches_ = 0;
  unsigned queued = queued_at_start_;
  const unsigned capacity = core_.layout.front_end.queue_uops;
  Window& window = thread_.window;
  bool at_beginning = true;  // of a fused uop
  while (queued < capacity) {
    if (at_beginning && window.free_places() < core_.tables.uops_per_fused) {
      thread_.last_fetch = FetchStatus::FrontEnd;
      return;
    }
    Uop& uop = window.at(window.fetched);
    uop.reset();
    thread_.last_fetch = source_.next(now, window.idle(), uop.source);
    if (thread_.last_fetch != FetchStatus::Uop) return;
    at_beginning = uop.source.last_of_fused;
    if (at_beginning) ++queued;
    if (!accept(now, uop)) return;
  }
}

// False when nothing more is fetched in this cycle.
bool FrontEnd::accept(Cycle now, Uop& uop) {
  const layout::FrontEnd& fe = core_.layout.front_end;
  uop.sequence = thread_.window.fetched++;
  uop.kind = &core_.tables.kinds[uop.source.kind];
  uop.source.info.id = uop.sequence * core_.threads.size() + uop.thread;
  uop.source.info.core = core_.number;
  uop.source.info.wide = uop.source.wide;
  uop.available_at = now + std::max(1U, fe.depth_cycles);
  if (uop.source.first_of_fused) ++thread_.queued_fused;
  core_.tell([&](auto& l) { l.on_fetched(now, uop.source.info); });
  if (uop.source.mispredicted) {
    ++core_.counts.mispredicted_branches;
    if (uop.source.taken_branch) ++core_.counts.taken_branches;
    thread_.resume_fetch_at = kNever;
    return false;
  }
  if (uop.source.taken_branch) {
    ++core_.counts.taken_branches;
    if (++taken_branches_ >= fe.taken_branches_per_cycle) {
      thread_.resume_fetch_at = now + 1 + fe.taken_branch_bubble_cycles;
      return false;
    }
  }
  return true;
}

}  // namespace vtpu::core
