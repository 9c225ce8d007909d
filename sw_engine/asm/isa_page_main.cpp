// isa_page > docs/reference/isa.md
#include <cstdio>

#include "asm/isa_page.hpp"

int main() {
  const std::string page = vtpu::assembly::isa_page();
  return std::fwrite(page.data(), 1, page.size(), stdout) == page.size() ? 0 : 1;
}
