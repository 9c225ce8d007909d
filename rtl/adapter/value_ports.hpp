// The ports of the RTL core through which values pass: registers of the sentron that comes to the core, messages and
// what groups give, cells that loads read, and what operations write when they retire, which is checked here.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <vector>

#include "core/word_source.hpp"
#include "rtl/adapter/core_config.hpp"
#include "rtl/adapter/retired_values.hpp"

class Vsentron_core;  // NOLINT(readability-identifier-naming): as Verilator names it

namespace vtpu::rtl {

class ValuePorts {
 public:
  // places: how many uops may be known at once, a power of two.
  ValuePorts(Vsentron_core& model, const core::WordSource& words, std::size_t places);

  // Word number `place` of the cycle goes in; its first uop has the number `first`.
  void give(const core::FetchedWord& word, unsigned place, std::uint64_t first);
  // When the cycle's words have been given: what is wrong with those that the RTL asked for.
  [[nodiscard]] std::optional<ValueDifference> check_words();
  // The uop starts on the port: the cell that it names comes out, the cell that it loads goes in.
  void start(unsigned port, std::uint64_t sequence);
  // Uop number `place` of those that retire in this cycle. At the end of an operation: what it told the fabric, and
  // what is wrong with its values.
  struct Retirement {
    std::optional<fabric::Packet> packet;
    std::optional<ValueDifference> wrong;
  };
  [[nodiscard]] Retirement retire(unsigned place, std::uint64_t sequence, const events::UopInfo& uop);
  // After the clock.
  void end_cycle();
  // Then: what is wrong with the fault that the RTL raises, or does not raise.
  [[nodiscard]] std::optional<ValueDifference> check_fault();

 private:
  struct Known {  // of a uop between fetch and retirement
    const reference::WordEffects* effects = nullptr;
    std::optional<isa::Coordinate> access;
    bool forwarded = false;  // a load that took the data of a store
  };
  [[nodiscard]] Known& known(std::uint64_t sequence) { return known_[sequence & (known_.size() - 1)]; }
  struct Sentron {
    Context registers{};  // as the RTL wrote them
    std::uint32_t index = 0;
    std::array<std::uint64_t, kMaxLoops> passed{};
  };
  void bring(std::uint32_t sentron);
  void give_loops(const core::FetchedWord& word, unsigned place);
  void give_of_group(const core::FetchedWord& word, unsigned place);
  [[nodiscard]] std::optional<fabric::Packet> take_packet();
  void put(unsigned name, const isa::Vector& value) { current_->second.registers[name] = value; }

  Vsentron_core& model_;
  const core::WordSource& words_;
  std::vector<Known> known_;
  std::map<std::uint32_t, Sentron> sentrons_;
  std::map<std::uint32_t, Sentron>::iterator current_ = sentrons_.end();
  std::array<std::optional<std::uint32_t>, kMaxWords> given_words_{};  // of this cycle: words that step
  struct Faulting {
    std::uint32_t sentron = 0, word = 0;
    isa::Fault fault = isa::Fault::None;
  };
  std::optional<Faulting> faulting_;  // until the RTL has raised the fault
  RetiredOperation retired_;          // of the operation that retires, until its last uop does
};

}  // namespace vtpu::rtl
