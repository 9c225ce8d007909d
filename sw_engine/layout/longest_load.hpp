// How long a load of a core can take, for what has to count it.
#pragma once

#include "layout/layout.hpp"

namespace vtpu::layout {

// Cycles of a load that misses the translation and every cache, and waits for the lines of all loads before it.
[[nodiscard]] unsigned longest_load_cycles(const Layout& layout);

}  // namespace vtpu::layout
