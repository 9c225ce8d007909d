// A trace for https://ui.perfetto.dev and chrome://tracing, JSON. A core is a process; 1 us is one cycle.
//
//   a track per port   what it executes, for as long as it is held; who lost it to whom as instant events
//   track "dispatch"   why slots stayed empty, from cycle to cycle
//   async events       the life of each uop: fetched, waits, executes, waits to retire
//   counters           how full uop queue, window, issue queues, loads and stores are
#pragma once

#include <map>
#include <string>
#include <vector>

#include "layout/layout.hpp"
#include "traces/cycle_record.hpp"
#include "traces/output_file.hpp"

namespace vtpu::traces {

class PerfettoWriter final : public Sink {
 public:
  // The layout outlives the writer. Stops after the cycle in which the file came to `limit_bytes`; 0: none.
  PerfettoWriter(OutputFile file, const layout::Layout& layout, std::uint64_t limit_bytes);

  bool take(const CycleRecord& record) override;
  void end(const std::vector<const Life*>& lives) override;

  // After the end.
  [[nodiscard]] const Result<void>& outcome() const { return outcome_; }
  // The cycle after which the limit stopped it.
  [[nodiscard]] std::optional<Cycle> stopped() const { return stopped_; }

 private:
  struct Stall {
    std::optional<SlotReason> reason;
    Cycle since = 0;
  };
  struct Core {
    Stall stall;
    std::map<std::string, unsigned> counters;
  };

  void event(const std::string& json);
  void name_tracks(std::uint32_t core);
  void draw_ports(const CoreCycle& core, Cycle cycle);
  void draw_stalls(const CoreCycle& core, Cycle cycle);
  void end_stall(std::uint32_t core, Cycle cycle);
  void draw_counters(const CoreCycle& core, Cycle cycle);
  void count(std::uint32_t core, const std::string& name, unsigned value, Cycle cycle);
  void draw_life(const Life& life, Cycle end);
  void phase(const Life& life, std::string_view name, Cycle begin, Cycle end);
  void close();

  OutputFile file_;
  const layout::Layout& layout_;
  std::uint64_t limit_bytes_;
  std::map<std::string_view, unsigned> busy_, busy_wide_;  // cycles for which a kind of uop holds its port
  std::vector<Core> cores_;
  Cycle first_ = 0;
  Cycle next_ = 0;  // after the last one taken
  bool any_ = false;
  Result<void> outcome_;
  std::optional<Cycle> stopped_;
};

}  // namespace vtpu::traces
