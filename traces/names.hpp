// Numbers for texts: what waveforms carry in place of "D dadd.i64" or "queue full", and the file by which GTKWave turns
// the numbers back into coloured texts.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "events/events.hpp"

namespace vtpu::traces {

class Names {
 public:
  static constexpr unsigned kBits = 24;

  [[nodiscard]] std::uint64_t of(const events::UopInfo& uop);
  [[nodiscard]] std::uint64_t of_conflict(const events::UopInfo& loser, const events::UopInfo& winner);
  [[nodiscard]] std::uint64_t of(events::SlotReason reason);

  // A translate filter file: a line "hexadecimal number ?colour?text" for each number that was given.
  [[nodiscard]] std::string filter() const;
  [[nodiscard]] const std::string& text_of(std::uint64_t number) const { return names_.at(number - 1).text; }

 private:
  struct Name {
    std::string text;
    std::string_view colour;  // of X11
  };
  [[nodiscard]] std::uint64_t add(std::string text, std::string_view colour);

  // Texts of uops live as long as the model and are few: their addresses are the keys.
  struct Uop {
    const char* text = nullptr;
    isa::Pipe pipe = isa::Pipe::D;
    friend bool operator==(const Uop&, const Uop&) = default;
  };
  struct UopHash {
    std::size_t operator()(const Uop& uop) const {
      return std::hash<const void*>()(uop.text) * 3 + static_cast<std::size_t>(uop.pipe);
    }
  };
  std::unordered_map<Uop, std::uint64_t, UopHash> uops_;
  std::unordered_map<std::uint64_t, std::uint64_t> conflicts_;  // key: the two uops' numbers
  std::array<std::uint64_t, static_cast<std::size_t>(events::SlotReason::Count)> reasons_{};
  std::unordered_map<std::string, std::uint64_t> texts_;
  std::vector<Name> names_;  // number 1 first
};

}  // namespace vtpu::traces
