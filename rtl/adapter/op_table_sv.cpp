#include "rtl/adapter/op_table_sv.hpp"

#include <fmt/format.h>

#include <array>
#include <cctype>

#include "isa/op_table.hpp"
#include "isa/state.hpp"

namespace vtpu::rtl {
namespace {

using isa::OpInfo;

std::string constant_name(std::string_view prefix, std::string_view mnemonic) {
  std::string name(prefix);
  name += static_cast<char>(std::toupper(static_cast<unsigned char>(mnemonic.front())));
  return name.append(mnemonic.substr(1));
}

// form_t: literal, then access and kind of the four operands, the first one lowest.
std::uint32_t bits_of(const isa::Form& form) {
  std::uint32_t kinds = 0;
  std::uint32_t accesses = 0;
  for (unsigned i = 0; i < isa::kOperands; ++i) {
    kinds |= static_cast<std::uint32_t>(form.operands[i].kind) << (4 * i);
    accesses |= static_cast<std::uint32_t>(form.operands[i].access) << (2 * i);
  }
  return static_cast<std::uint32_t>(form.literal) << 24U | accesses << 16U | kinds;
}

template <typename Has>
std::string flag(std::string_view name, Has has) {
  std::string ops;
  for (const OpInfo& info : isa::all_ops()) {
    if (has(info)) ops += fmt::format("{}{}", ops.empty() ? "" : ", ", constant_name("Op", info.mnemonic));
  }
  return fmt::format(
      "  function automatic logic {}(input logic [7:0] op);\n    return op inside {{{}}};\n  endfunction\n", name, ops);
}

// The names of an enumeration's values, as constants of `bits` bits.
template <std::size_t N>
std::string values(std::string_view prefix, unsigned bits, const std::array<std::string_view, N>& names) {
  std::string text;
  for (std::size_t v = 0; v < N; ++v)
    text += fmt::format("  localparam logic [{}:0] {}{} = {}'d{};\n", bits - 1, prefix, names[v], bits, v);
  return text + "\n";
}

std::string constants() {
  using Names = std::string_view;
  constexpr std::array<Names, isa::kTypes> kTypes{"None",   "I64",  "F64", "F64x8", "F32x16",
                                                  "I32x16", "BF16", "I8",  "B512",  "B256"};
  constexpr std::array<Names, 13> kKinds{"None",  "R",        "V",          "P",      "Addr", "M",    "MLane",
                                         "VLane", "CellLane", "CellLane32", "Member", "Imm",  "Coord"};
  static_assert(kKinds.size() == static_cast<std::size_t>(isa::OperandKind::Coord) + 1);
  constexpr std::array<Names, 13> kLiterals{"None",    "Cond",  "RedOp", "PostInc", "Dim",   "Rotate",  "Shift64",
                                            "Shift32", "Level", "Scope", "Sentron", "Group", "GroupRed"};
  static_assert(kLiterals.size() == static_cast<std::size_t>(isa::LitKind::GroupRed) + 1);
  constexpr std::array<Names, 3> kAccesses{"Read", "Write", "ReadWrite"};
  constexpr std::array<Names, 8> kConditions{"Eq", "Ne", "Lt", "Le", "Gt", "Ge", "Ltu", "Geu"};
  static_assert(kConditions.size() == static_cast<std::size_t>(isa::Cond::Geu) + 1);
  constexpr std::array<Names, 3> kReductions{"Add", "Min", "Max"};
  return values("Type", 4, kTypes) + values("Kind", 4, kKinds) + values("Literal", 4, kLiterals) +
         values("Access", 2, kAccesses) + values("Cond", 4, kConditions) + values("Red", 4, kReductions);
}

bool is_read(const isa::OperandSpec& operand) {
  if (operand.kind == isa::OperandKind::MLane) return true;  // the other lanes stay
  return operand.kind != isa::OperandKind::None && operand.access != isa::Access::Write;
}

// Where the immediate stands among the values that a form takes: 1 is the first, 0 means that it has none.
std::string immediates() {
  std::string text =
      "  function automatic logic [1:0] immediate_at(input logic [7:0] op, input logic [3:0] form);\n"
      "    case ({op, form})\n";
  for (const OpInfo& info : isa::all_ops()) {
    for (std::size_t f = 0; f < info.forms.size(); ++f) {
      unsigned place = 0;
      for (const isa::OperandSpec& operand : info.forms[f].operands) {
        if (is_read(operand)) ++place;
        if (operand.kind != isa::OperandKind::Imm) continue;
        text += fmt::format("      12'h{:02x}{:x}: return 2'd{};  // {}\n", static_cast<unsigned>(info.op), f, place,
                            info.mnemonic);
      }
    }
  }
  return text + "      default: return '0;\n    endcase\n  endfunction\n\n";
}

// Floating point and dot products: what rounds or adds up products, of any type that is not plain integers or bits.
bool is_floating_point(const OpInfo& info, isa::Type type) {
  if (info.pipe != isa::Pipe::D || isa::is_nop(info.op)) return false;
  if (info.op == isa::Op::DCVT) return true;
  if (info.op == isa::Op::DSEL || info.op == isa::Op::DMOV || info.op == isa::Op::DBCST) return false;
  switch (type) {
    case isa::Type::F64:
    case isa::Type::F64x8:
    case isa::Type::F32x16:
    case isa::Type::BF16:
    case isa::Type::I8: return true;
    default: return false;
  }
}

std::string floating_point() {
  std::string text =
      "  // Floating point and dot products.\n"
      "  function automatic logic is_floating_point(input logic [7:0] op, input logic [3:0] element);\n"
      "    case ({op, element})\n";
  for (const OpInfo& info : isa::all_ops()) {
    isa::TypeMask types = 0;
    for (const isa::Form& form : info.forms) types |= form.types;
    for (int t = 0; t < isa::kTypes; ++t) {
      const auto type = static_cast<isa::Type>(t);
      if ((types & isa::mask_of(type)) == 0 || !is_floating_point(info, type)) continue;
      text += fmt::format("      12'h{:02x}{:x}: return 1'b1;  // {}.{}\n", static_cast<unsigned>(info.op), t,
                          info.mnemonic, name_of(type));
    }
  }
  return text + "      default: return 1'b0;\n    endcase\n  endfunction\n";
}

}  // namespace

std::string op_table_package() {
  std::string text =
      "// Made from the table of operations (sw_engine/isa/op_table.cpp) by op_table_sv. Do not edit.\n"
      "package op_table_pkg;\n"
      "  typedef struct packed {\n"
      "    logic [3:0] literal;      // isa::LitKind\n"
      "    logic [3:0][1:0] access;  // isa::Access of the operands\n"
      "    logic [3:0][3:0] kind;    // isa::OperandKind of the operands\n"
      "  } form_t;\n\n";
  for (const OpInfo& info : isa::all_ops()) {
    text += fmt::format("  localparam logic [7:0] {} = 8'h{:02x};\n", constant_name("Op", info.mnemonic),
                        static_cast<unsigned>(info.op));
  }
  text += "\n";
  text += constants();
  text += flag("is_nop", [](const OpInfo& info) { return isa::is_nop(info.op); });
  text += flag("reads_memory", [](const OpInfo& info) { return info.reads_memory; });
  text += flag("writes_memory", [](const OpInfo& info) { return info.writes_memory; });
  text += flag("reads_cmp", [](const OpInfo& info) { return info.reads_cmp; });
  text += flag("writes_cmp", [](const OpInfo& info) { return info.writes_cmp; });
  text +=
      "\n  function automatic form_t form_of(input logic [7:0] op, input logic [3:0] form);\n    case ({op, form})\n";
  for (const OpInfo& info : isa::all_ops()) {
    for (std::size_t f = 0; f < info.forms.size(); ++f) {
      text += fmt::format("      12'h{:02x}{:x}: return 28'h{:07x};  // {}\n", static_cast<unsigned>(info.op), f,
                          bits_of(info.forms[f]), info.mnemonic);
    }
  }
  text += "      default: return '0;\n    endcase\n  endfunction\n\n";
  return text + immediates() + floating_point() + "endpackage\n";
}

}  // namespace vtpu::rtl
