// Any text as a design space: the reader answers with a space whose points have layouts or are ruled out by name, or
// with errors.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "require.hpp"
#include "testbench/explore/design_space.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vtpu;
  static const layout::Layout base = *layout::find_layout("zen4", VTPU_SOURCE_DIR "/layouts");
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto space = explore::parse_space_on(text, "input.toml", base);
  if (!space) {
    fuzz::require(!space.error().empty(), "a refused space has at least one error");
    return 0;
  }
  for (const std::uint64_t index : {std::uint64_t{0}, space->size() / 2, space->size() - 1}) {
    const explore::Point point = explore::point_at(*space, index);
    fuzz::require(explore::point_of(*space, explore::text_of(point)) == point, "a point survives its text");
    const auto layout = explore::layout_of(*space, point);
    if (const auto* pruned = std::get_if<explore::Pruned>(&layout)) {
      fuzz::require(!pruned->constraint.empty(), "a point that is ruled out names its constraint");
    } else {
      fuzz::require(!layout::draw(std::get<layout::Layout>(layout)).empty(), "the layout of a point can be drawn");
    }
  }
  return 0;
}
