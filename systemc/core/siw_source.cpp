#include "core/siw_source.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace vtpu::core {

using events::Cycle;
using reference::CoordinationAction;
using reference::MemoryAction;

SiwSource::SiwSource(SiwMachine& machine, const layout::Layout& layout, phext::TranslationCache& translation,
                     fabric::PacketTarget& fabric, std::vector<std::uint32_t> sentrons, std::size_t in_flight)
    : machine_(machine),
      layout_(layout),
      translation_(translation),
      fabric_(fabric),
      sentrons_(std::move(sentrons)),
      reader_(machine.fetched_memory()),
      records_(std::bit_ceil(in_flight + 1)),
      resume_at_(layout.sentrons.spawn_cycles) {
  for (const isa::Stream& stream : machine.program().streams) fetches_.emplace_back(stream.words.size(), 0);
  if (!sentrons_.empty()) machine_.sentron(sentrons_[0]).started = true;
}

FetchStatus SiwSource::next_word(Cycle now, bool idle, FetchedWord& out) {
  now_ = now;
  if (sentrons_.empty()) return FetchStatus::Drained;
  if (now < resume_at_) return FetchStatus::FrontEnd;
  SiwSentron& sentron = machine_.sentron(sentrons_[current_]);
  if (ability(sentron, now) != Ability::Runs) return switch_sentron(now, idle);
  const std::uint32_t iteration = word_.iteration;
  word_ = {};
  word_.sentron = sentron.number;
  word_.iteration = iteration;
  if (sentron.waits_for_group) {
    finish_group(sentron, now);
  } else {
    execute(sentron);
  }
  if (word_.begin != word_.end) {
    word_.record = (next_record_ - 1) & (records_.size() - 1);
    word_.effects = &records_[word_.record].effects;
    word_.new_context = new_context_;
    new_context_ = false;
  }
  out = word_;
  return FetchStatus::Uop;
}

SiwSource::Ability SiwSource::ability(SiwSentron& sentron, Cycle now) {
  if (sentron.waits_for_group) {
    return sentron.released && sentron.release_at <= now ? Ability::Runs : Ability::Waits;
  }
  if (!sentron.ended && sentron.word >= sentron.stream->source->words.size()) sentron.ended = true;
  if (sentron.ended) return Ability::Ended;
  const isa::Siw& word = sentron.stream->source->words[sentron.word];
  const isa::Op op = op_of(word.c);
  if (op != isa::Op::CSEND && op != isa::Op::CRECV) return Ability::Runs;
  if (fault_of(word, sentron) != isa::Fault::None) return Ability::Runs;  // and faults there
  const reference::Coordination c = reference::coordination_of(word, sentron.fetched);
  if (op == isa::Op::CRECV) {
    const Channel& channel = machine_.channel(c.peer, sentron.number);
    return !channel.unread.empty() && channel.unread.front().readable <= now ? Ability::Runs : Ability::Waits;
  }
  Channel& channel = machine_.channel(sentron.number, c.peer);
  while (!channel.credits.empty() && channel.credits.front() <= now) {
    channel.credits.pop_front();
    --channel.outstanding;
  }
  return channel.outstanding < isa::kChannelCapacity ? Ability::Runs : Ability::Waits;
}

bool SiwSource::stuck(const SiwSentron& sentron) const {
  if (sentron.ended) return true;
  if (sentron.waits_for_group) return !sentron.released;
  const std::vector<isa::Siw>& words = sentron.stream->source->words;
  // One that has not run may wait at its first word; one without words is still to be found at its end.
  if (sentron.word >= words.size()) return sentron.started;
  const isa::Siw& word = words[sentron.word];
  const isa::Op op = op_of(word.c);
  if (op != isa::Op::CSEND && op != isa::Op::CRECV) return false;
  if (reference::fault_of(word, sentron.fetched, machine_.sentrons()) != isa::Fault::None) return false;
  const reference::Coordination c = reference::coordination_of(word, sentron.fetched);
  if (op == isa::Op::CRECV) return machine_.channel(c.peer, sentron.number).unread.empty();
  const Channel& channel = machine_.channel(sentron.number, c.peer);
  return channel.outstanding >= isa::kChannelCapacity && channel.credits.empty();
}

bool SiwSource::finished() const {
  return std::all_of(sentrons_.begin(), sentrons_.end(),
                     [this](std::uint32_t s) { return stuck(machine_.sentron(s)); });
}

FetchStatus SiwSource::switch_sentron(Cycle now, bool idle) {
  bool others = false;  // not ended
  bool present_waits = !machine_.sentron(sentrons_[current_]).ended;
  if (idle) {
    for (std::size_t k = 1; k < sentrons_.size(); ++k) {
      const std::size_t at = (current_ + k) % sentrons_.size();
      SiwSentron& sentron = machine_.sentron(sentrons_[at]);
      const Ability can = ability(sentron, now);
      others = others || can != Ability::Ended;
      if (can != Ability::Runs) continue;
      current_ = at;
      new_context_ = true;
      ++switches_;
      const layout::Sentrons& costs = layout_.sentrons;
      resume_at_ = now + std::max(1U, sentron.started ? costs.switch_cycles : costs.spawn_cycles);
      sentron.started = true;
      return FetchStatus::FrontEnd;
    }
    return others || present_waits ? FetchStatus::MessageWait : FetchStatus::Drained;
  }
  if (present_waits) return FetchStatus::MessageWait;
  others =
      std::any_of(sentrons_.begin(), sentrons_.end(), [this](std::uint32_t s) { return !machine_.sentron(s).ended; });
  return others ? FetchStatus::FrontEnd : FetchStatus::Drained;
}

