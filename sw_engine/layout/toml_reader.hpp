// Untrusted TOML text into the library's tables. Before the library sees a text, size and line length are bounded,
// because its tables are freed recursively, and anything but printable ASCII is refused, because its tables of other
// characters are not sound (toml++ 3.3). Include this, never <toml++/toml.h> itself: all users must set it up alike.
// Heavy: for source files only.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "isa/result.hpp"

namespace vtpu::layout {

// toml++ 3.3 asserts what some texts break (a table header "[;", for one), and assumes it where NDEBUG is set. Here a
// broken assertion is a refusal of the text; reading a table may throw it too.
struct BrokenTomlAssertion {};

constexpr void require_of_toml(bool holds) {
  if (!holds) throw BrokenTomlAssertion();
}

}  // namespace vtpu::layout

#undef NDEBUG
#define TOML_ASSERT(expr) ::vtpu::layout::require_of_toml(static_cast<bool>(expr))
#define TOML_EXCEPTIONS 1
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 16
#include <toml++/toml.h>

namespace vtpu::layout {

inline constexpr std::size_t kMaxTomlBytes = 256 * 1024;
inline constexpr std::size_t kMaxTomlLineBytes = 1024;

// Errors name the place, "file:line:column". `what` is for messages: "a layout".
[[nodiscard]] Result<toml::table> read_toml(std::string_view text, const std::string& file, std::string_view what);

// "file:line:column" of a node or key.
[[nodiscard]] std::string place_of(const std::string& file, const toml::source_position& at);

// What stands at a node, for messages: "\"abc\"", "12", "a table".
[[nodiscard]] std::string found_text(const toml::node& node);

// Without control characters, and cut where it is long.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t limit = 60);

}  // namespace vtpu::layout
