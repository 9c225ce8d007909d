// The reference page of the layout format, generated from the loader's key tables.
#pragma once

#include <string>

namespace vtpu::layout {

[[nodiscard]] std::string layout_page_text();  // Markdown, as committed in docs/reference/layout.md

}  // namespace vtpu::layout
