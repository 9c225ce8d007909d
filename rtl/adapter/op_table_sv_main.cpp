// Writes rtl/op_table_pkg.sv to stdout.
#include <cstdio>

#include "rtl/adapter/op_table_sv.hpp"

int main() {
  const std::string text = vtpu::rtl::op_table_package();
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}
