// Architectural state: what the engines must agree on, bit for bit.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "isa/coordinate.hpp"

namespace vtpu::isa {

inline constexpr int kIntRegisters = 16;
inline constexpr int kVectorRegisters = 16;
inline constexpr int kCoordinateRegisters = 8;
inline constexpr int kMessageRegisters = 4;

struct alignas(64) Vector {
  std::array<std::uint64_t, 8> lane{};  // 64-bit lanes, 0 lowest; element i of type t starts at bit i * width(t)
  friend bool operator==(const Vector&, const Vector&) = default;
};
using Cell = Vector;  // one 64-byte cell of phext memory

struct alignas(32) Message {
  std::array<std::uint64_t, 4> lane{};
  friend bool operator==(const Message&, const Message&) = default;
};

inline constexpr std::int32_t kNoSentron = -1;

// Registers of one sentron. route/listen hold a sentron number or kNoSentron.
struct Registers {
  std::array<std::uint64_t, kIntRegisters> r{};
  std::array<Vector, kVectorRegisters> v{};
  std::array<Coordinate, kCoordinateRegisters> p{};
  std::array<Message, kMessageRegisters> m{};
  std::array<std::int32_t, kMessageRegisters> route{kNoSentron, kNoSentron, kNoSentron, kNoSentron};
  std::array<std::int32_t, kMessageRegisters> listen{kNoSentron, kNoSentron, kNoSentron, kNoSentron};
  std::uint16_t cmp = 0;  // sr.cmp: lane mask of the last DCMP
  friend bool operator==(const Registers&, const Registers&) = default;
};

enum class Lifecycle : std::uint8_t { Dormant, Running, Waiting, Retired, Faulted };
[[nodiscard]] const char* name_of(Lifecycle l);

// Why a sentron stopped before its end (sr.error). The faulting word has no effect; all words before it have theirs.
enum class Fault : std::uint8_t {
  None,
  StepOutOfRange,  // a coordinate would leave 0..2047 in a dimension
  NoRoute,         // csend or crecv through a route that was never set
  BadSentron,      // croute or clisten to a number that no sentron has
  OutOfMemory,     // the page limit of phext memory is reached
};
[[nodiscard]] const char* name_of(Fault f);

struct SentronState {
  Registers registers;
  Lifecycle lifecycle = Lifecycle::Dormant;
  Fault fault = Fault::None;
  std::uint32_t fault_word = 0;  // index in its stream, when fault is set
  friend bool operator==(const SentronState&, const SentronState&) = default;
};

struct MachineState {
  std::vector<SentronState> sentrons;
  std::map<Coordinate, Cell> memory;  // every cell that is not all zero
  friend bool operator==(const MachineState&, const MachineState&) = default;
};

// 64-bit digest of the whole state, equal on all engines and hosts (XXH3 over a fixed serialisation).
[[nodiscard]] std::uint64_t digest(const MachineState& state);
[[nodiscard]] std::uint64_t digest(const SentronState& state);

// The first differences, as plain sentences: "sentron 3 r5: reference 42, native 41". Empty when equal.
[[nodiscard]] std::vector<std::string> differences(const MachineState& a, const std::string& name_a,
                                                   const MachineState& b, const std::string& name_b,
                                                   std::size_t limit = 16);

}  // namespace vtpu::isa
