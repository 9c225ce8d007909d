#include "testbench/stream_operation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "testbench/stream_spec.hpp"

namespace vtpu::testbench {
namespace {

using isa::Op;
using isa::OperandKind;
using isa::Pipe;
using isa::Type;

constexpr std::array<std::string_view, 7> kClassNames{"scalar", "float", "vector", "hypervector",
                                                      "load",   "store", "message"};

// Left out: what waits, what calls the runtime, what sets coordinates (streams do that themselves), fences and flushes.
bool is_for_streams(const isa::OpInfo& info) {
  switch (info.op) {
    case Op::SINDEX:
    case Op::SSETP:
    case Op::SFLUSH:
    case Op::SALLOC:
    case Op::SFREE:
    case Op::CROUTE:
    case Op::CLISTEN:
    case Op::CFENCE: return false;
    default: return !isa::is_nop(info.op) && !info.blocks;
  }
}

bool names_coordinate(const isa::Form& form) {
  return std::any_of(form.operands.begin(), form.operands.end(),
                     [](const isa::OperandSpec& o) { return o.kind == OperandKind::Coord; });
}

StreamClass class_of(const isa::OpInfo& info, Type type) {
  if (info.pipe == Pipe::C) return StreamClass::Message;
  if (info.pipe == Pipe::S) return info.writes_memory ? StreamClass::Store : StreamClass::Load;
  switch (info.op) {
    case Op::DHDENC:
    case Op::DHDBIND:
    case Op::DHDBUND:
    case Op::DHDPERM:
    case Op::DHDSIM: return StreamClass::Hypervector;
    default: break;
  }
  if (type == Type::I64) return StreamClass::Scalar;
  return type == Type::F64 ? StreamClass::Float : StreamClass::Vector;
}

std::vector<StreamOperation> collect() {
  std::vector<StreamOperation> all;
  for (const isa::OpInfo& info : isa::all_ops()) {
    if (!is_for_streams(info)) continue;
    for (unsigned form = 0; form < info.forms.size(); ++form) {
      if (names_coordinate(info.forms[form])) continue;
      for (int t = 0; t < isa::kTypes; ++t) {
        const auto type = static_cast<Type>(t);
        if ((info.forms[form].types & isa::mask_of(type)) == 0) continue;
        std::string name(info.mnemonic);
        if (type != Type::None) name += fmt::format(".{}", isa::name_of(type));
        if (std::any_of(all.begin(), all.end(), [&](const StreamOperation& o) { return o.name == name; })) {
          name += fmt::format(".{}", form);
        }
        all.push_back({name, info.op, form, type, class_of(info, type)});
      }
    }
  }
  return all;
}

}  // namespace

std::string_view name_of(StreamClass cls) { return kClassNames[static_cast<std::size_t>(cls)]; }

const std::vector<StreamOperation>& all_stream_operations() {
  static const std::vector<StreamOperation> kAll = collect();
  return kAll;
}

const StreamOperation* find_stream_operation(std::string_view name) {
  for (const StreamOperation& operation : all_stream_operations()) {
    if (operation.name == name) return &operation;
  }
  return nullptr;
}

const std::vector<std::string>& stream_operations() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const StreamOperation& operation : all_stream_operations()) names.push_back(operation.name);
    return names;
  }();
  return kNames;
}

}  // namespace vtpu::testbench
