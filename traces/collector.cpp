#include "traces/collector.hpp"

#include <algorithm>

namespace vtpu::traces {

// The uops of a core in flight, found by their id, and what is counted of them.
struct Collector::Core {
  CoreCycle cycle;
  Occupancy now;  // at the end of the cycle in hand
  std::vector<Life*> by_id = std::vector<Life*>(1024, nullptr);
  std::deque<Life> pool;
  std::vector<Life*> unused;
  std::deque<Life*> window;         // dispatched, in that order; the front has not retired
  std::vector<Life*> just_retired;  // in the cycle in hand
  std::optional<UopInfo> fetched_before;
  std::uint64_t words = 0;
  std::vector<UopId> operands;  // of the uop that is dispatched next

  [[nodiscard]] Life* find(UopId id) const {
    Life* const life = by_id[id & (by_id.size() - 1)];
    return life != nullptr && life->uop.id == id ? life : nullptr;
  }
  void file(Life* life) {
    while (by_id[life->uop.id & (by_id.size() - 1)] != nullptr) grow();
    by_id[life->uop.id & (by_id.size() - 1)] = life;
  }
  void grow() {
    std::vector<Life*> wider(by_id.size() * 2, nullptr);
    for (Life* life : by_id) {
      if (life != nullptr) wider[life->uop.id & (wider.size() - 1)] = life;
    }
    by_id = std::move(wider);
  }
  Life* create() {
    if (unused.empty()) return &pool.emplace_back();
    Life* const life = unused.back();
    unused.pop_back();
    *life = {};
    return life;
  }
  // A retired uop behind one that has not retired stays in the window's list, and its place in use.
  void forget_retired() {
    for (Life* life : just_retired) {
      by_id[life->uop.id & (by_id.size() - 1)] = nullptr;
      if (!life->dispatched) unused.push_back(life);
    }
    just_retired.clear();
    while (!window.empty() && window.front()->retired) {
      unused.push_back(window.front());
      window.pop_front();
    }
  }
};

Collector::Collector(const layout::Layout& layout, const isa::Program& program, Window window, std::vector<Sink*> sinks)
    : layout_(layout), window_(window), sinks_(std::move(sinks)) {
  for (const layout::UopKind& kind : layout.uops) kinds_[kind.name] = {kind.is_load, kind.is_store_address};
  for (const isa::SentronSpec& sentron : program.sentrons) record_.registers.push_back(sentron.initial);
}

Collector::~Collector() = default;

Collector::Core& Collector::enter(Cycle cycle, std::uint32_t core) {
  if (!start_) start_ = now_ = cycle;
  if (cycle != now_) {
    close_cycle();
    now_ = cycle;
  }
  while (cores_.size() <= core) {
    cores_.push_back(std::make_unique<Core>());
    cores_.back()->now.queues.resize(layout_.queues.size());
    cores_.back()->cycle.occupancy = cores_.back()->now;
    cores_.back()->cycle.number = static_cast<std::uint32_t>(cores_.size() - 1);
  }
  return *cores_[core];
}

// A uop of which the first event is not its fetch is taken as it comes: a faulty model is traced, too.
Life& Collector::life_of(Core& core, const UopInfo& uop) {
  if (Life* const life = core.find(uop.id)) return *life;
  Life* const life = core.create();
  life->uop = uop;
  life->serial = next_serial_++;
  const auto& before = core.fetched_before;
  const bool same_word =
      before && before->sentron == uop.sentron && before->word == uop.word && before->iteration == uop.iteration;
  if (!same_word) ++core.words;
  core.fetched_before = uop;
  life->word_ordinal = core.words - 1;
  core.file(life);
  return *life;
}

void Collector::on_fetched(Cycle cycle, const UopInfo& uop) {
  if (ended_) return;
  Core& core = enter(cycle, uop.core);
  Life& life = life_of(core, uop);
  life.fetched = cycle - *start_;
  core.cycle.fetched.push_back(&life);
  ++core.now.uop_queue;
  if (window_.words && uop.core == 0) follow_words(life);
}

void Collector::on_operand(const UopInfo& uop, UopId producer) {
  if (ended_ || uop.core >= cores_.size()) return;
  std::vector<UopId>& operands = cores_[uop.core]->operands;
  if (std::find(operands.begin(), operands.end(), producer) == operands.end()) operands.push_back(producer);
}

void Collector::on_dispatched(Cycle cycle, const UopInfo& uop, unsigned queue) {
  if (ended_) return;
  Core& core = enter(cycle, uop.core);
  Life& life = life_of(core, uop);
  life.dispatched = cycle - *start_;
  life.queue = queue;
  life.operands.swap(core.operands);
  core.operands.clear();
  core.cycle.dispatched.push_back(&life);
  core.window.push_back(&life);
  if (life.fetched) --core.now.uop_queue;
  ++core.now.window;
  if (queue < core.now.queues.size()) ++core.now.queues[queue];
  const KindFlags kind = kinds_[life.uop.kind];
  core.now.loads += kind.load ? 1 : 0;
  core.now.stores += kind.store_address ? 1 : 0;
}

void Collector::on_issued(Cycle cycle, const UopInfo& uop, unsigned port) {
  if (ended_) return;
  Core& core = enter(cycle, uop.core);
  Life& life = life_of(core, uop);
  if (!life.issued && life.queue < core.now.queues.size()) --core.now.queues[life.queue];
  if (!life.issued && kinds_[uop.kind].load) ++core.now.loads_executing;
  life.issued = cycle - *start_;
  life.port = port;
  core.cycle.issued.push_back(&life);
}

void Collector::on_conflict(Cycle cycle, const UopInfo& uop, unsigned port, const UopInfo& winner) {
  if (ended_) return;
  Core& core = enter(cycle, uop.core);
  core.cycle.conflicts.push_back({&life_of(core, uop), port, winner});
}

void Collector::on_completed(Cycle cycle, const UopInfo& uop) {
  if (ended_) return;
  Core& core = enter(cycle, uop.core);
  Life& life = life_of(core, uop);
  if (!life.completed && life.issued && kinds_[uop.kind].load) --core.now.loads_executing;
  life.completed = cycle - *start_;
  core.cycle.completed.push_back(&life);
}

void Collector::on_written(Cycle cycle, const events::RegisterWrite& write) {
  if (ended_) return;
  enter(cycle, write.core).cycle.writes.push_back(write);
}

void Collector::on_retired(Cycle cycle, const UopInfo& uop) {
  if (ended_) return;
  Core& core = enter(cycle, uop.core);
  Life& life = life_of(core, uop);
  if (life.retired) return;
  life.retired = cycle - *start_;
  core.cycle.retired.push_back(&life);
  core.just_retired.push_back(&life);
  if (!life.dispatched) return;
  --core.now.window;
  const KindFlags kind = kinds_[uop.kind];
  core.now.loads -= kind.load ? 1 : 0;
  core.now.stores -= kind.store_address ? 1 : 0;
}

void Collector::on_slots(Cycle cycle, std::uint32_t core, SlotReason reason, unsigned slots) {
  if (ended_) return;
  enter(cycle, core).cycle.slots.emplace_back(reason, slots);
}

void Collector::apply(const events::RegisterWrite& write) {
  if (write.sentron >= record_.registers.size()) return;
  isa::Registers& registers = record_.registers[write.sentron];
  const std::size_t i = write.index;
  switch (write.file) {
    case events::RegisterFile::R: registers.r.at(i) = write.value[0]; break;
    case events::RegisterFile::V: registers.v.at(i).lane = write.value; break;
    case events::RegisterFile::P: registers.p.at(i) = {write.value[0], write.value[1]}; break;
    case events::RegisterFile::M: std::copy_n(write.value.begin(), 4, registers.m.at(i).lane.begin()); break;
    case events::RegisterFile::Cmp: registers.cmp = static_cast<std::uint16_t>(write.value[0]); break;
  }
}

void Collector::finish() {
  if (ended_) return;
  if (start_) close_cycle();
  end_sinks();
}

void Collector::close_cycle() {
  record_.cycle = now_ - *start_;
  if (is_past()) {
    end_sinks();
    return;
  }
  if (takes(now_)) hand_on();
  forget_retired();
  if (sinks_.empty() || is_past()) end_sinks();
}

// Opens with the first of the window's words and closes when all of them have retired and a later one was fetched.
void Collector::follow_words(const Life& life) {
  if (window_.words->contains(life.word_ordinal)) {
    words_open_ = true;
    ++window_words_in_flight_;
  } else if (window_.words->is_over(life.word_ordinal)) {
    words_over_ = true;
  }
}

bool Collector::takes(Cycle cycle) const {
  if (ended_ || !start_) return false;
  return (!window_.words || words_open_) && (!window_.cycles || window_.cycles->contains(cycle - *start_));
}

bool Collector::is_past() const {
  if (window_.cycles && window_.cycles->is_over(record_.cycle)) return true;
  return window_.words && words_over_ && window_words_in_flight_ == 0;
}

void Collector::hand_on() {
  record_.opens = cycles_++ == 0;
  record_.before.clear();
  if (record_.opens) {
    record_.before = in_flight();
    std::erase_if(record_.before, [this](const Life* life) { return life->fetched == record_.cycle; });
  }
  record_.cores.resize(cores_.size());
  for (std::size_t k = 0; k < cores_.size(); ++k) {
    Core& core = *cores_[k];
    std::swap(record_.cores[k], core.cycle);
  }
  std::erase_if(sinks_, [this](Sink* sink) { return !sink->take(record_); });
  for (std::size_t k = 0; k < cores_.size(); ++k) std::swap(record_.cores[k], cores_[k]->cycle);
}

void Collector::forget_retired() {
  for (const std::unique_ptr<Core>& core : cores_) {
    CoreCycle& cycle = core->cycle;
    for (const events::RegisterWrite& write : cycle.writes) apply(write);
    for (const Life* life : core->just_retired) {
      if (window_.words && core == cores_[0] && window_.words->contains(life->word_ordinal)) --window_words_in_flight_;
    }
    core->forget_retired();
    for (auto* events : {&cycle.fetched, &cycle.dispatched, &cycle.issued, &cycle.completed, &cycle.retired}) {
      events->clear();
    }
    cycle.conflicts.clear();
    cycle.slots.clear();
    cycle.writes.clear();
    cycle.occupancy = core->now;
    cycle.oldest = core->window.empty() ? nullptr : core->window.front();
  }
}

std::vector<const Life*> Collector::in_flight() const {
  std::vector<const Life*> lives;
  for (const std::unique_ptr<Core>& core : cores_) {
    for (const Life* life : core->by_id) {
      if (life != nullptr) lives.push_back(life);
    }
  }
  std::sort(lives.begin(), lives.end(), [](const Life* a, const Life* b) { return a->serial < b->serial; });
  return lives;
}

void Collector::end_sinks() {
  ended_ = true;
  std::vector<const Life*> lives = in_flight();
  std::erase_if(lives, [](const Life* life) { return life->retired.has_value(); });
  for (Sink* sink : std::exchange(sinks_, {})) sink->end(lives);
}

}  // namespace vtpu::traces
