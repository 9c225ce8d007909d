#include "rtl/adapter/rtl_coverage.hpp"

#ifdef VTPU_RTL_COVERAGE

#include <fstream>
#include <iterator>
#include <vector>

#include "rtl/adapter/verilated_headers.hpp"

namespace vtpu::rtl {
namespace {

std::vector<std::uint64_t>& totals() {
  static std::vector<std::uint64_t> totals;
  return totals;
}

}  // namespace

bool counts_coverage() { return true; }

// The context would keep pointers to counters of models that are gone.
void begin_coverage(const Vsentron_core& model) { model.contextp()->coveragep()->clear(); }

void add_coverage(const Vsentron_core& model) {
  const auto& counters = model.rootp->vlSymsp->__Vcoverage;
  totals().resize(std::size(counters));
  for (std::size_t i = 0; i < totals().size(); ++i) totals()[i] += counters[i];
}

Result<void> write_coverage(const std::string& path) {
  if (!std::ofstream(path)) return fail(path, "cannot be written");
  VerilatedContext context;
  Vsentron_core model(&context);
  auto& counters = model.rootp->vlSymsp->__Vcoverage;
  totals().resize(std::size(counters));
  for (std::size_t i = 0; i < totals().size(); ++i) {
    counters[i] = static_cast<std::uint32_t>(std::min<std::uint64_t>(totals()[i], UINT32_MAX));
  }
  context.coveragep()->write(path.c_str());
  return {};
}

}  // namespace vtpu::rtl

#else

namespace vtpu::rtl {

bool counts_coverage() { return false; }
void begin_coverage(const Vsentron_core&) {}
void add_coverage(const Vsentron_core&) {}
Result<void> write_coverage(const std::string& path) {
  return fail(path, "this build counts no coverage of the RTL; ./vtpu coverage rtl makes one that does");
}

}  // namespace vtpu::rtl

#endif
