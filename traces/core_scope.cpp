#include "traces/core_scope.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vtpu::traces {
namespace {

constexpr unsigned kCountBits = 16;
constexpr unsigned kWordBits = 20;  // a stream has up to 2^20 words

}  // namespace

CoreScope::CoreScope(Signals& signals, Names& names, const layout::Layout& layout, unsigned number)
    : signals_(signals), names_(names), layout_(layout), number_(number) {
  for (const layout::UopKind& kind : layout.uops) kinds_[kind.name] = &kind;
  signals_.open_scope(fmt::format("core{}", number));
  signals_.open_scope("front_end");
  word_ = signals_.declare("word", kWordBits);
  sentron_ = signals_.declare("sentron", kCountBits);
  fetched_ = signals_.declare("fetched", kCountBits);
  uop_queue_ = signals_.declare("uop_queue", kCountBits);
  signals_.close_scope();
  signals_.open_scope("rename");
  slots_ = signals_.declare("slots", kCountBits);
  stall_ = signals_.declare("stall", Names::kBits);
  for (unsigned k = 0; k < layout.rename.dispatch_width; ++k) {
    dispatched_.push_back(signals_.declare(fmt::format("slot{}", k), Names::kBits));
  }
  signals_.close_scope();
  signals_.open_scope("queue");
  for (const layout::Queue& queue : layout.queues) queues_.push_back(signals_.declare(queue.name, kCountBits));
  signals_.close_scope();
  declare_ports();
  signals_.open_scope("load_store");
  loads_ = signals_.declare("loads", kCountBits);
  stores_ = signals_.declare("stores", kCountBits);
  loads_executing_ = signals_.declare("loads_executing", kCountBits);
  signals_.close_scope();
  signals_.open_scope("retire");
  window_ = signals_.declare("window", kCountBits);
  oldest_ = signals_.declare("oldest", Names::kBits);
  oldest_word_ = signals_.declare("oldest_word", kWordBits);
  retired_ = signals_.declare("retired", kCountBits);
  operations_ = signals_.declare("operations", kCountBits);
  signals_.close_scope();
  signals_.close_scope();
}

void CoreScope::declare_ports() {
  signals_.open_scope("port");
  for (const layout::Port& port : layout_.ports) {
    signals_.open_scope(port.name);
    ports_.push_back({signals_.declare("uop", Names::kBits), signals_.declare("word", kWordBits),
                      signals_.declare("lost", Names::kBits), signals_.declare("losers", kCountBits)});
    signals_.close_scope();
  }
  signals_.close_scope();
}

void CoreScope::update(const CoreCycle& core, Cycle cycle) {
  update_front_end(core);
  update_rename(core);
  const Occupancy& used = core.occupancy;
  for (std::size_t q = 0; q < queues_.size(); ++q) signals_.set(queues_[q], used.queues[q]);
  update_ports(core, cycle);
  signals_.set(loads_, used.loads);
  signals_.set(stores_, used.stores);
  signals_.set(loads_executing_, used.loads_executing);
  update_retire(core);
}

void CoreScope::update_front_end(const CoreCycle& core) {
  signals_.set(fetched_, core.fetched.size());
  signals_.set(uop_queue_, core.occupancy.uop_queue);
  if (core.fetched.empty()) {
    signals_.clear(word_);
    return;
  }
  const UopInfo& last = core.fetched.back()->uop;
  signals_.set(word_, last.word);
  signals_.set(sentron_, last.sentron);
}

void CoreScope::update_rename(const CoreCycle& core) {
  unsigned slots = 0;
  SlotReason stall = SlotReason::Retiring;
  for (const auto& [reason, count] : core.slots) {
    if (reason == SlotReason::Retiring) slots += count;
    if (reason != SlotReason::Retiring && count != 0) stall = reason;
  }
  signals_.set(slots_, slots);
  if (stall == SlotReason::Retiring) {
    signals_.clear(stall_);
  } else {
    signals_.set(stall_, names_.of(stall));
  }
  for (std::size_t k = 0; k < dispatched_.size(); ++k) {
    if (k < core.dispatched.size()) {
      signals_.set(dispatched_[k], names_.of(core.dispatched[k]->uop));
    } else {
      signals_.clear(dispatched_[k]);
    }
  }
}

