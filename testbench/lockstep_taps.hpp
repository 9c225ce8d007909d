// What SystemC's core got from outside in a cycle is written down and given to the RTL core, which must ask for the
// same in the same cycle. So both see the same words and the same memory, and an odd question is found when it is
// asked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/word_source.hpp"
#include "memory/data_access.hpp"

namespace vtpu::testbench {

struct TapDifference {
  std::string unit;
  std::string recorded, played;  // sentences
};

class WordTap {
 public:
  explicit WordTap(core::WordSource& words) : recorder_(*this, words), player_(*this) {}

  [[nodiscard]] core::WordSource& recorder() { return recorder_; }
  [[nodiscard]] core::WordSource& player() { return player_; }
  void begin_cycle();
  // After both have run.
  [[nodiscard]] const TapDifference* difference();

 private:
  struct Answer {
    core::FetchStatus status = core::FetchStatus::Uop;
    bool idle = false;
    core::FetchedWord word;
  };
  class Recorder final : public core::WordSource {
   public:
    Recorder(WordTap& tap, core::WordSource& words) : tap_(tap), words_(words) {}
    core::FetchStatus next_word(events::Cycle now, bool idle, core::FetchedWord& out) override;
    void retire(events::Cycle now, std::uint32_t payload, const fabric::Packet* packet) override;
    [[nodiscard]] bool finished() const override { return words_.finished(); }
    [[nodiscard]] std::uint32_t sentrons() const override { return words_.sentrons(); }
    [[nodiscard]] const isa::Registers& initial_registers(std::uint32_t sentron) const override {
      return words_.initial_registers(sentron);
    }

   private:
    WordTap& tap_;
    core::WordSource& words_;
  };
  class Player final : public core::WordSource {
   public:
    explicit Player(WordTap& tap) : tap_(tap) {}
    core::FetchStatus next_word(events::Cycle now, bool idle, core::FetchedWord& out) override;
    void retire(events::Cycle now, std::uint32_t payload, const fabric::Packet* packet) override;
    [[nodiscard]] bool finished() const override { return tap_.recorder_.finished(); }
    [[nodiscard]] std::uint32_t sentrons() const override { return tap_.recorder_.sentrons(); }
    [[nodiscard]] const isa::Registers& initial_registers(std::uint32_t sentron) const override {
      return tap_.recorder_.initial_registers(sentron);
    }

   private:
    WordTap& tap_;
  };

  Recorder recorder_;
  Player player_;
  std::vector<Answer> answers_;  // of this cycle
  std::size_t played_ = 0;
  std::vector<std::uint32_t> retired_;
  std::size_t retired_played_ = 0;
  std::optional<TapDifference> difference_;
};

class DataTap {
 public:
  explicit DataTap(memory::DataAccess& data) : recorder_(*this, data), player_(*this) {}

  [[nodiscard]] memory::DataAccess& recorder() { return recorder_; }
  [[nodiscard]] memory::DataAccess& player() { return player_; }
  void begin_cycle();
  // After both have run.
  [[nodiscard]] const TapDifference* difference();

 private:
  enum class Kind : std::uint8_t { Load, Prefetch, Own, Commit };
  struct Request {
    Kind kind = Kind::Load;
    std::uint64_t address = 0;
    unsigned bytes = 0;
    bool vector = false;
    friend bool operator==(const Request&, const Request&) = default;
  };
  struct Answered {
    Request request;
    memory::LineAnswer answer;
    bool written = false;
  };
  [[nodiscard]] static std::string text(const Request& request);
  // The answer that SystemC's core got for the request that comes next.
  const Answered* play(const Request& request);

  class Recorder final : public memory::DataAccess {
   public:
    Recorder(DataTap& tap, memory::DataAccess& data) : tap_(tap), data_(data) {}
    memory::LineAnswer load(events::Cycle now, std::uint64_t address, unsigned bytes, bool vector,
                            std::uint64_t instruction) override;
    void prefetch(events::Cycle now, std::uint64_t address, std::uint64_t instruction) override;
    void own(events::Cycle now, std::uint64_t address, unsigned bytes) override;
    bool commit(events::Cycle now, std::uint64_t address, unsigned bytes) override;
    memory::Cycle translation_delay(std::uint64_t address, memory::Cycle now) override {
      return data_.translation_delay(address, now);
    }

   private:
    DataTap& tap_;
    memory::DataAccess& data_;
  };
  class Player final : public memory::DataAccess {
   public:
    explicit Player(DataTap& tap) : tap_(tap) {}
    memory::LineAnswer load(events::Cycle now, std::uint64_t address, unsigned bytes, bool vector,
                            std::uint64_t instruction) override;
    void prefetch(events::Cycle now, std::uint64_t address, std::uint64_t instruction) override;
    void own(events::Cycle now, std::uint64_t address, unsigned bytes) override;
    bool commit(events::Cycle now, std::uint64_t address, unsigned bytes) override;
    memory::Cycle translation_delay(std::uint64_t, memory::Cycle) override { return 0; }

   private:
    DataTap& tap_;
  };

  Recorder recorder_;
  Player player_;
  std::vector<Answered> requests_;  // of this cycle
  std::size_t played_ = 0;
  std::optional<TapDifference> difference_;
};

}  // namespace vtpu::testbench
