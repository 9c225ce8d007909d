#include "core/rename_unit.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>

namespace vtpu::core {

using events::SlotReason;

namespace {
bool is_flags(const RegisterName& r) { return r.cls == RegisterClass::Flags; }
bool writes_flags(const SourceUop& uop) {
  return std::any_of(uop.destination.begin(), uop.destination.begin() + uop.destinations, is_flags);
}
bool reads_flags(const SourceUop& uop) {
  return std::any_of(uop.source.begin(), uop.source.begin() + uop.sources, is_flags);
}

// Operand numbers 0..4 are the register sources.
constexpr unsigned kPreviousOperand = 5;
constexpr unsigned kStoreOperand = 6;

// Registers that a uop takes as it leaves its row, not at dispatch.
bool is_behind_rows(RegisterClass cls) { return cls == RegisterClass::Vector || cls == RegisterClass::Mask; }

std::uint64_t hash_of(Cycle now) { return (now + 1) * 0x9E3779B97F4A7C15ULL; }
}  // namespace

RenameUnit::RenameUnit(CoreState& core, WakeUp& wake_up, LoadStoreUnit& load_store, std::vector<IssueQueue>& queues,
                       std::vector<ExecutionPort>& ports)
    : core_(core),
      wake_up_(wake_up),
      load_store_(load_store),
      queues_(queues),
      ports_(ports),
      at_dispatch_(core.layout.binding == layout::Binding::AtDispatch),
      arrivals_(queues.size()),
      rows_(core.host_code ? core.layout.rename : layout::Rename()) {
  const layout::Rename& r = core.layout.rename;
  for (unsigned q = 0; q < queues.size(); ++q) {
    const layout::Queue& queue = core.layout.queues[q];
    const bool ranked = at_dispatch_ && !queue.slot_ranks.empty();
    const bool particular = ranked || queue.group_ports != 0 || queue.dispatch_room > 1;
    if (core.host_code && particular) particular_queues_.push_back(q);
    by_load_.push_back(ranked ? queue.ports : std::vector<unsigned>());
  }
  unsigned oldest_count = 0;
  for (unsigned q = 0; q < queues.size() && core.host_code; ++q) {
    const layout::Queue& queue = core.layout.queues[q];
    if (queue.takes_turns) turning_queues_.push_back(q);
    if (!queue.shuffles) continue;
    shuffled_ports_.insert(shuffled_ports_.end(), queue.ports.begin(), queue.ports.end());
    oldest_count = std::max(oldest_count, queue.counts_age);
  }
  if (oldest_count != 0) counts_.assign(oldest_count + 1U, std::vector<unsigned>(ports.size()));
  for (const layout::Queue& queue : core.layout.queues) behind_rows_.push_back(rows_.used() && queue.behind_rows);
  if (core.host_code) wide_shadow_slots_ = core.layout.wide_shadow_slots;
  register_limit_ = {r.integer_registers, r.vector_registers, r.mask_registers, r.flag_registers};
  for (unsigned& limit : register_limit_) {
    if (limit == 0) limit = ~0U;
  }
}

void RenameUnit::dispatch(Cycle now, bool wide_waiting) {
  closed_now_ = wide_waiting;
  stopped_ = false;
  rows_full_ = false;
  if (!shuffled_ports_.empty()) shuffle(now);
  for (const unsigned q : particular_queues_) {
    arrivals_[q].uops = arrivals_[q].block = 0;
    queues_[q].begin_dispatch(core_.layout.queues[q].dispatch_room);
    if (by_load_[q].empty()) continue;
    if (!queues_[q].has_room()) stopped_ = true;
    order_by_load(by_load_[q]);
  }
  rankings_.clear();
  wide_dispatched_ = 0;
  const unsigned width = core_.layout.rename.dispatch_width;
  const auto threads = static_cast<unsigned>(core_.threads.size());
  unsigned dispatched = 0;
  SlotReason reason = SlotReason::Retiring;  // none yet
  for (unsigned k = 0; k < threads && dispatched < width; ++k) {
    ThreadState& thread = core_.threads[(now + k) % threads];
    Stop stop = Stop::None;
    dispatched += dispatch_thread(thread, width - dispatched, now, stop);
    if (stop != Stop::None && reason == SlotReason::Retiring) reason = reason_of(stop, thread, now);
  }
  if (rows_.used() && (dispatched != 0 || !rows_full_)) rows_.pack(dispatched);
  account(now, dispatched, reason);
}

bool RenameUnit::rows_have_room(ThreadState& thread, unsigned width, Cycle now) const {
  if (!rows_.used() || rows_.room() >= width) return true;
  Window& window = thread.window;
  unsigned vectors = 0;
  for (std::uint64_t s = window.dispatched; s < window.fetched && width != 0; ++s) {
    const Uop& uop = window.at(s);
    if (uop.available_at > now) break;
    if (uop.source.first_of_fused && uop.source.names_vector) ++vectors;
    if (uop.source.last_of_fused) --width;
  }
  return vectors <= rows_.room();
}

void RenameUnit::leave_rows(Cycle now) {
  if (!rows_.used()) return;
  rows_.leave([&](std::span<const VectorRows::Entry> row) {
    if (!take_room(row)) {
      ++row_waited_;
      return false;
    }
    row_waited_ = 0;
    for_each_uop(row, [&](Uop& uop) {
      uop.row_to_leave = false;
      if (!std::exchange(uop.in_row, false)) return true;
      queues_[uop.queue].enter(core_.threads[uop.thread].window.position(uop.sequence));
      wake_up_.dispatched(uop, now - 1);
      return true;
    });
    return true;
  });
}

template <typename F>
bool RenameUnit::for_each_uop(std::span<const VectorRows::Entry> row, F f) {
  for (const VectorRows::Entry& entry : row) {
    for (std::uint64_t s = entry.first; s < entry.end; ++s) {
      if (!f(core_.threads[entry.thread].window.at(s))) return false;
    }
  }
  return true;
}

// Registers and queue entries for all uops of the row, or none.
bool RenameUnit::take_room(std::span<const VectorRows::Entry> row) {
  auto registers = core_.registers_used;
  const auto has_registers = [&](const Uop& uop) {
    if (uop.ports == 0) return true;
    for (unsigned d = 0; d < uop.source.destinations; ++d) {
      const RegisterClass cls = uop.source.destination[d].cls;
      const auto c = static_cast<std::size_t>(cls);
      if (is_behind_rows(cls) && ++registers[c] > register_limit_[c]) return false;
    }
    return true;
  };
  if (!for_each_uop(row, has_registers)) return false;
  placed_of_row_.clear();
  const auto has_entry = [&](Uop& uop) {
    if (!uop.in_row) return true;
    if (!queues_[uop.queue].has_room() && (row_waited_ < core_.layout.rename.vector_row_waits || !moves_to_room(uop)))
      return false;
    queues_[uop.queue].take();
    placed_of_row_.push_back(&uop);
    return true;
  };
  if (!for_each_uop(row, has_entry)) {
    for (const Uop* uop : placed_of_row_) queues_[uop->queue].untake();
    return false;
  }
  core_.registers_used = registers;
  return true;
}

// The queue of its port is full: another port that it may use, whose queue is not.
bool RenameUnit::moves_to_room(Uop& uop) {
  names_vector_ = false;  // the queue must have room
  const QueueChoice* other = choose(uop);
  if (other == nullptr || other->eager != uop.eager) return false;
  const auto waiting = [&](unsigned change) {
    for_each_port(uop.ports, [&](ExecutionPort& port) { port.waiting += change; });
  };
  waiting(-1U);
  uop.ports = other->ports;
  uop.domain = uop.kind->domain_on(uop.form, uop.ports, core_.tables.neutral);
  uop.queue = static_cast<std::uint8_t>(other->queue);
  uop.port_set = static_cast<std::uint16_t>(other->port_set);
  waiting(1U);
  return true;
}

void RenameUnit::account(Cycle now, unsigned dispatched, SlotReason reason) {
  const unsigned width = core_.layout.rename.dispatch_width;
  core_.counts.slots[static_cast<std::size_t>(SlotReason::Retiring)] += dispatched;
  core_.counts.slots[static_cast<std::size_t>(reason)] += width - dispatched;
  if (core_.listeners.empty()) return;
  if (dispatched != 0) core_.tell([&](auto& l) { l.on_slots(now, core_.number, SlotReason::Retiring, dispatched); });
  if (dispatched != width) core_.tell([&](auto& l) { l.on_slots(now, core_.number, reason, width - dispatched); });
}

unsigned RenameUnit::dispatch_thread(ThreadState& thread, unsigned width, Cycle now, Stop& stop) {
  Window& window = thread.window;
  if (!rows_have_room(thread, width, now)) {
    placements_.clear();
    rows_full_ = true;
    stop = Stop::Queue;
    return 0;
  }
  unsigned dispatched = 0;
  while (dispatched < width) {
    std::uint64_t end = window.dispatched;
    Uop& next = window.at(end);
    if (end == window.fetched || next.available_at > now) {
      thread.group_slots_left = 0;
      stop = Stop::NotAvailable;
      break;
    }
    if (next.source.slots_left > width - dispatched) {
      stop = Stop::Slots;
      move_turns(now);
      break;
    }
    slot_ = core_.layout.rename.dispatch_width - width + dispatched;
    names_vector_ = rows_.used() && next.source.names_vector;
    if (next.source.folded_add) settle_folding(thread, next, width - dispatched, now);
    while (!window.at(end).source.last_of_fused) ++end;
    ++end;
    stop = check(thread, end, now);
    if (stop != Stop::None) break;
    const std::uint64_t first = window.dispatched;
    if (names_vector_) rows_.add({static_cast<unsigned>(&thread - core_.threads.data()), first, end}, slot_);
    if (thread.group_slots_left == 0) {
      thread.group_slots_left = core_.layout.rename.dispatch_width;
      ++thread.group;
    }
    --thread.group_slots_left;
    ++thread.window_fused;
    --thread.queued_fused;
    ++thread.slots_since_wide;
    for (std::uint64_t s = first; s < end; ++s) {
      Uop& uop = window.at(s);
      window.dispatched = s + 1;
      uop.row_to_leave = names_vector_ && s == first;
      rename(thread, uop, now, placements_[static_cast<std::size_t>(s - first)]);
      if (uop.source.of_wide_code) thread.slots_since_wide = 0;
    }
    ++dispatched;
  }
  return dispatched;
}

bool RenameUnit::has_window_room(const ThreadState& thread) const {
  const unsigned entries = core_.layout.retire.window_entries;
  if (core_.threads.size() == 1) return thread.window_fused < entries;
  if (core_.layout.smt.window == "static") return thread.window_fused < entries / 2;
  unsigned used = 0;
  for (const ThreadState& t : core_.threads) used += t.window_fused;
  return used < entries;
}

RenameUnit::Stop RenameUnit::check(ThreadState& thread, std::uint64_t end, Cycle now) {
  if (stopped_) {
    placements_.clear();
    return Stop::Queue;
  }
  if (thread.serializing != 0) {
    const std::uint64_t sequence = thread.serializing - 1;
    const bool retired = sequence < thread.window.head;
    if (!retired && thread.window.at(sequence).completed_at > now) return Stop::Serializing;
    thread.serializing = 0;
  }
  if (!has_window_room(thread)) return Stop::Window;
  if (const Stop stop = check_room(thread, end, now); stop != Stop::None) return stop;
  return place(thread, end);
}

bool RenameUnit::is_done_at_rename(const Uop& uop) const {
  const bool folded = uop.source.folded_add && uop.folds && !uop.flags_needed;
  return uop.source.eliminated || folded || uop.kind->at_rename;
}

// Of host code: the sum must fit, and flags that are read, or that nobody overwrites in this cycle's dispatch, of which
// `slots` are left, are computed by a port.
void RenameUnit::settle_folding(ThreadState& thread, Uop& uop, unsigned slots, Cycle now) const {
  uop.folds = true;
  uop.flags_needed = false;
  if (!core_.host_code) return;
  const std::int64_t sum = folded_sum(thread, uop.source);
  const unsigned bits = core_.layout.rename.folded_bits;
  const std::int64_t most = bits == 0 ? INT64_MAX : (std::int64_t{1} << (bits - 1)) - 1;
  uop.folds = sum <= most && sum >= -most - 1;
  uop.flags_needed = uop.folds && writes_flags(uop.source);
  Window& window = thread.window;
  for (std::uint64_t s = uop.sequence + 1; uop.flags_needed && s < window.fetched; ++s) {
    const Uop& next = window.at(s);
    if (next.available_at > now || reads_flags(next.source)) return;
    if (next.source.first_of_fused && --slots == 0) return;
    if (writes_flags(next.source)) uop.flags_needed = false;
  }
}

RenameUnit::Stop RenameUnit::check_room(ThreadState& thread, std::uint64_t end, Cycle now) {
  std::array<unsigned, kRegisterClasses> needed{};
  unsigned loads = 0;
  unsigned stores = 0;
  for (std::uint64_t s = thread.window.dispatched; s < end; ++s) {
    const Uop& uop = thread.window.at(s);
    const KindInfo& kind = *uop.kind;
    loads += kind.is_load ? 1 : 0;
    stores += kind.is_store_address ? 1 : 0;
    if (is_done_at_rename(uop)) continue;
    for (unsigned d = 0; d < uop.source.destinations; ++d) {
      const RegisterClass cls = uop.source.destination[d].cls;
      if (!(names_vector_ && is_behind_rows(cls))) ++needed[static_cast<std::size_t>(cls)];
    }
  }
  bool lacks = false;
  for (std::size_t c = 0; c < kRegisterClasses; ++c) {
    lacks = lacks || core_.registers_used[c] + needed[c] > register_limit_[c];
  }
  if (lacks) return Stop::Registers;
  if (loads != 0 && !(load_store_.has_load_room(thread, loads) && load_store_.may_be_incomplete(loads, now)))
    return Stop::LoadStoreQueue;
  if (stores != 0 && !load_store_.has_store_room(thread, stores)) return Stop::LoadStoreQueue;
  return Stop::None;
}

RenameUnit::Stop RenameUnit::place(ThreadState& thread, std::uint64_t end) {
  placements_.clear();
  for (const unsigned q : turning_queues_) arrivals_[q].turn_before = arrivals_[q].turn;
  for (std::uint64_t s = thread.window.dispatched; s < end; ++s) {
    Uop& uop = thread.window.at(s);
    const QueueChoice* choice = nullptr;
    if (!is_done_at_rename(uop)) {
      const KindInfo& kind = *uop.kind;
      const bool in_shadow = thread.slots_since_wide < wide_shadow_slots_ && uop.source.vector && kind.has_wide_ports;
      uop.form = uop.source.wide || in_shadow ? Form::Wide : Form::Narrow;
      choice = choose(uop);
      if (choice == nullptr) {
        undo_placements();
        return Stop::Queue;
      }
      if (!waits_in_row(choice->queue)) queues_[choice->queue].take();
      ++arrivals_[choice->queue].uops;
      for_each_port(choice->ports, [](ExecutionPort& port) {
        ++port.waiting;
        ++port.bound_in_cycle;
      });
    }
    placements_.push_back(choice);
  }
  return Stop::None;
}

void RenameUnit::undo_placements() {
  for (const unsigned q : turning_queues_) arrivals_[q].turn = arrivals_[q].turn_before;
  for (const QueueChoice* choice : placements_) {
    if (choice == nullptr) continue;
    if (!waits_in_row(choice->queue)) queues_[choice->queue].untake();
    --arrivals_[choice->queue].uops;
    for_each_port(choice->ports, [](ExecutionPort& port) {
      --port.waiting;
      --port.bound_in_cycle;
    });
  }
}

// Another order of the ports in every cycle.
void RenameUnit::shuffle(Cycle now) {
  std::uint64_t hash = hash_of(now);
  for (std::size_t n = shuffled_ports_.size(); n > 1; --n) {
    hash = (hash ^ hash >> 29U) * 0xBF58476D1CE4E5B9ULL;
    std::swap(shuffled_ports_[n - 1], shuffled_ports_[static_cast<std::size_t>((hash >> 32U) % n)]);
  }
  for (unsigned place = 0; place < shuffled_ports_.size(); ++place) {
    ports_[shuffled_ports_[place]].place_in_cycle = place;
    ports_[shuffled_ports_[place]].bound_in_cycle = 0;
  }
  if (counts_.empty()) return;
  std::rotate(counts_.begin(), counts_.end() - 1, counts_.end());
  for (const unsigned port : shuffled_ports_) counts_.front()[port] = ports_[port].waiting;
}

// The one with the fewest uops of this cycle, and of those that waited when the queue counted, by the cycle's order.
const QueueChoice* RenameUnit::choose_shuffled(const std::vector<QueueChoice>& choices) {
  const QueueChoice* best = nullptr;
  std::pair<unsigned, unsigned> best_load;
  for (const QueueChoice& c : choices) {
    if (!has_room(c.queue)) continue;
    const auto number = static_cast<std::size_t>(std::countr_zero(c.ports));
    const ExecutionPort& port = ports_[number];
    std::pair load(port.bound_in_cycle, port.place_in_cycle);
    if (const unsigned age = core_.layout.queues[c.queue].counts_age; age != 0) load.first += counts_[age][number];
    if (best == nullptr || load < best_load) {
      best = &c;
      best_load = load;
    }
  }
  return best;
}

const QueueChoice* RenameUnit::choose_in_turn(const std::vector<QueueChoice>& choices) {
  const unsigned queue = choices.front().queue;
  if (!queues_[queue].has_room()) return nullptr;
  const std::vector<unsigned>& ports = core_.layout.queues[queue].ports;
  std::size_t& turn = arrivals_[queue].turn;
  while (true) {
    const PortMask port = PortMask{1} << ports[turn];
    turn = (turn + 1) % ports.size();
    for (const QueueChoice& choice : choices) {
      if (choice.ports == port) return &choice;
    }
  }
}

// By two places, in every second cycle or so in which a fused uop was too long for what was left of it.
void RenameUnit::move_turns(Cycle now) {
  if ((hash_of(now) >> 41U & 1U) == 0) return;
  for (const unsigned q : turning_queues_) {
    arrivals_[q].turn = (arrivals_[q].turn + 2) % core_.layout.queues[q].ports.size();
  }
}

// With the first uop of a block that may use several groups the turn goes to the one for whose ports the fewest uops
// wait; of equals to an other than had it.
const QueueChoice* RenameUnit::choose_group(const std::vector<QueueChoice>& choices) {
  const unsigned queue = choices.front().queue;
  if (!queues_[queue].has_room()) return nullptr;
  Arrivals& arrivals = arrivals_[queue];
  const unsigned block = arrivals.uops / core_.layout.queues[queue].group_block + 1;
  if (arrivals.block != block) {
    unsigned least = ~0U;
    PortMask turn = 0;
    for (const QueueChoice& c : choices) {
      unsigned waiting = 0;
      for_each_port(c.ports, [&](const ExecutionPort& port) { waiting += port.waiting; });
      if (waiting > least || (waiting == least && (turn & arrivals.group) == 0)) continue;
      least = waiting;
      turn = c.ports;
    }
    arrivals.group = turn;
    arrivals.block = block;
  }
  const auto in_turn = std::find_if(choices.begin(), choices.end(),
                                    [&](const QueueChoice& c) { return (c.ports & arrivals.group) != 0; });
  return in_turn == choices.end() ? &choices.front() : &*in_turn;
}

// Fewest waiting first, of equals the last in file order.
void RenameUnit::order_by_load(std::vector<unsigned>& ports) const {
  std::sort(ports.begin(), ports.end(), [this](unsigned a, unsigned b) {
    return std::pair(ports_[a].waiting_before, b) < std::pair(ports_[b].waiting_before, a);
  });
}

const RenameUnit::Ranking& RenameUnit::ranking_of(unsigned q, PortMask open) {
  for (const Ranking& known : rankings_) {
    if (known.open == open) return known;
  }
  const layout::Queue& queue = core_.layout.queues[q];
  Ranking& made = rankings_.emplace_back();
  made.open = open;
  const auto ports = static_cast<std::size_t>(std::popcount(open));
  if (ports < 2 || ports - 2 >= queue.slot_ranks.size()) return made;
  made.ranks = queue.slot_ranks[ports - 2];
  for (const unsigned port : by_load_[q]) {
    if ((open >> port & 1U) == 0) continue;
    const bool too_many = made.within != 0 && queue.slot_margin != 0 &&
                          ports_[port].waiting_before >= ports_[made.order[0]].waiting_before + queue.slot_margin;
    if (too_many) break;
    made.order[made.within++] = static_cast<std::uint8_t>(port);
  }
  return made;
}

const QueueChoice* RenameUnit::choose_ranked(const KindTimes& times, PortMask closed) {
  const Ranking& ranking = ranking_of(times.choices.front().queue, times.ranked & ~closed);
  if (ranking.ranks.empty()) return nullptr;
  const PortMask chosen = PortMask{1} << ranking.order[ranking.ranks[slot_ % ranking.ranks.size()] % ranking.within];
  return &*std::find_if(times.choices.begin(), times.choices.end(),
                        [chosen](const QueueChoice& c) { return (c.ports & chosen) != 0; });
}

const QueueChoice* RenameUnit::choose(const Uop& uop) {
  const KindTimes& times = uop.kind->times(uop.form);
  const std::vector<QueueChoice>& choices = times.choices;
  if (times.shuffled) return choose_shuffled(choices);
  if (times.in_turn) return choose_in_turn(choices);
  if (times.grouped) return choose_group(choices);
  PortMask closed = closed_now_ && uop.source.vector ? core_.tables.closed : 0;
  const auto is_closed = [&closed](const QueueChoice& c) { return (c.ports & ~closed) == 0; };
  if (!at_dispatch_ || (closed != 0 && std::all_of(choices.begin(), choices.end(), is_closed))) closed = 0;
  if (times.ranked != 0) {
    if (!queues_[choices.front().queue].has_room()) return nullptr;
    if (const QueueChoice* ranked = choose_ranked(times, closed)) return ranked;
  }
  const QueueChoice* best = nullptr;
  std::pair<unsigned, unsigned> best_load;
  for (const QueueChoice& c : choices) {
    if (!has_room(c.queue) || (c.ports & closed) != 0) continue;
    unsigned waiting = ~0U;
    for_each_port(c.ports, [&](const ExecutionPort& port) { waiting = std::min(waiting, port.waiting); });
    const std::pair load(waiting, at_dispatch_ ? 0U : queues_[c.queue].used());
    if (best == nullptr || load < best_load) {
      best = &c;
      best_load = load;
    }
  }
  return best;
}

void RenameUnit::rename(ThreadState& thread, Uop& uop, Cycle now, const QueueChoice* choice) {
  const KindInfo& kind = *uop.kind;
  const SourceUop& source = uop.source;
  uop.age = core_.next_age++;
  uop.word = thread.next_word;
  uop.group = thread.group;
  if (source.last_of_word) ++thread.next_word;
  if (source.new_context) {
    thread.names = {};
    thread.folded = {};
  }
  if (choice != nullptr) {
    uop.in_row = waits_in_row(choice->queue);
    for (unsigned d = 0; d < source.destinations; ++d) {
      const RegisterClass cls = source.destination[d].cls;
      if (!(names_vector_ && is_behind_rows(cls))) ++core_.registers_used[static_cast<std::size_t>(cls)];
    }
    uop.ports = choice->ports;
    if (uop.form == Form::Wide && (uop.ports & ~kind.multiplier_ports) == 0) uop.form = Form::Multiplied;
    uop.domain = kind.domain_on(uop.form, uop.ports, core_.tables.neutral);
    uop.queue = static_cast<std::uint8_t>(choice->queue);
    uop.port_set = static_cast<std::uint16_t>(choice->port_set);
    uop.state = UopState::Waiting;
    uop.dispatched_at = now;
    uop.eager = choice->eager;
    add_sources(thread, uop);
    if (kind.is_load) load_store_.dispatch_load(uop, kStoreOperand);
    if (kind.is_store_address) load_store_.dispatch_store_address(uop);
    if (kind.is_store_data) dispatch_store_data(thread, uop);
    if (kind.serializes || source.serializes) {
      thread.serializing = uop.sequence + 1;
      thread.serializing_has_operands = false;
    }
    if (source.wide) ++wide_dispatched_;
    if (kind.takes_wide_ports(uop.form)) ++core_.wide_forms_waiting;
    if (!uop.in_row) {
      queues_[choice->queue].enter(thread.window.position(uop.sequence));
      wake_up_.dispatched(uop, now);
    }
  } else {
    uop.state = UopState::Issued;
    uop.issued_at = now;
    uop.completed_at = now + 1;
  }
  name_destinations(thread, uop);
  const unsigned queue = choice == nullptr ? events::kNoQueue : choice->queue;
  core_.tell([&](auto& l) { l.on_dispatched(now, source.info, queue); });
}

void RenameUnit::add_sources(ThreadState& thread, Uop& uop) {
  bool reads_sum = false;
  for (unsigned k = 0; k < uop.source.sources; ++k) {
    const ResultId name = source_name(thread, uop.source, k);
    const RegisterName& source = uop.source.source[k];
    wake_up_.add_operand(uop, k, name);
    if (source.cls == RegisterClass::Flags) uop.source.extra_latency += lateness_of_flags(uop, name);
    reads_sum = reads_sum || (source.cls == RegisterClass::Integer && thread.folded[source.index] != 0);
  }
  if (reads_sum) uop.source.extra_latency += uop.kind->folded_operand_cycles;
  if (uop.source.reads_previous) {
    wake_up_.add_operand(uop, kPreviousOperand, CoreState::name_of_result(thread.window.at(uop.sequence - 1), 0));
  }
}

unsigned RenameUnit::lateness_of_flags(const Uop& reader, ResultId flags) {
  if (flags == kUsable) return 0;
  const Uop& writer = core_.threads[reader.thread].window.at(flags / 2 - 1);
  const bool in_group = writer.sequence == flags / 2 - 1 && writer.group == reader.group && writer.ports != 0;
  return in_group ? writer.kind->late_flags : 0;
}

// The value that a store's data uop passes on: its register source, or the result of the uop before it.
void RenameUnit::dispatch_store_data(ThreadState& thread, Uop& uop) {
  ResultId stored = kUsable;
  if (uop.source.reads_previous) {
    stored = CoreState::name_of_result(thread.window.at(uop.sequence - 1), 0);
  } else if (uop.source.sources != 0) {
    stored = source_name(thread, uop.source, uop.source.sources - 1U);
  }
  load_store_.dispatch_store_data(uop, stored);
}

// What is to be added to the value that the first source of an add stands for, with the add.
std::int64_t RenameUnit::folded_sum(const ThreadState& thread, const SourceUop& uop) {
  if (uop.sources == 0 || uop.source[0].cls != RegisterClass::Integer) return uop.added;
  return thread.folded[uop.source[0].index] + uop.added;
}

void RenameUnit::name_destinations(ThreadState& thread, Uop& uop) {
  const SourceUop& source = uop.source;
  const bool folds_value = source.folded_add && uop.folds;
  const bool at_rename = uop.state == UopState::Issued || folds_value;
  const std::int64_t folded = folds_value || source.eliminated ? folded_sum(thread, source) : 0;
  if (at_rename) {
    uop.renamed_first = true;
    uop.renamed = source.sources == 0 ? kUsable : source_name(thread, source, 0);
    if (source.sources == 0 && source.reads_previous) {
      uop.renamed = CoreState::name_of_result(thread.window.at(uop.sequence - 1), 0);
    }
  }
  for (unsigned d = 0; d < source.destinations; ++d) {
    ResultId& name = thread.names[static_cast<std::size_t>(source.destination[d].cls)][source.destination[d].index];
    const bool second = d + 1U == source.destinations && source.second_latency != 0;
    thread.names_before[static_cast<std::size_t>(source.destination[d].cls)][source.destination[d].index] = name;
    name = at_rename ? uop.renamed : CoreState::name_of_result(uop, second ? 1 : 0);
    if (uop.flags_needed && is_flags(source.destination[d])) name = result_of(uop.sequence, 0);
    if (source.destination[d].cls == RegisterClass::Integer) thread.folded[source.destination[d].index] = folded;
  }
}

SlotReason RenameUnit::reason_of(Stop stop, ThreadState& thread, Cycle now) {
  switch (stop) {
    case Stop::None: return SlotReason::Retiring;
    case Stop::NotAvailable:
      if (thread.window.dispatched != thread.window.fetched) return SlotReason::FrontEnd;
      switch (thread.last_fetch) {
        case FetchStatus::Drained: return SlotReason::Drained;
        case FetchStatus::MessageWait: return SlotReason::MessageWait;
        case FetchStatus::TranslationMiss: return SlotReason::TranslationMiss;
        default: return SlotReason::FrontEnd;
      }
    case Stop::Slots: return SlotReason::LastSlots;
    case Stop::Serializing:
    case Stop::Window: return reason_of_window(thread, now);
    case Stop::Registers: return SlotReason::RegistersFull;
    case Stop::LoadStoreQueue: {
      const Uop* oldest = core_.oldest_incomplete(thread, now);
      return oldest != nullptr && oldest->state == UopState::Ready ? SlotReason::PortConflict : SlotReason::Memory;
    }
    case Stop::Queue: return reason_of_queue(thread.window.at(thread.window.dispatched + placements_.size()));
  }
  return SlotReason::FrontEnd;
}

SlotReason RenameUnit::reason_of_window(ThreadState& thread, Cycle now) {
  const Uop* oldest = core_.oldest_incomplete(thread, now);
  if (oldest == nullptr) return SlotReason::WindowFull;
  if (oldest->state == UopState::Ready) return SlotReason::PortConflict;
  if (oldest->state != UopState::Issued && oldest->forwarded && !oldest->covered) return SlotReason::Memory;
  if (oldest->state != UopState::Issued || !oldest->kind->is_load) {
    return SlotReason::OperandWait;
  }
  if (now < oldest->translated_at) return SlotReason::TranslationMiss;
  return oldest->waits_for_memory ? SlotReason::Memory : SlotReason::OperandWait;
}

SlotReason RenameUnit::reason_of_queue(const Uop& uop) {
  const std::vector<QueueChoice>& choices = uop.kind->times(uop.form).choices;
  const auto full =
      std::find_if(choices.begin(), choices.end(), [&](const QueueChoice& c) { return !queues_[c.queue].has_room(); });
  if (full == choices.end()) return SlotReason::QueueFull;
  const Uop* oldest = nullptr;
  for (ThreadState& thread : core_.threads) {
    const Window& window = thread.window;
    const std::uint32_t base = window.base();
    const std::uint32_t end = base + window.positions();
    const AgeBitmap& waiting = queues_[full->queue].waiting();
    std::uint32_t at = waiting.next(window.position(window.head), end);
    if (at == AgeBitmap::kNone) at = waiting.next(base, window.position(window.head));
    if (at == AgeBitmap::kNone) continue;
    if (oldest == nullptr || core_.uops[at].age < oldest->age) oldest = &core_.uops[at];
  }
  return oldest != nullptr && oldest->state == UopState::Ready ? SlotReason::PortConflict : SlotReason::QueueFull;
}

}  // namespace vtpu::core
