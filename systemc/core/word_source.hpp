// The seam in front of a core that executes words itself: where its words come from. Both models of the core, SystemC
// and RTL, take words through it.
#pragma once

#include "core/siw_cracker.hpp"
#include "core/uop_source.hpp"
#include "fabric/packet.hpp"
#include "phext/placement.hpp"
#include "reference/word_executor.hpp"

namespace vtpu::core {

inline constexpr unsigned kPayloadSlots = 4;  // payload: record * kPayloadSlots + pipe

// A loop that ends at a word.
struct LoopEnd {
  std::uint32_t loop = 0;  // index in the stream's loops
  std::uint32_t first = 0;
  std::uint64_t count = 1;
  std::uint32_t depth = 1;  // loops around its words, itself included
};

// A word, or the part of it that goes out now, as it was executed at fetch.
struct FetchedWord {
  const isa::Siw* word = nullptr;
  const CrackedWord* cracked = nullptr;
  std::size_t begin = 0, end = 0;       // of its uops; none for a word of NOPs and for one that faulted
  isa::Fault fault = isa::Fault::None;  // then it had no effect: what was idle before stays so
  bool new_context = false;             // first word of an other sentron
  std::uint8_t bytes = 0;               // that the S operation accesses; 0: none
  std::uint32_t sentron = 0;
  std::uint32_t iteration = 0;
  std::uint32_t translation_delay = 0;
  std::uint64_t address = 0;
  phext::PageKey page;      // of the access
  bool steps = false;       // the next word of the program; otherwise the rest of one that waited, or a faulting one
  std::uint32_t index = 0;  // of a word that steps, in its stream
  const std::vector<LoopEnd>* ends = nullptr;  // the loops that end there
  std::uint64_t record = 0;                    // the source's handle on its values
  // What it does, until its last uop has retired; of a word that waited for its group, what the group gave, until the
  // next word that did.
  const reference::WordEffects* effects = nullptr;
  const reference::WordEffects* given = nullptr;
};

// What the uop next in the word is: as cracked, with what this execution adds.
[[nodiscard]] SourceUop uop_of(const FetchedWord& word, std::size_t index, const layout::Layout& layout);

class WordSource {
 public:
  virtual ~WordSource() = default;
  // A core asks in cycle `now` until its width is used up or it is told something else than Uop, which stands for a
  // word. `idle`: nothing that was fetched is still in flight.
  virtual FetchStatus next_word(events::Cycle now, bool idle, FetchedWord& out) = 0;
  // The uop with this payload retires: its values become architectural. A core with values of its own says what it
  // tells the fabric with it; nullptr: what the word as executed says.
  virtual void retire(events::Cycle now, std::uint32_t payload, const fabric::Packet* packet) = 0;
  // True when no word will ever come unless another core does something first.
  [[nodiscard]] virtual bool finished() const = 0;
  // How many sentrons there are.
  [[nodiscard]] virtual std::uint32_t sentrons() const = 0;
  // The registers with which the sentron begins.
  [[nodiscard]] virtual const isa::Registers& initial_registers(std::uint32_t sentron) const = 0;
};

// Words that the threads of a core have fetched in a cycle: they share the width.
class FetchWidth {
 public:
  explicit FetchWidth(unsigned words_per_cycle) : words_per_cycle_(words_per_cycle) {}
  [[nodiscard]] bool left(events::Cycle now) const { return cycle_ != now || words_ < words_per_cycle_; }
  void take(events::Cycle now) {
    words_ = cycle_ == now ? words_ + 1 : 1;
    cycle_ = now;
  }

 private:
  unsigned words_per_cycle_;
  unsigned words_ = 0;
  events::Cycle cycle_ = ~events::Cycle{0};
};

// The uops of the words, one by one.
class WordUops final : public UopSource {
 public:
  WordUops(WordSource& words, const layout::Layout& layout, FetchWidth& width)
      : words_(words), layout_(layout), width_(width) {}

  FetchStatus next(events::Cycle now, bool idle, SourceUop& out) override;
  void retire(events::Cycle now, const SourceUop& uop) override;
  [[nodiscard]] bool finished() const override { return next_ == word_.end && words_.finished(); }

 private:
  WordSource& words_;
  const layout::Layout& layout_;
  FetchWidth& width_;  // of the core
  FetchedWord word_;
  std::size_t next_ = 0;
  events::Cycle cycle_ = ~events::Cycle{0};  // in which the word in hand counts
};

}  // namespace vtpu::core
