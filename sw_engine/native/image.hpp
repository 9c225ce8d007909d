// A program made ready to run on host instructions: memory, lowered streams, their machine code and the runtime. The
// native engine runs its machine code, the host execution steps through its instructions.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "isa/program.hpp"
#include "isa/result.hpp"
#include "lowering/lower.hpp"
#include "native/jit.hpp"
#include "native/runtime.hpp"
#include "phext/page_table.hpp"

namespace vtpu::native {

struct NativeOptions {
  std::optional<lowering::HostIsa> isa;  // none: the widest that this CPU has
  phext::PlacementPolicy placement = phext::Placement::Linear;
  unsigned workers = 1;  // at least 1
  std::uint64_t page_limit = phext::PhextLimits{}.max_pages;
  bool hoist = true;  // lowering::LowerOptions
  bool unroll = true;
  unsigned loop_alignment_bytes = 32;
};

class Image {
 public:
  // Precondition: `program` is valid (isa::validate) and outlives the image. `options.isa` is set. Errors: initial
  // memory over the page limit, instructions that do not encode.
  [[nodiscard]] static Result<std::unique_ptr<Image>> create(const isa::Program& program, const NativeOptions& options);

  // Initial memory and sentrons as at spawn. Cells stay at their addresses.
  void reset();

  [[nodiscard]] const isa::Program& program() const { return *program_; }
  [[nodiscard]] const std::vector<lowering::Lowered>& lowered() const { return lowered_; }
  [[nodiscard]] const std::vector<CompiledCode>& compiled() const { return compiled_; }
  [[nodiscard]] Runtime& runtime() { return *runtime_; }
  [[nodiscard]] const Runtime& runtime() const { return *runtime_; }
  [[nodiscard]] const phext::PhextMemory& memory() const { return memory_; }
  [[nodiscard]] isa::MachineState state() const;

 private:
  Image(const isa::Program& program, const NativeOptions& options);
  [[nodiscard]] Result<void> build(const NativeOptions& options);

  const isa::Program* program_;
  phext::PhextMemory memory_;
  std::vector<lowering::Lowered> lowered_;
  std::vector<CompiledCode> compiled_;
  std::unique_ptr<Runtime> runtime_;
};

}  // namespace vtpu::native
