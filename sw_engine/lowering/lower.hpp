// Lowering: a stream of words becomes the host instructions that one core runs. docs/developer/lowering.md describes
// the register convention, the kinds of loops, translation, messages and resume points.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "isa/program.hpp"
#include "lowering/host_op.hpp"
#include "phext/placement.hpp"

namespace vtpu::lowering {

struct LowerOptions {
  HostIsa isa = HostIsa::Avx512;
  phext::Placement placement = phext::Placement::Linear;
  // Host address of the cell at a coordinate (its page is mapped now and stays where it is). Empty, or nullptr as the
  // answer: the cell is translated when the code runs.
  std::function<std::uint8_t*(const isa::Coordinate&)> resolve;
  // Initial registers where every sentron that runs this stream starts with them: lets coordinates be constants.
  std::optional<isa::Registers> known_initial;
  unsigned max_unroll_insts = 256;  // host instructions of an unrolled loop body
  bool hoist = true;                // translate affine coordinates once per page instead of per access
  bool unroll = true;
};

enum class LoopKind : std::uint8_t {
  Static,   // every address is a constant or bumped from one
  Hoisted,  // some addresses are translated once per page and bumped
  Generic,  // at least one access is translated each time, and none is hoisted
};
[[nodiscard]] std::string_view name_of(LoopKind kind);

struct LoopReport {
  std::uint32_t first = 0;  // words, as in isa::Loop
  std::uint32_t last = 0;
  std::uint64_t count = 1;
  LoopKind kind = LoopKind::Static;
  std::uint64_t unroll = 1;  // copies of the body; `count` when unrolled completely
  std::string why;           // one sentence
};

struct Lowered {
  HostCode code;
  std::vector<std::uint32_t> literal_out;  // sentron numbers that csend names, by position in context.literal_out
  std::vector<std::uint32_t> literal_in;   // the same for crecv
  std::vector<LoopReport> loops;           // in the order of Stream::loops
};

// Precondition: the program is valid (isa::validate) and holds the stream. Throws std::logic_error on a broken
// invariant.
[[nodiscard]] Lowered lower(const isa::Stream& stream, const isa::Program& program, const LowerOptions& options);

}  // namespace vtpu::lowering
