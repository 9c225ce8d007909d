// Machine code whose cycles are known before it runs. The calibrated cycle source takes its unit from the first two,
// every sample is checked with the third, and all of them test a cycle source.
#pragma once

#include <cstdint>

namespace vtpu::measure {

inline constexpr double kMultiplyLatencyCycles = 3;  // imul r32,r32: Intel since Nehalem, AMD since Zen
inline constexpr std::uint32_t kChainLength = 100;   // dependent operations per block
inline constexpr std::uint32_t kNopsPerBlock = 192;
inline constexpr std::uint32_t kProbeBlocks = 200;  // nop blocks of a probe: some 5000 cycles

// `blocks` times kChainLength dependent `imul r32,r32`: kMultiplyLatencyCycles each. Not `add r,imm` nor `inc`, which
// Golden Cove folds at rename.
void multiply_chain(std::uint32_t blocks);

// The same chain with four FMAs of 512 or 256 bits beside each multiplication, so that the core runs at the frequency
// that it grants to wide code. It keeps that for longer than a sample lasts. Beside the plain chain Sapphire Rapids
// seems to run `vmulps ymm` 1.1 to 1.4 times slower than it does. Code with more than about 1.4 512-bit multiplications
// per cycle lowers the frequency further: it reads up to 1.2 times slower still. Need AVX-512F, and FMA.
void multiply_chain_with_512_bit_fma(std::uint32_t blocks);
void multiply_chain_with_256_bit_fma(std::uint32_t blocks);

// The same with four additions of 512-bit vectors: the frequency that the core grants to light wide code. Needs
// AVX-512F.
void multiply_chain_with_512_bit_add(std::uint32_t blocks);

// `blocks` times kChainLength dependent `add r32,r32`: one cycle each.
void add_chain(std::uint32_t blocks);

// `blocks` times kNopsPerBlock nops of eight bytes: as many per cycle as the core is wide. Not one-byte nops, of which
// op caches hold too few per line: on Zen 5 their rate differs from process to process (7.4 or 7.7 per cycle). A busy
// hyperthread neighbour takes half of that width while the latency chains hardly notice.
void nop_blocks(std::uint32_t blocks);

}  // namespace vtpu::measure
