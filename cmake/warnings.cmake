# Warnings for our own code, as errors; floating point exactly as written (no contraction).
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror -ffp-contract=off)
