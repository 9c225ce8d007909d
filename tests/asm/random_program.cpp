#include "random_program.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "isa/validate.hpp"

namespace vtpu::assembly {
namespace {

using isa::LitKind;
using isa::OperandKind;

unsigned below(std::mt19937_64& random, unsigned n) { return static_cast<unsigned>(random() % n); }

std::uint8_t random_operand(std::mt19937_64& random, OperandKind kind) {
  const auto lane_coded = [&](unsigned registers, unsigned lanes) {
    return static_cast<std::uint8_t>(below(random, registers) | below(random, lanes) << 4U);
  };
  switch (kind) {
    case OperandKind::R:
    case OperandKind::V: return static_cast<std::uint8_t>(below(random, 16));
    case OperandKind::P:
    case OperandKind::Addr: return static_cast<std::uint8_t>(below(random, 8));
    case OperandKind::M: return static_cast<std::uint8_t>(below(random, 4));
    case OperandKind::MLane: return lane_coded(4, 4);
    case OperandKind::VLane: return lane_coded(16, 8);
    case OperandKind::CellLane: return static_cast<std::uint8_t>(below(random, 8));
    case OperandKind::CellLane32: return static_cast<std::uint8_t>(below(random, 16));
    default: return 0;
  }
}

std::uint16_t random_literal(std::mt19937_64& random, LitKind kind, isa::Type type) {
  const auto number = [&](unsigned n) { return static_cast<std::uint16_t>(below(random, n)); };
  switch (kind) {
    case LitKind::Cond: return number(type == isa::Type::I64 || type == isa::Type::I32x16 ? 8 : 6);
    case LitKind::RedOp: return number(3);
    case LitKind::PostInc: {
      const int step = static_cast<int>(below(random, 4096)) - 2048;
      if (step == 0 || below(random, 3) == 0) return 0;
      return isa::make_post_inc({static_cast<int>(below(random, 11)), step});
    }
    case LitKind::Dim: return number(11);
    case LitKind::Rotate: return number(512);
    case LitKind::Shift64: return number(64);
    case LitKind::Shift32: return number(32);
    case LitKind::Level:
    case LitKind::Scope: return number(4);
    case LitKind::GroupRed: return static_cast<std::uint16_t>(below(random, 3) << 12U);
    default: return 0;
  }
}

std::uint64_t random_bits(std::mt19937_64& random) {
  switch (below(random, 4)) {
    case 0: return 0;
    case 1: return below(random, 1000);
    case 2: return ~std::uint64_t{0} - below(random, 1000);
    default: return random();
  }
}

isa::Slot random_slot_of(std::mt19937_64& random, isa::Pipe pipe) {
  const auto ops = isa::all_ops();
  for (;;) {
    const isa::OpInfo& info = ops[below(random, static_cast<unsigned>(ops.size()))];
    if (info.pipe != pipe) continue;
    const unsigned form = below(random, static_cast<unsigned>(info.forms.size()));
    for (;;) {
      const auto type = static_cast<isa::Type>(below(random, isa::kTypes));
      if ((info.forms[form].types & isa::mask_of(type)) != 0) return random_slot(random, info, form, type);
    }
  }
}

void add_random_loops(std::mt19937_64& random, isa::Stream& stream, std::uint32_t first, std::uint32_t last,
                      unsigned depth) {
  if (depth == 0 || first > last) return;
  const std::uint32_t a = first + below(random, last - first + 1);
  const std::uint32_t b = a + below(random, last - a + 1);
  stream.loops.push_back({a, b, 1 + (random() >> (1 + below(random, 63)))});
  add_random_loops(random, stream, a, b, depth - 1);
  add_random_loops(random, stream, b + 1, last, depth - 1);
}

void randomize(std::mt19937_64& random, isa::Registers& g, unsigned sentrons) {
  for (auto& r : g.r) r = random_bits(random);
  for (auto& v : g.v) {
    if (below(random, 3) != 0) continue;
    for (auto& lane : v.lane) lane = random_bits(random);
  }
  for (auto& p : g.p) {
    if (below(random, 2) != 0) p = {random(), random()};
  }
  for (auto& m : g.m) m.lane[below(random, 4)] = random_bits(random);
  const auto route = [&] { return static_cast<std::int32_t>(below(random, sentrons + 1)) - 1; };
  for (auto& x : g.route) x = route();
  for (auto& x : g.listen) x = route();
  g.cmp = static_cast<std::uint16_t>(random_bits(random));
}

// Sentron and group numbers that exist.
void settle_literal(std::mt19937_64& random, isa::Slot& c, unsigned sentrons, unsigned groups) {
  if (isa::is_nop(isa::op_of(c))) return;
  const LitKind kind = isa::form_info(c).literal;
  if (kind == LitKind::Sentron) c.lit = static_cast<std::uint16_t>(below(random, sentrons));
  if (kind == LitKind::Group || kind == LitKind::GroupRed) {
    c.lit = static_cast<std::uint16_t>(c.lit | below(random, groups));
  }
  if (isa::op_of(c) == isa::Op::CCAST) c.f[1] = static_cast<std::uint8_t>(below(random, sentrons));
}

isa::Stream random_stream(std::mt19937_64& random, unsigned number, unsigned sentrons, unsigned groups) {
  isa::Stream stream;
  stream.name = fmt::format("stream{}", number);
  const unsigned words = below(random, 30);
  for (unsigned i = 0; i < words; ++i) {
    isa::Siw word = random_word(random);
    settle_literal(random, word.c, sentrons, groups);
    stream.words.push_back(word);
  }
  if (words != 0) add_random_loops(random, stream, 0, words - 1, below(random, 5));
  std::stable_sort(stream.loops.begin(), stream.loops.end(), [](const isa::Loop& a, const isa::Loop& b) {
    return a.first != b.first ? a.first < b.first : a.last > b.last;
  });
  isa::compute_dependency_flags(stream);
  return stream;
}

}  // namespace

isa::Slot random_slot(std::mt19937_64& random, const isa::OpInfo& info, unsigned form, isa::Type type) {
  isa::Slot slot{static_cast<std::uint8_t>(info.op), isa::make_form_type(form, type), {}, 0};
  for (std::size_t i = 0; i < isa::kOperands; ++i) {
    slot.f[i] = random_operand(random, info.forms[form].operands[i].kind);
  }
  slot.lit = random_literal(random, info.forms[form].literal, type);
  return slot;
}

isa::Siw random_word(std::mt19937_64& random) {
  for (;;) {
    isa::Siw word;
    for (const isa::Pipe pipe : {isa::Pipe::D, isa::Pipe::S, isa::Pipe::C}) {
      if (below(random, 4) != 0) word.slot(pipe) = random_slot_of(random, pipe);
    }
    const auto any_slot = [&](auto f) { return f(word.d) || f(word.s) || f(word.c); };
    if (any_slot(isa::uses_imm)) word.imm = random_bits(random);
    if (any_slot(isa::uses_coord)) word.set_coord({random(), random()});
    if (isa::validate_word(word, "").empty()) return word;
  }
}

isa::Program random_program(std::mt19937_64& random) {
  isa::Program program;
  if (below(random, 2) == 0) program.name = "random";
  const unsigned sentrons = 1 + below(random, 5);
  const unsigned streams = 1 + below(random, 3);
  const unsigned groups = 1 + below(random, 3);
  for (unsigned i = 0; i < streams; ++i) {
    program.streams.push_back(random_stream(random, i, sentrons, groups));
  }
  for (unsigned i = 0; i < sentrons; ++i) {
    isa::SentronSpec sentron;
    sentron.name = fmt::format("{}{}", below(random, 2) == 0 ? "s" : "worker", i);
    sentron.stream = below(random, streams);
    randomize(random, sentron.initial, sentrons);
    program.sentrons.push_back(std::move(sentron));
  }
  for (unsigned g = 0; g < groups; ++g) {
    isa::Group group;
    group.name = fmt::format("{}{}", below(random, 2) == 0 ? "g" : "team", g);
    for (unsigned i = 0; i < sentrons; ++i) group.members.push_back(i);
    program.groups.push_back(std::move(group));
  }
  for (unsigned i = below(random, 5); i > 0; --i) {
    program.coordinates[fmt::format("place{}", below(random, 100))] = {random(), random()};
  }
  for (unsigned i = below(random, 8); i > 0; --i) {
    isa::Cell cell;
    for (auto& lane : cell.lane) lane = random_bits(random);
    program.memory[isa::address_of({random(), random()})] = cell;
  }
  return program;
}

}  // namespace vtpu::assembly
