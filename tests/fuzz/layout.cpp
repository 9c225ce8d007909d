// Any text as a layout: the loader answers with a layout that can be drawn, or with errors.
#include "layout/layout.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "require.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vtpu;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto layout = layout::parse_layout(text, "input.toml");
  if (layout) {
    fuzz::require(!layout::draw(*layout).empty(), "a loaded layout can be drawn");
  } else {
    fuzz::require(!layout.error().empty(), "a refused layout has at least one error");
  }
  return 0;
}
