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

[[gnu::noinline]] void multiply_chain_with_512_bit_fma(std::uint32_t blocks) {
  asm volatile(
      "mov $3, %%eax\n"
      "vpxorq %%zmm0, %%zmm0, %%zmm0\n"
      "vpxorq %%zmm1, %%zmm1, %%zmm1\n"
      "vpxorq %%zmm2, %%zmm2, %%zmm2\n"
      ".p2align 6\n"
      "1:\n"
      ".rept 4\n"
      ".rept 25\n"
      "imul %%eax, %%eax\n"
      ".endr\n"
      "vfmadd231pd %%zmm2, %%zmm2, %%zmm0\n"
      "vfmadd231pd %%zmm2, %%zmm2, %%zmm1\n"
      ".endr\n"
      "dec %0\n"
      "jnz 1b\n"
      "vzeroupper\n"
      : "+r"(blocks)
      :
      : "eax", "xmm0", "xmm1", "xmm2", "cc");
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
