// The RTL core behind the seams of the SystemC core: words and memory answers go in within the cycle, events come out.
#pragma once

#include <functional>
#include <memory>

#include "core/core_model.hpp"
#include "rtl/adapter/retired_values.hpp"

class Vsentron_core;  // NOLINT(readability-identifier-naming): as Verilator names it

namespace vtpu::rtl {

// Looks at the Verilated core; what traces need.
class RtlProbe {
 public:
  virtual ~RtlProbe() = default;
  // The core number `core` was built and holds its layout; its first cycle comes.
  virtual void on_built(std::uint32_t core, Vsentron_core& model) = 0;
  // All signals of cycle `now` have their final values.
  virtual void on_cycle(core::Cycle now, std::uint32_t core, Vsentron_core& model) = 0;
};

// An operation retired with a value that is not the executed word's; or, without a uop, the RTL asks for another word.
using OnWrongValue = std::function<void(core::Cycle, const events::UopInfo*, const ValueDifference&)>;

// Preconditions: why_too_large(layout) is empty, one thread. The probe, where there is one, outlives the core. A wrong
// value is a std::logic_error where nobody hears of it.
[[nodiscard]] std::unique_ptr<core::CoreModel> make_rtl_core(const core::CoreParts& parts, RtlProbe* probe = nullptr,
                                                             OnWrongValue on_wrong_value = {});

}  // namespace vtpu::rtl
