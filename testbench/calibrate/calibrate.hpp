// From a start layout and measurements to a layout of the machine: what `vtpu calibrate` does.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "testbench/calibrate/runtime_costs.hpp"

namespace vtpu::testbench {

struct CalibrationOptions {
  OperationOptions operations;
  FitOptions fit;
  ProgramMeter programs;    // that give the costs of the runtime; empty: those of the start layout
  std::string name;         // of the layout
  std::string measured_on;  // CPU and day
  std::string cpu_match;
};

// A number that is another than the start layout's.
struct Change {
  std::string key;
  std::string before, now;
};

struct Calibration {
  layout::Layout layout;
  Notes notes;
  std::string start;  // the start layout's name
  std::vector<Change> changes;
  double port_error = 0;   // of the port mapping, over the mixes
  double alone_error = 0;  // mean of |modelled - measured| / measured of operations alone
  std::size_t alone = 0;
  std::size_t alone_within = 0;  // 5 %
};

[[nodiscard]] Result<Calibration> calibrate(Meter& meter, const layout::Layout& start,
                                            const CalibrationOptions& options);

// The layout as TOML, with what stands behind each number as a comment beside it.
[[nodiscard]] std::string layout_text(const Calibration& calibration, const CalibrationOptions& options);
[[nodiscard]] std::string to_text(const Calibration& calibration);
[[nodiscard]] nlohmann::json to_json(const Calibration& calibration);

// Every loop that a calibration measures on such a machine, without measuring: for the proof that accuracy streams are
// others.
[[nodiscard]] std::vector<HostLoop> calibration_loops(const layout::Layout& machine, const CalibrationOptions& options);

}  // namespace vtpu::testbench
