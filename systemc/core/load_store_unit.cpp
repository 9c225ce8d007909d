#include "core/load_store_unit.hpp"

#include <algorithm>
#include <bit>

namespace vtpu::core {

using memory::kLineBytes;

LoadStoreUnit::LoadStoreUnit(CoreState& core, WakeUp& wake_up, memory::DataAccess& data)
    : core_(core),
      wake_up_(wake_up),
      data_(data),
      split_(core.threads.size() > 1 && core.layout.smt.load_store_queues == "static"),
      queues_(core.threads.size()),
      bank_reads_(core.layout.memory.l1_banks),
      by_bank_bytes_(std::max(1U, core.layout.memory.bank_bytes)),
      by_banks_(std::max(1U, core.layout.memory.l1_banks)),
      combining_(core.layout.memory.store_combining_lines, ~0ULL) {
  const std::size_t entries = std::bit_ceil(std::max<std::size_t>(2, core.layout.memory.store_queue));
  for (Queue& queue : queues_) {
    queue.ring.resize(entries);
    queue.lines.resize(kLineHashes);
  }
  if (core_.host_code && core_.layout.memory.loads_per_cycle_filling != 0) data_.announce();
}

bool LoadStoreUnit::Queue::touches(std::uint64_t address, unsigned bytes) const {
  const std::uint64_t first = address / kLineBytes;
  const std::uint64_t last = (address + bytes - 1) / kLineBytes;
  return lines[first % kLineHashes] != 0 || lines[last % kLineHashes] != 0;
}

void LoadStoreUnit::Queue::count_lines(const Store& store, int change) {
  const std::uint64_t first = store.address / kLineBytes;
  const std::uint64_t last = (store.address + store.bytes - 1) / kLineBytes;
  for (std::uint64_t line = first; line <= last; ++line) {
    std::uint16_t& count = lines[line % kLineHashes];
    count = static_cast<std::uint16_t>(count + change);
  }
}

unsigned LoadStoreUnit::in_use(const ThreadState& thread, unsigned ThreadState::*count) const {
  if (split_) return thread.*count;
  unsigned sum = 0;
  for (const ThreadState& t : core_.threads) sum += t.*count;
  return sum;
}

bool LoadStoreUnit::has_load_room(const ThreadState& thread, unsigned loads) const {
  const unsigned entries = core_.layout.memory.load_queue / (split_ ? 2U : 1U);
  return in_use(thread, &ThreadState::loads) + loads <= entries;
}

// A load that completes in a cycle gives its place back at its end.
bool LoadStoreUnit::may_be_incomplete(unsigned loads, Cycle now) {
  const unsigned most = core_.layout.memory.incomplete_loads;
  if (!core_.host_code || most == 0) return true;
  while (!completions_.empty() && completions_.top() < now) completions_.pop();
  return loads_to_issue_ + completions_.size() + loads <= most;
}

bool LoadStoreUnit::has_store_room(const ThreadState& thread, unsigned stores) const {
  const unsigned entries = core_.layout.memory.store_queue / (split_ ? 2U : 1U);
  return in_use(thread, &ThreadState::stores) + stores <= entries;
}

LoadStoreUnit::Store* LoadStoreUnit::youngest_overlap(Queue& queue, const Uop& load) {
  const std::uint64_t from = load.source.address;
  const std::uint64_t to = from + load.source.bytes;
  if (queue.head == queue.tail || !queue.touches(from, load.source.bytes)) return nullptr;
  for (std::uint64_t i = queue.tail; i-- > queue.head;) {
    Store& store = queue.at(i);
    if (store.address < to && from < store.address + store.bytes) return &store;
  }
  return nullptr;
}

void LoadStoreUnit::dispatch_load(Uop& uop, unsigned operand) {
  ++core_.thread_of(uop).loads;
  ++loads_to_issue_;
  if (uop.source.prefetch) return;
  Store* store = youngest_overlap(queues_[uop.thread], uop);
  if (store == nullptr || !store->has_data) return;
  const std::uint64_t from = uop.source.address;
  uop.forwarded = true;
  uop.blocking_store = position_of(queues_[uop.thread], *store);
  uop.covered = store->address <= from && from + uop.source.bytes <= store->address + store->bytes;
  wake_up_.add_operand(uop, operand, result_of(store->data, 0));
  const auto& renaming = core_.layout.memory.rename_forward_latency;
  const bool same_place = uop.source.base_and_disp != 0 && uop.source.base_and_disp == store->base_and_disp;
  if (!renaming || !uop.covered || !same_place) return;
  uop.renamed_first = true;
  uop.renamed = *renaming == 0 ? store->stored : result_of(store->data, 1);
  ++core_.counts.renamed_loads;
}

bool LoadStoreUnit::waits_for_commit(Uop& uop) {
  if (!uop.forwarded || uop.covered) return false;
  Queue& queue = queues_[uop.thread];
  if (uop.blocking_store < queue.head) return false;
  blocked_.push_back({&uop, uop.blocking_store});
  return true;
}

void LoadStoreUnit::dispatch_store_address(Uop& uop) {
  ++core_.thread_of(uop).stores;
  Queue& queue = queues_[uop.thread];
  Store& store = queue.at(queue.tail++);
  store = Store{};
  store.address = uop.source.address;
  store.bytes = uop.source.bytes;
  store.base_and_disp = uop.source.base_and_disp;
  queue.count_lines(store, 1);
}

void LoadStoreUnit::dispatch_store_data(Uop& uop, ResultId stored) {
  Queue& queue = queues_[uop.thread];
  if (queue.head == queue.tail) return;
  Store& store = queue.at(queue.tail - 1);
  if (store.has_data) return;
  store.has_data = true;
  store.data = uop.sequence;
  store.stored = stored;
}

void LoadStoreUnit::begin_cycle(Cycle now) {
  loads_ = wide_loads_ = stores_ = wide_stores_ = 0;
  std::fill(bank_reads_.begin(), bank_reads_.end(), 0);
  const layout::Memory& m = core_.layout.memory;
  loads_limit_ = m.loads_per_cycle;
  if (!core_.host_code || m.loads_per_cycle_filling == 0) return;
  const memory::Arrivals arrivals = data_.arrivals(now);
  if (arrivals.more) loads_limit_ = m.loads_per_cycle_filling;
  lines_to_take_ += arrivals.lines;
  const unsigned taken = std::min(lines_to_take_, loads_limit_);
  loads_ = taken;
  lines_to_take_ -= taken;
}

bool LoadStoreUnit::may_start_load(const SourceUop& load, Cycle now) const {
  const layout::Memory& m = core_.layout.memory;
  return now >= loads_from_ && loads_ < loads_limit_ && (!load.wide || wide_loads_ < m.loads_per_cycle_512) &&
         loads_ + stores_ < m.accesses_per_cycle;
}

bool LoadStoreUnit::may_start_store(bool wide) const {
  const layout::Memory& m = core_.layout.memory;
  return stores_ < m.stores_per_cycle && (!wide || wide_stores_ < m.stores_per_cycle_512) &&
         loads_ + stores_ < m.accesses_per_cycle;
}

bool LoadStoreUnit::take_banks(const Uop& uop) {
  if (bank_reads_.empty()) return true;
  const std::uint64_t first = by_bank_bytes_.quotient(uop.source.address);
  const std::uint64_t last = by_bank_bytes_.quotient(uop.source.address + uop.source.bytes - 1);
  const std::uint64_t count = std::min<std::uint64_t>(last - first + 1, bank_reads_.size());
  for (std::uint64_t b = 0; b < count; ++b) {
    if (bank_reads_[by_banks_.remainder(first + b)] >= core_.layout.memory.l1_bank_reads) {
      ++core_.counts.bank_conflicts;
      return false;
    }
  }
  for (std::uint64_t b = 0; b < count; ++b) ++bank_reads_[by_banks_.remainder(first + b)];
  return true;
}

Cycle LoadStoreUnit::start_load(Uop& uop, unsigned latency, Cycle now) {
  const Cycle completion = completion_of_load(uop, latency, now);
  --loads_to_issue_;
  if (core_.host_code && core_.layout.memory.incomplete_loads != 0) completions_.push(completion);
  return completion;
}

Cycle LoadStoreUnit::completion_of_load(Uop& uop, unsigned latency, Cycle now) {
  const SourceUop& source = uop.source;
  ++loads_;
  if (source.wide) ++wide_loads_;
  ++core_.counts.loads;
  const layout::Memory& m = core_.layout.memory;
  const Cycle translation = source.extra_latency + data_.translation_delay(source.address, now);
  uop.translated_at = translation == 0 ? 0 : now + translation;
  if (source.prefetch) {
    data_.prefetch(now, source.address, source.instruction);
    return now + latency - 1 + m.l1.latency + translation;
  }
  if (uop.forwarded) {
    uop.waits_for_memory = true;
    ++(uop.covered ? core_.counts.forwarded_loads : core_.counts.failed_forwards);
    return now + latency - 1 + (uop.covered ? m.forward_latency : m.forward_fail_latency) + translation;
  }
  const memory::LineAnswer answer =
      data_.load(now, source.address, source.bytes, source.vector_load, source.instruction);
  const unsigned hit = source.vector_load && m.l1.latency_vector != 0 ? m.l1.latency_vector : m.l1.latency;
  uop.waits_for_memory = answer.ready > now + hit;
  if (core_.host_code && m.loads_in_line) {
    loads_from_ = std::max(loads_from_, answer.asked);
    loads_in_line_ = answer.asked > now;
  }
  return answer.ready + latency - 1 + translation;
}

Cycle LoadStoreUnit::start_store_address(const Uop& uop, unsigned latency, Cycle now) {
  ++stores_;
  if (uop.source.wide) ++wide_stores_;
  return now + latency + uop.source.extra_latency + data_.translation_delay(uop.source.address, now);
}

void LoadStoreUnit::retire_load(Uop& uop) { --core_.thread_of(uop).loads; }

void LoadStoreUnit::retire_store(Uop& uop, Cycle now) {
  Queue& queue = queues_[uop.thread];
  ++core_.counts.stores;
  Store& store = queue.at(queue.retired++);  // stores retire in order
  store.retired_at = now;
  data_.own(now, store.address, store.bytes);
  core_.thread_of(uop).retired_stores = true;
}

std::uint64_t LoadStoreUnit::position_of(const Queue& queue, const Store& store) {
  const auto slot = static_cast<std::uint64_t>(&store - queue.ring.data());
  return queue.head + ((slot - queue.head) & (queue.ring.size() - 1));
}

void LoadStoreUnit::commit(Cycle now) {
  unsigned budget = core_.layout.memory.store_commit_per_cycle;
  unsigned writes = core_.host_code ? core_.layout.memory.stores_per_cycle : ~0U;
  if (core_.host_code && core_.layout.memory.store_combining_in_cycle)
    std::fill(combining_.begin(), combining_.end(), ~0ULL);
  const auto threads = static_cast<unsigned>(queues_.size());
  for (unsigned k = 0; k < threads; ++k) commit_one(static_cast<unsigned>((now + k) % threads), now, budget, writes);
  std::erase_if(blocked_, [this](const Blocked& b) {
    if (b.store >= queues_[b.uop->thread].head) return false;
    freed_.push_back(b.uop);
    return true;
  });
}

// A 512-bit store writes as much as all the narrow ones for which a cycle has time.
unsigned LoadStoreUnit::writes_of(const Store& store) const {
  const layout::Memory& m = core_.layout.memory;
  return store.bytes < kLineBytes ? 1 : std::max(1U, m.stores_per_cycle / std::max(1U, m.stores_per_cycle_512));
}

void LoadStoreUnit::commit_one(unsigned thread, Cycle now, unsigned& budget, unsigned& writes) {
  Queue& queue = queues_[thread];
  ThreadState& state = core_.threads[thread];
  const auto retired = [&](const Store& s) { return s.retired_at < now; };
  while (queue.head < queue.tail && retired(queue.at(queue.head))) {
    Store& store = queue.at(queue.head);
    const std::uint64_t line = store.address / kLineBytes;
    const bool one_line = (store.address + store.bytes - 1) / kLineBytes == line;
    const bool merges = one_line && combines(line);
    const bool narrow = store.bytes < kLineBytes;
    unsigned& writes_left = narrow && one_line && free_lines_ > 0 ? free_lines_ : budget;
    const unsigned written = core_.host_code ? writes_of(store) : 0;
    if (written > writes || (!merges && writes_left == 0)) break;
    if (!merges && !data_.commit(now, store.address, store.bytes)) break;
    if (!merges) --writes_left;
    if (!narrow && core_.host_code) free_lines_ = core_.layout.memory.store_lines_after_512;
    writes -= written;
    if (one_line) remember_line(line);
    queue.count_lines(store, -1);
    ++queue.head;
    --state.stores;
  }
  state.retired_stores = queue.head < queue.tail && queue.at(queue.head).retired_at != kNever;
}

bool LoadStoreUnit::combines(std::uint64_t line) const {
  return std::find(combining_.begin(), combining_.end(), line) != combining_.end();
}

// The line is the one written last; the oldest of too many is forgotten.
void LoadStoreUnit::remember_line(std::uint64_t line) {
  if (combining_.empty()) return;
  auto at = std::find(combining_.begin(), combining_.end(), line);
  if (at == combining_.end()) at = combining_.end() - 1;
  std::rotate(combining_.begin(), at, at + 1);
  combining_.front() = line;
}

bool LoadStoreUnit::all_committed() const {
  return std::all_of(queues_.begin(), queues_.end(), [](const Queue& q) { return q.head == q.tail; });
}

}  // namespace vtpu::core
