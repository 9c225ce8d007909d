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

// The same chain with eight independent 512-bit FMAs per block, so that the core runs at the frequency that it grants
// to 512-bit code. Needs AVX-512F.
void multiply_chain_with_512_bit_fma(std::uint32_t blocks);

// `blocks` times kChainLength dependent `add r32,r32`: one cycle each.
void add_chain(std::uint32_t blocks);

// `blocks` times kNopsPerBlock nops of eight bytes: as many per cycle as the core is wide. Not one-byte nops, of which
// op caches hold too few per line: on Zen 5 their rate differs from process to process (7.4 or 7.7 per cycle). A busy
// hyperthread neighbour takes half of that width while the latency chains hardly notice.
void nop_blocks(std::uint32_t blocks);

}  // namespace vtpu::measure
