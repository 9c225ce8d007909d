// The 64-byte Sentron Instruction Word, as it lies in memory (little endian), and its decoded view.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "isa/coordinate.hpp"
#include "isa/op_table.hpp"

namespace vtpu::isa {

// One operation of a word, 8 bytes.
struct Slot {
  std::uint8_t op = 0;                      // Op
  std::uint8_t form_type = 0;               // form index << 4 | Type
  std::array<std::uint8_t, kOperands> f{};  // operand bytes, see OperandKind
  std::uint16_t lit = 0;                    // see LitKind

  friend bool operator==(const Slot&, const Slot&) = default;
};
static_assert(sizeof(Slot) == 8);

// Dependency flags: this word's operation reads or rewrites a register that the named operation of a preceding word
// wrote. A preceding word is the one before in the stream and, for the first word of a loop, the loop's last word.
enum DepFlag : std::uint16_t {
  kDepDD = 1U << 0,  // D after D
  kDepSS = 1U << 1,  // S after S
  kDepCC = 1U << 2,  // C after C
  kDepDS = 1U << 3,  // D after S
  kDepSD = 1U << 4,  // S after D
  kDepCD = 1U << 5,  // C after D
};
inline constexpr std::uint16_t kDepMask = 0x3F;

struct alignas(64) Siw {
  Slot d{static_cast<std::uint8_t>(Op::DNOP), 0, {}, 0};
  Slot s{static_cast<std::uint8_t>(Op::SNOP), 0, {}, 0};
  Slot c{static_cast<std::uint8_t>(Op::CNOP), 0, {}, 0};
  std::uint16_t dep_flags = 0;
  std::array<std::uint8_t, 6> reserved0{};  // zero
  std::uint64_t imm = 0;
  std::uint64_t reserved1 = 0;  // zero
  std::uint64_t coord_lo = 0;
  std::uint64_t coord_hi = 0;

  [[nodiscard]] Coordinate coord() const { return {coord_lo, coord_hi}; }
  void set_coord(const Coordinate& at) {
    coord_lo = at.lo;
    coord_hi = at.hi;
  }
  [[nodiscard]] const Slot& slot(Pipe p) const { return p == Pipe::D ? d : p == Pipe::S ? s : c; }
  [[nodiscard]] Slot& slot(Pipe p) { return p == Pipe::D ? d : p == Pipe::S ? s : c; }

  friend bool operator==(const Siw&, const Siw&) = default;
};
static_assert(sizeof(Siw) == 64 && alignof(Siw) == 64);
static_assert(offsetof(Siw, imm) == 32 && offsetof(Siw, coord_lo) == 48);

[[nodiscard]] constexpr Op op_of(const Slot& slot) { return static_cast<Op>(slot.op); }
[[nodiscard]] constexpr Type type_of(const Slot& slot) { return static_cast<Type>(slot.form_type & 0xFU); }
[[nodiscard]] constexpr unsigned form_of(const Slot& slot) { return slot.form_type >> 4U; }
[[nodiscard]] constexpr std::uint8_t make_form_type(unsigned form, Type type) {
  return static_cast<std::uint8_t>(form << 4U | static_cast<unsigned>(type));
}

// Literal fields.
struct PostInc {
  int dimension = 0;
  int step = 0;  // -2048..2047; 0 means none
};
[[nodiscard]] constexpr PostInc post_inc_of(std::uint16_t lit) {
  return {lit & 0xF, static_cast<std::int16_t>(lit) >> 4};
}
[[nodiscard]] constexpr std::uint16_t make_post_inc(PostInc p) {
  return static_cast<std::uint16_t>((static_cast<unsigned>(p.step) << 4U) | static_cast<unsigned>(p.dimension));
}
[[nodiscard]] constexpr unsigned group_of(std::uint16_t lit) { return lit & 0xFFFU; }
[[nodiscard]] constexpr RedOp group_red_of(std::uint16_t lit) { return static_cast<RedOp>(lit >> 12U); }

// Lane-coded operand bytes (MLane, VLane): register in the low nibble, lane in the high one.
[[nodiscard]] constexpr unsigned reg_of(std::uint8_t f) { return f & 0xFU; }
[[nodiscard]] constexpr unsigned lane_of(std::uint8_t f) { return f >> 4U; }

// A register of a sentron, for dependency analysis. Cmp is sr.cmp; Route and Listen belong to message register `index`.
struct RegisterId {
  enum class File : std::uint8_t { R, V, P, M, Cmp, Route, Listen };
  File file = File::R;
  std::uint8_t index = 0;
  friend bool operator==(const RegisterId&, const RegisterId&) = default;
};

// The registers that one slot reads and writes (whole registers: writing m2[1] reads and writes m2). At most 6 each.
struct RegisterUse {
  std::array<RegisterId, 6> read{};
  std::array<RegisterId, 6> written{};
  int reads = 0;
  int writes = 0;
};
// Precondition: the slot is valid.
[[nodiscard]] RegisterUse registers_of(const Slot& slot);
[[nodiscard]] const Form& form_info(const Slot& slot);  // precondition: the slot is valid

// True where the slot uses the word's shared immediate or coordinate.
[[nodiscard]] bool uses_imm(const Slot& slot);
[[nodiscard]] bool uses_coord(const Slot& slot);

}  // namespace vtpu::isa