isa::Fault SiwSource::fault_of(const isa::Siw& word, const SiwSentron& sentron) {
  if (const isa::Fault fault = reference::step_fault_of(word, sentron.fetched); fault != isa::Fault::None) return fault;
  const isa::Op op = op_of(word.s);
  if (op == isa::Op::SSCATTR || op == isa::Op::SALLOC) {
    const isa::Coordinate at = isa::memory_address(word.s, word, sentron.fetched).value();
    if (machine_.fetched_memory().translate(at) == nullptr) return isa::Fault::OutOfMemory;
  }
  return reference::route_fault_of(word, sentron.fetched, machine_.sentrons());
}

void SiwSource::execute(SiwSentron& sentron) {
  const std::uint32_t index = sentron.word;
  const isa::Siw& word = sentron.stream->source->words[index];
  word_.word = &word;
  word_.index = index;
  if (const isa::Fault fault = fault_of(word, sentron); fault != isa::Fault::None) {
    sentron.fault = fault;
    sentron.fault_word = index;
    sentron.ended = true;
    word_.fault = fault;
    return;
  }
  ++words_fetched_;
  const CrackedWord& cracked = sentron.stream->words[index];
  word_.steps = true;
  word_.ends = &sentron.stream->ends[index];
  std::uint32_t& fetches =
      fetches_[static_cast<std::size_t>(sentron.stream->source - machine_.program().streams.data())][index];
  word_.iteration = fetches;
  if (fetches != std::numeric_limits<std::uint32_t>::max()) ++fetches;
  if (!cracked.uops.empty()) {
    Record& record = new_record(sentron, word);
    const reference::Coordination& c = record.effects.coordination;
    if (c.waits_for_group()) {  // arrives; the rest of the word happens at the release
      sentron.waits_for_group = true;
      sentron.released = false;
      sentron.asked = c;
      sentron.asked_word = index;
      hand_out(cracked, first_of_c(cracked), cracked.uops.size());
    } else {
      carry_out(sentron, record.effects);
      hand_out(cracked, 0, cracked.uops.size());
    }
  }
  advance(sentron);
}

std::size_t SiwSource::first_of_c(const CrackedWord& cracked) {
  std::size_t first = 0;
  while (first < cracked.uops.size() && cracked.uops[first].info.pipe != isa::Pipe::C) ++first;
  return first;
}

SiwSource::Record& SiwSource::new_record(const SiwSentron& sentron, const isa::Siw& word) {
  Record& record = records_[next_record_++ & (records_.size() - 1)];
  record.sentron = sentron.number;
  record.effects = reference::evaluate(word, sentron.fetched, reader_);
  return record;
}

void SiwSource::hand_out(const CrackedWord& cracked, std::size_t begin, std::size_t end) {
  if (begin == end) return;
  word_.cracked = &cracked;
  word_.begin = begin;
  word_.end = end;
}

// The word's effects as fetch sees them.
void SiwSource::carry_out(SiwSentron& sentron, reference::WordEffects& effects) {
  const reference::Coordination& c = effects.coordination;
  if (c.action == CoordinationAction::Receive) {
    Channel& channel = machine_.channel(c.peer, sentron.number);
    effects.message = channel.unread.front().message;
    channel.unread.pop_front();
  }
  if (c.action == CoordinationAction::Send) ++machine_.channel(sentron.number, c.peer).outstanding;
  reference::apply(effects, sentron.fetched);
  const reference::MemoryEffect& memory = effects.memory;
  if (memory.action == MemoryAction::None) return;
  word_.translation_delay = translate(sentron, memory);
  if (memory.action == MemoryAction::Store) {
    store_into(*machine_.fetched_memory().write(memory.at), memory);
  } else if (memory.action == MemoryAction::Free) {
    machine_.fetched_memory().free_cell(memory.at);
  }
}

// Address of the access, and the cycles that its translation costs.
unsigned SiwSource::translate(SiwSentron& sentron, const reference::MemoryEffect& effect) {
  const phext::PlacedCell placed = machine_.fetched_memory().place(effect.at);
  const unsigned lanes = effect.lanes == 0 ? 0xFFU : effect.lanes;
  word_.address = machine_.address_of(placed) + 8U * static_cast<unsigned>(std::countr_zero(lanes));
  word_.bytes = static_cast<std::uint8_t>(8 * std::popcount(lanes));
  word_.page = placed.page;
  const bool hit = translation_.access(placed.page, sentron.previous_access, effect.at);
  sentron.previous_access = effect.at;
  prefetch_page(sentron, effect.at);
  return hit ? arrivals_.wait_for(placed.page, now_) : layout_.translation.miss_latency;
}

