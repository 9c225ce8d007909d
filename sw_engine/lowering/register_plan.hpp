// Which values of a region (an outermost loop nest, or the words between two) live in host registers.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "isa/program.hpp"
#include "lowering/context.hpp"
#include "lowering/coordinate_effect.hpp"
#include "lowering/emitter.hpp"

namespace vtpu::lowering {

// Counter slots: by loop depth in the region, and one for the iterations left in a page chunk.
inline constexpr unsigned kChunkCounter = kMaxLoopDepth;
inline constexpr unsigned kCounters = kMaxLoopDepth + 1;
inline constexpr unsigned kMaxPointers = 4;
inline constexpr unsigned kMaxAnchors = 2;
inline constexpr unsigned kMostVectorTemporaries = 6;  // of any operation

// A region of a stream: words first..last, where `nest` is the loop that they are, or nullptr.
struct Region {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  const LoopNode* nest = nullptr;
};

// What lowering a region once has shown; the second time registers are given out by it.
struct RegionUse {
  int rounds = 0;        // how often it was measured
  bool uses_rax = true;  // as temporaries, outside of cold code
  bool uses_rcx = true;
  bool uses_rdx = true;
  unsigned vector_temporaries = kMostVectorTemporaries;
  unsigned pointers = kMaxPointers;
  std::array<double, kCounters> counter_weight{};  // executions of counting instructions
  std::map<std::uint64_t, double> addresses;       // constant cell addresses, with their executions
};

struct Anchor {
  HostReg reg;
  std::uint64_t base = 0;
};

struct RegisterPlan {
  std::array<HostReg, isa::kIntRegisters> r{};     // invalid: in the context
  std::array<HostReg, isa::kVectorRegisters> v{};  // Avx2: the first of two; invalid: in the context
  HostReg cmp;                                     // invalid: in the context
  std::array<HostReg, kCounters> counter{};        // invalid: in the context
  std::vector<HostReg> pointers;
  std::vector<Anchor> anchors;
  unsigned r_used = 0, r_written = 0, v_used = 0, v_written = 0;  // a bit each
  bool cmp_used = false, cmp_written = false;
  bool scalar_mask = false;  // k1 = 1 is needed (Avx512)
};

[[nodiscard]] RegisterPlan plan_registers(const isa::Stream& stream, const Region& region, HostIsa isa,
                                          const RegionUse& use);

}  // namespace vtpu::lowering
