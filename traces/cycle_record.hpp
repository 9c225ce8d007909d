// Everything that happened in one cycle, collected from a model's events: what every trace is written from.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "events/events.hpp"
#include "isa/state.hpp"

namespace vtpu::traces {

using events::Cycle;
using events::SlotReason;
using events::UopId;
using events::UopInfo;

// The life of a uop so far. Absent: it has not come to that yet.
struct Life {
  UopInfo uop;
  std::uint64_t serial = 0;        // over all cores, in the order in which uops were first heard of
  std::uint64_t word_ordinal = 0;  // of its word, counted on its core as words are fetched, loops unrolled
  std::optional<Cycle> fetched, dispatched, issued, completed, retired;
  unsigned queue = events::kNoQueue;
  unsigned port = 0;            // once issued
  std::vector<UopId> operands;  // uops of the same core that it waited for, each once
};

struct Conflict {
  const Life* loser = nullptr;
  unsigned port = 0;
  UopInfo winner;  // may have retired and hold the port still
};

// How much is in use at the start of the cycle, in uops.
struct Occupancy {
  unsigned uop_queue = 0;
  unsigned window = 0;
  unsigned loads = 0;            // dispatched, not retired
  unsigned stores = 0;           // store addresses dispatched, not retired
  unsigned loads_executing = 0;  // issued, not completed
  std::vector<unsigned> queues;  // index Layout::queues
};

struct CoreCycle {
  std::uint32_t number = 0;
  // In the order of the events. Lives stay where they are until the record has been handed on.
  std::vector<const Life*> fetched, dispatched, issued, completed, retired;
  std::vector<Conflict> conflicts;
  std::vector<std::pair<SlotReason, unsigned>> slots;
  std::vector<events::RegisterWrite> writes;
  Occupancy occupancy;
  const Life* oldest = nullptr;  // in the window at the start of the cycle
};

struct CycleRecord {
  Cycle cycle = 0;                  // since the start of the run
  bool opens = false;               // the first one that is handed on
  std::vector<const Life*> before;  // where it opens: uops in flight that were fetched earlier, oldest first
  std::vector<CoreCycle> cores;
  std::vector<isa::Registers> registers;  // by sentron, at the start of the cycle
};

// Where records go.
class Sink {
 public:
  virtual ~Sink() = default;
  // false: it wants no more.
  virtual bool take(const CycleRecord& record) = 0;
  // After the last record; `lives`: the uops that are still in flight, oldest first.
  virtual void end(const std::vector<const Life*>& lives) = 0;
};

}  // namespace vtpu::traces
