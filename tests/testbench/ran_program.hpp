// A program of programs/, run by the reference engine, and its results.
#pragma once

#include <bit>
#include <catch2/catch.hpp>
#include <string>

#include "asm/assembler.hpp"
#include "reference/engine.hpp"

namespace vtpu::test {

struct Ran {
  isa::Program program;
  reference::RunOutcome outcome;

  [[nodiscard]] isa::Cell cell(const std::string& name) const { return cell(program.coordinates.at(name)); }
  [[nodiscard]] isa::Cell cell(const isa::Coordinate& at) const {
    const auto found = outcome.state.memory.find(at);
    return found == outcome.state.memory.end() ? isa::Cell{} : found->second;
  }
  // The cell `d0` behind a named one along dimension 0.
  [[nodiscard]] isa::Cell cell(const std::string& name, unsigned d0) const {
    return cell(*isa::step(program.coordinates.at(name), 0, d0));
  }
};

// Element i of 16.
inline std::uint32_t u32(const isa::Cell& v, unsigned i) {
  return static_cast<std::uint32_t>(v.lane[i / 2] >> (i % 2 * 32));
}
inline std::int32_t i32(const isa::Cell& v, unsigned i) { return std::bit_cast<std::int32_t>(u32(v, i)); }
inline float f32(const isa::Cell& v, unsigned i) { return std::bit_cast<float>(u32(v, i)); }

// By its name within programs/, "dot_product".
inline Ran run_program(const std::string& name) {
  const auto program = assembly::assemble_file(VTPU_SOURCE_DIR "/programs/" + name + ".siw");
  INFO((program ? std::string() : program.error().front().text()));
  REQUIRE(program);
  return {*program, reference::run(*program)};
}

inline void require_all_retired(const Ran& ran) {
  REQUIRE_FALSE(ran.outcome.deadlock);
  for (const isa::SentronState& s : ran.outcome.state.sentrons) REQUIRE(s.lifecycle == isa::Lifecycle::Retired);
}

}  // namespace vtpu::test
