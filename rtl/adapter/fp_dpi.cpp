// The DPI unit of rtl/fp_unit.sv: floating point and dot products by the reference semantics.
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "isa/semantics.hpp"

using vtpu::isa::OperandKind;

// Values as the simulator passes them: 32-bit words, the lowest first. x, y, z: the operands that the form reads.
extern "C" void vtpu_floating_point(const std::uint32_t* slot, const std::uint32_t* x, const std::uint32_t* y,
                                    const std::uint32_t* z, std::uint32_t* result) {
  const std::array<std::uint32_t, 2> bits{slot[0], slot[1]};
  const auto operation = std::bit_cast<vtpu::isa::Slot>(bits);
  vtpu::isa::Vector values[3];
  const std::uint32_t* const words[3] = {x, y, z};
  for (std::size_t i = 0; i < 3; ++i) std::memcpy(values[i].lane.data(), words[i], sizeof values[i].lane);

  const vtpu::isa::Form& form = form_info(operation);
  vtpu::isa::DenseInputs in;
  std::size_t next = 0;
  for (std::size_t i = 0; i < vtpu::isa::kOperands; ++i) {
    const vtpu::isa::OperandSpec& operand = form.operands[i];
    if (operand.kind == OperandKind::None || operand.access == vtpu::isa::Access::Write) continue;
    const vtpu::isa::Vector& value = values[next++];
    if (operand.kind == OperandKind::V) {
      in.v[i] = &value;
    } else {
      in.r[i] = value.lane[0];
    }
  }
  const vtpu::isa::DenseResult computed = compute_dense(operation, in);
  vtpu::isa::Vector out;
  if (info_of(op_of(operation)).writes_cmp) {
    out.lane[0] = computed.cmp;
  } else if (form.operands[0].kind == OperandKind::R) {
    out.lane[0] = computed.r;
  } else {
    out = computed.v;
  }
  std::memcpy(result, out.lane.data(), sizeof out.lane);
}
