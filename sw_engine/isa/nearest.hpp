// The known name nearest to a misspelt one, for suggestions.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace vtpu {

inline constexpr std::size_t kMaxSuggestionLength = 32;

// Levenshtein distance; names longer than kMaxSuggestionLength are far from everything.
[[nodiscard]] inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  if (a.size() > kMaxSuggestionLength || b.size() > kMaxSuggestionLength) return kMaxSuggestionLength;
  std::array<std::size_t, kMaxSuggestionLength + 1> row{};
  for (std::size_t k = 0; k <= b.size(); ++k) row[k] = k;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t k = 1; k <= b.size(); ++k) {
      const std::size_t changed = diagonal + (a[i - 1] == b[k - 1] ? 0 : 1);
      diagonal = row[k];
      row[k] = std::min({changed, row[k] + 1, row[k - 1] + 1});
    }
  }
  return row[b.size()];
}

// The candidate nearest to `found`, or nothing where none is near. `name_of` gives a candidate's name. Looks at the
// first 1000 candidates only.
template <typename Range, typename NameOf>
[[nodiscard]] std::string_view nearest_name(std::string_view found, const Range& candidates, NameOf name_of) {
  std::size_t best = std::max<std::size_t>(found.size() / 2, 1) + 1;
  best = std::min<std::size_t>(best, 4);
  std::string_view nearest;
  std::size_t looked = 0;
  for (const auto& candidate : candidates) {
    if (++looked > 1000) break;
    const std::string_view name = name_of(candidate);
    if (const std::size_t distance = edit_distance(found, name); distance < best) {
      best = distance;
      nearest = name;
    }
  }
  return nearest;
}

// ", did you mean 'dadd'?" or nothing.
template <typename Range, typename NameOf>
[[nodiscard]] std::string did_you_mean(std::string_view found, const Range& candidates, NameOf name_of) {
  const std::string_view nearest = nearest_name(found, candidates, name_of);
  return nearest.empty() ? std::string() : fmt::format(", did you mean '{}'?", nearest);
}

}  // namespace vtpu
