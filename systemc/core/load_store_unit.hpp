// Load and store queues: room, forwarding from older stores, the limits of a cycle, the times of accesses, and the
// commit of retired stores.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/wake_up.hpp"
#include "memory/data_access.hpp"
#include "memory/divisor.hpp"

namespace vtpu::core {

class LoadStoreUnit {
 public:
  LoadStoreUnit(CoreState& core, WakeUp& wake_up, memory::DataAccess& data);

  // Room for so many more loads and stores of the thread.
  [[nodiscard]] bool has_load_room(const ThreadState& thread, unsigned loads) const;
  [[nodiscard]] bool has_store_room(const ThreadState& thread, unsigned stores) const;
  // So many more loads may be dispatched in `now` without having completed; of all threads.
  [[nodiscard]] bool may_be_incomplete(unsigned loads, Cycle now);

  // Dispatch, in program order. A load may get an operand of number `operand` (an older store's data).
  void dispatch_load(Uop& uop, unsigned operand);
  // A load whose operands can be used: true when it has to wait for the commit of a store that covers only a part of
  // it; take_freed() hands it out afterwards.
  [[nodiscard]] bool waits_for_commit(Uop& uop);
  // f(uop) for each load whose store was committed in an earlier cycle, in the order in which they came to wait.
  template <typename F>
  void take_freed(F f) {
    for (Uop* uop : freed_) f(*uop);
    freed_.clear();
  }
  void dispatch_store_address(Uop& uop);
  void dispatch_store_data(Uop& uop, ResultId stored);

  // Issue. Limits count per cycle.
  void begin_cycle(Cycle now);
  [[nodiscard]] bool may_start_load(const SourceUop& load, Cycle now) const;
  // The load started last found no free miss buffer of L1: loads start one by one, oldest first, on whatever port.
  [[nodiscard]] bool loads_in_line() const { return loads_in_line_; }
  [[nodiscard]] bool may_start_store(bool wide) const;
  // Takes the banks of the load; false when one of them is used up in this cycle.
  [[nodiscard]] bool take_banks(const Uop& uop);
  // The completion cycle of a memory uop that starts in `now`.
  [[nodiscard]] Cycle start_load(Uop& uop, unsigned latency, Cycle now);
  // A uop of a kind of its own asks for a line.
  void prefetch(const Uop& uop, Cycle now) { data_.prefetch(now, uop.source.address, uop.source.instruction); }
  [[nodiscard]] Cycle start_store_address(const Uop& uop, unsigned latency, Cycle now);

  void retire_load(Uop& uop);
  void retire_store(Uop& uop, Cycle now);
  void commit(Cycle now);
  [[nodiscard]] bool all_committed() const;

 private:
  struct Store {
    std::uint64_t address = 0;
    std::uint32_t base_and_disp = 0;
    std::uint8_t bytes = 0;
    bool has_data = false;
    bool renames = false;       // the data uop's second result serves memory renaming
    std::uint64_t data = 0;     // sequence of its data uop
    ResultId stored = kUsable;  // the value that the data uop reads
    Cycle retired_at = kNever;
  };
  struct Queue {  // of one thread; entries head .. tail-1 of a ring, of which head .. retired-1 are retired
    std::vector<Store> ring;
    std::uint64_t head = 0;
    std::uint64_t retired = 0;
    std::uint64_t tail = 0;
    std::vector<std::uint16_t> lines;  // stores in the ring by a hash of their line
    [[nodiscard]] Store& at(std::uint64_t i) { return ring[i & (ring.size() - 1)]; }
    [[nodiscard]] bool touches(std::uint64_t address, unsigned bytes) const;
    void count_lines(const Store& store, int change);
  };
  static constexpr std::uint64_t kLineHashes = 1024;

  [[nodiscard]] Cycle completion_of_load(Uop& uop, unsigned latency, Cycle now);
  [[nodiscard]] static std::uint64_t position_of(const Queue& queue, const Store& store);
  [[nodiscard]] Store* youngest_overlap(Queue& queue, const Uop& load);
  [[nodiscard]] bool combines(std::uint64_t line) const;
  void remember_line(std::uint64_t line);
  [[nodiscard]] unsigned writes_of(const Store& store) const;
  void commit_one(unsigned thread, Cycle now, unsigned& budget, unsigned& writes);
  [[nodiscard]] unsigned in_use(const ThreadState& thread, unsigned ThreadState::*count) const;

  CoreState& core_;
  WakeUp& wake_up_;
  memory::DataAccess& data_;
  bool split_;  // each thread has its share of the queues
  std::vector<Queue> queues_;
  // Started in this cycle; the wide ones are among the others.
  unsigned loads_ = 0, wide_loads_ = 0, stores_ = 0, wide_stores_ = 0;
  Cycle loads_from_ = 0;  // no load starts before
  bool loads_in_line_ = false;
  unsigned loads_limit_ = 0;           // of this cycle
  unsigned lines_to_take_ = 0;         // that came to L1, of which each takes the place of a load
  unsigned loads_to_issue_ = 0;        // dispatched and not started
  memory::EarliestFirst completions_;  // of loads that were started
  std::vector<unsigned> bank_reads_;
  memory::Divisor by_bank_bytes_, by_banks_;
  std::vector<std::uint64_t> combining_;  // lines written last, the latest first
  unsigned free_lines_ = 0;               // further lines that commits may write within no limit, host code
  struct Blocked {
    Uop* uop = nullptr;
    std::uint64_t store = 0;  // position in its thread's queue
  };
  std::vector<Blocked> blocked_;  // in order of arrival
  std::vector<Uop*> freed_;
};

}  // namespace vtpu::core
