#include "testbench/activity.hpp"

#include <numeric>

namespace vtpu::testbench {

std::uint64_t total(const PerPipe& counts) { return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}); }

void Activity::on_issued(events::Cycle, const events::UopInfo& uop, unsigned port) {
  ++issued_.at(port)[static_cast<std::size_t>(uop.pipe)];
}

void Activity::on_conflict(events::Cycle, const events::UopInfo& uop, unsigned port, const events::UopInfo& winner) {
  ++conflicts_[{uop.pipe, port, winner.pipe}];
}

void Activity::on_retired(events::Cycle, const events::UopInfo& uop) {
  ++uops_retired_[static_cast<std::size_t>(uop.pipe)];
  if (uop.is_operation) ++operations_retired_[static_cast<std::size_t>(uop.pipe)];
}

void Activity::on_slots(events::Cycle, std::uint32_t, events::SlotReason reason, unsigned slots) {
  slots_[static_cast<std::size_t>(reason)] += slots;
}

std::uint64_t Activity::all_slots() const { return std::accumulate(slots_.begin(), slots_.end(), std::uint64_t{0}); }

}  // namespace vtpu::testbench
