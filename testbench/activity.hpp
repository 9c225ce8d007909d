// What a timing model's events add up to: operations, port use, who lost which port to whom, where the slots went.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <vector>

#include "events/events.hpp"

namespace vtpu::testbench {

// One cell of the port-conflict matrix: a ready uop of pipe `loser` that found `port` taken by an older one of
// `winner`.
struct Conflict {
  isa::Pipe loser = isa::Pipe::D;
  unsigned port = 0;
  isa::Pipe winner = isa::Pipe::D;
  friend auto operator<=>(const Conflict&, const Conflict&) = default;
};

// Per pipe, in the order D, S, C.
using PerPipe = std::array<std::uint64_t, isa::kPipes>;
[[nodiscard]] std::uint64_t total(const PerPipe& counts);

class Activity final : public events::Listener {
 public:
  explicit Activity(std::size_t ports) : issued_(ports) {}

  void on_issued(events::Cycle cycle, const events::UopInfo& uop, unsigned port) override;
  void on_conflict(events::Cycle cycle, const events::UopInfo& uop, unsigned port,
                   const events::UopInfo& winner) override;
  void on_retired(events::Cycle cycle, const events::UopInfo& uop) override;
  void on_slots(events::Cycle cycle, std::uint32_t core, events::SlotReason reason, unsigned slots) override;

  // Uops started on a port, by the pipe of the operation that they serve.
  [[nodiscard]] const std::vector<PerPipe>& issued() const { return issued_; }
  // Cycles that ready uops lost; a uop that loses in several cycles counts in each.
  [[nodiscard]] const std::map<Conflict, std::uint64_t>& conflicts() const { return conflicts_; }
  [[nodiscard]] const PerPipe& uops_retired() const { return uops_retired_; }
  [[nodiscard]] const PerPipe& operations_retired() const { return operations_retired_; }
  [[nodiscard]] std::uint64_t slots(events::SlotReason reason) const {
    return slots_[static_cast<std::size_t>(reason)];
  }
  [[nodiscard]] std::uint64_t all_slots() const;

 private:
  std::vector<PerPipe> issued_;
  std::map<Conflict, std::uint64_t> conflicts_;
  PerPipe uops_retired_{};
  PerPipe operations_retired_{};
  std::array<std::uint64_t, static_cast<std::size_t>(events::SlotReason::Count)> slots_{};
};

}  // namespace vtpu::testbench
