// One layout taken apart: what a little more or less of each of its parts does, and what the parts are worth.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "testbench/explore/campaign.hpp"

namespace vtpu::explore {

struct Exploration;

// A layout that differs from the centre in one thing.
struct Variation {
  std::string what;       // "agu0 removed", "sch1 with 28 entries, 4 more"
  bool ablation = false;  // else sensitivity
  layout::Layout layout;
  Evaluation evaluation;  // empty: it would leave a kind of uop without a port
  std::string refused;    // why, where it is empty
};

struct Study {
  std::string centre;  // name
  layout::Layout layout;
  Evaluation evaluation;
  std::vector<Variation> variations;
};

// The knee of the front: nearest to what is best in every objective, by the spread of the front. Nothing for an empty
// front.
[[nodiscard]] std::optional<std::size_t> knee_of(const CampaignResult& result,
                                                 const std::vector<Objective>& objectives);

// Sensitivity: every kind of port once more and once less, every queue, the widths, the window and the registers by a
// quarter. Ablation: every single port removed; an ideal scheduler (one queue of 4096 entries, ports chosen at issue);
// unlimited ports.
[[nodiscard]] std::vector<Variation> variations_of(const layout::Layout& centre);

// Nothing where there is no centre: an empty front, and none was named. Errors: a centre that is not there.
[[nodiscard]] Result<std::optional<Study>> study_around(const Exploration& exploration, const CampaignResult& result,
                                                        Evaluator& evaluator);

}  // namespace vtpu::explore
