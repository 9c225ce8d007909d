// Operations taken out of their words, and words put together from operations.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "isa/siw.hpp"
#include "pack/coordinate_ranges.hpp"

namespace vtpu::pack {

// One bit per register: r0..r15, v0..v15, p0..p7, m0..m3, sr.cmp, routes, listens.
using RegisterMask = std::uint64_t;
inline constexpr unsigned kRegisters = 53;
[[nodiscard]] unsigned index_of(const isa::RegisterId& id);
[[nodiscard]] inline RegisterMask bit(unsigned index) { return RegisterMask{1} << index; }
// Calls f with the index of every register of `mask`, ascending.
template <typename F>
void each_register(RegisterMask mask, F&& f) {
  for (; mask != 0; mask &= mask - 1) f(static_cast<unsigned>(__builtin_ctzll(mask)));
}

// The registers of one file are neighbours: first index and number of them.
struct FileRange {
  unsigned first = 0;
  unsigned count = 0;
};
inline constexpr std::array<FileRange, 4> kRenamedFiles{FileRange{0, 16}, {16, 16}, {32, 8}, {40, 4}};  // r, v, p, m

enum class MemoryUse : std::uint8_t { None, Read, Write };
// What an operation has to do with other sentrons.
enum class Coupling : std::uint8_t { None, Send, Receive, Group, Fence };

// One dimension of an address: a base that is only known by its number, and an offset to it. Base 0 is zero.
struct DimensionValue {
  std::uint32_t base = 0;
  std::int32_t offset = 0;
  friend bool operator==(const DimensionValue&, const DimensionValue&) = default;
};

struct Operation {
  isa::Pipe pipe = isa::Pipe::D;
  isa::Slot slot;
  std::optional<std::uint64_t> imm;
  std::optional<isa::Coordinate> coord;
  std::uint32_t word = 0;  // of the stream that it was taken from
  RegisterMask read = 0;
  RegisterMask written = 0;
  RegisterMask stepped = 0;  // coordinate registers written by a post-increment: ready long before a loaded value
  MemoryUse memory = MemoryUse::None;
  std::uint8_t lanes = 0;  // 64-bit lanes of the cell, one bit each
  std::array<DimensionValue, isa::kDimensions> at{};
  Box box = kEverywhere;  // where the address may lie, over all iterations
  bool shared = true;     // other sentrons may touch the cell
  Coupling coupling = Coupling::None;
  bool runs_ahead = false;  // for a later iteration, and left out in the last ones, which have none
};

// The operations of words [first, end), in order; in a word D, S, C. Addresses are symbolic over this range: bases
// 1..88 are the dimensions of the coordinate registers at its start (see entry_base; registers that keep a distance
// share one where the range is a straight region), later ones unknown values.
[[nodiscard]] std::vector<Operation> operations_of(const std::vector<isa::Siw>& words, std::uint32_t first,
                                                   std::uint32_t end, const StreamRanges& ranges);
[[nodiscard]] constexpr std::uint32_t entry_base(unsigned p, unsigned dimension) {
  return 1 + p * static_cast<unsigned>(isa::kDimensions) + dimension;
}
inline constexpr std::uint32_t kFirstUnknownBase = 1 + isa::kCoordinateRegisters * isa::kDimensions;

// Which operand of `slot` is an address in coordinate register p; nothing where none is.
[[nodiscard]] std::optional<std::size_t> address_operand(const isa::Slot& slot, unsigned p);

// Another slot of the same pipe and the same shared fields in its place. The address stays: registers may differ, the
// cell does not.
void replace_slot(Operation& operation, const isa::Slot& slot);

// By how much the dimensions of the coordinate registers have grown over words [first, end): entry [p][d] is set where
// the value at the end is the one at the start plus a constant.
using CoordinateGrowth =
    std::array<std::array<std::optional<std::int32_t>, isa::kDimensions>, isa::kCoordinateRegisters>;
[[nodiscard]] CoordinateGrowth growth_over(const std::vector<isa::Siw>& words, std::uint32_t first, std::uint32_t end);

// A word in the making.
class WordInProgress {
 public:
  [[nodiscard]] bool fits(const Operation& operation) const;
  void add(const Operation& operation);  // precondition: it fits
  void remove(const Operation& operation);
  [[nodiscard]] bool empty() const { return used_ == std::array<bool, isa::kPipes>{}; }
  [[nodiscard]] bool taken(isa::Pipe pipe) const { return used_[static_cast<std::size_t>(pipe)]; }
  [[nodiscard]] const isa::Siw& word() const { return word_; }

 private:
  isa::Siw word_;
  std::array<bool, isa::kPipes> used_{};
  unsigned imm_users_ = 0;
  unsigned coord_users_ = 0;
};

}  // namespace vtpu::pack
