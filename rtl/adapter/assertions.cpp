#include "rtl/adapter/assertions.hpp"

#include <optional>
#include <utility>

namespace vtpu::rtl {
namespace {

// The generated code calls a C function and must not be left by an exception, so a violation waits here.
thread_local std::optional<Violation> first_violation;

}  // namespace

void throw_violation() {
  if (!first_violation) return;
  throw AssertionFailure(*std::exchange(first_violation, std::nullopt));
}

}  // namespace vtpu::rtl

// core_pkg.sv: the import that the macro of assertions.svh calls.
extern "C" void vtpu_assertion_failed(const char* unit, const char* name, const char* holds) {
  if (!vtpu::rtl::first_violation) vtpu::rtl::first_violation = {unit, name, holds};
}
