// What a model said, cycle by cycle, as tests remember it: nothing of traces/ is used to collect it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "events/events.hpp"

namespace vtpu::traces::test {

using events::Cycle;
using events::UopId;
using events::UopInfo;

struct HeardUop {
  UopInfo info;
  std::optional<Cycle> fetched, dispatched, issued, completed, retired;
  unsigned queue = events::kNoQueue;
  unsigned port = 0;
  std::vector<UopId> producers;
};

struct HeardConflict {
  UopInfo loser, winner;
  unsigned port = 0;
};

class Heard final : public events::Listener {
 public:
  void on_fetched(Cycle c, const UopInfo& u) override {
    at(u).fetched = c;
    last = c;
  }
  void on_operand(const UopInfo& u, UopId producer) override { at(u).producers.push_back(producer); }
  void on_dispatched(Cycle c, const UopInfo& u, unsigned queue) override {
    at(u).dispatched = c;
    at(u).queue = queue;
  }
  void on_issued(Cycle c, const UopInfo& u, unsigned port) override {
    at(u).issued = c;
    at(u).port = port;
  }
  void on_conflict(Cycle c, const UopInfo& u, unsigned port, const UopInfo& winner) override {
    conflicts[{u.core, c}].push_back({u, winner, port});
  }
  void on_completed(Cycle c, const UopInfo& u) override { at(u).completed = c; }
  void on_written(Cycle c, const events::RegisterWrite& w) override { writes[c].push_back(w); }
  void on_retired(Cycle c, const UopInfo& u) override { at(u).retired = c; }
  void on_slots(Cycle c, std::uint32_t core, events::SlotReason reason, unsigned n) override {
    slots[{core, c}].emplace_back(reason, n);
    last = c;
  }

  using Key = std::pair<std::uint32_t, UopId>;
  using CoreCycle = std::pair<std::uint32_t, Cycle>;
  std::map<Key, HeardUop> uops;
  std::map<CoreCycle, std::vector<HeardConflict>> conflicts;
  std::map<CoreCycle, std::vector<std::pair<events::SlotReason, unsigned>>> slots;
  std::map<Cycle, std::vector<events::RegisterWrite>> writes;
  Cycle last = 0;

 private:
  HeardUop& at(const UopInfo& u) {
    HeardUop& heard = uops[{u.core, u.id}];
    heard.info = u;
    return heard;
  }
};

}  // namespace vtpu::traces::test
