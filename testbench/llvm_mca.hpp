// What llvm-mca says about the hot loops of a program, where it is installed: a peer to compare our models with.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "isa/result.hpp"
#include "native/code_loops.hpp"
#include "native/engine.hpp"

namespace vtpu::testbench {

struct LlvmMca {
  std::string command;  // "llvm-mca-19"
  std::string cpu;      // its name for the core: "znver5"
};

// Whether llvm-mca has a name for the core of a layout, in some version.
[[nodiscard]] bool llvm_mca_names(const std::string& layout_name);

// Every installed version, newest first, each with the core that it knows nearest to that of a layout ("zen5",
// "golden_cove"): older versions lack newer cores. Empty for layouts of no real core.
[[nodiscard]] std::vector<LlvmMca> installed_llvm_mca(const std::string& layout_name);

// The newest version that knows the core itself; nothing where there is none.
[[nodiscard]] std::optional<LlvmMca> find_llvm_mca(const std::string& layout_name);

// Cycles of one pass through each of some loops (assembly in Intel syntax), simulated for `passes`. Errors: what
// llvm-mca says of code or core that it does not know.
[[nodiscard]] Result<std::vector<double>> llvm_mca_cycles(const LlvmMca& mca, const std::vector<std::string>& loops,
                                                          unsigned passes);

// Operations of words in one pass through a loop that is left in a stream's code after unrolling.
[[nodiscard]] std::uint64_t operations_per_pass(const isa::Stream& stream, const lowering::Lowered& lowered,
                                                const native::CodeLoop& loop);

// Operations per cycle of a program, from its streams' hottest loops, each weighed by the operations that its sentrons
// execute. Nothing where a stream that matters has no loop, or llvm-mca does not accept the code.
[[nodiscard]] std::optional<double> llvm_mca_answer(const LlvmMca& mca, const isa::Program& program,
                                                    const native::NativeMachine& machine);

}  // namespace vtpu::testbench
