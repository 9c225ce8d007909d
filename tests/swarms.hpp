// The swarms of programs/swarm_*, of any size, and what they compute.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "asm/assembler.hpp"
#include "isa/state.hpp"

namespace vtpu::test {

inline const std::vector<std::string> kSwarms{"reduce", "broadcast", "pipeline", "ring"};

struct Size {
  std::int64_t sentrons = 100;
  std::int64_t rounds = 10;
};

inline isa::Program swarm(const std::string& kind, Size size) {
  const auto program =
      assembly::assemble_file(VTPU_SOURCE_DIR "/programs/swarm_" + kind + ".siw",
                              {{"sentrons", size.sentrons}, {kind == "pipeline" ? "items" : "rounds", size.rounds}});
  INFO((program ? std::string() : program.error().front().text()));
  REQUIRE(program);
  return *program;
}

inline std::uint64_t lane0(const isa::MachineState& state, const isa::Program& program, const std::string& name,
                           std::uint32_t sentron = 0) {
  isa::Coordinate at = *isa::step(program.coordinates.at(name), 0, sentron % 2000);
  at = *isa::step(at, 1, sentron / 2000);
  const auto cell = state.memory.find(at);
  return cell == state.memory.end() ? 0 : cell->second.lane[0];
}

// What the first comment of each program says.
inline void check_results(const std::string& kind, Size size, const isa::Program& program,
                          const isa::MachineState& state) {
  const auto n = static_cast<std::uint64_t>(size.sentrons);
  const auto rounds = static_cast<std::uint64_t>(size.rounds);
  REQUIRE(state.sentrons.size() == n);
  for (const isa::SentronState& s : state.sentrons) REQUIRE(s.lifecycle == isa::Lifecycle::Retired);
  if (kind == "pipeline") {
    REQUIRE(lane0(state, program, "result") == rounds * (rounds - 1) / 2 + rounds * (n - 1) * (n - 2) / 2);
  } else if (kind == "ring") {
    REQUIRE(lane0(state, program, "result") == n * rounds);
    for (const isa::SentronState& s : state.sentrons) REQUIRE(s.registers.r[3] == rounds);
  } else {
    const std::uint64_t expected = kind == "reduce" ? rounds * n * (n + 1) / 2 + n * rounds * (rounds - 1) / 2
                                                    : rounds * (1 + std::min<std::uint64_t>(n, 100));
    for (std::uint32_t s = 0; s < n; ++s) REQUIRE(lane0(state, program, "out", s) == expected);
  }
}

}  // namespace vtpu::test
