// One random word: the slots that the plan asks for stay, the empty ones are filled within the rules of a sentron's
// region, so that no program races and a plain one never faults.
#pragma once

#include <array>
#include <vector>

#include "isa/siw.hpp"
#include "isa/state.hpp"
#include "testbench/random.hpp"

namespace vtpu::testbench {

// Where the sentrons of a program may read and write. Coordinates of different regions differ in `dimension`, along
// which nobody steps.
struct Regions {
  int dimension = 0;
  std::uint32_t read_only = 0;                    // position of the region that all read
  std::uint32_t first_owned = 0;                  // position of sentron 0's region; sentron i has first_owned + i
  isa::Dimensions base{};                         // the other dimensions of all coordinates lie near these ...
  std::array<int, isa::kDimensions> direction{};  // ... and are stepped this way (1 or -1)
};
[[nodiscard]] isa::Coordinate random_coordinate(Random& random, const Regions& regions, std::uint32_t position);

enum class Flavor : std::uint8_t { Any, Integer, Float };

// p registers 0..kOwnedP-1 point into the sentron's own region, the others into it or the read-only one.
inline constexpr unsigned kOwnedP = 4;

// What a stream's words must respect.
struct WordRules {
  const Regions* regions = nullptr;
  std::uint32_t sentron = 0;
  bool shared_stream = false;  // run by several sentrons: words name no owned coordinate
  bool reckless = false;       // may step over edges, use any route, send without one
  Flavor flavor = Flavor::Any;
  std::uint32_t sentrons = 1;
  std::array<double, 3> density{0.8, 0.6, 0.3};  // share of filled D, S and C slots
  double memory = 0;                             // as in RandomProgramOptions
  double stores = 0;
  double steps = 0.6;
  double moves = 0;
  unsigned coordinates = isa::kCoordinateRegisters;
  std::array<double, isa::kDimensions> drift{};  // steps that all iterations together may have taken so far
  double iterations = 1;                         // of the loops around the word
};

// Fills the NOP slots of `word`; registers in `reserved` are not written.
void fill_word(Random& random, WordRules& rules, isa::Siw& word, const std::vector<isa::RegisterId>& reserved);

[[nodiscard]] isa::Slot make_slot(isa::Op op, unsigned form, isa::Type type, std::array<std::uint8_t, 4> f = {},
                                  std::uint16_t lit = 0);

}  // namespace vtpu::testbench
