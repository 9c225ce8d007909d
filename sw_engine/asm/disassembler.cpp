#include "asm/disassembler.hpp"

#include <fmt/format.h>

#include <iterator>
#include <map>

#include "isa/state.hpp"

namespace vtpu::assembly {
namespace {

using isa::LitKind;
using isa::OperandKind;
using isa::Pipe;
using Out = std::back_insert_iterator<std::string>;

using CoordinateNames = std::map<isa::Coordinate, std::string_view>;

// The first name of each named coordinate.
CoordinateNames names_of(const isa::Program& program) {
  CoordinateNames names;
  for (const auto& [name, at] : program.coordinates) names.emplace(at, name);
  return names;
}

// Small numbers in decimal, the others, mostly bit patterns, in hexadecimal.
std::string number(std::uint64_t bits) {
  const auto value = static_cast<std::int64_t>(bits);
  return value >= -0x7FFFFFFF && value <= 0x7FFFFFFF ? fmt::format("{}", value) : fmt::format("0x{:x}", bits);
}

std::string sentron_name(const isa::Program& program, unsigned n) {
  return n < program.sentrons.size() ? program.sentrons[n].name : fmt::format("s{}", n);
}

std::string group_name(const isa::Program& program, unsigned n) {
  return n < program.groups.size() ? program.groups[n].name : fmt::format("g{}", n);
}

class WordWriter {
 public:
  WordWriter(const isa::Program& program, const CoordinateNames& names) : program_(program), names_(names) {}

  [[nodiscard]] std::string word(const isa::Siw& word) const {
    std::string text;
    for (const Pipe pipe : {Pipe::D, Pipe::S, Pipe::C}) {
      if (isa::is_nop(isa::op_of(word.slot(pipe)))) continue;
      if (!text.empty()) text += " | ";
      text += slot(word, pipe);
    }
    return text.empty() ? "dnop" : text;
  }

  [[nodiscard]] std::string slot(const isa::Siw& word, Pipe pipe) const {
    const isa::Slot& slot = word.slot(pipe);
    const isa::OpInfo& info = isa::info_of(isa::op_of(slot));
    const isa::Form& form = isa::form_info(slot);
    std::string text(info.mnemonic);
    if (const isa::Type type = isa::type_of(slot); type != isa::Type::None) text += fmt::format(".{}", name_of(type));
    if (const auto suffixes = isa::names_of(form.literal); !suffixes.empty()) {
      const unsigned suffix = form.literal == LitKind::GroupRed ? slot.lit >> 12U : slot.lit;
      text += fmt::format(".{}", suffixes[suffix]);
    }
    const char* separator = " ";
    for (std::size_t i = 0; i < isa::kOperands; ++i) {
      const std::string operand = this->operand(word, slot, info, form, i);
      if (operand.empty()) continue;
      text += fmt::format("{}{}", separator, operand);
      separator = ", ";
    }
    if (const std::string last = literal(slot, form); !last.empty()) text += fmt::format("{}{}", separator, last);
    return text;
  }

  [[nodiscard]] std::string coordinate(const isa::Coordinate& c) const {
    if (const auto it = names_.find(c); it != names_.end()) return fmt::format("@{}", it->second);
    return fmt::format("@{}", isa::to_string(c));
  }

 private:
  // Empty for what is written as part of another operand.
  [[nodiscard]] std::string operand(const isa::Siw& word, const isa::Slot& slot, const isa::OpInfo& info,
                                    const isa::Form& form, std::size_t i) const {
    const std::uint8_t f = slot.f[i];
    switch (form.operands[i].kind) {
      case OperandKind::None:
      case OperandKind::CellLane:
      case OperandKind::CellLane32: return {};
      case OperandKind::R: return fmt::format("r{}", f);
      case OperandKind::V: return fmt::format("v{}", f);
      case OperandKind::P: return fmt::format("p{}", f);
      case OperandKind::M: return fmt::format("m{}", f);
      case OperandKind::MLane: return fmt::format("m{}[{}]", isa::reg_of(f), isa::lane_of(f));
      case OperandKind::VLane: return fmt::format("v{}[{}]", isa::reg_of(f), isa::lane_of(f));
      case OperandKind::Member: return fmt::format("#{}", f);
      case OperandKind::Imm: return fmt::format("#{}", number(word.imm));
      case OperandKind::Addr: return address(slot, form) + lane(slot, form, i);
      case OperandKind::Coord: {
        const std::string at = coordinate(word.coord());
        return info.reads_memory || info.writes_memory ? fmt::format("[{}]{}", at, lane(slot, form, i)) : at;
      }
    }
    return {};
  }

  [[nodiscard]] static std::string address(const isa::Slot& slot, const isa::Form& form) {
    std::size_t i = 0;
    while (form.operands[i].kind != OperandKind::Addr) ++i;
    const isa::PostInc inc = isa::post_inc_of(slot.lit);
    if (form.literal != LitKind::PostInc || inc.step == 0) return fmt::format("[p{}]", slot.f[i]);
    const char* sign = inc.step < 0 ? "-=" : "+=";
    return fmt::format("[p{}, d{} {} {}]", slot.f[i], inc.dimension, sign, inc.step < 0 ? -inc.step : inc.step);
  }

  [[nodiscard]] static std::string lane(const isa::Slot& slot, const isa::Form& form, std::size_t address) {
    if (address + 1 >= isa::kOperands) return {};
    const OperandKind kind = form.operands[address + 1].kind;
    if (kind != OperandKind::CellLane && kind != OperandKind::CellLane32) return {};
    return slot.f[address + 1] == 0 ? std::string() : fmt::format(".{}", slot.f[address + 1]);
  }

