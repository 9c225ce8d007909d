// Listens to one model, and hands each cycle of the window on to the sinks, when all of its events were heard.
#pragma once

#include <deque>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "isa/program.hpp"
#include "layout/layout.hpp"
#include "traces/cycle_record.hpp"
#include "traces/window.hpp"

namespace vtpu::traces {

class Collector final : public events::Listener {
 public:
  // The layout outlives the collector; sinks outlive the run.
  Collector(const layout::Layout& layout, const isa::Program& program, Window window, std::vector<Sink*> sinks);
  ~Collector() override;

  void on_fetched(Cycle cycle, const UopInfo& uop) override;
  void on_operand(const UopInfo& uop, UopId producer) override;
  void on_dispatched(Cycle cycle, const UopInfo& uop, unsigned queue) override;
  void on_issued(Cycle cycle, const UopInfo& uop, unsigned port) override;
  void on_conflict(Cycle cycle, const UopInfo& uop, unsigned port, const UopInfo& winner) override;
  void on_completed(Cycle cycle, const UopInfo& uop) override;
  void on_written(Cycle cycle, const events::RegisterWrite& write) override;
  void on_retired(Cycle cycle, const UopInfo& uop) override;
  void on_slots(Cycle cycle, std::uint32_t core, SlotReason reason, unsigned slots) override;

  // The run has ended: hands on the last cycle and ends the sinks. Nothing is heard afterwards.
  void finish();
  // The cycle in hand, of which all fetches were heard, is in the window.
  [[nodiscard]] bool takes(Cycle cycle) const;
  [[nodiscard]] Cycle since_start(Cycle cycle) const { return start_ ? cycle - *start_ : 0; }
  // Cycles that were handed on.
  [[nodiscard]] std::uint64_t cycles() const { return cycles_; }

 private:
  struct Core;

  Core& enter(Cycle cycle, std::uint32_t core);
  [[nodiscard]] Life& life_of(Core& core, const UopInfo& uop);
  void apply(const events::RegisterWrite& write);
  void close_cycle();
  void follow_words(const Life& life);
  [[nodiscard]] bool is_past() const;
  void hand_on();
  void forget_retired();
  [[nodiscard]] std::vector<const Life*> in_flight() const;  // by serial; those that retire in this cycle included
  void end_sinks();

  const layout::Layout& layout_;
  Window window_;
  std::vector<Sink*> sinks_;
  struct KindFlags {
    bool load = false, store_address = false;
  };
  std::unordered_map<std::string_view, KindFlags> kinds_;
  std::vector<std::unique_ptr<Core>> cores_;
  CycleRecord record_;
  std::optional<Cycle> start_;
  Cycle now_ = 0;  // the cycle in hand, as the model counts
  std::uint64_t next_serial_ = 0;
  std::uint64_t window_words_in_flight_ = 0;  // uops of the window's words between fetch and retirement
  bool words_open_ = false;
  bool words_over_ = false;
  std::uint64_t cycles_ = 0;
  bool ended_ = false;
};

}  // namespace vtpu::traces
