#include "traces/difference_scope.hpp"

#include <fmt/format.h>

namespace vtpu::traces {

Said said_in(const CoreCycle& core) {
  Said said;
  auto& [fetched, dispatched, issued, conflicts, completed, retired, slots] = said;
  for (const Life* life : core.fetched) fetched.push_back(life->uop.id);
  for (const Life* life : core.dispatched) dispatched.insert(dispatched.end(), {life->uop.id, life->queue});
  for (const Life* life : core.issued) issued.insert(issued.end(), {life->uop.id, life->port});
  for (const Conflict& c : core.conflicts) {
    conflicts.insert(conflicts.end(), {c.loser->uop.id, c.port, c.winner.id});
  }
  for (const Life* life : core.completed) completed.push_back(life->uop.id);
  for (const Life* life : core.retired) retired.push_back(life->uop.id);
  for (const auto& [reason, count] : core.slots) {
    slots.insert(slots.end(), {static_cast<std::uint64_t>(reason), count});
  }
  return said;
}

DifferenceScope::DifferenceScope(Signals& signals, unsigned cores) : signals_(signals) {
  signals_.open_scope("difference");
  any_ = signals_.declare("any", 1);
  for (unsigned k = 0; k < cores; ++k) {
    signals_.open_scope(fmt::format("core{}", k));
    auto& core = cores_.emplace_back();
    for (std::size_t i = 0; i < kCompared.size(); ++i) core[i] = signals_.declare(kCompared[i], 1);
    signals_.close_scope();
  }
  signals_.close_scope();
}

void DifferenceScope::update(const std::vector<Said>& a, const std::vector<Said>& b) {
  bool any = false;
  for (std::size_t k = 0; k < cores_.size(); ++k) {
    static const Said kNothing;
    const Said& x = k < a.size() ? a[k] : kNothing;
    const Said& y = k < b.size() ? b[k] : kNothing;
    for (std::size_t i = 0; i < kCompared.size(); ++i) {
      const bool differs = x[i] != y[i];
      signals_.set(cores_[k][i], differs ? 1 : 0);
      any = any || differs;
    }
  }
  signals_.set(any_, any ? 1 : 0);
}

void DifferenceScope::show(SaveFile& save) const {
  save.open_group("difference");
  save.row(signals_.path_of(any_), "any", Show::Decimal);
  for (std::size_t k = 0; k < cores_.size(); ++k) {
    for (std::size_t i = 0; i < kCompared.size(); ++i) {
      const SignalId signal = cores_[k][i];
      if (signals_.ever_changed(signal)) {
        save.row(signals_.path_of(signal), fmt::format("core {} {}", k, kCompared[i]), Show::Decimal);
      }
    }
  }
  save.close_group();
}

}  // namespace vtpu::traces
