// Host code for streams that only coordinate: every C operation becomes a call of its helper, without inline paths. It
// lets the runtime be tested by itself, and every helper of it. D and S slots must be empty.
#pragma once

#include "isa/program.hpp"
#include "lowering/lower.hpp"

namespace vtpu::native::test {

[[nodiscard]] lowering::Lowered coordination_code(const isa::Stream& stream);

}  // namespace vtpu::native::test
