#include "core/issue_unit.hpp"

#include <algorithm>
#include <bit>

namespace vtpu::core {
namespace {

constexpr unsigned kLongestAnnounced = 2;  // latencies of uops for whose results others start eagerly

bool is_of_line(const SourceUop& load) { return load.bytes == memory::kLineBytes; }

}  // namespace

IssueUnit::IssueUnit(CoreState& core, WakeUp& wake_up, LoadStoreUnit& load_store, std::vector<IssueQueue>& queues,
                     std::vector<ExecutionPort>& ports)
    : core_(core),
      wake_up_(wake_up),
      load_store_(load_store),
      queues_(queues),
      ports_(ports),
      in_order_(core.layout.in_order),
      multiplier_closed_cycles_(core.host_code ? core.layout.multiplier_closed_cycles : 0),
      renames_stores_(core.layout.memory.rename_forward_latency.value_or(0) != 0),
      rename_forward_latency_(core.layout.memory.rename_forward_latency.value_or(0)),
      ready_(core.tables.port_sets.size()),
      sets_with_ready_((core.tables.port_sets.size() + 63) / 64),
      first_not_started_(core.threads.size(), 0),
      open_word_(core.threads.size(), 0) {
  for (const layout::Queue& queue : core.layout.queues) {
    if (!core.host_code) continue;
    for (const unsigned port : queue.ports) {
      if (queue.one_result || queue.one_general_result) one_result_[0] |= PortMask{1} << port;
      if (queue.one_result) one_result_[1] |= PortMask{1} << port;
      if (queue.one_result && queue.results_wait) results_wait_ |= PortMask{1} << port;
    }
  }
  if (core.host_code && core.layout.memory.loads_512_alone) {
    PortMask loads = 0;
    for (const KindInfo& kind : core.tables.kinds) {
      if (kind.is_load) loads |= kind.times(Form::Narrow).ports() | kind.times(Form::Wide).ports();
    }
    for (; loads != 0; loads &= loads - 1) ports_of_loads_.push_back(static_cast<unsigned>(std::countr_zero(loads)));
  }
  if (core.host_code) {
    const layout::Layout& layout = core.layout;
    result_times_ = {0, layout.result_time_256, layout.result_time_512};
  }
  for (unsigned p = 0; p < ports.size(); ++p) {
    slow_results_.push_back(core.host_code ? core.layout.ports[p].slow_results.value_or(p) : p);
  }
  for (const layout::Queue& queue : core.layout.queues) {
    if (!has_groups(core.layout, queue, core.host_code)) continue;
    for (PortMask left : port_groups(core.layout, queue, core.host_code)) {
      PortGroup& made = groups_.emplace_back();
      made.ready = AgeBitmap(static_cast<std::uint32_t>(core.uops.size()));
      for (; left != 0; left &= left - 1) made.ports.push_back(static_cast<unsigned>(std::countr_zero(left)));
    }
  }
  for (const layout::Queue& queue : core.layout.queues) {
    if (!core.host_code || !queue.starts_in_turn) continue;
    turns_.push_back({queue.ports, std::max(1U, queue.between_kinds), queue.ports.size() - 1});
  }
  turns_of_port_.resize(ports.size());
  for (PortTurns& turns : turns_) {
    for (const unsigned port : turns.ports) turns_of_port_[port] = &turns;
  }
  group_of_port_.resize(ports.size());
  for (PortGroup& group : groups_) {
    for (const unsigned port : group.ports) group_of_port_[port] = &group;
  }
}

void IssueUnit::wake(Cycle now) {
  load_store_.take_freed([&](Uop& uop) { make_ready(uop, now); });
  wake_up_.take_eager(now, [this](const Uop& uop) {
    if (uop.state == UopState::Waiting) set_ready_bits(uop);
  });
  wake_up_.take_ready(now, [&](Uop& uop) {
    if (uop.kind->serializes || uop.source.serializes) {
      core_.thread_of(uop).serializing_has_operands = true;
    } else if (!load_store_.waits_for_commit(uop)) {
      make_ready(uop, now);
    }
  });
  for (ThreadState& thread : core_.threads) {
    if (thread.serializing != 0 && thread.serializing_has_operands && may_serialize(thread)) {
      thread.serializing_has_operands = false;
      make_ready(thread.window.at(thread.serializing - 1), now);
    }
  }
}

// Its fused uop is the oldest in the window, and no retired store waits.
bool IssueUnit::may_serialize(ThreadState& thread) {
  if (thread.retired_stores) return false;
  for (std::uint64_t s = thread.window.head; s < thread.serializing - 1; ++s) {
    if (thread.window.at(s).source.last_of_fused) return false;
  }
  return true;
}

void IssueUnit::set_ready_bits(const Uop& uop) {
  const std::uint32_t position = position_of(uop);
  for (PortMask ports = uop.ports; ports != 0; ports &= ports - 1) {
    ports_[static_cast<std::size_t>(std::countr_zero(ports))].ready.set(position);
  }
  if (PortGroup* group = group_of_port_[static_cast<std::size_t>(std::countr_zero(uop.ports))])
    group->ready.set(position);
}

void IssueUnit::make_ready(Uop& uop, Cycle now) {
  uop.state = UopState::Ready;
  if (uop.eager) {
    const unsigned latency = uop.kind->times(uop.form).latency;
    if (latency <= kLongestAnnounced) wake_up_.announce(uop, now, now + latency);
  }
  set_ready_bits(uop);
  ++ready_[uop.port_set].by_pipe[static_cast<std::size_t>(uop.source.info.pipe)];
  sets_with_ready_[uop.port_set / 64U] |= 1ULL << (uop.port_set % 64U);
}

void IssueUnit::issue(Cycle now) {
  load_store_.begin_cycle(now);
  wide_started_ = 0;
  next_load_ = load_store_.loads_in_line() ? oldest_load() : nullptr;
  choose_loads();
  passed_over_ = false;
  results_[now % kResultCycles] = {};
  for (unsigned p = 0; p < ports_.size(); ++p) {
    if (PortGroup* group = group_of_port_[p]) {
      if (p == group->ports.front()) issue_group(*group, now);
      continue;
    }
    if (ports_[p].free_at > now || ports_[p].ready.empty()) continue;
    Uop* uop = pick(p, now);
    if (uop == nullptr) continue;
    if (uop->state == UopState::Waiting) {
      start_in_vain(*uop, p, now);
    } else {
      start(*uop, p, now);
    }
  }
  if (in_order_) {
    count_conflicts_in_order(now);
  } else {
    count_conflicts(now);
  }
}

template <typename F>
Uop* IssueUnit::find_oldest(const ThreadState& thread, const AgeBitmap& set, F wanted) const {
  const Window& window = thread.window;
  const std::uint32_t head = window.position(window.head);
  const std::uint32_t end = window.base() + window.positions();
  for (std::uint32_t at = set.next(head, end); at != AgeBitmap::kNone; at = set.next(at + 1, end)) {
    if (wanted(core_.uops[at])) return &core_.uops[at];
  }
  for (std::uint32_t at = set.next(window.base(), head); at != AgeBitmap::kNone; at = set.next(at + 1, head)) {
    if (wanted(core_.uops[at])) return &core_.uops[at];
  }
  return nullptr;
}

const Uop* IssueUnit::oldest_load() const {
  const Uop* oldest = nullptr;
  for (const ThreadState& thread : core_.threads) {
    for (const ExecutionPort& port : ports_) {
      if (port.ready.empty()) continue;
      const Uop* first = find_oldest(thread, port.ready, [](const Uop&) { return true; });
      if (first == nullptr || !first->kind->is_load) continue;
      if (oldest == nullptr || first->age < oldest->age) oldest = first;
    }
  }
  return oldest;
}

// Where loads of 64 bytes start alone, the oldest that is ready of these and of general ones says which of them may.
void IssueUnit::choose_loads() {
  refused_loads_ = Loads::None;
  const Uop* oldest = nullptr;
  for (const ThreadState& thread : core_.threads) {
    for (const unsigned port : ports_of_loads_) {
      if (ports_[port].ready.empty()) continue;
      const Uop* first = find_oldest(thread, ports_[port].ready, [](const Uop& uop) {
        return uop.kind->is_load && (is_of_line(uop.source) || !uop.source.vector_load);
      });
      if (first != nullptr && (oldest == nullptr || first->age < oldest->age)) oldest = first;
    }
  }
  if (oldest != nullptr) refused_loads_ = is_of_line(oldest->source) ? Loads::General : Loads::OfLines;
}

Uop* IssueUnit::pick(unsigned port, Cycle now) {
  Uop* best = nullptr;
  for (ThreadState& thread : core_.threads) {
    Uop* uop = oldest_ready(thread, port, now);
    if (uop != nullptr && (best == nullptr || uop->age < best->age)) best = uop;
  }
  return best != nullptr && gets_bank(*best, now) ? best : nullptr;
}

bool IssueUnit::gets_bank(Uop& uop, Cycle now) {
  const SourceUop& source = uop.source;
  const bool reads_banks = uop.kind->is_load && !uop.forwarded && !source.prefetch;
  if (!reads_banks || load_store_.take_banks(uop)) return true;
  uop.bank_lost_at = now;
  passed_over_ = true;
  return false;
}

// The oldest that are ready or expected to be, as many as the group has ports, and all that were dispatched in the same
// cycle as the last of these.
void IssueUnit::gather(ThreadState& thread, const PortGroup& group) {
  std::size_t found = 0;
  Cycle dispatched_at = 0;
  (void)find_oldest(thread, group.ready, [&](Uop& uop) {
    if (found >= group.ports.size() && uop.dispatched_at != dispatched_at) return true;
    candidates_.push_back(&uop);
    dispatched_at = uop.dispatched_at;
    ++found;
    return false;
  });
}

// As many uops as the group has free ports, the oldest ones, take the first port each that is free and that they may
// use; who finds none keeps a younger one from starting. Uops dispatched in the same cycle go in an order that changes
// every cycle.
void IssueUnit::issue_group(PortGroup& group, Cycle now) {
  if (group.ready.empty()) return;
  candidates_.clear();
  for (ThreadState& thread : core_.threads) gather(thread, group);
  const auto order_in_cycle = [&](const Uop& uop) {
    std::uint64_t hash = (now << 32U ^ position_of(uop)) * 0x9E3779B97F4A7C15ULL;
    hash = (hash ^ hash >> 29U) * 0xBF58476D1CE4E5B9ULL;
    return hash >> 32U;
  };
  std::sort(candidates_.begin(), candidates_.end(), [&](const Uop* a, const Uop* b) {
    if (a->dispatched_at != b->dispatched_at) return a->dispatched_at < b->dispatched_at;
    return order_in_cycle(*a) < order_in_cycle(*b);
  });
  const auto is_free = [&](unsigned port) { return !ports_[port].taken(now); };
  const auto turns = static_cast<std::size_t>(std::count_if(group.ports.begin(), group.ports.end(), is_free));
  const std::size_t chosen = std::min(turns, candidates_.size());
  std::uint64_t youngest = 0;
  for (std::size_t i = 0; i < chosen; ++i) {
    Uop& uop = *candidates_[i];
    youngest = std::max(youngest, uop.age);
    const auto port = std::find_if(group.ports.begin(), group.ports.end(), [&](unsigned p) {
      return is_free(p) && (uop.ports >> p & 1U) != 0 && may_start(uop, p, now);
    });
    if (port == group.ports.end() || !gets_bank(uop, now)) {
      passed_over_ = true;
    } else if (uop.state == UopState::Waiting) {
      start_in_vain(uop, *port, now);
    } else {
      start(uop, *port, now);
    }
  }
  for (std::size_t i = chosen; i < candidates_.size(); ++i) {
    passed_over_ = passed_over_ || candidates_[i]->age < youngest;
  }
}

Uop* IssueUnit::oldest_ready(ThreadState& thread, unsigned port, Cycle now) {
  return find_oldest(thread, ports_[port].ready, [&](const Uop& uop) { return may_start(uop, port, now); });
}

// A narrow product on a port that wide uops close, while such uops wait.
bool IssueUnit::wants_closed_multiplier(const Uop& uop, unsigned port) const {
  const bool narrow_product = uop.domain == Domain::Float && uop.form == Form::Narrow;
  return narrow_product && core_.wide_forms_waiting != 0 && (core_.tables.closed >> port & 1U) != 0;
}

bool IssueUnit::opens_multiplier(Cycle now) {
  if (now < multiplier_closes_at_) return true;
  if (multiplier_opens_at_ == 0) multiplier_opens_at_ = now + multiplier_closed_cycles_;
  if (now < multiplier_opens_at_) return false;
  multiplier_closes_at_ = now + core_.layout.multiplier_open_cycles;
  multiplier_opens_at_ = 0;
  return true;
}

bool IssueUnit::may_start(const Uop& uop, unsigned port, Cycle now) {
  if (in_order_ && uop.word != open_word_[uop.thread]) return false;
  const SourceUop& source = uop.source;
  const KindInfo& kind = *uop.kind;
  const PortMask closed = core_.tables.closed;
  const bool has_open_port = (uop.ports & ~closed) != 0;  // a wide uop may wait for one that has none
  bool may = true;
  if (source.vector && wide_waiting_ != 0 && has_open_port && (closed >> port & 1U) != 0) may = false;
  const KindTimes& times = kind.times(uop.form);
  if (times.unit_busy != 0 && !ports_[port].may_take_unit(times.half_unit, now)) may = false;
  if (PortTurns* turns = turns_of_port_[port]; turns != nullptr && !may_take_turn(*turns, uop, port, now)) may = false;
  if (kind.is_load && next_load_ != nullptr && next_load_ != &uop) may = false;
  if (kind.is_load && refused_loads_ == Loads::General && !source.vector_load) may = false;
  if (kind.is_load && refused_loads_ == Loads::OfLines && is_of_line(source)) may = false;
  if (kind.is_load && (uop.bank_lost_at == now || !load_store_.may_start_load(source, now))) may = false;
  if (kind.is_store_address && !load_store_.may_start_store(source.wide)) may = false;
  if (one_result_[0] != 0 && (results_wait_ >> port & 1U) == 0) {
    const PortMask results = results_[(now + times.latency) % kResultCycles][source.to_vector ? 1 : 0];
    if ((results >> leaves_by(uop, port) & 1U) != 0) may = false;
  }
  if (may && multiplier_closed_cycles_ != 0 && wants_closed_multiplier(uop, port) && !opens_multiplier(now))
    may = false;
  passed_over_ = passed_over_ || !may;
  return may;
}

bool IssueUnit::may_take_turn(PortTurns& turns, const Uop& uop, unsigned port, Cycle now) {
  if (port != turns.ports[(turns.last + 1) % turns.ports.size()]) return false;
  const ExecutionPort& last = ports_[turns.ports[turns.last]];
  const Cycle gap = uop.source.kind == last.kind ? 1 : turns.between_kinds;
  if (last.started_at != kNever && now < last.started_at + gap) turns.refused_at = now;
  for (const unsigned other : turns.ports) {
    const ExecutionPort& held = ports_[other];
    if (other != port && held.free_at > now && !starts_beside(uop, held, now)) turns.refused_at = now;
  }
  return turns.refused_at != now;
}

bool IssueUnit::starts_beside(const Uop& uop, const ExecutionPort& held, Cycle now) const {
  const KindTimes& times = core_.tables.kinds[held.kind].times(Form::Narrow);
  if (times.busy_alone == 0 || now >= held.started_at + times.followed_after) return true;
  const bool joins = uop.source.kind == held.kind;
  return now <= held.started_at + times.joined_within && !(joins && held.follows);
}

unsigned IssueUnit::take_turn(PortTurns& turns, const Uop& uop, unsigned port, Cycle now) {
  const KindTimes& times = uop.kind->times(uop.form);
  turns.last = (turns.last + 1) % turns.ports.size();
  ports_[port].follows = false;
  if (times.busy_alone == 0) return times.busy;
  unsigned busy = times.busy_alone;
  for (const unsigned other : turns.ports) {
    ExecutionPort& held = ports_[other];
    if (other == port || held.free_at <= now || held.kind != uop.source.kind) continue;
    if (now >= held.started_at + times.followed_after) {
      ports_[port].follows = true;
    } else {
      held.free_at = held.started_at + times.busy;
      busy = static_cast<unsigned>(held.free_at - now);
    }
  }
  return busy;
}

// The cycles that a load waits until the results in front of its own have gone their way.
Cycle IssueUnit::take_result_path(const SourceUop& uop, Cycle now) {
  constexpr Cycle kHundredths = 100;
  const unsigned time = result_times_[uop.result_bytes / 32U];
  if (time == 0) return 0;
  const Cycle from = std::max(result_path_free_at_, now * kHundredths);
  result_path_free_at_ = from + time;
  return from / kHundredths - now;
}

unsigned IssueUnit::leaves_by(const Uop& uop, unsigned port) const {
  const bool slow = !uop.source.to_vector && uop.kind->times(uop.form).latency != 1;
  return slow ? slow_results_[port] : port;
}

// Cycles, where the port hands out a result in each of them.
unsigned IssueUnit::wait_of_result(const Uop& uop, unsigned port, Cycle now) const {
  unsigned waits = 0;
  if ((results_wait_ >> port & 1U) == 0) return waits;
  const Cycle first = now + uop.kind->times(uop.form).latency;
  const std::size_t file = uop.source.to_vector ? 1 : 0;
  const unsigned by = leaves_by(uop, port);
  while (waits + 1 < kResultCycles && (results_[(first + waits) % kResultCycles][file] >> by & 1U) != 0) ++waits;
  return waits;
}

// The port is taken for the cycle; the uop stays where it is.
void IssueUnit::start_in_vain(const Uop& uop, unsigned port, Cycle now) {
  take_port(uop, port, now, 1);
  if (!core_.listeners.empty()) ports_[port].holder = uop.source.info;
}

void IssueUnit::take_port(const Uop& uop, unsigned port, Cycle now, unsigned cycles) {
  ExecutionPort& taken = ports_[port];
  taken.started_at = now;
  taken.free_at = now + cycles;
  taken.age = uop.age;
  taken.kind = uop.source.kind;
  taken.pipe = uop.source.info.pipe;
  core_.counts.ports[port].busy_cycles.by_pipe[static_cast<std::size_t>(taken.pipe)] += cycles;
}

void IssueUnit::start(Uop& uop, unsigned port, Cycle now) {
  const SourceUop& source = uop.source;
  const KindInfo& kind = *uop.kind;
  const KindTimes& times = kind.times(uop.form);
  const std::uint32_t position = position_of(uop);
  const auto pipe = static_cast<std::size_t>(source.info.pipe);
  for (PortMask ports = uop.ports; ports != 0; ports &= ports - 1) {
    ExecutionPort& port_of_uop = ports_[static_cast<std::size_t>(std::countr_zero(ports))];
    port_of_uop.ready.clear(position);
    ++port_of_uop.leaving;
  }
  if (PortGroup* group = group_of_port_[port]) group->ready.clear(position);
  PipeCounts& ready = ready_[uop.port_set];
  if (--ready.by_pipe[pipe] == 0 && ready.total() == 0) {
    sets_with_ready_[uop.port_set / 64U] &= ~(1ULL << (uop.port_set % 64U));
  }
  queues_[uop.queue].leave(position);
  if (source.wide) ++wide_started_;
  if (kind.takes_wide_ports(uop.form) && --core_.wide_forms_waiting == 0) {
    multiplier_opens_at_ = multiplier_closes_at_ = 0;
  }

  PortTurns* turns = turns_of_port_[port];
  take_port(uop, port, now, turns != nullptr ? take_turn(*turns, uop, port, now) : times.busy);
  if (times.unit_busy != 0) ports_[port].take_unit(times.half_unit, now, times.unit_busy + source.extra_busy);
  ++core_.counts.ports[port].starts.by_pipe[pipe];

  uop.state = UopState::Issued;
  uop.issued_at = now;
  const unsigned latency = times.latency + wait_of_result(uop, port, now);
  uop.completed_at = completion_of(uop, latency, now);
  const Cycle result_waits = take_result_path(source, now);
  if (kind.is_load) uop.completed_at += result_waits;
  if (one_result_[0] != 0) {
    const std::size_t file = source.to_vector ? 1 : 0;
    results_[(now + latency) % kResultCycles][file] |= one_result_[file] & PortMask{1} << leaves_by(uop, port);
  }
  wake_up_.publish(uop, 0, now, uop.completed_at);
  Cycle second = uop.completed_at;
  if (source.second_latency != 0) second = now + source.second_latency;
  if (kind.is_store_data && renames_stores_) second = now + rename_forward_latency_;
  wake_up_.publish(uop, 1, now, second);
  if (source.mispredicted) {
    const layout::FrontEnd& fe = core_.layout.front_end;
    const Cycle depth = std::max(1U, fe.depth_cycles);
    const Cycle resume = uop.completed_at + fe.mispredict_cycles;
    core_.thread_of(uop).resume_fetch_at = std::max(uop.completed_at + 1, resume - std::min(resume, depth));
  }
  if (!core_.listeners.empty()) {
    ports_[port].holder = source.info;
    core_.tell([&](auto& l) { l.on_issued(now, source.info, port); });
  }
}

Cycle IssueUnit::completion_of(Uop& uop, unsigned latency, Cycle now) {
  const KindInfo& kind = *uop.kind;
  if (kind.is_load) return load_store_.start_load(uop, latency, now);
  if (kind.is_store_address) return load_store_.start_store_address(uop, latency, now);
  if (uop.source.prefetch) load_store_.prefetch(uop, now);
  return now + latency + uop.source.extra_latency;
}

int IssueUnit::lost_port(PortMask ports, std::uint64_t age, Cycle now) const {
  int lost = -1;
  for (; ports != 0; ports &= ports - 1) {
    const int p = std::countr_zero(ports);
    const ExecutionPort& port = ports_[static_cast<std::size_t>(p)];
    if (!port.taken(now) || (port.started_at == now && port.age > age)) return -1;
    if (lost < 0 || port.age > ports_[static_cast<std::size_t>(lost)].age) lost = p;
  }
  return lost;
}

// Who is ready now was not started. Where no port passed over a uop, all winners are older than all losers, and it is
// enough to count by port set; otherwise, and when somebody listens, each uop is looked at.
void IssueUnit::count_conflicts(Cycle now) {
  for (std::size_t w = 0; w < sets_with_ready_.size(); ++w) {
    for (std::uint64_t sets = sets_with_ready_[w]; sets != 0; sets &= sets - 1) {
      const std::size_t set = w * 64 + static_cast<std::size_t>(std::countr_zero(sets));
      const int port = lost_port(core_.tables.port_sets[set].ports, ~0ULL, now);
      if (port < 0) continue;
      if (passed_over_ || !core_.listeners.empty()) {
        count_conflicts_one_by_one(static_cast<unsigned>(set), now);
        continue;
      }
      const auto winner = static_cast<std::size_t>(ports_[static_cast<std::size_t>(port)].pipe);
      PortCounts& counts = core_.counts.ports[static_cast<std::size_t>(port)];
      for (std::size_t loser = 0; loser < isa::kPipes; ++loser) {
        counts.lost_by[loser].by_pipe[winner] += ready_[set].by_pipe[loser];
      }
    }
  }
}

void IssueUnit::count_conflicts_one_by_one(unsigned port_set, Cycle now) {
  const PortMask ports = core_.tables.port_sets[port_set].ports;
  const AgeBitmap& ready = ports_[static_cast<std::size_t>(std::countr_zero(ports))].ready;
  losers_.clear();
  const auto positions = static_cast<std::uint32_t>(core_.uops.size());
  for (std::uint32_t at = ready.next(0, positions); at != AgeBitmap::kNone; at = ready.next(at + 1, positions)) {
    if (core_.uops[at].port_set == port_set && core_.uops[at].state == UopState::Ready)
      losers_.push_back(&core_.uops[at]);
  }
  std::sort(losers_.begin(), losers_.end(), [](const Uop* a, const Uop* b) { return a->age < b->age; });
  for (const Uop* uop : losers_) {
    if (const int port = lost_port(ports, uop->age, now); port >= 0) {
      count_conflict(*uop, static_cast<unsigned>(port), now);
    }
  }
}

void IssueUnit::count_conflict(const Uop& uop, unsigned port, Cycle now) {
  const ExecutionPort& taken = ports_[port];
  const auto loser = static_cast<std::size_t>(uop.source.info.pipe);
  ++core_.counts.ports[port].lost_by[loser].by_pipe[static_cast<std::size_t>(taken.pipe)];
  core_.tell([&](auto& l) { l.on_conflict(now, uop.source.info, port, taken.holder); });
}

// Only the uops of the word that may issue can lose a port.
void IssueUnit::count_conflicts_in_order(Cycle now) {
  for (ThreadState& thread : core_.threads) {
    const std::size_t k = static_cast<std::size_t>(&thread - core_.threads.data());
    for (std::uint64_t s = std::max(first_not_started_[k], thread.window.head); s < thread.window.dispatched; ++s) {
      const Uop& uop = thread.window.at(s);
      if (uop.word != open_word_[k]) break;
      if (uop.state != UopState::Ready) continue;
      const int port = lost_port(uop.ports, uop.age, now);
      if (port >= 0) count_conflict(uop, static_cast<unsigned>(port), now);
    }
  }
}

// The next word may issue once all uops of this one have started and its last one was dispatched.
void IssueUnit::finish_words() {
  for (ThreadState& thread : core_.threads) {
    const std::size_t k = static_cast<std::size_t>(&thread - core_.threads.data());
    std::uint64_t& s = first_not_started_[k];
    s = std::max(s, thread.window.head);
    while (s < thread.window.dispatched && thread.window.at(s).state == UopState::Issued) ++s;
    if (s < thread.window.dispatched)
      open_word_[k] = thread.window.at(s).word;
    else
      open_word_[k] = thread.next_word;
  }
}

void IssueUnit::end_cycle(unsigned wide_dispatched) {
  wide_waiting_ += wide_dispatched;
  wide_waiting_ -= wide_started_;
  for (IssueQueue& queue : queues_) queue.end_cycle();
  for (ExecutionPort& port : ports_) port.end_cycle();
  if (in_order_) finish_words();
}

}  // namespace vtpu::core
