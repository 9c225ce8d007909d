// The uops of a core between fetch and retirement, one ring per thread. A uop keeps its place from fetch to retirement,
// so that components name it by its position and copy nothing.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/core_tables.hpp"
#include "core/uop_source.hpp"

namespace vtpu::core {

using events::Cycle;
using events::UopId;

inline constexpr Cycle kNever = std::numeric_limits<Cycle>::max();
inline constexpr std::uint32_t kNoPosition = 0xFFFFFFFF;

// Names one of the two results of a uop: 2 * (sequence number + 1) + which. kUsable: a value that is there.
using ResultId = std::uint64_t;
inline constexpr ResultId kUsable = 0;
[[nodiscard]] constexpr ResultId result_of(std::uint64_t sequence, unsigned which) {
  return 2 * (sequence + 1) + which;
}

enum class UopState : std::uint8_t {
  Fetched,
  Waiting,  // dispatched, for operands
  Ready,
  Issued,  // started, or done at rename
};

struct Uop {
  // Operands: the sources, the uop before, the data uop of an older store.
  static constexpr unsigned kMaxOperands = 7;
  struct Result {
    Cycle usable_at = kNever;                  // kNever: not issued yet
    std::uint32_t first_waiter = kNoPosition;  // position * 8 + operand
  };

  SourceUop source;
  const KindInfo* kind = nullptr;  // of the source's kind, CoreTables::kinds
  std::uint64_t sequence = 0;      // in program order of the thread
  std::uint64_t age = 0;           // in order of dispatch over all threads
  std::uint64_t word = 0;          // number of its word, in order of dispatch; in-order cores
  std::uint64_t ports = 0;         // the ports that may start it, a bit each
  Cycle available_at = 0;
  Cycle dispatched_at = 0;
  std::uint64_t group = 0;        // of the slots that rename takes together, ThreadState::group
  Cycle ready_at = 0;             // latest of the operands known so far
  Cycle eager_at = 0;             // when what it reads should be there, as far as it was announced; where `eager`
  Cycle results_expected_at = 0;  // where `announced`
  Cycle issued_at = 0;
  Cycle completed_at = kNever;
  Cycle bank_lost_at = kNever;       // loads: the last cycle in which a bank was taken
  Cycle translated_at = 0;           // loads: until then the translation is the reason to wait
  ResultId renamed = kUsable;        // where renamed_first is set, the value that result 0 is an other name of
  std::uint64_t blocking_store = 0;  // loads, where `forwarded`: the store's position in the store queue
  bool renamed_first = false;
  Form form = Form::Narrow;       // whose ports and times it takes; set at dispatch
  Domain domain = Domain::None;   // set at dispatch
  bool reads_float = false;       // an operand is a result of the domain Float
  bool folds = false;             // a `folded_add`: its sum stands in the register's name
  bool flags_needed = false;      // and its flags are computed all the same
  bool in_row = false;            // waits in a row, and in no queue yet
  bool row_to_leave = false;      // of the first uop of a fused one: it has not left its row
  bool eager = false;             // starts in vain while an operand that was expected is missing
  bool announced = false;         // it is known when its results should come: where `eager`, once it was ready
  bool waits_for_memory = false;  // loads: missed L1 or took an older store's data
  bool covered = false;           // loads: the older store covers all bytes
  bool forwarded = false;         // loads: takes an older store's data
  UopState state = UopState::Fetched;
  std::uint8_t pending = 0;      // operands whose time is not known yet
  std::uint8_t unannounced = 0;  // of these, what nobody knows when to expect; where `eager`
  std::uint8_t thread = 0;
  std::uint8_t queue = 0;
  std::uint16_t port_set = 0;
  std::uint32_t next_ready = kNoPosition;
  std::uint32_t next_eager = kNoPosition;
  std::array<Result, 2> results{};
  std::array<std::uint32_t, kMaxOperands + 1> next_waiter{};

  // As new, but for the thread and for what dispatch sets before anybody reads it. The source fills in `source`.
  void reset() {
    ports = 0;
    ready_at = 0;
    completed_at = kNever;
    form = Form::Narrow;
    domain = Domain::None;
    renamed_first = reads_float = folds = flags_needed = waits_for_memory = covered = forwarded = false;
    bank_lost_at = kNever;
    translated_at = 0;
    state = UopState::Fetched;
    pending = unannounced = 0;
    eager = announced = in_row = row_to_leave = false;
    eager_at = 0;
    results = {};
  }
};

class Window {
 public:
  // positions: a power of two, see uop_places(). base: the first of this thread's positions.
  Window(std::vector<Uop>& uops, std::uint32_t base, std::uint32_t positions)
      : uops_(uops), base_(base), mask_(positions - 1) {}

  [[nodiscard]] std::uint32_t position(std::uint64_t sequence) const {
    return base_ + (static_cast<std::uint32_t>(sequence) & mask_);
  }
  [[nodiscard]] Uop& at(std::uint64_t sequence) { return uops_[position(sequence)]; }
  [[nodiscard]] std::uint32_t base() const { return base_; }
  [[nodiscard]] std::uint32_t positions() const { return mask_ + 1; }
  [[nodiscard]] bool idle() const { return head == fetched; }
  [[nodiscard]] std::uint64_t free_places() const { return positions() - (fetched - head); }

  // Uops head .. dispatched-1 are in the window, dispatched .. fetched-1 in the uop queue.
  std::uint64_t head = 0;
  std::uint64_t dispatched = 0;
  std::uint64_t fetched = 0;

 private:
  std::vector<Uop>& uops_;
  std::uint32_t base_;
  std::uint32_t mask_;
};

// A wheel of cycles: uops filed under the cycle in which something happens to them, linked through the uops themselves.
template <std::uint32_t Uop::*Link>
class Calendar {
 public:
  Calendar() : first_(kCycles, kNoPosition) {}

  void add(std::vector<Uop>& uops, std::uint32_t position, Cycle at) {
    std::uint32_t& first = first_[at & (kCycles - 1)];
    uops[position].*Link = first;
    first = position;
    ++filed_;
  }
  // Calls f(position) for every uop filed for `now`; at_of(uop) says for which cycle it was filed.
  template <typename At, typename F>
  void take(std::vector<Uop>& uops, Cycle now, At at_of, F f) {
    std::uint32_t next = first_[now & (kCycles - 1)];
    if (next == kNoPosition) return;
    first_[now & (kCycles - 1)] = kNoPosition;
    while (next != kNoPosition) {
      const std::uint32_t position = next;
      next = uops[position].*Link;
      --filed_;
      if (at_of(uops[position]) != now) {
        add(uops, position, at_of(uops[position]));  // a later turn of the wheel
      } else {
        f(position);
      }
    }
  }
  [[nodiscard]] std::uint64_t filed() const { return filed_; }

 private:
  static constexpr std::uint32_t kCycles = 1024;
  std::vector<std::uint32_t> first_;
  std::uint64_t filed_ = 0;
};

}  // namespace vtpu::core
