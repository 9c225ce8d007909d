# Warnings for our own code, as errors; floating point exactly as written (no contraction).
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror -ffp-contract=off)
if(CMAKE_CXX_FLAGS MATCHES "-fsanitize")
  # gcc 12 misreads instrumented code; the other builds see the same sources
  add_compile_options(-Wno-error -Wno-maybe-uninitialized)
endif()
