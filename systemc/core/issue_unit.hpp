// Wake-up and issue: ready uops meet free ports. The oldest wins; who loses its ports to older ones has a conflict.
#pragma once

#include <array>
#include <vector>

#include "core/execution_port.hpp"
#include "core/issue_queue.hpp"
#include "core/load_store_unit.hpp"
#include "core/wake_up.hpp"

namespace vtpu::core {

class IssueUnit {
 public:
  IssueUnit(CoreState& core, WakeUp& wake_up, LoadStoreUnit& load_store, std::vector<IssueQueue>& queues,
            std::vector<ExecutionPort>& ports);

  void wake(Cycle now);   // step 1
  void issue(Cycle now);  // step 2
  void end_cycle(unsigned wide_dispatched);
  // A 512-bit uop waited in an issue queue at the start of the cycle.
  [[nodiscard]] bool wide_waiting() const { return wide_waiting_ != 0; }

 private:
  // Ports that are picked for together, and the uops that may start on them.
  struct PortGroup {
    std::vector<unsigned> ports;
    AgeBitmap ready;
  };

  // Ports of a queue whose uops start on them in turn.
  struct PortTurns {
    std::vector<unsigned> ports;
    Cycle between_kinds = 0;    // from a start to that of another kind
    std::size_t last = 0;       // of these ports: that of the latest start; before the first the last one
    Cycle refused_at = kNever;  // latest cycle in which the oldest that was ready did not start
  };

  void make_ready(Uop& uop, Cycle now);
  void set_ready_bits(const Uop& uop);
  [[nodiscard]] bool may_serialize(ThreadState& thread);
  // The oldest uop that may start on the port now; nullptr where there is none or a bank conflict costs the port its
  // turn.
  [[nodiscard]] Uop* pick(unsigned port, Cycle now);
  [[nodiscard]] Uop* oldest_ready(ThreadState& thread, unsigned port, Cycle now);
  // The first of a thread's uops in a set, oldest first, for which wanted(uop) holds; nullptr: none.
  template <typename F>
  [[nodiscard]] Uop* find_oldest(const ThreadState& thread, const AgeBitmap& set, F wanted) const;
  [[nodiscard]] bool may_start(const Uop& uop, unsigned port, Cycle now);
  // Of those that are ready, on whatever port.
  [[nodiscard]] const Uop* oldest_load() const;
  void choose_loads();
  // Asked for uops from the oldest on: one that may not start keeps younger ones back for the cycle.
  [[nodiscard]] bool may_take_turn(PortTurns& turns, const Uop& uop, unsigned port, Cycle now);
  [[nodiscard]] bool starts_beside(const Uop& uop, const ExecutionPort& held, Cycle now) const;
  // Cycles for which the uop holds its port among these; one that it joins may hold its own for longer.
  [[nodiscard]] unsigned take_turn(PortTurns& turns, const Uop& uop, unsigned port, Cycle now);
  void issue_group(PortGroup& group, Cycle now);
  void gather(ThreadState& thread, const PortGroup& group);
  // A load that loses its bank does not start, and costs its port the turn.
  [[nodiscard]] bool gets_bank(Uop& uop, Cycle now);
  // The port whose result this uop is, started on `port`.
  [[nodiscard]] unsigned leaves_by(const Uop& uop, unsigned port) const;
  [[nodiscard]] unsigned wait_of_result(const Uop& uop, unsigned port, Cycle now) const;
  Cycle take_result_path(const SourceUop& uop, Cycle now);
  void start(Uop& uop, unsigned port, Cycle now);
  void start_in_vain(const Uop& uop, unsigned port, Cycle now);
  void take_port(const Uop& uop, unsigned port, Cycle now, unsigned cycles);
  [[nodiscard]] Cycle completion_of(Uop& uop, unsigned latency, Cycle now);
  [[nodiscard]] bool wants_closed_multiplier(const Uop& uop, unsigned port) const;
  [[nodiscard]] bool opens_multiplier(Cycle now);
  void count_conflicts(Cycle now);
  void count_conflicts_in_order(Cycle now);
  void count_conflicts_one_by_one(unsigned port_set, Cycle now);
  void count_conflict(const Uop& uop, unsigned port, Cycle now);
  // The port of the set whose winner is the youngest, or -1 when one of them was not lost: free, or given to a uop
  // younger than `age` in this cycle.
  [[nodiscard]] int lost_port(PortMask ports, std::uint64_t age, Cycle now) const;
  void finish_words();
  [[nodiscard]] std::uint32_t position_of(const Uop& uop) const {
    return static_cast<std::uint32_t>(&uop - core_.uops.data());
  }

  CoreState& core_;
  WakeUp& wake_up_;
  LoadStoreUnit& load_store_;
  std::vector<IssueQueue>& queues_;
  std::vector<ExecutionPort>& ports_;
  bool in_order_;
  // Ports of queues that are so: for general registers, and for vector and mask registers.
  std::array<PortMask, 2> one_result_{};
  PortMask results_wait_ = 0;           // of these, ports whose uops start although their results will have to wait
  std::vector<unsigned> slow_results_;  // by port: where the results of uops of more than a cycle leave
  std::vector<PortGroup> groups_;
  std::vector<PortGroup*> group_of_port_;  // nullptr: picks for itself
  std::vector<PortTurns> turns_;
  std::vector<PortTurns*> turns_of_port_;  // nullptr: has none
  unsigned wide_waiting_ = 0;
  unsigned wide_started_ = 0;
  const Uop* next_load_ = nullptr;  // the only load that may start in this cycle; nullptr: any
  enum class Loads : std::uint8_t { None, General, OfLines };
  Loads refused_loads_ = Loads::None;     // those that start in no cycle with the others, and not in this one
  std::vector<unsigned> ports_of_loads_;  // where there are such loads
  bool passed_over_ = false;              // in this cycle a ready uop could not start on a port that was free
  static constexpr Cycle kResultCycles = 64;
  // By cycle modulo 64 and by register file as in `one_result_`: the ports that then hand out a result.
  std::array<std::array<PortMask, 2>, kResultCycles> results_{};
  std::array<unsigned, 3> result_times_{};  // hundredths of a cycle; by halves of 64 bytes
  Cycle result_path_free_at_ = 0;           // in hundredths
  unsigned multiplier_closed_cycles_ = 0;   // 0: it never is
  Cycle multiplier_opens_at_ = 0;           // 0: nobody has asked
  Cycle multiplier_closes_at_ = 0;
  bool renames_stores_ = false;
  Cycle rename_forward_latency_ = 0;
  // Ready uops by port set and pipe; sets with any.
  std::vector<PipeCounts> ready_;
  std::vector<std::uint64_t> sets_with_ready_;
  std::vector<const Uop*> losers_;  // of the set in hand
  std::vector<Uop*> candidates_;    // of the group in hand
  // In-order cores: the word that may issue, per thread the first uop not known to have started.
  std::vector<std::uint64_t> first_not_started_;
  std::vector<std::uint64_t> open_word_;
};

}  // namespace vtpu::core
