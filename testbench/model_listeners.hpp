// What listens to a run of a timing model: the timeline and the traces that were asked for (private to this room).
#pragma once

#include <memory>
#include <vector>

#include "rtl/adapter/rtl_waves.hpp"
#include "testbench/engines.hpp"
#include "traces/collector.hpp"
#include "traces/timeline.hpp"
#include "traces/tracer.hpp"

namespace vtpu::testbench {

class ModelListeners {
 public:
  // choice.layout is set and outlives this. Errors: traces that cannot be written.
  [[nodiscard]] static Result<ModelListeners> create(const isa::Program& program, const EngineChoice& choice);

  [[nodiscard]] std::vector<events::Listener*> all() const;
  // Where the RTL's own signals are wanted; otherwise nullptr.
  [[nodiscard]] rtl::RtlProbe* probe() const { return rtl_waves_.get(); }
  // After the run; report.model is set. Errors: traces that could not be written whole.
  [[nodiscard]] Result<void> finish(RunReport& report);

 private:
  std::unique_ptr<traces::Timeline> timeline_;
  std::unique_ptr<traces::Collector> timeline_collector_;
  std::unique_ptr<rtl::RtlWaves> rtl_waves_;  // outlives the tracer, which writes into its file
  std::unique_ptr<traces::Tracer> tracer_;
};

}  // namespace vtpu::testbench