// Looks up, ahead of time, the page that the sentron is on its way to.
void SiwSource::prefetch_page(SiwSentron& sentron, const isa::Coordinate& at) {
  const auto ahead = sentron.pages.observe(at);
  if (!ahead) return;
  const phext::PageKey page = machine_.fetched_memory().place(*ahead).page;
  if (translation_.insert(page)) arrivals_.expect(page, now_ + layout_.translation.miss_latency);
}

void SiwSource::advance(SiwSentron& sentron) {
  for (const LoopEnd& end : sentron.stream->ends[sentron.word]) {
    std::uint64_t& remaining = sentron.remaining[end.loop];
    if (--remaining != 0) {
      sentron.word = end.first;
      return;
    }
    remaining = end.count;
  }
  ++sentron.word;
}

void SiwSource::retire(Cycle now, std::uint32_t payload, const fabric::Packet* packet) {
  const Record& record = records_[payload / kPayloadSlots];
  const reference::WordEffects& effects = record.effects;
  isa::Registers& registers = machine_.sentron(record.sentron).retired;
  const auto pipe = static_cast<isa::Pipe>(payload % kPayloadSlots);
  switch (pipe) {
    case isa::Pipe::D:
      if (effects.d_int) registers.r[effects.d_int->index] = effects.d_int->value;
      if (effects.d_vector) registers.v[effects.d_vector->index] = effects.d_vector->value;
      if (effects.cmp) registers.cmp = *effects.cmp;
      break;
    case isa::Pipe::S: retire_sparse(record); break;
    case isa::Pipe::C: retire_coordination(record, now, packet); break;
  }
  const bool is_arrival = pipe == isa::Pipe::C && effects.coordination.waits_for_group();
  if (!is_arrival) writes_.tell(now, record.sentron, effects, pipe);
}

void SiwSource::retire_sparse(const Record& record) {
  const reference::WordEffects& effects = record.effects;
  isa::Registers& registers = machine_.sentron(record.sentron).retired;
  if (effects.s_int) registers.r[effects.s_int->index] = effects.s_int->value;
  if (effects.s_vector) registers.v[effects.s_vector->index] = effects.s_vector->value;
  if (effects.s_coordinate) registers.p[effects.s_coordinate->index] = effects.s_coordinate->value;
  const reference::MemoryEffect& memory = effects.memory;
  if (memory.action == MemoryAction::Store) {
    store_into(*machine_.retired_memory().write(memory.at), memory);
  } else if (memory.action == MemoryAction::Free) {
    machine_.retired_memory().free_cell(memory.at);
  }
}

void SiwSource::retire_coordination(const Record& record, Cycle now, const fabric::Packet* packet) {
  const reference::WordEffects& effects = record.effects;
  const reference::Coordination& c = effects.coordination;
  if (const auto executed = fabric::packet_of(record.sentron, effects)) {
    Cycle delay = 0;
    fabric_.transport(packet != nullptr ? *packet : *executed, now, delay);
  }
  if (c.action == CoordinationAction::Send || c.waits_for_group()) return;
  reference::WordEffects own;
  own.coordination = c;
  own.message = effects.message;
  reference::apply(own, machine_.sentron(record.sentron).retired);
}

// The group is complete: the D and S operations of the word happen now, and what the group gave becomes visible to
// fetch and architectural.
void SiwSource::finish_group(SiwSentron& sentron, Cycle now) {
  sentron.waits_for_group = false;
  sentron.released = false;
  const isa::Siw& word = sentron.stream->source->words[sentron.asked_word];
  const CrackedWord& cracked = sentron.stream->words[sentron.asked_word];
  word_.word = &word;
  if (const std::size_t end = first_of_c(cracked); end != 0) {
    reference::WordEffects& effects = new_record(sentron, word).effects;
    effects.coordination = {};
    carry_out(sentron, effects);
    hand_out(cracked, 0, end);
  }
  given_ = {};
  given_.coordination = sentron.asked;
  given_.message = sentron.release.message;
  given_.r = sentron.release.r;
  given_.v = sentron.release.v;
  word_.given = &given_;
  reference::apply(given_, sentron.fetched);
  reference::apply(given_, sentron.retired);
  writes_.tell(now, sentron.number, given_, isa::Pipe::C);
}

void SiwSource::transport(const fabric::Packet& packet, Cycle now, Cycle& delay) {
  SiwSentron& sentron = machine_.sentron(packet.to);
  switch (packet.kind) {
    case fabric::PacketKind::Message:
      machine_.channel(packet.from, packet.to).unread.push_back({packet.message, now + delay});
      break;
    case fabric::PacketKind::Credit: machine_.channel(packet.to, packet.from).credits.push_back(now + delay); break;
    case fabric::PacketKind::Release:
      sentron.released = true;
      sentron.release_at = now + delay;
      sentron.release = packet;
      break;
    case fabric::PacketKind::Arrival: break;  // met at the fabric
  }
}

}  // namespace vtpu::core
