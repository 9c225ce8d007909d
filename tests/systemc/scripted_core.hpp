// A core that runs a script of uops, for cycle tables: which uop was dispatched, issued, completed and retired when,
// what lost which port to whom, and where the slots went. No SystemC: the clock is a loop.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/sentron_core.hpp"
#include "memory/data_path.hpp"
#include "memory/dram.hpp"

namespace vtpu::core::test {

// Kinds of the tiny core, in order.
enum Kind : std::uint16_t {
  kAdd,
  kMul,
  kDiv,
  kLoad,
  kStoreAddress,
  kStoreData,
  kBranch,
  kFence,
  kMove,
  kOnX,
  kOnY,
  kVector
};

// Ports x, y (queue 0) and m (queue 1); every number small, latencies different. Tests change what they are about.
inline layout::Layout tiny_core() {
  layout::Layout l;
  l.name = "scripted";
  l.front_end.depth_cycles = 1;
  l.front_end.queue_uops = 16;
  l.front_end.mispredict_cycles = 5;
  l.rename.dispatch_width = 4;
  l.queues = {{"calc", 8, {0, 1}}, {"memory", 8, {2}}};
  l.ports = {{"x", 0}, {"y", 0}, {"m", 1}};
  const auto kind = [](std::string name, std::vector<unsigned> ports, unsigned latency) {
    layout::UopKind k;
    k.name = std::move(name);
    k.ports = std::move(ports);
    k.latency = latency;
    return k;
  };
  l.uops = {kind("add", {0, 1}, 1), kind("mul", {0}, 3),    kind("div", {0}, 6),    kind("load", {2}, 0),
            kind("sta", {2}, 1),    kind("std", {0, 1}, 1), kind("branch", {1}, 1), kind("fence", {1}, 2),
            kind("move", {}, 0),    kind("on_x", {0}, 1),   kind("on_y", {1}, 1),   kind("vector", {0, 1}, 2)};
  l.uops[kDiv].busy = 4;
  l.uops[kLoad].is_load = true;
  l.uops[kStoreAddress].is_store_address = true;
  l.uops[kStoreData].is_store_data = true;
  l.uops[kBranch].is_branch = true;
  l.uops[kFence].serializes = true;
  l.retire = {32, 4};
  l.memory.load_queue = 8;
  l.memory.store_queue = 8;
  l.memory.loads_per_cycle = l.memory.loads_per_cycle_512 = 4;
  l.memory.stores_per_cycle = l.memory.stores_per_cycle_512 = 4;
  l.memory.accesses_per_cycle = 8;
  l.memory.forward_latency = 5;
  l.memory.forward_fail_latency = 11;
  l.memory.l1 = {4096, 4, 64, 4, 0, 64, 4};
  l.memory.l2 = {16384, 4, 64, 12, 0, 64, 4};
  l.memory.l3 = {65536, 4, 64, 30, 0, 64, 4};
  l.memory.dram_latency = 100;
  l.memory.dram_bytes_per_cycle = 64;
  return l;
}

inline RegisterName r(unsigned index) { return {RegisterClass::Integer, static_cast<std::uint8_t>(index)}; }
inline RegisterName v(unsigned index) { return {RegisterClass::Vector, static_cast<std::uint8_t>(index)}; }

inline SourceUop uop(Kind kind, const std::vector<RegisterName>& destinations = {},
                     const std::vector<RegisterName>& sources = {}) {
  SourceUop u;
  u.kind = kind;
  for (const RegisterName& d : destinations) u.destination[u.destinations++] = d;
  for (const RegisterName& s : sources) u.source[u.sources++] = s;
  return u;
}

inline SourceUop at(SourceUop u, std::uint64_t address, unsigned bytes = 8) {
  u.address = address;
  u.bytes = static_cast<std::uint8_t>(bytes);
  return u;
}
inline SourceUop pipe(SourceUop u, isa::Pipe p) {
  u.info.pipe = p;
  return u;
}
inline SourceUop wide(SourceUop u) {
  u.wide = true;
  return u;
}

// Gives the script out, so many uops per cycle.
class ScriptedSource final : public UopSource {
 public:
  explicit ScriptedSource(std::vector<SourceUop> script, unsigned per_cycle = 1000)
      : script_(std::move(script)), per_cycle_(per_cycle) {}
  FetchStatus next(Cycle now, bool, SourceUop& out) override {
    if (next_ == script_.size()) return FetchStatus::Drained;
    if (now != cycle_) given_ = 0;
    cycle_ = now;
    if (given_++ == per_cycle_) return FetchStatus::FrontEnd;
    out = script_[next_++];
    return FetchStatus::Uop;
  }
  void retire(Cycle, const SourceUop& uop) override { retired.push_back(uop.info.id); }
  [[nodiscard]] bool finished() const override { return next_ == script_.size(); }

