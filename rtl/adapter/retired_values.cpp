#include "rtl/adapter/retired_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace vtpu::rtl {
namespace {

using isa::Coordinate;
using isa::Pipe;
using isa::RegisterId;
using isa::Vector;
using reference::CoordinationAction;
using reference::MemoryAction;
using reference::WordEffects;
using File = RegisterId::File;

// First numbers of the register files in register_t.
constexpr unsigned kCoordinates = 16;
constexpr unsigned kRoutes = 24;
constexpr unsigned kListens = 28;
constexpr unsigned kVectors = 32;
constexpr unsigned kMessages = 48;
constexpr unsigned kCompare = 96;

constexpr const char* kExecution = "execution_unit";
constexpr const char* kMessagePort = "message_port";

std::string name_of(const RegisterId& id) {
  constexpr const char* kFiles[] = {"r", "v", "p", "m", "sr.cmp", "route of m", "listen of m"};
  const char* const file = kFiles[static_cast<std::size_t>(id.file)];
  return id.file == File::Cmp ? file : fmt::format("{}{}", file, id.index);
}

Vector value_of(std::uint64_t low) {
  Vector value;
  value.lane[0] = low;
  return value;
}
Vector value_of(const Coordinate& c) {
  Vector value;
  value.lane[0] = c.lo;
  value.lane[1] = c.hi;
  return value;
}
Vector value_of(const isa::Message& m) {
  Vector value;
  std::copy(m.lane.begin(), m.lane.end(), value.lane.begin());
  return value;
}

// A value in as few 64-bit lanes as it needs, the highest first.
std::string text_of(const Vector& value) {
  std::size_t lanes = value.lane.size();
  while (lanes > 1 && value.lane[lanes - 1] == 0) --lanes;
  std::string text = fmt::format("{:#x}", value.lane[--lanes]);
  while (lanes-- > 0) text += fmt::format("_{:016x}", value.lane[lanes]);
  return text;
}

struct Write {
  RegisterId id;
  Vector value;
};

std::string text_of(const std::optional<Write>& write) {
  return write ? fmt::format("writes {} = {}", name_of(write->id), text_of(write->value)) : "writes no register";
}

std::optional<Write> dense_write(const WordEffects& effects) {
  if (effects.d_int) return Write{{File::R, effects.d_int->index}, value_of(effects.d_int->value)};
  if (effects.d_vector) return Write{{File::V, effects.d_vector->index}, effects.d_vector->value};
  if (effects.cmp) return Write{{File::Cmp, 0}, value_of(std::uint64_t{*effects.cmp})};
  return std::nullopt;
}

// The result, and the coordinate that a post-increment leaves.
std::optional<Write> sparse_write(const WordEffects& effects, bool is_access) {
  if (effects.s_int) return Write{{File::R, effects.s_int->index}, value_of(effects.s_int->value)};
  if (effects.s_vector) return Write{{File::V, effects.s_vector->index}, effects.s_vector->value};
  if (effects.s_coordinate && !is_access) {
    return Write{{File::P, effects.s_coordinate->index}, value_of(effects.s_coordinate->value)};
  }
  return std::nullopt;
}

std::optional<Write> coordination_write(const WordEffects& effects) {
  const reference::Coordination& c = effects.coordination;
  switch (c.action) {
    case CoordinationAction::Pack:
    case CoordinationAction::Receive: return Write{{File::M, c.index}, value_of(effects.message)};
    case CoordinationAction::Route: return Write{{File::Route, c.index}, value_of(std::uint64_t{c.peer})};
    case CoordinationAction::Listen: return Write{{File::Listen, c.index}, value_of(std::uint64_t{c.peer})};
    default: return std::nullopt;
  }
}

std::optional<ValueDifference> differ(const char* unit, const std::optional<Write>& expected,
                                      const std::optional<Write>& found) {
  const bool same = expected.has_value() == found.has_value() &&
                    (!expected || (expected->id == found->id && expected->value == found->value));
  if (same) return std::nullopt;
  return ValueDifference{unit, text_of(expected), text_of(found)};
}

std::optional<ValueDifference> differ(const char* unit, const char* what, const Vector& expected, const Vector& found) {
  if (expected == found) return std::nullopt;
  return ValueDifference{unit, fmt::format("{} {}", what, text_of(expected)),
                         fmt::format("{} {}", what, text_of(found))};
}

std::optional<ValueDifference> sparse_difference(const RetiredOperation& retired, const WordEffects& effects) {
  const bool is_access = effects.memory.action != MemoryAction::None;
  std::optional<Write> stepped;
  if (retired.stepped) stepped = Write{*retired.stepped, value_of(retired.second)};
  std::optional<Write> expected;
  if (is_access && effects.s_coordinate) {
    expected = Write{{File::P, effects.s_coordinate->index}, value_of(effects.s_coordinate->value)};
  }
  if (auto d = differ("coordinate_unit", expected, stepped)) return d;
  if (is_access && retired.access && !(*retired.access == effects.memory.at)) {
    return ValueDifference{"execution_unit", "names the cell " + to_string(effects.memory.at),
                           "names the cell " + to_string(*retired.access)};
  }
  if (effects.memory.action == MemoryAction::Store || effects.memory.action == MemoryAction::Free) {
    return differ(kExecution, "stores", effects.memory.cell, retired.value);
  }
  return std::nullopt;
}

Vector payload_of(const fabric::Packet& packet) {
  const reference::Coordination& c = packet.coordination;
  if (packet.kind == fabric::PacketKind::Message || c.action == CoordinationAction::Cast)
    return value_of(packet.message);
  if (c.action != CoordinationAction::Reduce) return {};
  return c.type == isa::Type::I64 ? value_of(packet.r) : packet.v;
}

const char* name_of(CoordinationAction action) {
  switch (action) {
    case CoordinationAction::Barrier: return "cbar";
    case CoordinationAction::Reduce: return "creduce";
    case CoordinationAction::Cast: return "ccast";
    default: return "no meeting";
  }
}

std::string text_of(const std::optional<fabric::Packet>& packet) {
  if (!packet) return "tells the fabric nothing";
  const reference::Coordination& c = packet->coordination;
  switch (packet->kind) {
    case fabric::PacketKind::Message:
      return fmt::format("sends {} to sentron {}", text_of(payload_of(*packet)), packet->to);
    case fabric::PacketKind::Credit: return fmt::format("gives a credit back to sentron {}", packet->to);
    default:
      return fmt::format("comes to {} of group {} (type {}, reduction {}, root {}) with {}", name_of(c.action), c.group,
                         static_cast<unsigned>(c.type), static_cast<unsigned>(c.reduction), c.root,
                         text_of(payload_of(*packet)));
  }
}

// What the operation told the fabric.
std::optional<ValueDifference> packet_difference(const RetiredOperation& retired, const WordEffects& effects) {
  const std::optional<fabric::Packet>& found = retired.packet;
  const auto expected = fabric::packet_of(found ? found->from : 0, effects);
  const bool same =
      expected.has_value() == found.has_value() &&
      (!expected || (expected->kind == found->kind && expected->to == found->to &&
                     expected->coordination.meets(found->coordination) && payload_of(*expected) == payload_of(*found)));
  if (same) return std::nullopt;
  return ValueDifference{kMessagePort, text_of(expected), text_of(found)};
}

}  // namespace

