// The .siwb container: a Program in bytes, little endian.
//
//   0  4  magic "SIWB"
//   4  4  version, 1
//   8  8  number of bytes after this header
//  16  8  XXH3 (64 bits) of the bytes after this header
//  24     six sections, in this order, each: u32 id, u32 zero, u64 size in bytes, content
//
//   1 program      name
//   2 coordinates  u32 n; n x (name, u64 lo, u64 hi), names ascending
//   3 memory       u32 n; n x (u64 lo, u64 hi, 8 x u64), addresses ascending
//   4 streams      u32 n; n x (name, u32 words, u32 loops, words x 64 bytes, loops x (u32 first, u32 last, u64 count))
//   5 sentrons     u32 n; n x (name, u32 stream, 3 x u64 bit map, u64 for every set bit, none of them zero)
//   6 groups       u32 n; n x (name, u32 members, members x u32)
//
// A name is a u8 length and that many characters. The bit map of a sentron tells which of its 185 initial values are
// not zero: r0..r15, the 8 lanes of v0..v15, lo and hi of p0..p7, the 4 lanes of m0..m3, route0..3 and listen0..3
// (sentron number plus one), sr.cmp. One program has exactly one container.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "asm/assembler.hpp"
#include "isa/program.hpp"
#include "isa/result.hpp"

namespace vtpu::assembly {

inline constexpr std::uint32_t kContainerVersion = 1;
inline constexpr std::size_t kContainerHeaderBytes = 24;

// Precondition: isa::validate(program) finds nothing.
[[nodiscard]] std::vector<std::uint8_t> write_container(const isa::Program& program);

// The program is valid. Errors: `where` = "file: byte N" for the layout, the validator's places for the content.
[[nodiscard]] Result<isa::Program> read_container(std::span<const std::uint8_t> bytes, const std::string& file_name);

// Reads a file; its content decides whether it is a container (magic) or text. `set`: constants of the text; a
// container has none.
[[nodiscard]] Result<isa::Program> load_program(const std::string& path, const ConstantValues& set = {});

// Writes all bytes or leaves `path` as it was: a temporary file beside it, renamed at the end.
[[nodiscard]] Result<void> write_file(const std::string& path, std::span<const std::uint8_t> bytes);

}  // namespace vtpu::assembly
