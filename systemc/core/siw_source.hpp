// The uop source of a core that executes SIWs itself: one thread's sentrons, one at a time. Executes each word when it
// is fetched, and lets its values become architectural operation by operation as they retire.
#pragma once

#include <array>
#include <vector>

#include "core/page_arrivals.hpp"
#include "core/register_writes.hpp"
#include "core/siw_machine.hpp"
#include "core/word_source.hpp"

namespace vtpu::core {

class SiwSource final : public WordSource, public fabric::PacketTarget {
 public:
  // sentrons: those of this thread, in order. in_flight: how many uops may be in flight at once, at most.
  SiwSource(SiwMachine& machine, const layout::Layout& layout, phext::TranslationCache& translation,
            fabric::PacketTarget& fabric, std::vector<std::uint32_t> sentrons, std::size_t in_flight);

  // What becomes architectural is told to these.
  void listen(std::uint32_t core, std::vector<events::Listener*> listeners) {
    writes_.listen(core, std::move(listeners));
  }
  FetchStatus next_word(events::Cycle now, bool idle, FetchedWord& out) override;
  void retire(events::Cycle now, std::uint32_t payload, const fabric::Packet* packet) override;
  [[nodiscard]] bool finished() const override;
  [[nodiscard]] std::uint32_t sentrons() const override { return machine_.sentrons(); }
  [[nodiscard]] const isa::Registers& initial_registers(std::uint32_t sentron) const override {
    return machine_.program().sentrons[sentron].initial;
  }

  // A packet for a sentron of this thread: its effect is there at now + delay.
  void transport(const fabric::Packet& packet, events::Cycle now, events::Cycle& delay) override;

  [[nodiscard]] std::uint64_t words() const { return words_fetched_; }
  [[nodiscard]] std::uint64_t switches() const { return switches_; }

 private:
  struct Record {  // one executed word
    std::uint32_t sentron = 0;
    reference::WordEffects effects;
  };
  struct Reader final : reference::CellReader {
    explicit Reader(phext::PhextMemory& memory_in) : memory(memory_in) {}
    const isa::Cell& read(const isa::Coordinate& at) override { return memory.read(at); }
    phext::PhextMemory& memory;
  };
  enum class Ability : std::uint8_t { Runs, Waits, Ended };

  [[nodiscard]] Ability ability(SiwSentron& sentron, events::Cycle now);
  // The sentron will never go on by itself: nothing that it waits for is on its way.
  [[nodiscard]] bool stuck(const SiwSentron& sentron) const;
  FetchStatus switch_sentron(events::Cycle now, bool idle);
  // Executes the next word of the sentron.
  void execute(SiwSentron& sentron);
  // Position of the first uop of the C operation.
  [[nodiscard]] static std::size_t first_of_c(const CrackedWord& cracked);
  Record& new_record(const SiwSentron& sentron, const isa::Siw& word);
  // The uops begin..end-1 of the word go out next.
  void hand_out(const CrackedWord& cracked, std::size_t begin, std::size_t end);
  [[nodiscard]] isa::Fault fault_of(const isa::Siw& word, const SiwSentron& sentron);
  void carry_out(SiwSentron& sentron, reference::WordEffects& effects);
  unsigned translate(SiwSentron& sentron, const reference::MemoryEffect& effect);
  void prefetch_page(SiwSentron& sentron, const isa::Coordinate& at);
  void advance(SiwSentron& sentron);
  void retire_sparse(const Record& record);
  void retire_coordination(const Record& record, events::Cycle now, const fabric::Packet* packet);
  void finish_group(SiwSentron& sentron, events::Cycle now);

  SiwMachine& machine_;
  const layout::Layout& layout_;
  phext::TranslationCache& translation_;
  PageArrivals arrivals_;
  events::Cycle now_ = 0;  // of the fetch that is under way
  fabric::PacketTarget& fabric_;
  std::vector<std::uint32_t> sentrons_;
  Reader reader_;
  RegisterWrites writes_;
  std::vector<Record> records_;  // a ring
  std::uint64_t next_record_ = 0;
  std::size_t current_ = 0;
  bool new_context_ = true;
  events::Cycle resume_at_;
  FetchedWord word_;                                 // in hand
  reference::WordEffects given_;                     // by the latest group
  std::vector<std::vector<std::uint32_t>> fetches_;  // by stream and word
  std::uint64_t words_fetched_ = 0;
  std::uint64_t switches_ = 0;
};

}  // namespace vtpu::core
