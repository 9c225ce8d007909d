// The native engine: a program as machine code on the CPU at hand.
//
//   auto machine = NativeMachine::create(program, {});
//   (*machine)->run();
//   isa::MachineState state = (*machine)->state();
//
// To measure: reset(), then run() under the clock. run() with one worker does nothing but execute.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "native/image.hpp"
#include "reference/deadlock.hpp"

namespace vtpu::native {

struct NativeOutcome {
  std::uint32_t retired = 0;  // sentrons
  std::uint32_t faulted = 0;
  std::uint32_t waiting = 0;                    // for ever
  std::optional<reference::Deadlock> deadlock;  // set where waiting > 0
};

// Executed words and operations, all sentrons together. An elided operation lowers to no instruction; it is counted in
// `elided` and not in `operations`. NOPs are counted nowhere.
struct NativeCounts {
  std::uint64_t words = 0;
  std::array<std::uint64_t, isa::kPipes> operations{};
  std::array<std::uint64_t, isa::kPipes> elided{};
  [[nodiscard]] std::uint64_t all_operations() const { return operations[0] + operations[1] + operations[2]; }
};

class NativeMachine {
 public:
  // Precondition: as Image::create. Errors also where this CPU lacks `options.isa` (or any that would do).
  [[nodiscard]] static Result<std::unique_ptr<NativeMachine>> create(const isa::Program& program,
                                                                     const NativeOptions& options);
  ~NativeMachine();
  NativeMachine(const NativeMachine&) = delete;
  NativeMachine& operator=(const NativeMachine&) = delete;

  // Initial memory and sentrons as at spawn, pages and translations where they are. Needed before every run but the
  // first.
  void reset();
  // Runs until no sentron can go on.
  void run();

  [[nodiscard]] NativeOutcome outcome() const;  // of the last run
  [[nodiscard]] isa::MachineState state() const { return image_->state(); }
  // From the loops of the streams; nothing where the last run did not bring every sentron to its end.
  [[nodiscard]] std::optional<NativeCounts> counts() const;

  [[nodiscard]] lowering::HostIsa isa() const { return isa_; }
  [[nodiscard]] const lowering::HostCode& code(std::uint32_t stream) const { return image_->lowered()[stream].code; }
  [[nodiscard]] const Image& image() const { return *image_; }

  // Every word, each followed by its host instructions: offset, bytes, text, role.
  [[nodiscard]] std::string listing() const;
  // Assembly (Intel syntax) of a stream for llvm-mca, in two regions: "NAME.loop", the body of the innermost loop that
  // executes most words (left out where no loop is left in the code), and "NAME", the stream up to its first exit.
  [[nodiscard]] std::string mca_export(std::uint32_t stream) const;

 private:
  class Runner;
  NativeMachine(lowering::HostIsa isa, std::unique_ptr<Image> image);

  lowering::HostIsa isa_;
  std::unique_ptr<Image> image_;
  std::unique_ptr<Runner> runner_;
};

// How often each word of a stream is executed by one sentron that comes to its end. Saturates.
[[nodiscard]] std::vector<std::uint64_t> executions_of(const isa::Stream& stream);

}  // namespace vtpu::native
