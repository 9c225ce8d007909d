// One function per engine, behind run_on (private to this room). Each fills what its engine knows.
#pragma once

#include "testbench/engines.hpp"

namespace vtpu::testbench {

[[nodiscard]] Result<RunReport> run_reference(const isa::Program& program, const EngineChoice& choice);
[[nodiscard]] Result<RunReport> run_native(const isa::Program& program, const EngineChoice& choice);
[[nodiscard]] Result<RunReport> run_model(const isa::Program& program, const EngineChoice& choice);

}  // namespace vtpu::testbench
