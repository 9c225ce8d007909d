#include "core/siw_machine.hpp"

#include <algorithm>
#include <stdexcept>

namespace vtpu::core {

SiwMachine::SiwMachine(const isa::Program& program, const layout::Layout& layout, phext::PlacementPolicy placement)
    : program_(program), fetched_memory_(placement), retired_memory_(placement) {
  for (const isa::Stream& stream : program.streams) streams_.push_back(crack(stream, layout));
  if (!fetched_memory_.load(program.memory) || !retired_memory_.load(program.memory)) {
    throw std::length_error("the program's initial memory needs more pages than there are");
  }
  sentrons_.resize(program.sentrons.size());
  for (std::uint32_t s = 0; s < sentrons_.size(); ++s) {
    SiwSentron& sentron = sentrons_[s];
    const isa::SentronSpec& spec = program.sentrons[s];
    sentron.number = s;
    sentron.stream = &streams_[spec.stream];
    sentron.fetched = spec.initial;
    sentron.retired = spec.initial;
    sentron.pages = phext::PagePrefetcher(layout.translation.prefetch_steps);
    for (const isa::Loop& loop : sentron.stream->source->loops) sentron.remaining.push_back(loop.count);
  }
}

CrackedStream SiwMachine::crack(const isa::Stream& stream, const layout::Layout& layout) const {
  CrackedStream cracked;
  cracked.source = &stream;
  for (std::uint32_t w = 0; w < stream.words.size(); ++w)
    cracked.words.push_back(crack_word(stream.words[w], w, layout));
  cracked.ends.resize(stream.words.size());
  std::vector<std::uint32_t> depths;  // by loop
  std::vector<const isa::Loop*> around;
  for (const isa::Loop& loop : stream.loops) {
    while (!around.empty() && around.back()->last < loop.first) around.pop_back();
    around.push_back(&loop);
    depths.push_back(static_cast<std::uint32_t>(around.size()));
  }
  // Loops are listed outer before inner: from the back, inner come first.
  for (auto l = static_cast<std::uint32_t>(stream.loops.size()); l-- > 0;) {
    const isa::Loop& loop = stream.loops[l];
    cracked.ends[loop.last].push_back({l, loop.first, loop.count, depths[l]});
  }
  for (std::vector<LoopEnd>& ends : cracked.ends) {
    std::stable_sort(ends.begin(), ends.end(), [](const LoopEnd& a, const LoopEnd& b) { return a.first > b.first; });
  }
  return cracked;
}

Channel& SiwMachine::channel(std::uint32_t from, std::uint32_t to) {
  return channels_[static_cast<std::uint64_t>(from) << 32U | to];
}

std::uint64_t SiwMachine::address_of(const phext::PlacedCell& placed) {
  if (last_number_ == ~0ULL || !(placed.page == last_page_)) {
    last_number_ = pages_.try_emplace(placed.page, pages_.size()).first->second;
    last_page_ = placed.page;
  }
  return last_number_ * phext::kPageBytes + placed.cell * sizeof(isa::Cell);
}

isa::MachineState SiwMachine::state() const {
  isa::MachineState state;
  for (const SiwSentron& s : sentrons_) {
    isa::SentronState out;
    out.registers = s.retired;
    out.fault = s.fault;
    out.fault_word = s.fault_word;
    if (s.fault != isa::Fault::None) {
      out.lifecycle = isa::Lifecycle::Faulted;
    } else if (s.is_done()) {
      out.lifecycle = isa::Lifecycle::Retired;
    } else {
      out.lifecycle = isa::Lifecycle::Waiting;
    }
    state.sentrons.push_back(out);
  }
  state.memory = retired_memory_.nonzero_cells();
  return state;
}

std::vector<reference::Wait> SiwMachine::waits() {
  std::vector<reference::Wait> waits;
  for (SiwSentron& s : sentrons_) {
    if (s.is_done()) continue;
    reference::Wait wait;
    wait.sentron = s.number;
    if (s.waits_for_group) {
      wait.word = s.asked_word;
      wait.kind = reference::WaitKind::Group;
      wait.group = s.asked.group;
    } else {
      const isa::Siw& word = s.stream->source->words[s.word];
      const reference::Coordination c = reference::coordination_of(word, s.fetched);
      wait.word = s.word;
      wait.kind =
          c.action == reference::CoordinationAction::Send ? reference::WaitKind::Room : reference::WaitKind::Message;
      wait.peer = c.peer;
    }
    waits.push_back(wait);
  }
  return waits;
}

}  // namespace vtpu::core
