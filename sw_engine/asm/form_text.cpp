#include "asm/form_text.hpp"

#include <fmt/format.h>

namespace vtpu::assembly {
namespace {

using isa::Form;
using isa::LitKind;
using isa::OperandKind;
using isa::Type;

std::string_view written(OperandKind kind) {
  switch (kind) {
    case OperandKind::R: return "r";
    case OperandKind::V: return "v";
    case OperandKind::P: return "p";
    case OperandKind::M: return "m";
    case OperandKind::MLane: return "m[lane]";
    case OperandKind::VLane: return "v[lane]";
    case OperandKind::Member: return "#member";
    case OperandKind::Imm: return "#immediate";
    default: return "";
  }
}

std::string_view written(LitKind kind) {
  switch (kind) {
    case LitKind::Dim: return "dimension";
    case LitKind::Rotate:
    case LitKind::Shift64:
    case LitKind::Shift32: return "#count";
    case LitKind::Sentron: return "sentron";
    default: return "group";
  }
}

}  // namespace

bool literal_is_operand(LitKind kind) {
  switch (kind) {
    case LitKind::Dim:
    case LitKind::Rotate:
    case LitKind::Shift64:
    case LitKind::Shift32:
    case LitKind::Sentron:
    case LitKind::Group:
    case LitKind::GroupRed: return true;
    default: return false;
  }
}

std::string operands_text(const isa::OpInfo& info, const Form& form) {
  std::string text;
  const auto add = [&](std::string_view part) { text += fmt::format("{}{}", text.empty() ? "" : ", ", part); };
  for (std::size_t i = 0; i < isa::kOperands; ++i) {
    const OperandKind kind = form.operands[i].kind;
    if (kind == OperandKind::None || is_cell_lane(kind)) continue;
    const std::string lane = i + 1 < isa::kOperands && is_cell_lane(form.operands[i + 1].kind) ? ".lane" : "";
    if (kind == OperandKind::Addr) {
      add(fmt::format("{}{}", form.literal == LitKind::PostInc ? "[p, d += step]" : "[p]", lane));
    } else if (kind == OperandKind::Coord) {
      add(info.reads_memory || info.writes_memory ? fmt::format("[@coordinate]{}", lane) : std::string("@coordinate"));
    } else {
      add(written(kind));
    }
  }
  if (literal_is_operand(form.literal)) add(written(form.literal));
  return text.empty() ? "nothing" : text;
}

std::string types_text(isa::TypeMask types) {
  std::string text;
  for (int t = 1; t < isa::kTypes; ++t) {
    if ((types & isa::mask_of(static_cast<Type>(t))) == 0) continue;
    text += fmt::format("{}{}", text.empty() ? "." : " .", isa::name_of(static_cast<Type>(t)));
  }
  return text;
}

isa::TypeMask types_of(const isa::OpInfo& info) {
  isa::TypeMask mask = 0;
  for (const Form& form : info.forms) mask = static_cast<isa::TypeMask>(mask | form.types);
  return mask;
}

std::string suffixes_text(LitKind kind) {
  std::string text;
  for (const std::string_view name : isa::names_of(kind)) text += fmt::format("{}{}", text.empty() ? "." : " .", name);
  return text;
}

}  // namespace vtpu::assembly
