// One core modelled twice: SystemC and RTL run side by side in every cycle, on the same words and the same answers of
// memory, and must say that the same happens. The first difference ends the run.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/core_model.hpp"
#include "rtl/adapter/rtl_core.hpp"

namespace vtpu::testbench {

// What was different, in sentences.
struct LockstepDifference {
  events::Cycle cycle = 0;
  std::uint32_t core = 0;
  std::string unit;  // the unit of rtl/ and systemc/core that decides it: "issue_unit"
  std::string systemc, rtl;
  std::vector<std::string> retirements;  // the last ones, oldest first; the uop in question is marked
  std::vector<std::string> queues;       // both models' queues
  [[nodiscard]] std::string text() const;
};

class LockstepFailure : public std::runtime_error {
 public:
  explicit LockstepFailure(LockstepDifference difference)
      : std::runtime_error(difference.text()), difference_(std::move(difference)) {}
  [[nodiscard]] const LockstepDifference& difference() const { return difference_; }

 private:
  LockstepDifference difference_;
};

// Neither model may stay without a retirement for longer.
struct LockstepLimits {
  events::Cycle start = 100'000;    // cycles to the first one, from the first fetch
  events::Cycle silence = 100'000;  // cycles between two while uops are in flight
};

// rtl_listeners hear the RTL; parts.listeners the SystemC core. tick() throws LockstepFailure. Precondition: the RTL
// can be this layout (rtl::why_too_large).
[[nodiscard]] std::unique_ptr<core::CoreModel> make_lockstep_core(const core::CoreParts& parts,
                                                                  const LockstepLimits& limits = {},
                                                                  rtl::RtlProbe* probe = nullptr,
                                                                  std::vector<events::Listener*> rtl_listeners = {});

}  // namespace vtpu::testbench