std::optional<ValueDifference> difference_of(const RetiredOperation& retired, Pipe pipe, const WordEffects& effects) {
  std::optional<Write> found;
  if (retired.result) found = Write{*retired.result, retired.value};
  switch (pipe) {
    case Pipe::D: return differ(kExecution, dense_write(effects), found);
    case Pipe::S: {
      const bool is_access = effects.memory.action != MemoryAction::None;
      const char* const unit = retired.forwarded ? "store_data" : kExecution;
      if (auto d = differ(unit, sparse_write(effects, is_access), found)) return d;
      return sparse_difference(retired, effects);
    }
    case Pipe::C:
      if (auto d = differ(kMessagePort, coordination_write(effects), found)) return d;
      return packet_difference(retired, effects);
  }
  return std::nullopt;
}

RegisterId register_of(unsigned name) {
  const auto of = [&](File file, unsigned first) { return RegisterId{file, static_cast<std::uint8_t>(name - first)}; };
  if (name < kCoordinates) return of(File::R, 0);
  if (name < kRoutes) return of(File::P, kCoordinates);
  if (name < kListens) return of(File::Route, kRoutes);
  if (name < kVectors) return of(File::Listen, kListens);
  if (name < kMessages) return of(File::V, kVectors);
  if (name < kMessages + isa::kMessageRegisters) return of(File::M, kMessages);
  if (name == kCompare) return of(File::Cmp, kCompare);
  throw std::logic_error(fmt::format("rtl: {} names no register", name));
}

Context context_of(const isa::Registers& registers) {
  Context context{};
  const auto put = [&](unsigned first, const auto& values) {
    std::transform(values.begin(), values.end(), context.begin() + first, [](const auto& v) { return value_of(v); });
  };
  const auto number = [](std::int32_t sentron) { return value_of(std::uint64_t{static_cast<std::uint32_t>(sentron)}); };
  put(0, registers.r);
  put(kCoordinates, registers.p);
  std::transform(registers.route.begin(), registers.route.end(), context.begin() + kRoutes, number);
  std::transform(registers.listen.begin(), registers.listen.end(), context.begin() + kListens, number);
  std::copy(registers.v.begin(), registers.v.end(), context.begin() + kVectors);
  put(kMessages, registers.m);
  context[kCompare] = value_of(std::uint64_t{registers.cmp});
  return context;
}

}  // namespace vtpu::rtl
