// The naive form of a program, which the packer's gain is counted from: one operation per word.
#pragma once

#include "isa/program.hpp"

namespace vtpu::pack {

// The same program with every word taken apart, its operations in an order in which none reads what an earlier one
// wrote. A word whose operations exchange registers, or that has a store beside its send, stays as it is where no order
// means the same.
[[nodiscard]] isa::Program one_operation_per_word(isa::Program program);

}  // namespace vtpu::pack
