// A program on the host machine, one instruction at a time: what a timing model replays. The result is the same as the
// native engine's, and so is the order of instructions with one worker.
#pragma once

#include <array>
#include <memory>
#include <unordered_map>
#include <vector>

#include "native/host_machine.hpp"
#include "native/image.hpp"

namespace vtpu::native {

// An instruction that has been executed.
struct ExecutedInst {
  const lowering::HostInst* inst = nullptr;
  std::uint32_t stream = 0;
  std::uint32_t index = 0;  // in HostCode::insts
  std::uint32_t sentron = 0;
  std::uint64_t address = 0;       // of the memory operand; pages are numbered by first touch, so it is the same in
                                   // every process
  std::uint8_t bytes = 0;          // of the memory operand, 0: none; prefetches and flushes: 64
  bool is_load = false;            // reads memory
  bool is_store = false;           // writes memory (both: read-modify-write)
  bool taken = false;              // jumps
  bool long_root = false;          // as HostEffect::long_root
  std::uint64_t code_address = 0;  // where the JIT's encoding lies, streams one after the other from kCodeBase
  std::uint8_t code_bytes = 0;     // of the encoding; a helper call's is that of its whole sequence
};

inline constexpr std::uint64_t kCodeBase = 0x400000;

enum class HostStep : std::uint8_t {
  Inst,      // an instruction; Exit is one too
  Helper,    // CallHelper, the helper has run
  Switch,    // sentron and stream are what runs next; no instruction
  Finished,  // no sentron can go on; nothing is filled
};

class HostExecution {
 public:
  // Precondition: as Image::create. `options.workers` does not count: there is one. Runs any instruction set, whatever
  // the CPU at hand has; without `options.isa` the widest of this CPU, or AVX2 where it has neither.
  [[nodiscard]] static Result<std::unique_ptr<HostExecution>> create(const isa::Program& program,
                                                                     const NativeOptions& options);
  [[nodiscard]] HostStep next(ExecutedInst& executed);
  void reset();

  [[nodiscard]] isa::MachineState state() const { return image_->state(); }
  [[nodiscard]] const lowering::HostCode& code(std::uint32_t stream) const { return image_->lowered()[stream].code; }
  [[nodiscard]] const Image& image() const { return *image_; }

 private:
  explicit HostExecution(std::unique_ptr<Image> image);
  [[nodiscard]] HostStep switch_sentron(ExecutedInst& executed);
  [[nodiscard]] std::uint64_t stable_address(std::uint64_t address);

  struct Stream {
    DecodedCode decoded;
    std::uint64_t code_base = 0;
    std::vector<std::uint8_t> code_bytes;  // by instruction
  };

  std::unique_ptr<Image> image_;
  std::vector<Stream> streams_;
  HostMachine machine_;
  Stream* running_ = nullptr;  // nullptr: the next step switches
  std::uint32_t sentron_ = 0;
  std::uint32_t stream_ = 0;
  std::uint32_t next_ = 0;  // instruction
  bool exited_ = false;     // the sentron's code has exited and is to be settled
  HostEffect effect_;
  std::unordered_map<std::uint64_t, std::uint64_t> pages_;  // real page number to stable page number
  struct RecentPage {
    std::uint64_t page = ~0ULL;
    std::uint64_t stable = 0;
  };
  std::array<RecentPage, 64> recent_{};  // by the page number's low bits, in front of pages_
};

}  // namespace vtpu::native
