// The issue and port part of one layout (rtl/issue_ports.sv), synthesised by yosys, beside what the cost model says of
// it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "isa/result.hpp"
#include "layout/layout.hpp"
#include "testbench/explore/yosys.hpp"

namespace vtpu::explore {

inline constexpr unsigned kIssueOperands = 7;  // that an entry of the RTL waits for, as core_pkg::Operands

// A unit in all its instances.
struct UnitCells {
  std::string unit;  // "port_select"; "issue_ports" is what joins the others
  std::uint64_t instances = 0;
  std::map<std::string, std::uint64_t> cells;  // of all instances, by yosys's type
  double gates = 0;                            // of all instances, as counted
  double modelled = 0;                         // by cost.hpp; 0: not modelled
};

struct IssueSynthesis {
  std::string layout;
  std::vector<UnitCells> units;
  double seconds = 0;  // that yosys took
  [[nodiscard]] std::uint64_t cells() const;
  [[nodiscard]] double gates() const;
  // Of what is modelled: modelled over counted, less one.
  [[nodiscard]] double error() const;
};

// The parameters of issue_ports for a layout, as Verilog constants.
[[nodiscard]] std::map<std::string, std::string> issue_parameters(const layout::Layout& layout);

// What the model says of each unit, in gates: by the unit's name.
[[nodiscard]] std::map<std::string, double> modelled_units(const layout::Layout& layout);

// `root` is the source tree; `heard` as in yosys.hpp. Errors: as in yosys.hpp.
[[nodiscard]] Result<IssueSynthesis> synthesise_issue(const layout::Layout& layout, const std::string& root,
                                                      const std::function<void(const std::string&)>& heard = {});

[[nodiscard]] std::string to_text(const IssueSynthesis& result);

}  // namespace vtpu::explore
