#include <cstdio>

#include "layout/layout_page.hpp"

int main() {
  const std::string text = vtpu::layout::layout_page_text();
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}
