// What the SIW sources of all cores share: the program, the sentrons' registers as fetch sees them and as retirement
// left them, and both views of memory. Words are executed at fetch; only what retires reaches the architectural side.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/siw_cracker.hpp"
#include "core/uop_source.hpp"
#include "core/word_source.hpp"
#include "fabric/packet.hpp"
#include "isa/program.hpp"
#include "phext/page_prefetcher.hpp"
#include "phext/page_table.hpp"
#include "phext/translation_cache.hpp"
#include "reference/deadlock.hpp"
#include "reference/word_executor.hpp"

namespace vtpu::core {

// A stream, cracked.
struct CrackedStream {
  const isa::Stream* source = nullptr;
  std::vector<CrackedWord> words;
  std::vector<std::vector<LoopEnd>> ends;  // by word: the loops that end there, inner first
};

// One direction between two sentrons.
struct Channel {
  struct Arrived {
    isa::Message message;
    events::Cycle readable = 0;
  };
  std::deque<Arrived> unread;
  std::deque<events::Cycle> credits;  // on their way back, ascending
  std::uint64_t outstanding = 0;      // sent or about to be, credit not back
};

struct SiwSentron {
  std::uint32_t number = 0;
  const CrackedStream* stream = nullptr;
  isa::Registers fetched;  // as the next word sees them
  isa::Registers retired;  // architectural
  [[nodiscard]] bool is_done() const { return ended || (!waits_for_group && word >= stream->source->words.size()); }
  std::uint32_t word = 0;                // next
  std::vector<std::uint64_t> remaining;  // by loop of the stream
  bool started = false;
  bool ended = false;  // no word left to fetch
  isa::Fault fault = isa::Fault::None;
  std::uint32_t fault_word = 0;
  std::optional<isa::Coordinate> previous_access;
  phext::PagePrefetcher pages{0};
  // Waiting for a group: set at fetch of the word, until the release.
  bool waits_for_group = false;
  reference::Coordination asked;
  std::uint32_t asked_word = 0;
  bool released = false;
  events::Cycle release_at = 0;
  fabric::Packet release;
};

class SiwMachine {
 public:
  // Precondition: the program is valid. Throws std::length_error where its memory needs more pages than there are.
  SiwMachine(const isa::Program& program, const layout::Layout& layout, phext::PlacementPolicy placement);

  [[nodiscard]] const isa::Program& program() const { return program_; }
  [[nodiscard]] SiwSentron& sentron(std::uint32_t number) { return sentrons_[number]; }
  [[nodiscard]] std::uint32_t sentrons() const { return static_cast<std::uint32_t>(sentrons_.size()); }
  [[nodiscard]] Channel& channel(std::uint32_t from, std::uint32_t to);
  [[nodiscard]] phext::PhextMemory& fetched_memory() { return fetched_memory_; }
  [[nodiscard]] phext::PhextMemory& retired_memory() { return retired_memory_; }
  // The address by which caches know a cell: pages are numbered in the order of their first access.
  [[nodiscard]] std::uint64_t address_of(const phext::PlacedCell& placed);

  [[nodiscard]] isa::MachineState state() const;
  // Every sentron that waits, for reference::explain_deadlock.
  [[nodiscard]] std::vector<reference::Wait> waits();

 private:
  struct PageHash {
    std::size_t operator()(const phext::PageKey& key) const {
      return static_cast<std::size_t>((key.lo ^ key.hi * 0x9E3779B97F4A7C15ULL) * 0xD6E8FEB86659FD93ULL >> 8U);
    }
  };
  [[nodiscard]] CrackedStream crack(const isa::Stream& stream, const layout::Layout& layout) const;

  const isa::Program& program_;
  std::vector<CrackedStream> streams_;
  std::vector<SiwSentron> sentrons_;
  phext::PhextMemory fetched_memory_;
  phext::PhextMemory retired_memory_;
  std::unordered_map<std::uint64_t, Channel> channels_;
  std::unordered_map<phext::PageKey, std::uint64_t, PageHash> pages_;
  phext::PageKey last_page_;
  std::uint64_t last_number_ = ~0ULL;
};

}  // namespace vtpu::core
