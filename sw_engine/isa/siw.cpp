#include "isa/siw.hpp"

#include <algorithm>

namespace vtpu::isa {
namespace {

void add_read(RegisterUse& use, RegisterId::File file, unsigned index) {
  use.read[static_cast<std::size_t>(use.reads++)] = {file, static_cast<std::uint8_t>(index)};
}

void add_write(RegisterUse& use, RegisterId::File file, unsigned index) {
  use.written[static_cast<std::size_t>(use.writes++)] = {file, static_cast<std::uint8_t>(index)};
}

std::optional<RegisterId::File> file_of(OperandKind kind) {
  switch (kind) {
    case OperandKind::R: return RegisterId::File::R;
    case OperandKind::V:
    case OperandKind::VLane: return RegisterId::File::V;
    case OperandKind::P:
    case OperandKind::Addr: return RegisterId::File::P;
    case OperandKind::M:
    case OperandKind::MLane: return RegisterId::File::M;
    default: return std::nullopt;
  }
}

bool has_kind(const Slot& slot, OperandKind kind) {
  const Form& form = form_info(slot);
  return std::any_of(form.operands.begin(), form.operands.end(), [&](const OperandSpec& o) { return o.kind == kind; });
}

}  // namespace

const Form& form_info(const Slot& slot) { return info_of(op_of(slot)).forms[form_of(slot)]; }

RegisterUse registers_of(const Slot& slot) {
  const OpInfo& info = info_of(op_of(slot));
  const Form& form = form_info(slot);
  RegisterUse use;
  for (std::size_t i = 0; i < kOperands; ++i) {
    const OperandSpec& operand = form.operands[i];
    const auto file = file_of(operand.kind);
    if (!file) continue;
    const unsigned index = reg_of(slot.f[i]);
    const bool partial_write = operand.kind == OperandKind::MLane && operand.access == Access::Write;
    if (operand.access != Access::Write || partial_write) add_read(use, *file, index);
    if (operand.access != Access::Read) add_write(use, *file, index);
    if (operand.kind == OperandKind::Addr && form.literal == LitKind::PostInc && post_inc_of(slot.lit).step != 0) {
      add_write(use, *file, index);
    }
  }
  if (info.reads_cmp) add_read(use, RegisterId::File::Cmp, 0);
  if (info.writes_cmp) add_write(use, RegisterId::File::Cmp, 0);
  const unsigned message = reg_of(slot.f[0]);
  switch (info.op) {
    case Op::CROUTE:
    case Op::CLISTEN: {  // names the message register but leaves its content alone
      use.reads = 0;
      if (form.operands[1].kind == OperandKind::R) add_read(use, RegisterId::File::R, slot.f[1]);
      add_write(use, info.op == Op::CROUTE ? RegisterId::File::Route : RegisterId::File::Listen, message);
      break;
    }
    case Op::CSEND:
      if (form.literal == LitKind::None) add_read(use, RegisterId::File::Route, message);
      break;
    case Op::CRECV:
      if (form.literal == LitKind::None) add_read(use, RegisterId::File::Listen, message);
      break;
    default: break;
  }
  return use;
}

bool uses_imm(const Slot& slot) { return has_kind(slot, OperandKind::Imm); }
bool uses_coord(const Slot& slot) { return has_kind(slot, OperandKind::Coord); }

}  // namespace vtpu::isa
