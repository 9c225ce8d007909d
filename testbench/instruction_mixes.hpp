// What a layout makes of mixes of host instructions beside what llvm-mca makes of the same instructions, and why they
// differ where they do: for cores that nobody here can measure.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "layout/layout.hpp"
#include "testbench/host_loop.hpp"
#include "testbench/llvm_mca.hpp"

namespace vtpu::testbench {

// Cycles of the layout's model and of llvm-mca.
struct BothCycles {
  double ours = 0;
  double theirs = 0;
  // Operations per cycle of ours against theirs, less one: above zero, we are faster.
  [[nodiscard]] double difference() const { return theirs / ours - 1; }
  [[nodiscard]] bool differ() const;  // by more than kMixTolerance, either way
};
inline constexpr double kMixTolerance = 0.2;

// One instruction alone: cycles per independent one.
struct SingleRow {
  LoopInst inst;
  BothCycles cycles;
  std::string reason;  // why the layout says something else on purpose; empty: nobody wrote one down
};

using Mix = std::vector<std::pair<LoopInst, unsigned>>;  // each so many times

struct MixRow {
  Mix mix;
  BothCycles cycles;                // of the mix once
  std::vector<std::string> causes;  // where they differ: instructions that differ alone, parts that do together
};

struct MixComparison {
  std::string layout;
  LlvmMca mca;
  std::vector<SingleRow> singles;
  std::vector<MixRow> mixes;

  // Singles without a reason and mixes without a cause that differ.
  [[nodiscard]] std::size_t unexplained() const;
};

// All instructions in all forms that the layout and the JIT have, alone and in `mixes` random mixes of two to six.
// Errors: llvm-mca's.
[[nodiscard]] Result<MixComparison> compare_mixes(const layout::Layout& layout, const LlvmMca& mca, unsigned mixes,
                                                  std::uint64_t seed,
                                                  const std::function<void(const std::string&)>& progress);

[[nodiscard]] std::string to_text(const Mix& mix);
[[nodiscard]] std::string to_text(const MixComparison& comparison);
[[nodiscard]] nlohmann::json to_json(const MixComparison& comparison);

}  // namespace vtpu::testbench
