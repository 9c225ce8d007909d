// The difference of two layouts, in sentences.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "testbench/explore/exploration.hpp"

namespace vtpu::explore {

// What differs in the texts of two layouts: {"rename dispatch_width", "3 -> 6"}.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> differences(const layout::Layout& a,
                                                                           const layout::Layout& b);

// Where the cycles of both go, per thousand operations and by reason, program by program. Errors: a name that is no
// layout of the exploration, or one that was not simulated.
[[nodiscard]] Result<std::string> why(const Exploration& exploration, const CampaignResult& result,
                                      const std::string& a, const std::string& b);

}  // namespace vtpu::explore
