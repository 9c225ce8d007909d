// Why a program runs as fast as the model says: what bounds it, what one more of something would give, and, where the
// measurement disagrees, which numbers of the layout would have to be wrong.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "isa/program.hpp"
#include "layout/layout.hpp"
#include "lowering/host_op.hpp"
#include "testbench/bounds.hpp"

namespace vtpu::testbench {

// The model on a changed layout.
struct WhatIf {
  std::string change;  // "one more dispatch slot", "one more port like agu0", "rename.integer_registers 100"
  double operations_per_cycle = 0;
};

struct Explanation {
  std::string program;
  double modelled = 0;  // operations per cycle
  std::optional<double> measured;
  std::vector<ResourceBound> bounds;  // the tightest first
  std::vector<WhatIf> gains;          // one more of each resource: those that help, the most first
  // Where `measured` is known and more than `kExplainFrom` away: the two changes of different kinds that bring the
  // model nearest to it. A likely place to look, not a proof.
  std::vector<WhatIf> suspects;
};
inline constexpr double kExplainFrom = 0.05;

// Some thirty to ninety simulations. Precondition: as systemc::simulate.
[[nodiscard]] Explanation explain(const isa::Program& program, const layout::Layout& layout, lowering::HostIsa isa,
                                  std::optional<double> measured);

[[nodiscard]] std::string to_text(const Explanation& explanation);
[[nodiscard]] nlohmann::json to_json(const Explanation& explanation);
[[nodiscard]] nlohmann::json to_json(const std::vector<ResourceBound>& bounds);
// Of to_json's: for processes that answer with text.
[[nodiscard]] Explanation explanation_of(const nlohmann::json& json);

}  // namespace vtpu::testbench
