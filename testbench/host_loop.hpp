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

// Registers that every loop finds set: the address of its memory (which holds its own address), and two values.
inline constexpr lowering::HostReg kLoopPointer = lowering::gpr(6);
inline constexpr lowering::HostReg kLoopSource = lowering::gpr(1);
inline constexpr lowering::HostReg kLoopOther = lowering::gpr(14);
struct LoopRegisters {
  lowering::HostReg result;
  lowering::HostReg general, vector, masked;  // sources of each class
};
[[nodiscard]] lowering::HostInst instance_of(const LoopInst& inst, const LoopRegisters& registers, unsigned line = 0);

// A ring of pointers at random, one in each `stride_bytes` of the memory; `mov p, [p]` steps. kLoopPointer starts at
// the first, kLoopOther half way round.
struct Ring {
  std::uint32_t places = 0;  // 0: no ring
  std::uint32_t stride_bytes = 64;
  bool in_order = false;
};
[[nodiscard]] std::vector<std::uint32_t> offsets_of(const Ring& ring);

// What results rotate through.
inline constexpr std::array<unsigned, 10> kLoopResults{0, 2, 3, 8, 9, 10, 11, 12, 13, 15};
[[nodiscard]] constexpr lowering::HostReg loop_result(std::size_t number) {
  return lowering::gpr(kLoopResults[number % kLoopResults.size()]);
}

// Without a ring, `lea p, [p + n]` with kLoopPointer as p moves on through the memory; each call begins at its start.
struct HostLoop {
  std::string name;
  std::vector<lowering::HostInst> body;  // of one pass, without loop control
  std::size_t counted = 0;               // instructions that a result is given for; the rest blocks ports
  std::uint32_t memory_bytes = 512;      // that kLoopPointer points to
  Ring ring = {};                        // without one kLoopPointer and kLoopOther are as said above
  unsigned passes = 64;                  // per call
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

// Wide where an instruction computes on 512 bits, or floats or products on 256, as Golden Cove asks for the licence.
[[nodiscard]] measure::Licence licence_of(const std::vector<lowering::HostInst>& insts);

inline constexpr std::uint32_t kMostPlacesGoneRound = 65536;

// Machine code of a loop, ready to be measured: one call runs all its passes. A ring that takes several calls is gone
// round once before each sample, where it has no more than kMostPlacesGoneRound: what other loops have displaced is
// back.
class CompiledLoop {
 public:
  [[nodiscard]] static Result<CompiledLoop> compile(const HostLoop& loop, lowering::HostIsa isa);
  CompiledLoop(CompiledLoop&&) noexcept;
  ~CompiledLoop();
  [[nodiscard]] measure::LoopUnderTest under_test();  // which must not outlive this
  // The machine code of the body, without loop control.
  [[nodiscard]] std::vector<std::uint8_t> body_bytes() const;

 private:
  struct Parts;
  explicit CompiledLoop(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace vtpu::testbench
