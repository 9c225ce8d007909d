// What results are filed under: hashes of a layout, of a program, and of the model that ran them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "isa/program.hpp"
#include "layout/layout.hpp"

namespace vtpu::explore {

// 32 hexadecimal digits (XXH3, 128 bits).
[[nodiscard]] std::string hash_of(std::string_view text);

// The canonical text of what a model sees of a layout: its name, description and CPU are left out.
[[nodiscard]] std::string timing_text(const layout::Layout& layout);
// "x3fa91c2b04d1", made of the hash of the timing text: equal cores have equal names.
[[nodiscard]] std::string name_of(const layout::Layout& layout);

[[nodiscard]] std::string hash_of(const isa::Program& program);

// Of the sources that decide what a simulation says; a row made by others is not taken.
[[nodiscard]] std::string_view model_version();

}  // namespace vtpu::explore
