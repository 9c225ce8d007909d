#include "pack/borrowing.hpp"

#include <algorithm>

namespace vtpu::pack {
namespace {

using isa::Op;
using isa::Registers;
using isa::Siw;
using isa::Type;

bool one_lane_repeated(const isa::Vector& v) {
  return std::all_of(v.lane.begin(), v.lane.end(), [&](std::uint64_t lane) { return lane == v.lane[0]; });
}

// Where a register of the renamed files stands in its file.
struct Place {
  std::size_t file = 0;  // r, v, p, m
  std::uint8_t number = 0;
};

Place place_of(unsigned reg) {
  std::size_t file = kRenamedFiles.size() - 1;
  while (reg < kRenamedFiles[file].first) --file;
  return {file, static_cast<std::uint8_t>(reg - kRenamedFiles[file].first)};
}

bool same_start(const Registers& a, const Registers& b, const Place& at) {
  switch (at.file) {
    case 0: return a.r[at.number] == b.r[at.number];
    case 1: return a.v[at.number] == b.v[at.number];
    case 2: return a.p[at.number] == b.p[at.number];
    default: return a.m[at.number] == b.m[at.number];
  }
}

const Registers* first_start(const isa::Program& program, std::uint32_t stream) {
  const auto sentron = std::find_if(program.sentrons.begin(), program.sentrons.end(),
                                    [&](const isa::SentronSpec& s) { return s.stream == stream; });
  return sentron == program.sentrons.end() ? nullptr : &sentron->initial;
}

Siw immediate_word(Op op, unsigned form, Type type, std::uint8_t target, std::uint64_t imm) {
  Siw word;
  isa::Slot& slot = word.slot(isa::info_of(op).pipe);
  slot.op = static_cast<std::uint8_t>(op);
  slot.form_type = isa::make_form_type(form, type);
  slot.f[0] = target;
  word.imm = imm;
  return word;
}

void restore(const Registers& start, const Place& at, std::vector<Siw>& out) {
  switch (at.file) {
    case 0: out.push_back(immediate_word(Op::DMOV, 1, Type::I64, at.number, start.r[at.number])); return;
    case 1: out.push_back(immediate_word(Op::DBCST, 2, Type::F64x8, at.number, start.v[at.number].lane[0])); return;
    case 2: {
      Siw word = immediate_word(Op::SSETP, 0, Type::None, at.number, 0);
      word.set_coord(start.p[at.number]);
      out.push_back(word);
      return;
    }
    default:
      for (unsigned lane = 0; lane < 4; ++lane) {
        const auto target = static_cast<std::uint8_t>(at.number | lane << 4U);
        out.push_back(immediate_word(Op::CPACK, 1, Type::I64, target, start.m[at.number].lane[lane]));
      }
  }
}

}  // namespace

RegisterMask borrowable(const isa::Program& program, std::uint32_t stream, RegisterMask untouched) {
  const Registers* const start = first_start(program, stream);
  if (start == nullptr) return 0;
  RegisterMask out = 0;
  for (const FileRange& file : kRenamedFiles) {
    for (unsigned reg = file.first; reg < file.first + file.count; ++reg) {
      const Place at = place_of(reg);
      const bool lent = (untouched & bit(reg)) != 0 && (at.file != 1 || one_lane_repeated(start->v[at.number]));
      const bool same = std::all_of(program.sentrons.begin(), program.sentrons.end(), [&](const auto& sentron) {
        return sentron.stream != stream || same_start(sentron.initial, *start, at);
      });
      if (lent && same) out |= bit(reg);
    }
  }
  return out;
}

std::vector<Siw> words_that_restore(const isa::Program& program, std::uint32_t stream, RegisterMask registers) {
  std::vector<Siw> out;
  const Registers* const start = first_start(program, stream);
  for (; registers != 0; registers &= registers - 1) {
    restore(*start, place_of(static_cast<unsigned>(__builtin_ctzll(registers))), out);
  }
  return out;
}

}  // namespace vtpu::pack
