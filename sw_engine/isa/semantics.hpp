// What each D operation computes, and the memory operations' effect on a cell: pure functions of values.
// Reference and SystemC engines call these; the native engine and the RTL are independent implementations.
//
// Floating point is IEEE 754 binary, round to nearest even, denormals kept. A NaN result is the first operand (in the
// order written) that is a NaN, made quiet; where no operand is one, the default NaN with the sign bit set
// (0xFFC00000, 0xFFF8000000000000). For DFMA the order is a, b, c. Min and max return b where unordered or equal, as it
// is.
#pragma once

#include <optional>

#include "isa/program.hpp"

namespace vtpu::isa {

// Operand values of one D slot, by position in its form.
struct DenseInputs {
  std::uint64_t r[kOperands] = {};   // R, Imm, VLane and MLane operands
  const Vector* v[kOperands] = {};   // V operands (never null for a V operand)
  const Message* m[kOperands] = {};  // M operands
  std::uint16_t cmp = 0;
};

// Result of one D slot: the destination register's new value (r or v, as the form says) or the new sr.cmp.
struct DenseResult {
  std::uint64_t r = 0;
  Vector v;
  std::uint16_t cmp = 0;
};

// Precondition: valid D slot.
[[nodiscard]] DenseResult compute_dense(const Slot& slot, const DenseInputs& in);

// Reads the operands of `slot` from `registers` (imm from the word).
[[nodiscard]] DenseInputs dense_inputs(const Slot& slot, const Siw& word, const Registers& registers);

// S loads (SGATHER, SBCST, SDEDUP) from the addressed cell: value for the destination register.
struct LoadResult {
  std::uint64_t r = 0;
  Vector v;
};
[[nodiscard]] LoadResult compute_load(const Slot& slot, const Cell& cell, std::uint64_t key);
// S stores (SSCATTR, SFREE): the cell after the store.
[[nodiscard]] Cell compute_store(const Slot& slot, const Cell& before, const Registers& registers);

// The cell that an S slot names, without flags (also SPREFCH, SFLUSH and SALLOC, which touch no value); nothing for
// slots that name none.
[[nodiscard]] std::optional<Coordinate> memory_address(const Slot& slot, const Siw& word, const Registers& registers);

// CPACK: the message register after it.
[[nodiscard]] Message compute_pack(const Slot& slot, const Siw& word, const Registers& registers);

// CREDUCE over the members' operands, ascending sentron number, as a tree of adjacent pairs.
[[nodiscard]] std::uint64_t reduce_integers(RedOp op, std::vector<std::uint64_t> values);
[[nodiscard]] Vector reduce_vectors(RedOp op, Type type, std::vector<Vector> values);

}  // namespace vtpu::isa
