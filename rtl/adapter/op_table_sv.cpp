#include "rtl/adapter/op_table_sv.hpp"

#include <fmt/format.h>

#include <algorithm>
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
  constexpr const char* kTypes[] = {"None", "I64", "F64", "F64x8", "F32x16", "I32x16", "BF16", "I8", "B512", "B256"};
  static_assert(std::size(kTypes) == isa::kTypes);
  for (unsigned t = 1; t < isa::kTypes; ++t)
    text += fmt::format("  localparam logic [3:0] Type{} = 4'd{};\n", kTypes[t], t);
  text += "\n";
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
  return text + "      default: return '0;\n    endcase\n  endfunction\nendpackage\n";
}

}  // namespace vtpu::rtl
