// Campaigns of the lockstep as data: which layouts, shipped and random ones within ranges, which programs, how long.
// campaigns/quick.toml is the one that every change runs; docs/user/lockstep.md has the keys.
#pragma once

#include <string>
#include <string_view>

#include "isa/result.hpp"
#include "testbench/lockstep.hpp"

namespace vtpu::testbench {

// Every finding at once, with its place: unknown keys, numbers out of their ranges, layouts that are not there, and
// random layouts beyond what the RTL is built for.
[[nodiscard]] Result<LockstepCampaign> read_campaign(const std::string& path, const std::string& layouts_folder);
[[nodiscard]] Result<LockstepCampaign> parse_campaign(std::string_view toml, const std::string& file_name,
                                                      const std::string& layouts_folder);

}  // namespace vtpu::testbench
