// Which part of a run is traced: a span of cycles, or the cycles from the fetch of a word to the retirement of another.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vtpu::traces {

struct Span {
  std::uint64_t first = 0;
  std::uint64_t count = 1;
  [[nodiscard]] bool contains(std::uint64_t x) const { return x >= first && x - first < count; }
  [[nodiscard]] bool is_over(std::uint64_t x) const { return x >= first && x - first >= count; }
};
[[nodiscard]] std::optional<Span> span_named(std::string_view text);  // "FIRST:COUNT", COUNT at least 1

// Both absent: the whole run. Both given: the cycles that are in both.
struct Window {
  std::optional<Span> cycles;  // since the start of the run
  std::optional<Span> words;   // as core 0 fetches them, loops unrolled
};

}  // namespace vtpu::traces