  std::vector<UopId> retired;

 private:
  std::vector<SourceUop> script_;
  std::size_t next_ = 0;
  unsigned per_cycle_;
  unsigned given_ = 0;
  Cycle cycle_ = kNever;
};

struct Times {
  Cycle fetched = kNever, dispatched = kNever, issued = kNever, completed = kNever, retired = kNever;
  unsigned port = ~0U;
};
struct Conflict {
  Cycle cycle;
  UopId loser;
  unsigned port;
  UopId winner;
  friend bool operator==(const Conflict&, const Conflict&) = default;
};

class Recorder final : public events::Listener {
 public:
  void on_fetched(Cycle c, const events::UopInfo& u) override { times[u.id].fetched = c; }
  void on_dispatched(Cycle c, const events::UopInfo& u, unsigned) override { times[u.id].dispatched = c; }
  void on_issued(Cycle c, const events::UopInfo& u, unsigned port) override {
    times[u.id].issued = c;
    times[u.id].port = port;
  }
  void on_conflict(Cycle c, const events::UopInfo& u, unsigned port, const events::UopInfo& w) override {
    conflicts.push_back({c, u.id, port, w.id});
  }
  void on_completed(Cycle c, const events::UopInfo& u) override { times[u.id].completed = c; }
  void on_retired(Cycle c, const events::UopInfo& u) override { times[u.id].retired = c; }
  void on_slots(Cycle c, std::uint32_t, events::SlotReason reason, unsigned slots) override {
    slots_of[c][reason] += slots;
  }

  std::map<UopId, Times> times;
  std::vector<Conflict> conflicts;
  std::map<Cycle, std::map<events::SlotReason, unsigned>> slots_of;
};

// The script from cycle 0 until all has retired and been committed.
struct ScriptRun {
  ScriptRun(const layout::Layout& layout_in, std::vector<SourceUop> script, unsigned per_cycle = 1000)
      : layout(layout_in), dram(layout.memory), data(layout.memory, dram, false), source(std::move(script), per_cycle) {
    SentronCore core(layout, 0, {&source}, data, {&seen}, true);
    for (cycles = 0; !core.finished(); ++cycles) {
      if (cycles == 100'000) throw std::runtime_error("the script does not end");
      core.tick(cycles);
    }
    counts = core.counts();
  }
  [[nodiscard]] const Times& operator[](UopId id) { return seen.times[id]; }
  // The reason of the slots that stayed empty in a cycle; nothing when all were used.
  [[nodiscard]] std::optional<events::SlotReason> empty_slots(Cycle cycle) {
    for (const auto& [reason, slots] : seen.slots_of[cycle]) {
      if (reason != events::SlotReason::Retiring) return reason;
    }
    return std::nullopt;
  }

  layout::Layout layout;
  memory::Dram dram;
  memory::DataPath data;
  ScriptedSource source;
  Recorder seen;
  Cycle cycles = 0;
  CoreCounts counts;
};

}  // namespace vtpu::core::test
