// Why layouts say something else about single instructions than llvm-mca, on purpose.
#pragma once

#include <string>

#include "testbench/host_loop.hpp"

namespace vtpu::testbench {

// Empty: nobody wrote one down.
[[nodiscard]] std::string mix_reason(const std::string& layout, const LoopInst& inst);

}  // namespace vtpu::testbench
