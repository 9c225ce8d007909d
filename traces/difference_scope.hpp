// Where two models of the same core disagree, cycle by cycle: a bit for each kind of event, 1 where what they said of
// the cycle differs.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "traces/cycle_record.hpp"
#include "traces/save_file.hpp"
#include "traces/signals.hpp"

namespace vtpu::traces {

inline constexpr std::array<const char*, 7> kCompared{"fetched",   "dispatched", "issued", "conflicts",
                                                      "completed", "retired",    "slots"};

// What a model said of a core's cycle, as numbers that can be compared.
using Said = std::array<std::vector<std::uint64_t>, kCompared.size()>;
[[nodiscard]] Said said_in(const CoreCycle& core);

class DifferenceScope {
 public:
  DifferenceScope(Signals& signals, unsigned cores);

  void update(const std::vector<Said>& a, const std::vector<Said>& b);  // by core
  void show(SaveFile& save) const;

 private:
  Signals& signals_;
  SignalId any_ = 0;
  std::vector<std::array<SignalId, kCompared.size()>> cores_;
};

}  // namespace vtpu::traces
