// Rename and dispatch: fused uops leave the uop queue in program order, take window, registers, load and store queue
// entries and issue queue entries, and learn for which values they wait. What stops them names the slots that stay
// empty.
#pragma once

#include <array>
#include <bit>
#include <span>
#include <vector>

#include "core/execution_port.hpp"
#include "core/issue_queue.hpp"
#include "core/load_store_unit.hpp"
#include "core/vector_rows.hpp"
#include "core/wake_up.hpp"

namespace vtpu::core {

class RenameUnit {
 public:
  RenameUnit(CoreState& core, WakeUp& wake_up, LoadStoreUnit& load_store, std::vector<IssueQueue>& queues,
             std::vector<ExecutionPort>& ports);

  // At the start of the cycle: vector uops that waited in rows come to their queues.
  void leave_rows(Cycle now);
  // Step 3 of the cycle. wide_waiting: a 512-bit uop waited in an issue queue at the start of the cycle. Accounts the
  // slots.
  void dispatch(Cycle now, bool wide_waiting);
  // 512-bit uops that entered issue queues in this cycle.
  [[nodiscard]] unsigned wide_dispatched() const { return wide_dispatched_; }

 private:
  enum class Stop : std::uint8_t { None, NotAvailable, Slots, Serializing, Window, Registers, LoadStoreQueue, Queue };
  // Of a queue, in this cycle: how many uops came to it, the last block for which a group was chosen, from 1, and the
  // ports of the group in turn; and of a queue that takes turns the place among its ports whose turn it is.
  struct Arrivals {
    unsigned uops = 0;
    unsigned block = 0;
    PortMask group = 0;
    std::size_t turn = 0;
    std::size_t turn_before = 0;  // the fused uop in hand
  };
  // Of some ports of a queue with ranks, in this cycle: those that take turns, in order of load, and whose turn it is
  // by slot; without ranks where the queue has none for so many ports.
  struct Ranking {
    PortMask open = 0;
    unsigned within = 0;
    std::array<std::uint8_t, 64> order{};
    std::span<const unsigned> ranks;
  };

  [[nodiscard]] Stop check(ThreadState& thread, std::uint64_t end, Cycle now);
  [[nodiscard]] Stop check_room(ThreadState& thread, std::uint64_t end, Cycle now);
  [[nodiscard]] Stop place(ThreadState& thread, std::uint64_t end);
  void undo_placements();
  [[nodiscard]] const QueueChoice* choose(const Uop& uop);
  void shuffle(Cycle now);
  [[nodiscard]] const QueueChoice* choose_shuffled(const std::vector<QueueChoice>& choices);
  [[nodiscard]] const QueueChoice* choose_in_turn(const std::vector<QueueChoice>& choices);
  void move_turns(Cycle now);
  void order_by_load(std::vector<unsigned>& ports) const;
  // Of those that are not closed; nullptr where their queue has no ranks for so many.
  [[nodiscard]] const QueueChoice* choose_ranked(const KindTimes& times, PortMask closed);
  [[nodiscard]] const Ranking& ranking_of(unsigned queue, PortMask open);
  [[nodiscard]] const QueueChoice* choose_group(const std::vector<QueueChoice>& choices);
  template <typename F>
  void for_each_port(PortMask ports, F f) {
    for (; ports != 0; ports &= ports - 1) f(ports_[static_cast<std::size_t>(std::countr_zero(ports))]);
  }
  [[nodiscard]] bool is_done_at_rename(const Uop& uop) const;
  unsigned dispatch_thread(ThreadState& thread, unsigned width, Cycle now, Stop& stop);
  void rename(ThreadState& thread, Uop& uop, Cycle now, const QueueChoice* choice);
  // Of the fused uop in hand: a uop that goes to this queue waits in a row first.
  [[nodiscard]] bool waits_in_row(unsigned queue) const { return names_vector_ && behind_rows_[queue]; }
  [[nodiscard]] bool has_room(unsigned queue) const { return waits_in_row(queue) || queues_[queue].has_room(); }
  // The rows take all that name vectors of what the cycle could dispatch.
  [[nodiscard]] bool rows_have_room(ThreadState& thread, unsigned width, Cycle now) const;
  [[nodiscard]] bool moves_to_room(Uop& uop);
  // f(uop) for each uop of the row, as long as that is true.
  template <typename F>
  bool for_each_uop(std::span<const VectorRows::Entry> row, F f);
  [[nodiscard]] bool take_room(std::span<const VectorRows::Entry> row);
  void add_sources(ThreadState& thread, Uop& uop);
  // Cycles more that `reader` takes because of whose flags it reads.
  [[nodiscard]] unsigned lateness_of_flags(const Uop& reader, ResultId flags);
  void name_destinations(ThreadState& thread, Uop& uop);
  void dispatch_store_data(ThreadState& thread, Uop& uop);
  [[nodiscard]] static ResultId source_name(const ThreadState& thread, const SourceUop& uop, unsigned k) {
    const auto& names = (uop.sources_before_word >> k & 1U) != 0 ? thread.names_before : thread.names;
    return names[static_cast<std::size_t>(uop.source[k].cls)][uop.source[k].index];
  }
  void settle_folding(ThreadState& thread, Uop& uop, unsigned slots, Cycle now) const;
  [[nodiscard]] static std::int64_t folded_sum(const ThreadState& thread, const SourceUop& uop);
  [[nodiscard]] events::SlotReason reason_of(Stop stop, ThreadState& thread, Cycle now);
  [[nodiscard]] events::SlotReason reason_of_window(ThreadState& thread, Cycle now);
  [[nodiscard]] events::SlotReason reason_of_queue(const Uop& uop);
  [[nodiscard]] bool has_window_room(const ThreadState& thread) const;
  void account(Cycle now, unsigned dispatched, events::SlotReason reason);

  CoreState& core_;
  WakeUp& wake_up_;
  LoadStoreUnit& load_store_;
  std::vector<IssueQueue>& queues_;
  std::vector<ExecutionPort>& ports_;
  std::vector<const QueueChoice*> placements_;  // of the fused uop in hand, by uop; nullptr: takes no queue entry
  bool at_dispatch_;
  std::vector<Arrivals> arrivals_;           // by queue; kept up for the next
  std::vector<unsigned> particular_queues_;  // that have groups or ranks, or want room
  // By queue: of one with ranks its ports, ordered by how many uops waited at the start of the cycle before; else none.
  std::vector<std::vector<unsigned>> by_load_;
  std::vector<Ranking> rankings_;         // as far as this cycle's dispatch asked for them
  std::vector<unsigned> shuffled_ports_;  // of queues that shuffle, in the order of this cycle
  // By cycles ago, by port: how many uops waited at the start. Empty where no queue wants to know.
  std::vector<std::vector<unsigned>> counts_;
  std::vector<unsigned> turning_queues_;  // that take turns
  VectorRows rows_;
  std::vector<bool> behind_rows_;  // by queue
  bool names_vector_ = false;      // the fused uop in hand, where there are rows
  std::vector<const Uop*> placed_of_row_;
  unsigned row_waited_ = 0;  // cycles for which the oldest row found no room
  bool rows_full_ = false;   // in this cycle they keep dispatch waiting
  bool closed_now_ = false;
  bool stopped_ = false;  // this cycle dispatches nothing: a queue lacks its dispatch_room
  unsigned slot_ = 0;     // of this cycle's dispatch, of the fused uop in hand
  unsigned wide_dispatched_ = 0;
  unsigned wide_shadow_slots_ = 0;
  std::array<unsigned, kRegisterClasses> register_limit_{};
};

}  // namespace vtpu::core
