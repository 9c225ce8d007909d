// An exploration's result for people and for programs: text, JSON, CSV, and a page that needs no network.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "testbench/explore/exploration.hpp"

namespace vtpu::explore {

// Everything that is known, the same for the same exploration however often it was interrupted.
[[nodiscard]] nlohmann::json to_json(const Exploration& exploration, const Outcome& outcome);
// One line for each layout and program, with a line of names first.
[[nodiscard]] std::string to_csv(const Exploration& exploration, const Outcome& outcome);
// The front, the known cores and what was left out, for a terminal.
[[nodiscard]] std::string to_text(const Exploration& exploration, const Outcome& outcome);
[[nodiscard]] std::string to_text(const SpaceCount& count);
// One HTML file, made of the JSON.
[[nodiscard]] std::string to_html(const nlohmann::json& results);

// results.json, layouts.csv and report.html in the folder.
[[nodiscard]] Result<void> write_reports(const Exploration& exploration, const Outcome& outcome,
                                         const std::string& folder);

// What limits a row: "port conflict (42 % of slots), s0 46 % busy".
[[nodiscard]] std::string bottleneck_of(const Row& row, unsigned cores);

}  // namespace vtpu::explore
