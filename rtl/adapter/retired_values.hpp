// What an operation wrote, stored or sent, as the RTL computed it, against what the executed word says.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "fabric/packet.hpp"
#include "isa/siw.hpp"
#include "reference/word_executor.hpp"

namespace vtpu::rtl {

// From the RTL, at the retirement of an operation. Registers as uops name them (isa::RegisterId).
struct RetiredOperation {
  std::optional<isa::RegisterId> result;   // register written with `value`
  std::optional<isa::RegisterId> stepped;  // coordinate register written with `second`
  isa::Vector value;                       // result; of stores, the lanes that are stored
  isa::Coordinate second;                  // post-incremented coordinate
  std::optional<isa::Coordinate> access;   // cell that the operation named
  bool forwarded = false;                  // it loaded from the store queue
  std::optional<fabric::Packet> packet;    // what it told the fabric
};

struct ValueDifference {
  std::string unit;           // of rtl/ and systemc/core
  std::string expected, rtl;  // sentences
};

// The first difference between the two.
[[nodiscard]] std::optional<ValueDifference> difference_of(const RetiredOperation& retired, isa::Pipe pipe,
                                                           const reference::WordEffects& effects);

// The register file as the RTL names it: register_t of core_pkg.sv.
[[nodiscard]] isa::RegisterId register_of(unsigned name);
inline constexpr unsigned kRegisters = 128;
// The registers of a sentron as values of the RTL, by register_t; those that no register has are zero.
using Context = std::array<isa::Vector, kRegisters>;
[[nodiscard]] Context context_of(const isa::Registers& registers);

}  // namespace vtpu::rtl
