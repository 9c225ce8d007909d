// Any bytes as a container, both as they are and with a header that makes their checksum right, since no fuzzer
// guesses a hash. One program has exactly one container: what can be read is written back to the same bytes.
#include "asm/container.hpp"

#include <xxhash.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "require.hpp"

namespace {

void check(std::span<const std::uint8_t> bytes) {
  using namespace vtpu;
  const auto program = assembly::read_container(bytes, "input.siwb");
  if (!program) {
    fuzz::require(!program.error().empty(), "a refused container has at least one error");
    return;
  }
  const auto written = assembly::write_container(*program);
  fuzz::require(std::equal(written.begin(), written.end(), bytes.begin(), bytes.end()),
                "a program that was read is written to the same bytes");
}

// The header of asm/container.hpp in front of `content`.
std::vector<std::uint8_t> with_header(std::span<const std::uint8_t> content) {
  std::vector<std::uint8_t> bytes(vtpu::assembly::kContainerHeaderBytes + content.size());
  const std::uint64_t size = content.size();
  const std::uint64_t hash = XXH3_64bits(content.data(), content.size());
  std::memcpy(bytes.data(), "SIWB", 4);
  std::memcpy(bytes.data() + 4, &vtpu::assembly::kContainerVersion, 4);
  std::memcpy(bytes.data() + 8, &size, 8);
  std::memcpy(bytes.data() + 16, &hash, 8);
  std::copy(content.begin(), content.end(), bytes.begin() + vtpu::assembly::kContainerHeaderBytes);
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> bytes(data, size);
  check(bytes);
  const std::size_t header = std::min(size, vtpu::assembly::kContainerHeaderBytes);
  check(with_header(bytes.subspan(header)));
  return 0;
}
