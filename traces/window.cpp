#include "traces/window.hpp"

#include <charconv>

namespace vtpu::traces {

std::optional<Span> span_named(std::string_view text) {
  Span span;
  const char* const end = text.data() + text.size();
  const auto [colon, first_error] = std::from_chars(text.data(), end, span.first);
  if (first_error != std::errc{} || colon == end || *colon != ':') return std::nullopt;
  const auto [rest, count_error] = std::from_chars(colon + 1, end, span.count);
  if (count_error != std::errc{} || rest != end || span.count == 0) return std::nullopt;
  return span;
}

}  // namespace vtpu::traces
