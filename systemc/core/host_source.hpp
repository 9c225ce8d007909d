// The uop source of a real core that runs our code: replays the x86-64 instructions that the JIT emits, as the host
// machine executes them, loop control, address translation, helper calls and switches between sentrons included.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/branch_predictor.hpp"
#include "core/code_delivery.hpp"
#include "core/host_cracker.hpp"
#include "core/uop_source.hpp"
#include "native/host_execution.hpp"

namespace vtpu::core {

class HostSource final : public UopSource {
 public:
  // The execution is at its start and outlives the source.
  HostSource(native::HostExecution& execution, const layout::Layout& layout);
  // Goes on with what an earlier run of the same code left in the predictor. Not in the code caches: where runs are
  // measured, other code runs between them.
  HostSource(native::HostExecution& execution, const layout::Layout& layout, HostSource&& earlier);

  FetchStatus next(events::Cycle now, bool idle, SourceUop& out) override;
  void retire(events::Cycle now, const SourceUop& uop) override;
  [[nodiscard]] bool finished() const override { return finished_ && uop_ == uops_ && !has_ahead_; }

  [[nodiscard]] std::uint64_t instructions() const { return instructions_; }  // retired
  [[nodiscard]] std::uint64_t switches() const { return switches_; }
  [[nodiscard]] std::uint64_t helper_calls() const { return helper_calls_; }
  [[nodiscard]] const CodeDelivery& delivery() const { return delivery_; }

 private:
  // The next executed instruction is in ahead_; false when there is none.
  bool look_ahead();
  // Takes the next instruction, or pair, in hand; false when it is not delivered in this cycle or there is none.
  bool take(events::Cycle now, FetchStatus& status);
  void take_switch(events::Cycle now);
  void fill(SourceUop& out) const;
  [[nodiscard]] bool mispredicted(const native::ExecutedInst& branch);

  native::HostExecution& execution_;
  const layout::Layout& layout_;
  std::vector<std::vector<CrackedInst>> streams_;
  std::vector<std::vector<std::uint32_t>> fetches_;  // by stream and instruction
  std::vector<std::size_t> first_branch_;            // of each stream: numbers of branches are instruction numbers
  std::vector<bool> spawned_;                        // by sentron
  BranchPredictor predictor_;
  CodeDelivery delivery_;

  native::ExecutedInst ahead_;
  native::HostStep ahead_step_ = native::HostStep::Inst;
  bool has_ahead_ = false;
  bool finished_ = false;

  // In hand.
  const SourceUop* uop_ = nullptr;   // next to be given out
  const SourceUop* uops_ = nullptr;  // end
  native::ExecutedInst inst_;
  bool taken_ = false, mispredicted_ = false;
  events::Cycle resume_at_ = 0;  // the runtime's code keeps fetch until then
  std::uint32_t iteration_ = 0;
  std::uint32_t instructions_in_hand_ = 0;
  SourceUop switch_uop_;
  bool new_context_ = false;
  bool any_started_ = false;

  std::uint64_t instructions_ = 0, switches_ = 0, helper_calls_ = 0;
};

}  // namespace vtpu::core
