// Which conditional branches a core mispredicts: a TAGE predictor (Seznec and Michaud, "A case for (partially) tagged
// geometric history length branch predictors", 2006) over the history of all conditional branches.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace vtpu::core {

class BranchPredictor {
 public:
  // `history` is the number of latest branches that the longest table sees, at most kMaxHistory; it is also about the
  // longest loop whose exit is learned. 0: only the branch's own bias.
  explicit BranchPredictor(unsigned history);

  // Branch number `branch` (dense) went this way: true when that was not predicted.
  bool mispredicts(std::size_t branch, bool taken);

  static constexpr unsigned kMaxHistory = 512;

 private:
  static constexpr unsigned kTables = 8;
  static constexpr unsigned kIndexBits = 12;
  struct Entry {
    std::uint32_t tag = 0;
    std::int8_t counter = 0;  // -4..3, taken when not negative
    std::uint8_t useful = 0;  // 0..3
  };
  struct Position {
    std::uint32_t index = 0, tag = 0;
  };

  [[nodiscard]] Position position(std::size_t branch, unsigned table) const;
  void allocate(unsigned above, bool taken);
  void remember(bool taken);

  std::array<unsigned, kTables> lengths_{};  // branches of history, ascending
  std::array<std::vector<Entry>, kTables> tables_;
  std::array<Position, kTables> at_{};                     // of the branch in hand
  std::vector<std::int8_t> bias_;                          // per branch, -2..1
  std::array<std::uint64_t, kMaxHistory / 64> history_{};  // bit 0 of word 0 is the latest branch
};

}  // namespace vtpu::core
