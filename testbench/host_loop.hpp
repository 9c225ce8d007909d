// Loops of single host instructions, and of mixes of them: what a core is measured with, and what a layout must
// reproduce. They are no programs: no word, no lowering stands between the instruction and the core.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "isa/result.hpp"
#include "layout/layout.hpp"
#include "lowering/host_op.hpp"
#include "measure/sampler.hpp"

namespace vtpu::testbench {

// One instruction of a loop, before it has registers.
struct LoopInst {
  lowering::HostOp op = lowering::HostOp::Add;
  unsigned width = 8;  // bytes, as HostInst::width
  std::string
      operands;  // in Intel order: g general register, v vector, k mask, i immediate, m memory source, M destination
  friend bool operator==(const LoopInst&, const LoopInst&) = default;
};
[[nodiscard]] std::string to_text(const LoopInst& inst);  // "vaddps zmm, zmm, zmm"

// The form in which an operation is measured: registers wherever it takes them. Nothing for what a loop of its own
// cannot show (calls, exits).
[[nodiscard]] std::optional<LoopInst> plain_form(lowering::HostOp op, unsigned width);
// Widths in which the JIT emits an operation: 8 for integers, 16 to 64 for vectors.
[[nodiscard]] std::vector<unsigned> widths_of(lowering::HostOp op);

struct HostLoop {
  std::string name;
  std::vector<lowering::HostInst> body;  // of one pass, without loop control
  std::size_t counted = 0;               // instructions that a result is given for; the rest blocks ports
};

// Independent: results rotate through registers that nobody reads before they are written again.
// Every instruction `times` times, spread evenly over at least `least_insts` instructions.
[[nodiscard]] HostLoop independent_loop(const std::vector<std::pair<LoopInst, unsigned>>& mix, std::size_t least_insts);
// Each instruction reads the result of the one before. Nothing where an instruction's result cannot be its operand.
[[nodiscard]] std::optional<HostLoop> chain_loop(const LoopInst& inst, std::size_t insts);

// The loop with its control as assembly (Intel syntax) behind a label.
[[nodiscard]] std::string assembly_of(const HostLoop& loop, const std::string& label);

// Cycles of one pass on a layout, in the steady state. Throws std::invalid_argument for an instruction that the core
// lacks.
[[nodiscard]] double modelled_cycles(const HostLoop& loop, const layout::Layout& layout);

// Machine code of a loop, ready to be measured: one call runs `kLoopPasses` passes.
inline constexpr unsigned kLoopPasses = 64;
class CompiledLoop {
 public:
  [[nodiscard]] static Result<CompiledLoop> compile(const HostLoop& loop, lowering::HostIsa isa);
  CompiledLoop(CompiledLoop&&) noexcept;
  ~CompiledLoop();
  [[nodiscard]] measure::LoopUnderTest under_test();  // which must not outlive this

 private:
  struct Parts;
  explicit CompiledLoop(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace vtpu::testbench
