// The signals of one core, unit by unit.
//
//   front_end   word, sentron (of the last uop fetched), fetched, uop_queue
//   rename      slots (used in this cycle), stall (why not all of them), slot0 .. (the uops dispatched)
//   queue       one for each issue queue: how many uops wait in it
//   port        for each: uop (that it executes), word, lost (who lost it to whom), losers (how many did)
//   load_store  loads, stores, loads_executing
//   retire      window, oldest (uop), retired, operations
#pragma once

#include <unordered_map>
#include <vector>

#include "layout/layout.hpp"
#include "traces/cycle_record.hpp"
#include "traces/names.hpp"
#include "traces/save_file.hpp"
#include "traces/signals.hpp"

namespace vtpu::traces {

class CoreScope {
 public:
  // All references outlive the scope.
  CoreScope(Signals& signals, Names& names, const layout::Layout& layout, unsigned number);

  // A uop that was issued before the first cycle, which may hold its port still.
  void take_up(const Life& life, Cycle first);
  void update(const CoreCycle& core, Cycle cycle);
  void show(SaveFile& save) const;

 private:
  struct Port {
    SignalId uop, word, lost, losers;
    Cycle held_until = 0;
  };

  void declare_ports();
  void hold_port(const Life& life, Cycle now);
  void update_front_end(const CoreCycle& core);
  void update_rename(const CoreCycle& core);
  void update_ports(const CoreCycle& core, Cycle cycle);
  void update_retire(const CoreCycle& core);
  void show_ports(SaveFile& save) const;

  Signals& signals_;
  Names& names_;
  const layout::Layout& layout_;
  unsigned number_;
  std::unordered_map<std::string_view, const layout::UopKind*> kinds_;
  SignalId word_ = 0, sentron_ = 0, fetched_ = 0, uop_queue_ = 0;
  SignalId slots_ = 0, stall_ = 0;
  std::vector<SignalId> dispatched_;
  std::vector<SignalId> queues_;
  std::vector<Port> ports_;
  SignalId loads_ = 0, stores_ = 0, loads_executing_ = 0;
  SignalId window_ = 0, oldest_ = 0, oldest_word_ = 0, retired_ = 0, operations_ = 0;
};

}  // namespace vtpu::traces
