// The pipeline as Konata draws it (https://github.com/shioyadan/Konata), format Kanata 0004. A uop is a line:
//
//   lane 0   F fetched, Ds dispatched, Q waits in an issue queue, X:alu0 executes on port alu0, Cm waits to retire, R
//   lane 1   why it stands: lost:alu1 (an older uop had the port), queue_full (the oldest one that cannot be
//   dispatched)
//
// Arrows (W) lead from the uop that makes a value to those that wait for it.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "traces/cycle_record.hpp"
#include "traces/output_file.hpp"

namespace vtpu::traces {

class KanataWriter final : public Sink {
 public:
  // Stops after the cycle in which the file came to `limit_bytes`; 0: none.
  KanataWriter(OutputFile file, std::vector<std::string> port_names, std::uint64_t limit_bytes);

  bool take(const CycleRecord& record) override;
  void end(const std::vector<const Life*>& lives) override;

  // After the end.
  [[nodiscard]] const Result<void>& outcome() const { return outcome_; }
  // The cycle after which the limit stopped it.
  [[nodiscard]] std::optional<Cycle> stopped() const { return stopped_; }

 private:
  struct Drawn {
    std::uint64_t number = 0;  // in the file
    std::string stage;         // of lane 0
  };
  using Stalls = std::map<std::uint64_t, std::string>;  // lane 1, by number

  Drawn& begin(const Life& life);
  Drawn& drawn_of(const Life& life);
  void begin_where_it_is(const Life& life, Cycle cycle);
  void to_stage(Drawn& drawn, std::string_view stage);
  void advance_to(Cycle cycle);
  void end_retired();
  void draw_execution(const CoreCycle& core, Cycle cycle);
  void draw_dispatch(const CoreCycle& core);
  void draw_ends(const CoreCycle& core);
  void find_stalls(const CoreCycle& core, Stalls& stalls);
  void draw_stalls(Stalls stalls);

  OutputFile file_;
  std::vector<std::string> port_names_;
  std::uint64_t limit_bytes_;
  std::optional<Cycle> cycle_;
  std::unordered_map<std::uint64_t, Drawn> drawn_;                    // by Life::serial
  std::map<std::pair<std::uint32_t, UopId>, std::uint64_t> numbers_;  // of those drawn, by core and id
  std::map<std::uint64_t, std::uint32_t> not_dispatched_;             // serials and their cores
  std::vector<const Life*> dispatched_before_;                        // in the cycle before
  std::vector<std::uint64_t> retired_before_;                         // serials
  Stalls stalls_;
  std::uint64_t next_number_ = 0;
  std::uint64_t next_retirement_ = 0;
  Result<void> outcome_;
  std::optional<Cycle> stopped_;
};

}  // namespace vtpu::traces
