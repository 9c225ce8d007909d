// An assertion that holds in every build and stops a fuzzer at the input that breaks it.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace vtpu::fuzz {

inline void require(bool holds, const char* sentence) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", sentence);
  std::abort();
}

}  // namespace vtpu::fuzz
