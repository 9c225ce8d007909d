// From a Layout back to the TOML text that describes it. Kept apart from layout.hpp: only those who make layouts need
// it.
#pragma once

#include <string>
#include <string_view>

#include "layout/layout.hpp"

namespace vtpu::layout {

// The text of `layout`: parse_layout reads it back to an equal layout (source_file apart). Comments of the file that
// the layout came from are not kept; optional keys that have their default are absent; every crack is written out.
// Equal layouts have equal texts. `header` stands at the top as comment lines; it is printable ASCII, lines parted by
// '\n'.
[[nodiscard]] std::string write_layout(const Layout& layout, std::string_view header = {});

}  // namespace vtpu::layout
