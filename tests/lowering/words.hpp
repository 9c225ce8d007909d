// Small programs for the tests of this room.
#pragma once

#include <algorithm>
#include <array>
#include <initializer_list>
#include <vector>

#include "isa/validate.hpp"
#include "lowering/lower.hpp"

namespace vtpu::lowering::test {

inline isa::Slot slot(isa::Op op, unsigned form, isa::Type type, std::array<unsigned, 4> f = {}, unsigned lit = 0) {
  isa::Slot s;
  s.op = static_cast<std::uint8_t>(op);
  s.form_type = isa::make_form_type(form, type);
  for (std::size_t i = 0; i < f.size(); ++i) s.f[i] = static_cast<std::uint8_t>(f[i]);
  s.lit = static_cast<std::uint16_t>(lit);
  return s;
}

inline isa::Siw word(const std::vector<isa::Slot>& slots) {
  isa::Siw w;
  for (const isa::Slot& s : slots) w.slot(isa::info_of(isa::op_of(s)).pipe) = s;
  return w;
}

inline unsigned step_d0(int step) { return isa::make_post_inc({0, step}); }

inline isa::Slot set_p(unsigned p) { return slot(isa::Op::SSETP, 0, isa::Type::None, {p}); }
inline isa::Slot gather(unsigned r, unsigned p, unsigned lit = 0) {
  return slot(isa::Op::SGATHER, 0, isa::Type::I64, {r, p, 0}, lit);
}
inline isa::Slot add(unsigned d, unsigned a, unsigned b) { return slot(isa::Op::DADD, 0, isa::Type::I64, {d, a, b}); }
inline isa::Slot pack(unsigned m, unsigned lane, unsigned r) {
  return slot(isa::Op::CPACK, 0, isa::Type::I64, {m | lane << 4U, r});
}

// One sentron, one group with it.
inline isa::Program program(std::vector<isa::Siw> words, std::vector<isa::Loop> loops = {}) {
  isa::Program p;
  p.name = "test";
  p.streams.push_back({"code", std::move(words), std::move(loops)});
  isa::compute_dependency_flags(p.streams[0]);
  p.sentrons.push_back({"s0", 0, {}});
  p.groups.push_back({"g0", {0}});
  return p;
}

// Linear memory without gaps; addresses are never dereferenced.
inline std::uint8_t* flat_address(const isa::Coordinate& at) {
  const std::uint64_t index = isa::get_dimension(at, 0) + 2048ULL * isa::get_dimension(at, 1);
  return reinterpret_cast<std::uint8_t*>(0x10000000ULL + 64 * index);
}

inline LowerOptions options(HostIsa isa, bool resolves = true) {
  LowerOptions o;
  o.isa = isa;
  if (resolves) o.resolve = flat_address;
  return o;
}

inline Lowered lower_program(const isa::Program& p, const LowerOptions& o) { return lower(p.streams[0], p, o); }

inline std::size_t count(const HostCode& code, HostRole role) {
  return static_cast<std::size_t>(
      std::count_if(code.insts.begin(), code.insts.end(), [&](const HostInst& i) { return i.role == role; }));
}

// Index of the first instruction of the role that serves the word's pipe; the size where there is none.
inline std::size_t first_of(const HostCode& code, std::uint32_t w, isa::Pipe pipe,
                            HostRole role = HostRole::Operation) {
  const auto found = std::find_if(code.insts.begin(), code.insts.end(),
                                  [&](const HostInst& i) { return i.word == w && i.pipe == pipe && i.role == role; });
  return static_cast<std::size_t>(found - code.insts.begin());
}

// The instructions from the target of the jump at `jump` to it: a loop's body with its end.
inline std::vector<HostInst> body_of(const HostCode& code, std::size_t jump) {
  return {code.insts.begin() + code.insts[jump].target, code.insts.begin() + static_cast<std::ptrdiff_t>(jump) + 1};
}

// The backward jumps, each the end of a loop.
inline std::vector<std::size_t> loop_ends(const HostCode& code) {
  std::vector<std::size_t> ends;
  for (std::size_t i = 0; i < code.insts.size(); ++i) {
    const HostInst& inst = code.insts[i];
    if (inst.op == HostOp::Jcc && inst.target <= i && inst.role == HostRole::Loop) ends.push_back(i);
  }
  return ends;
}

}  // namespace vtpu::lowering::test
