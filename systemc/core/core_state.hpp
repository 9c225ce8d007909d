// What the units of one core share: the uops in flight, the rename map, who uses how much, and what is counted.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/core_counts.hpp"
#include "core/core_tables.hpp"
#include "core/window.hpp"

namespace vtpu::core {

struct ThreadState {
  Window window;
  using Names = std::array<std::array<ResultId, kRegistersPerClass>, kRegisterClasses>;
  Names names{};                                          // the value of each register
  Names names_before{};                                   // and what it was before the last write
  std::array<std::int64_t, kRegistersPerClass> folded{};  // what is to be added to the value of a general register
  std::uint64_t next_word = 0;                            // in-order cores: number of the word in hand
  unsigned queued_fused = 0;                              // fetched and not dispatched
  unsigned window_fused = 0;
  std::uint64_t group = 0;                      // the latest of the groups of slots that rename takes together
  unsigned group_slots_left = 0;                // of it
  std::uint64_t slots_since_wide = kNever / 2;  // of dispatch, since the last 512-bit uop
  unsigned loads = 0;                           // load queue entries
  unsigned stores = 0;                          // store queue entries
  std::uint64_t serializing = 0;                // 1 + sequence of the serialising uop in the window, 0: none
  bool serializing_has_operands = false;
  bool retired_stores = false;  // a retired store waits for its commit
  Cycle resume_fetch_at = 0;    // kNever: a mispredicted branch has not been issued
  FetchStatus last_fetch = FetchStatus::FrontEnd;
};

// How many uops of a thread are held between fetch and retirement: two for each fused uop of window and uop queue,
// rounded up to a power of two; a power of two that holds four of the longest fused uops where that is more.
[[nodiscard]] unsigned uop_places(const layout::Layout& layout, const CoreTables& tables);

struct CoreState {
  CoreState(const layout::Layout& layout_in, std::uint32_t number_in, unsigned threads_in,
            std::vector<events::Listener*> listeners_in, bool host_code_in = false);
  CoreState(const CoreState&) = delete;
  CoreState& operator=(const CoreState&) = delete;

  const layout::Layout& layout;
  bool host_code;  // the core runs host code: what the layout says of that alone holds
  CoreTables tables;
  std::uint32_t number;
  std::vector<events::Listener*> listeners;
  std::vector<Uop> uops;
  std::vector<ThreadState> threads;
  std::array<unsigned, kRegisterClasses> registers_used{};
  unsigned wide_forms_waiting = 0;  // uops that take 512-bit ports, dispatched and not started
  std::uint64_t next_age = 0;
  CoreCounts counts;

  [[nodiscard]] ThreadState& thread_of(const Uop& uop) { return threads[uop.thread]; }
  // The name under which others wait for result `which` of the uop.
  [[nodiscard]] static ResultId name_of_result(const Uop& uop, unsigned which) {
    return which == 0 && uop.renamed_first ? uop.renamed : result_of(uop.sequence, which);
  }
  // The uops of the window in age order of one thread that have not completed in `now`; the first, or nullptr.
  [[nodiscard]] Uop* oldest_incomplete(ThreadState& thread, Cycle now);

  template <typename F>
  void tell(F f) {
    for (events::Listener* listener : listeners) f(*listener);
  }
};

}  // namespace vtpu::core
