// The state of a reference run. Internal to this room; engine.hpp is the way in.
#pragma once

#include <deque>
#include <memory>

#include "reference/channels.hpp"
#include "reference/engine.hpp"
#include "reference/predecode.hpp"
#include "reference/word_executor.hpp"

namespace vtpu::reference {

class Machine {
 public:
  Machine(const isa::Program& program, const ReferenceOptions& options);
  RunOutcome run();

 private:
  enum class Stop : std::uint8_t { Waiting, Faulted, Retired, Limit };

  struct Stream {
    const isa::Stream* source = nullptr;
    DecodedStream decoded;
    // Executions of words as differences: a run over words a..b adds 1 at a and takes 1 at b + 1.
    std::vector<std::int64_t> executions;
  };

  struct Sentron {
    isa::SentronState* state = nullptr;
    Stream* stream = nullptr;
    phext::TranslationCache* translation_cache = nullptr;
    std::uint32_t number = 0;
    std::uint32_t op = 0;                     // micro-operation to go on with
    std::uint32_t from = 0;                   // first word that is not yet in Stream::executions
    std::vector<std::uint64_t> remaining;     // loop counters by depth
    std::optional<isa::Coordinate> previous;  // last memory access
    std::uint64_t words = 0;
    Wait wait;           // while the lifecycle is Waiting
    Coordination asked;  // while waiting for a group
    bool met = false;    // the group has met: the results below are ours
    std::uint64_t met_r = 0;
    isa::Vector met_v;
    isa::Message met_message;
  };

  // interpreter.cpp
  Stop interpret(Sentron& s);
  std::optional<Stop> step_word(Sentron& s, std::uint32_t index);  // nothing: done
  void access_translation(Sentron& s, const phext::PageKey& page, const isa::Coordinate& at);
  [[nodiscard]] const isa::Cell& load(Sentron& s, isa::Coordinate at);
  [[nodiscard]] isa::Cell* store(Sentron& s, isa::Coordinate at);  // nullptr: out of memory
  [[nodiscard]] isa::Fault word_fault(const isa::Siw& word, const isa::Registers& registers);
  void carry_out_memory(Sentron& s, const MemoryEffect& effect);

  // coordination.cpp
  [[nodiscard]] bool may_go(Sentron& s, const Coordination& c, std::uint32_t word);
  void carry_out_coordination(Sentron& s, WordEffects& effects);
  [[nodiscard]] bool send(Sentron& s, std::uint32_t peer, const isa::Message& message, std::uint32_t word);
  [[nodiscard]] bool receive(Sentron& s, std::uint32_t peer, isa::Message& message, std::uint32_t word);
  void push(Sentron& s, std::uint32_t peer, const isa::Message& message);
  [[nodiscard]] isa::Message pop(Sentron& s, std::uint32_t peer);
  bool arrive(Sentron& s, const Coordination& c);
  void meet(const std::vector<std::uint32_t>& members);
  void wait(Sentron& s, WaitKind kind, std::uint32_t peer_or_group, std::uint32_t word);
  void wake(Sentron& s);

  // engine.cpp
  [[nodiscard]] bool at_limit(std::uint64_t words);  // reports progress too
  void count_operations(RunOutcome& outcome) const;
  void find_deadlock();

  class Reader;

  const isa::Program& program_;
  const ReferenceOptions& options_;
  phext::PhextMemory memory_;
  std::vector<phext::TranslationCache> translation_caches_;
  std::vector<Stream> streams_;
  std::vector<Sentron> sentrons_;
  std::vector<std::vector<std::uint32_t>> arrived_;  // by group: members that wait there
  Channels channels_;
  std::deque<std::uint32_t> ready_;
  std::uint64_t words_ = 0;
  std::uint64_t next_check_ = 0;  // words at which at_limit() has something to do
  RunOutcome outcome_;
};

}  // namespace vtpu::reference
