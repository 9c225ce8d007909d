// How the operands of a form are written, for messages and for the ISA page.
#pragma once

#include <string>

#include "isa/op_table.hpp"

namespace vtpu::assembly {

// "r, [p, d += step].lane", "nothing" where a form has no operand.
[[nodiscard]] std::string operands_text(const isa::OpInfo& info, const isa::Form& form);
// ".i64 .f64", empty where the types are only None.
[[nodiscard]] std::string types_text(isa::TypeMask types);
// ".eq .ne ...", empty where the literal is no suffix.
[[nodiscard]] std::string suffixes_text(isa::LitKind kind);
// True where the literal is written as the last operand.
[[nodiscard]] bool literal_is_operand(isa::LitKind kind);
// True where the byte belongs to the operand before it.
[[nodiscard]] inline bool is_cell_lane(isa::OperandKind kind) {
  return kind == isa::OperandKind::CellLane || kind == isa::OperandKind::CellLane32;
}
[[nodiscard]] isa::TypeMask types_of(const isa::OpInfo& info);

}  // namespace vtpu::assembly
