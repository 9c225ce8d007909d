// The layouts that the project ships, and reading them.
#pragma once

#include <array>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "layout/layout.hpp"

namespace vtpu::layout {

inline const std::string kLayouts = std::string(VTPU_SOURCE_DIR) + "/layouts";
inline constexpr std::array<std::string_view, 9> kShipped{"vtpu3",       "zen2",         "zen3",  "zen4", "zen5",
                                                          "golden_cove", "redwood_cove", "tiny1", "tiny2"};

inline std::string text_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string all_text(const Errors& errors) {
  std::string out;
  for (const Error& error : errors) out += error.text() + "\n";
  return out;
}

inline Layout shipped(std::string_view name) {
  Result<Layout> layout = find_layout(std::string(name), kLayouts);
  INFO((layout ? std::string() : all_text(layout.error())));
  REQUIRE(layout);
  return *std::move(layout);
}

}  // namespace vtpu::layout
