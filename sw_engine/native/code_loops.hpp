// Loops as they are left in a stream's host code, after unrolling.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "isa/program.hpp"
#include "lowering/host_op.hpp"

namespace vtpu::native {

// Instructions first..last (both inside); the last one jumps back to the first.
struct CodeLoop {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  friend bool operator==(const CodeLoop&, const CodeLoop&) = default;
};

// Those that hold no other loop, in code order.
[[nodiscard]] std::vector<CodeLoop> innermost_loops(const lowering::HostCode& code);

// Of these, the one whose words are executed most often; nothing where there is no loop.
[[nodiscard]] std::optional<CodeLoop> hottest_loop(const isa::Stream& stream, const lowering::HostCode& code);

}  // namespace vtpu::native
