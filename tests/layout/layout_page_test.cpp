#include "layout/layout_page.hpp"

#include "shipped.hpp"

namespace vtpu::layout {

TEST_CASE("docs/reference/layout.md is what layout_page prints") {
  CHECK(text_of_file(std::string(VTPU_SOURCE_DIR) + "/docs/reference/layout.md") == layout_page_text());
}

}  // namespace vtpu::layout
