// What an accuracy run found, as text for a terminal, CSV, JSON, and a page to look at.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "testbench/accuracy.hpp"

namespace vtpu::testbench {

// A table of the tools, one of the memory levels, and the streams that vtpu predicts worst.
[[nodiscard]] std::string to_text(const Accuracy& accuracy, std::size_t worst = 10);

// One line per stream: suite, stream, level, measured and its spread, then answer and error of every tool.
[[nodiscard]] std::string to_csv(const Accuracy& accuracy);

[[nodiscard]] nlohmann::json to_json(const Accuracy& accuracy);

// One HTML file that loads nothing: measured against modelled, a histogram of the errors, a table that sorts.
[[nodiscard]] std::string to_html(const Accuracy& accuracy);

}  // namespace vtpu::testbench
