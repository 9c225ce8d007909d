// What gives a loop its cycles: this machine, or a model in its place, with which the inference is tested.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "isa/result.hpp"
#include "layout/layout.hpp"
#include "testbench/host_loop.hpp"
#include "testbench/journal.hpp"

namespace vtpu::testbench {

struct LoopReading {
  double cycles = 0;  // of one pass, median
  double spread = 0;  // 10th to 90th percentile, of the median
  double low = 0;     // lowest 10th percentile of all attempts, for what others' traffic only slows
};

class Meter {
 public:
  Meter() = default;
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;
  virtual ~Meter() = default;
  // One reading per loop. `tolerance`: the spread up to which a reading is taken for quiet.
  [[nodiscard]] virtual Result<std::vector<LoopReading>> read(const std::vector<HostLoop>& loops, double tolerance) = 0;
};

// The model on a layout: no spread.
[[nodiscard]] std::unique_ptr<Meter> model_meter(layout::Layout layout);

struct MachineMeterOptions {
  lowering::HostIsa isa = lowering::HostIsa::Avx512;
  unsigned rounds = 3;
  unsigned samples_per_round = 8;
  unsigned retries = 3;                 // of what was not quiet
  double published_nops_per_cycle = 0;  // as measure::MeasureOptions
};
[[nodiscard]] Result<std::unique_ptr<Meter>> machine_meter(MachineMeterOptions options);

// What the journal holds is not read again; what is read goes there, some at a time, and is on the disk before more is
// read. Both outlive it.
[[nodiscard]] std::unique_ptr<Meter> journaled_meter(Meter& meter, Journal& journal,
                                                     std::function<void(std::size_t loops)> progress = {});

// Names the same loop in every run.
[[nodiscard]] std::string key_of(const HostLoop& loop);

}  // namespace vtpu::testbench
