#include "layout/toml_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vtpu::layout {
namespace {

Result<void> within_bounds(std::string_view text, const std::string& file, std::string_view what) {
  if (text.size() > kMaxTomlBytes) {
    return fail(place_of(file, {}),
                fmt::format("found {} bytes, expected {} of at most {}", text.size(), what, kMaxTomlBytes));
  }
  toml::source_index line = 1;
  for (std::size_t start = 0; start <= text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    if (end - start > kMaxTomlLineBytes) {
      return fail(place_of(file, {line, 1}),
                  fmt::format("found a line of {} bytes, expected at most {}", end - start, kMaxTomlLineBytes));
    }
    const auto odd = std::find_if(text.begin() + start, text.begin() + end,
                                  [](char c) { return c != '\t' && c != '\r' && (c < 0x20 || c > 0x7E); });
    if (odd != text.begin() + end) {
      const auto column = static_cast<toml::source_index>(odd - text.begin() - static_cast<std::ptrdiff_t>(start) + 1);
      return fail(place_of(file, {line, column}),
                  fmt::format("found the byte 0x{:02X}, expected printable ASCII", static_cast<unsigned char>(*odd)));
    }
    start = end + 1;
  }
  return {};
}

}  // namespace

std::string place_of(const std::string& file, const toml::source_position& at) {
  return fmt::format("{}:{}:{}", file, std::max(at.line, toml::source_index{1}),
                     std::max(at.column, toml::source_index{1}));
}

std::string shortened(std::string_view text, std::size_t limit) {
  std::string out;
  for (const char c : text.substr(0, limit)) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7F ? '?' : c;
  }
  return text.size() > limit ? out + "..." : out;
}

std::string found_text(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string: return fmt::format("\"{}\"", shortened(node.as_string()->get()));
    case toml::node_type::integer: return fmt::format("{}", node.as_integer()->get());
    case toml::node_type::floating_point: return fmt::format("{}", node.as_floating_point()->get());
    case toml::node_type::boolean: return node.as_boolean()->get() ? "true" : "false";
    case toml::node_type::array: return fmt::format("an array of {}", node.as_array()->size());
    case toml::node_type::table: return "a table";
    default: return "a date or time";
  }
}

Result<toml::table> read_toml(std::string_view text, const std::string& file, std::string_view what) {
  if (Result<void> fit = within_bounds(text, file, what); !fit) return fail(std::move(fit.error()));
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    return fail(place_of(file, error.source().begin), fmt::format("not TOML: {}", shortened(error.description(), 200)));
  } catch (const BrokenTomlAssertion&) {
    return fail(place_of(file, {}), "not TOML, at a place that the parser cannot name");
  }
}

}  // namespace vtpu::layout
