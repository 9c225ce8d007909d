// Which lines and bits of the RTL all cores of this process reached, where it was verilated with counters
// (VTPU_RTL_COVERAGE); nothing otherwise.
#pragma once

#include <string>

#include "isa/result.hpp"

class Vsentron_core;  // NOLINT(readability-identifier-naming): as Verilator names it

namespace vtpu::rtl {

[[nodiscard]] bool counts_coverage();

// After a model was built: its counters outlive nothing else than it.
void begin_coverage(const Vsentron_core& model);
// Before a model is gone.
void add_coverage(const Vsentron_core& model);

// Verilator's coverage file. Precondition: counts_coverage(). Errors: the file cannot be written.
[[nodiscard]] Result<void> write_coverage(const std::string& path);

}  // namespace vtpu::rtl