void CoreScope::hold_port(const Life& life, Cycle now) {
  const auto kind = kinds_.find(life.uop.kind);
  unsigned busy = 1;
  if (kind != kinds_.end()) {
    const layout::UopKind& k = *kind->second;
    busy = std::max(1U, life.uop.wide && k.busy_512 != 0 ? k.busy_512 : k.busy);
  }
  const Cycle until = *life.issued + busy;
  if (until <= now) return;
  Port& port = ports_.at(life.port);
  port.held_until = until;
  signals_.set(port.uop, names_.of(life.uop));
  signals_.set(port.word, life.uop.word);
}

void CoreScope::take_up(const Life& life, Cycle first) {
  if (life.issued && *life.issued < first) hold_port(life, first);
}

void CoreScope::update_ports(const CoreCycle& core, Cycle cycle) {
  for (const Life* life : core.issued) hold_port(*life, cycle);
  std::vector<unsigned> losers(ports_.size(), 0);
  for (const Conflict& conflict : core.conflicts) {
    Port& port = ports_.at(conflict.port);
    if (losers[conflict.port]++ == 0) {  // of several, the first one told
      signals_.set(port.lost, names_.of_conflict(conflict.loser->uop, conflict.winner));
    }
  }
  for (std::size_t p = 0; p < ports_.size(); ++p) {
    Port& port = ports_[p];
    if (port.held_until <= cycle) {
      signals_.clear(port.uop);
      signals_.clear(port.word);
    }
    if (losers[p] == 0) signals_.clear(port.lost);
    signals_.set(port.losers, losers[p]);
  }
}

void CoreScope::update_retire(const CoreCycle& core) {
  signals_.set(window_, core.occupancy.window);
  if (core.oldest != nullptr) {
    signals_.set(oldest_, names_.of(core.oldest->uop));
    signals_.set(oldest_word_, core.oldest->uop.word);
  } else {
    signals_.clear(oldest_);
    signals_.clear(oldest_word_);
  }
  signals_.set(retired_, core.retired.size());
  signals_.set(operations_,
               static_cast<std::uint64_t>(std::count_if(core.retired.begin(), core.retired.end(),
                                                        [](const Life* life) { return life->uop.is_operation; })));
}

void CoreScope::show(SaveFile& save) const {
  const auto row = [&](SignalId signal, std::string_view alias, Show show) {
    save.row(signals_.path_of(signal), alias, show);
  };
  const std::string core = fmt::format("core {}", number_);
  save.open_group(core + ": front end");
  row(word_, "word fetched", Show::Decimal);
  row(uop_queue_, "uop queue", Show::Level);
  save.close_group();

  save.open_group(core + ": rename");
  row(slots_, "slots used", Show::Decimal);
  row(stall_, "stall", Show::Name);
  for (std::size_t k = 0; k < dispatched_.size(); ++k) {
    if (signals_.had_value(dispatched_[k])) row(dispatched_[k], fmt::format("slot {}", k), Show::Name);
  }
  save.close_group();

  save.open_group(core + ": issue queues");
  for (std::size_t q = 0; q < queues_.size(); ++q) {
    if (signals_.ever_changed(queues_[q])) row(queues_[q], layout_.queues[q].name, Show::Level);
  }
  save.close_group();
  show_ports(save);

  save.open_group(core + ": load/store");
  if (signals_.ever_changed(loads_)) row(loads_, "loads", Show::Level);
  if (signals_.ever_changed(stores_)) row(stores_, "stores", Show::Level);
  save.close_group();

  save.open_group(core + ": retire");
  row(window_, "window", Show::Level);
  row(oldest_, "oldest uop", Show::Name);
  row(retired_, "uops retired", Show::Decimal);
  save.close_group();
}

// Rows in which nothing happened are left out, here and above.
void CoreScope::show_ports(SaveFile& save) const {
  save.open_group(fmt::format("core {}: ports", number_));
  for (std::size_t p = 0; p < ports_.size(); ++p) {
    const Port& port = ports_[p];
    if (signals_.had_value(port.uop)) {
      save.row(signals_.path_of(port.uop), layout_.ports[p].name, Show::Name);
    }
    if (signals_.had_value(port.lost)) {
      save.row(signals_.path_of(port.lost), fmt::format("{} lost", layout_.ports[p].name), Show::Name);
    }
  }
  save.close_group();
}

}  // namespace vtpu::traces
