// Programs written in C++: words slot by slot, and the checks that a test program is valid.
#pragma once

#include <catch2/catch.hpp>

#include "isa/validate.hpp"
#include "reference/engine.hpp"

namespace vtpu::test {

using isa::Coordinate;
using isa::Op;
using isa::Type;

inline isa::Slot slot(Op op, unsigned form, Type type, std::array<std::uint8_t, 4> f, std::uint16_t lit = 0) {
  return {static_cast<std::uint8_t>(op), isa::make_form_type(form, type), f, lit};
}

// ---- operations by name: registers as numbers ----

using Byte = std::uint8_t;
inline isa::Slot add(Byte d, Byte a, Byte b) { return slot(Op::DADD, 0, Type::I64, {d, a, b, 0}); }
inline isa::Slot add_imm(Byte d, Byte a) { return slot(Op::DADD, 1, Type::I64, {d, a, 0, 0}); }
inline isa::Slot mul(Byte d, Byte a, Byte b) { return slot(Op::DMUL, 0, Type::I64, {d, a, b, 0}); }
inline isa::Slot mov(Byte d, Byte a) { return slot(Op::DMOV, 0, Type::I64, {d, a, 0, 0}); }
inline isa::Slot mov_imm(Byte d) { return slot(Op::DMOV, 1, Type::I64, {d, 0, 0, 0}); }
inline isa::Slot mov_lane(Byte d, Byte m, Byte lane) {
  return slot(Op::DMOV, 2, Type::I64, {d, static_cast<Byte>(m | lane << 4), 0, 0});
}
inline isa::Slot gather(Byte d, Byte p, Byte lane, isa::PostInc inc = {}) {
  return slot(Op::SGATHER, 0, Type::I64, {d, p, lane, 0}, isa::make_post_inc(inc));
}
inline isa::Slot scatter(Byte r, Byte p, Byte lane, isa::PostInc inc = {}) {
  return slot(Op::SSCATTR, 0, Type::I64, {r, p, lane, 0}, isa::make_post_inc(inc));
}
inline isa::Slot index(Byte d, Byte p, Byte dimension) {
  return slot(Op::SINDEX, 0, Type::None, {d, p, 0, 0}, dimension);
}
inline isa::Slot index_by(Byte d, Byte p, Byte r, Byte dimension) {
  return slot(Op::SINDEX, 1, Type::None, {d, p, r, 0}, dimension);
}
inline isa::Slot set_pointer(Byte d) { return slot(Op::SSETP, 0, Type::None, {d, 0, 0, 0}); }
inline isa::Slot pack(Byte m, Byte lane, Byte r) {
  return slot(Op::CPACK, 0, Type::I64, {static_cast<Byte>(m | lane << 4), r, 0, 0});
}
inline isa::Slot send(Byte m, std::uint16_t to) { return slot(Op::CSEND, 0, Type::None, {m, 0, 0, 0}, to); }
inline isa::Slot send_routed(Byte m) { return slot(Op::CSEND, 1, Type::None, {m, 0, 0, 0}); }
inline isa::Slot receive(Byte m, std::uint16_t from) { return slot(Op::CRECV, 0, Type::None, {m, 0, 0, 0}, from); }
inline isa::Slot receive_listened(Byte m) { return slot(Op::CRECV, 1, Type::None, {m, 0, 0, 0}); }
inline isa::Slot route(Byte m, std::uint16_t to) { return slot(Op::CROUTE, 0, Type::None, {m, 0, 0, 0}, to); }
inline isa::Slot route_by(Byte m, Byte r) { return slot(Op::CROUTE, 1, Type::None, {m, r, 0, 0}); }
inline isa::Slot listen(Byte m, std::uint16_t from) { return slot(Op::CLISTEN, 0, Type::None, {m, 0, 0, 0}, from); }
inline isa::Slot barrier(std::uint16_t group) { return slot(Op::CBAR, 0, Type::None, {}, group); }
inline isa::Slot reduce(Byte r, std::uint16_t group, isa::RedOp op) {
  return slot(Op::CREDUCE, 0, Type::I64, {r, 0, 0, 0},
              static_cast<std::uint16_t>(group | static_cast<unsigned>(op) << 12));
}
inline isa::Slot cast(Byte m, Byte member, std::uint16_t group) {
  return slot(Op::CCAST, 0, Type::None, {m, member, 0, 0}, group);
}

// A word of the given slots; each finds its pipe by its operation.
inline isa::Siw word(std::initializer_list<isa::Slot> slots, std::uint64_t imm = 0, Coordinate at = {}) {
  isa::Siw w;
  for (const isa::Slot& each : slots) w.slot(isa::info_of(op_of(each)).pipe) = each;
  w.imm = imm;
  w.set_coord(at);
  return w;
}

inline isa::Siw nop() { return {}; }

inline std::string numbered(std::string name, std::uint64_t number) { return name.append(std::to_string(number)); }

class ProgramBuilder {
 public:
  // A sentron with a stream of its own. Returns its number.
  std::uint32_t sentron(const std::string& name, std::vector<isa::Siw> words, std::vector<isa::Loop> loops = {},
                        const isa::Registers& initial = {}) {
    program.streams.push_back({name, std::move(words), std::move(loops)});
    compute_dependency_flags(program.streams.back());
    program.sentrons.push_back({name, static_cast<std::uint32_t>(program.streams.size() - 1), initial});
    return static_cast<std::uint32_t>(program.sentrons.size() - 1);
  }
  std::uint16_t group(const std::string& name, std::vector<std::uint32_t> members) {
    program.groups.push_back({name, std::move(members)});
    return static_cast<std::uint16_t>(program.groups.size() - 1);
  }
  [[nodiscard]] reference::RunOutcome run(const reference::ReferenceOptions& options = {}) const {
    for (const Error& error : validate(program)) FAIL(error.text());
    return reference::run(program, options);
  }

  isa::Program program;
};

inline isa::Registers registers_with_r(std::initializer_list<std::uint64_t> values) {
  isa::Registers registers;
  std::copy(values.begin(), values.end(), registers.r.begin());
  return registers;
}

inline Coordinate at(std::uint32_t d1, std::uint32_t d0) {
  return isa::with_dimension(isa::with_dimension({}, 1, d1), 0, d0);
}

}  // namespace vtpu::test
