// The waves of a lockstep: both models and their difference in one file, and in FST the RTL's own signals beside them.
#pragma once

#include <memory>

#include "rtl/adapter/rtl_waves.hpp"
#include "testbench/lockstep.hpp"
#include "traces/collector.hpp"
#include "traces/tracer.hpp"
#include "traces/wave_writer.hpp"

namespace vtpu::testbench {

struct LockstepWaveRequest {
  std::string path;  // .fst or .vcd
  traces::Window window;
  std::uint64_t limit_bytes = traces::kUsualLimitBytes;  // 0: none
};

class LockstepWaves {
 public:
  // Layout and program outlive this. Errors: a file that cannot be written.
  [[nodiscard]] static Result<std::unique_ptr<LockstepWaves>> create(const LockstepWaveRequest& request,
                                                                     const layout::Layout& layout,
                                                                     const isa::Program& program, unsigned cores);
  void listen(LockstepOptions& options);
  // After the run, also one that ended with a difference. Errors: a file that could not be written whole.
  [[nodiscard]] Result<traces::TraceFile> finish();

 private:
  LockstepWaves() = default;

  std::string path_;
  std::unique_ptr<rtl::RtlWaves> rtl_waves_;  // outlives the writer, which writes into its file
  std::unique_ptr<traces::WaveWriter> writer_;
  std::unique_ptr<traces::Collector> systemc_, rtl_;
};

}  // namespace vtpu::testbench