  [[nodiscard]] std::string literal(const isa::Slot& slot, const isa::Form& form) const {
    switch (form.literal) {
      case LitKind::Dim: return fmt::format("d{}", slot.lit);
      case LitKind::Rotate:
      case LitKind::Shift64:
      case LitKind::Shift32: return fmt::format("#{}", slot.lit);
      case LitKind::Sentron: return sentron_name(program_, slot.lit);
      case LitKind::Group:
      case LitKind::GroupRed: return group_name(program_, isa::group_of(slot.lit));
      default: return {};
    }
  }

  const isa::Program& program_;
  const CoordinateNames& names_;
};

// "{ i64 1, 2 }" up to the last lane that is not zero.
std::string elements(const isa::Vector& v) {
  std::size_t n = v.lane.size();
  while (n > 1 && v.lane[n - 1] == 0) --n;
  std::string text = "{ i64 ";
  for (std::size_t i = 0; i < n; ++i) text += fmt::format("{}{}", i == 0 ? "" : ", ", number(v.lane[i]));
  return text + " }";
}

void write_stream(std::string& text, const isa::Stream& stream, const WordWriter& writer) {
  Out out(text);
  fmt::format_to(out, "\n.stream {}\n", stream.name);
  std::vector<std::uint32_t> open;  // last words of the open loops
  std::size_t next_loop = 0;
  for (std::uint32_t i = 0; i < stream.words.size(); ++i) {
    for (; next_loop < stream.loops.size() && stream.loops[next_loop].first == i; ++next_loop) {
      fmt::format_to(out, "{:{}}loop {} {{\n", "", 2 + 2 * open.size(), stream.loops[next_loop].count);
      open.push_back(stream.loops[next_loop].last);
    }
    fmt::format_to(out, "{:{}}{}\n", "", 2 + 2 * open.size(), writer.word(stream.words[i]));
    while (!open.empty() && open.back() == i) {
      open.pop_back();
      fmt::format_to(out, "{:{}}}}\n", "", 2 + 2 * open.size());
    }
  }
  text += ".end\n";
}

void write_sentron(std::string& text, const isa::Program& program, const isa::SentronSpec& sentron,
                   const WordWriter& writer) {
  Out out(text);
  const isa::Registers& g = sentron.initial;
  fmt::format_to(out, ".sentron {} stream={}", sentron.name, program.streams[sentron.stream].name);
  for (std::size_t i = 0; i < g.r.size(); ++i) {
    if (g.r[i] != 0) fmt::format_to(out, " r{}={}", i, number(g.r[i]));
  }
  for (std::size_t i = 0; i < g.v.size(); ++i) {
    if (g.v[i] != isa::Vector{}) fmt::format_to(out, " v{}={}", i, elements(g.v[i]));
  }
  for (std::size_t i = 0; i < g.p.size(); ++i) {
    if (g.p[i] != isa::Coordinate{}) fmt::format_to(out, " p{}={}", i, writer.coordinate(g.p[i]));
  }
  for (std::size_t i = 0; i < g.m.size(); ++i) {
    for (std::size_t k = 0; k < g.m[i].lane.size(); ++k) {
      if (g.m[i].lane[k] != 0) fmt::format_to(out, " m{}[{}]={}", i, k, number(g.m[i].lane[k]));
    }
  }
  if (g.cmp != 0) fmt::format_to(out, " cmp={}", g.cmp);
  for (std::size_t i = 0; i < g.route.size(); ++i) {
    if (g.route[i] != isa::kNoSentron) fmt::format_to(out, " route{}={}", i, g.route[i]);
  }
  for (std::size_t i = 0; i < g.listen.size(); ++i) {
    if (g.listen[i] != isa::kNoSentron) fmt::format_to(out, " listen{}={}", i, g.listen[i]);
  }
  text += '\n';
}

}  // namespace

std::string disassemble(const isa::Program& program) {
  const CoordinateNames names = names_of(program);
  const WordWriter writer(program, names);
  std::string text;
  Out out(text);
  if (!program.name.empty()) fmt::format_to(out, ".program {}\n", program.name);
  for (const auto& [name, at] : program.coordinates) fmt::format_to(out, ".coord {} {}\n", name, isa::to_string(at));
  for (const auto& [at, cell] : program.memory) {
    fmt::format_to(out, ".cell {} {}\n", writer.coordinate(at), elements(cell));
  }
  for (const isa::Stream& stream : program.streams) write_stream(text, stream, writer);
  text += '\n';
  for (const isa::SentronSpec& sentron : program.sentrons) write_sentron(text, program, sentron, writer);
  for (const isa::Group& group : program.groups) {
    fmt::format_to(out, ".group {} =", group.name);
    for (std::size_t i = 0; i < group.members.size(); ++i) {
      fmt::format_to(out, "{} {}", i == 0 ? "" : ",", program.sentrons[group.members[i]].name);
    }
    text += '\n';
  }
  return text;
}

std::string to_text(const isa::Siw& word, const isa::Program& program) {
  const CoordinateNames names = names_of(program);
  return WordWriter(program, names).word(word);
}

std::string to_text(const isa::Siw& word, isa::Pipe pipe, const isa::Program& program) {
  const CoordinateNames names = names_of(program);
  return WordWriter(program, names).slot(word, pipe);
}

}  // namespace vtpu::assembly
