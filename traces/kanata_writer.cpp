#include "traces/kanata_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "traces/uop_text.hpp"

namespace vtpu::traces {
namespace {

// "queue full" as the name of a stage.
std::string stage_of(SlotReason reason) {
  std::string name(events::name_of(reason));
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

// Something kept the oldest uop that was not dispatched from it.
bool holds_dispatch(SlotReason reason) {
  return reason != SlotReason::Retiring && reason != SlotReason::FrontEnd && reason != SlotReason::Drained;
}

}  // namespace

KanataWriter::KanataWriter(OutputFile file, std::vector<std::string> port_names, std::uint64_t limit_bytes)
    : file_(std::move(file)), port_names_(std::move(port_names)), limit_bytes_(limit_bytes) {
  file_.write("Kanata\t0004\n");
}

KanataWriter::Drawn& KanataWriter::begin(const Life& life) {
  const UopInfo& uop = life.uop;
  Drawn& drawn = drawn_[life.serial];
  drawn.number = next_number_++;
  numbers_[{uop.core, uop.id}] = drawn.number;
  file_.write(fmt::format("I\t{}\t{}\t{}\nL\t{}\t0\t{} {}\nL\t{}\t1\tkind {}, core {}, sentron {}, uop {}\n",
                          drawn.number, uop.id, uop.sentron, drawn.number, word_of(uop), text_of(uop), drawn.number,
                          uop.kind, uop.core, uop.sentron, uop.id));
  return drawn;
}

void KanataWriter::to_stage(Drawn& drawn, std::string_view stage) {
  if (!drawn.stage.empty()) file_.write(fmt::format("E\t{}\t0\t{}\n", drawn.number, drawn.stage));
  drawn.stage = stage;
  file_.write(fmt::format("S\t{}\t0\t{}\n", drawn.number, stage));
}

// A uop that was fetched before the window begins in the stage in which the window's first cycle leaves it: stages that
// end in this cycle are not drawn.
void KanataWriter::begin_where_it_is(const Life& life, Cycle cycle) {
  Drawn& drawn = begin(life);
  if (!life.dispatched) not_dispatched_.emplace(life.serial, life.uop.core);
  if (life.retired == cycle || life.completed == cycle || life.issued == cycle || life.dispatched == cycle) return;
  if (life.completed) {
    to_stage(drawn, "Cm");
  } else if (life.issued) {
    to_stage(drawn, "X:" + port_names_.at(life.port));
  } else {
    to_stage(drawn, life.dispatched ? "Q" : "F");
  }
}

void KanataWriter::advance_to(Cycle cycle) {
  if (!cycle_) {
    file_.write(fmt::format("C=\t{}\n", cycle));
  } else {
    file_.write(fmt::format("C\t{}\n", cycle - *cycle_));
  }
  cycle_ = cycle;
}

void KanataWriter::end_retired() {
  for (const std::uint64_t serial : retired_before_) {
    const Drawn& drawn = drawn_.at(serial);
    file_.write(fmt::format("E\t{}\t0\tR\nR\t{}\t{}\t0\n", drawn.number, drawn.number, next_retirement_++));
    drawn_.erase(serial);
  }
  retired_before_.clear();
}

bool KanataWriter::take(const CycleRecord& record) {
  advance_to(record.cycle);
  for (const Life* life : record.before) begin_where_it_is(*life, record.cycle);
  end_retired();
  for (const CoreCycle& core : record.cores) draw_execution(core, record.cycle);
  for (const Life* life : std::exchange(dispatched_before_, {})) {
    if (life->queue != events::kNoQueue && (!life->issued || *life->issued > record.cycle)) {
      to_stage(drawn_of(*life), "Q");
    }
  }
  Stalls stalls;
  for (const CoreCycle& core : record.cores) {
    draw_dispatch(core);
    find_stalls(core, stalls);
    draw_ends(core);
  }
  draw_stalls(std::move(stalls));
  if (limit_bytes_ == 0 || file_.bytes() < limit_bytes_) return true;
  stopped_ = record.cycle;
  outcome_ = file_.close();
  return false;
}

void KanataWriter::end(const std::vector<const Life*>&) {
  if (cycle_) advance_to(*cycle_ + 1);
  end_retired();
  outcome_ = file_.close();
}

KanataWriter::Drawn& KanataWriter::drawn_of(const Life& life) {
  const auto found = drawn_.find(life.serial);
  return found != drawn_.end() ? found->second : begin(life);
}

void KanataWriter::draw_execution(const CoreCycle& core, Cycle cycle) {
  for (const Life* life : core.completed) {
    if (life->retired != cycle) to_stage(drawn_of(*life), "Cm");
  }
  for (const Life* life : core.issued) to_stage(drawn_of(*life), "X:" + port_names_.at(life->port));
}

void KanataWriter::draw_dispatch(const CoreCycle& core) {
  for (const Life* life : core.dispatched) {
    Drawn& drawn = drawn_of(*life);
    to_stage(drawn, "Ds");
    for (const UopId producer : life->operands) {
      const auto found = numbers_.find({life->uop.core, producer});
      if (found != numbers_.end()) file_.write(fmt::format("W\t{}\t{}\t0\n", drawn.number, found->second));
    }
    not_dispatched_.erase(life->serial);
    dispatched_before_.push_back(life);
  }
}

void KanataWriter::draw_ends(const CoreCycle& core) {
  for (const Life* life : core.fetched) {
    to_stage(drawn_of(*life), "F");
    not_dispatched_.emplace(life->serial, life->uop.core);
  }
  for (const Life* life : core.retired) {
    to_stage(drawn_of(*life), "R");
    numbers_.erase({life->uop.core, life->uop.id});
    not_dispatched_.erase(life->serial);
    retired_before_.push_back(life->serial);
  }
}

void KanataWriter::find_stalls(const CoreCycle& core, Stalls& stalls) {
  for (const Conflict& conflict : core.conflicts) {
    stalls[drawn_of(*conflict.loser).number] = "lost:" + port_names_.at(conflict.port);
  }
  for (const auto& [reason, slots] : core.slots) {
    if (!holds_dispatch(reason)) continue;
    const auto oldest = std::find_if(not_dispatched_.begin(), not_dispatched_.end(),
                                     [&](const auto& waiting) { return waiting.second == core.number; });
    if (oldest != not_dispatched_.end()) stalls[drawn_.at(oldest->first).number] = stage_of(reason);
  }
}

// Stalls go on from cycle to cycle while they have the same name.
void KanataWriter::draw_stalls(Stalls stalls) {
  for (const auto& [number, name] : stalls_) {
    const auto now = stalls.find(number);
    if (now == stalls.end() || now->second != name) file_.write(fmt::format("E\t{}\t1\t{}\n", number, name));
  }
  for (const auto& [number, name] : stalls) {
    const auto before = stalls_.find(number);
    if (before == stalls_.end() || before->second != name) file_.write(fmt::format("S\t{}\t1\t{}\n", number, name));
  }
  stalls_ = std::move(stalls);
}

}  // namespace vtpu::traces
