#include "measure/known_loops.hpp"

namespace vtpu::measure {

// The counts inside the strings are kChainLength and kNopsPerBlock; the assembler repeats, so that the compiler cannot
// rearrange. All registers of the vector file are call-clobbered in the System V ABI, upper halves included.
static_assert(kChainLength == 100 && kNopsPerBlock == 192);

[[gnu::noinline]] void multiply_chain(std::uint32_t blocks) {
  asm volatile(
      "mov $3, %%eax\n"
      ".p2align 6\n"
      "1:\n"
      ".rept 100\n"
      "imul %%eax, %%eax\n"
      ".endr\n"
      "dec %0\n"
      "jnz 1b\n"
      : "+r"(blocks)
      :
      : "eax", "cc");
}

// Eight chains of an operation on registers R, four steps beside each multiplication: of FMAs 4 cycles of latency per
// 2 * 3 cycles.
#define MULTIPLY_CHAIN_WITH(OPERATION, R)                      \
  "mov $3, %%eax\n"                                            \
  "vpxor %%xmm8, %%xmm8, %%xmm8\n"                             \
  ".irp n, 0, 1, 2, 3, 4, 5, 6, 7\n"                           \
  "vpxor %%xmm\\n, %%xmm\\n, %%xmm\\n\n"                       \
  ".endr\n"                                                    \
  ".p2align 6\n"                                               \
  "1:\n"                                                       \
  ".rept 50\n"                                                 \
  "imul %%eax, %%eax\n"                                        \
  ".irp n, 0, 1, 2, 3\n" OPERATION " %%" R "8, %%" R "8, %%" R \
  "\\n\n"                                                      \
  ".endr\n"                                                    \
  "imul %%eax, %%eax\n"                                        \
  ".irp n, 4, 5, 6, 7\n" OPERATION " %%" R "8, %%" R "8, %%" R \
  "\\n\n"                                                      \
  ".endr\n"                                                    \
  ".endr\n"                                                    \
  "dec %0\n"                                                   \
  "jnz 1b\n"                                                   \
  "vzeroupper\n"

[[gnu::noinline]] void multiply_chain_with_512_bit_fma(std::uint32_t blocks) {
  asm volatile(MULTIPLY_CHAIN_WITH("vfmadd231pd", "zmm")
               : "+r"(blocks)
               :
               : "eax", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "cc");
}

[[gnu::noinline]] void multiply_chain_with_256_bit_fma(std::uint32_t blocks) {
  asm volatile(MULTIPLY_CHAIN_WITH("vfmadd231pd", "ymm")
               : "+r"(blocks)
               :
               : "eax", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "cc");
}

[[gnu::noinline]] void multiply_chain_with_512_bit_add(std::uint32_t blocks) {
  asm volatile(MULTIPLY_CHAIN_WITH("vpaddq", "zmm")
               : "+r"(blocks)
               :
               : "eax", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "cc");
}

[[gnu::noinline]] void add_chain(std::uint32_t blocks) {
  asm volatile(
      "mov $3, %%eax\n"
      ".p2align 6\n"
      "1:\n"
      ".rept 100\n"
      "add %%eax, %%eax\n"
      ".endr\n"
      "dec %0\n"
      "jnz 1b\n"
      : "+r"(blocks)
      :
      : "eax", "cc");
}

[[gnu::noinline]] void nop_blocks(std::uint32_t blocks) {
  asm volatile(
      ".p2align 6\n"
      "1:\n"
      ".rept 192\n"
      ".byte 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0\n"
      ".endr\n"
      "dec %0\n"
      "jnz 1b\n"
      : "+r"(blocks)
      :
      : "cc");
}

}  // namespace vtpu::measure
