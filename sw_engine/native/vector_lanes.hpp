// Lanes of vector operands in the host machine: how they are read, and how results are written under a write mask.
#pragma once

#include <array>
#include <cstring>

#include "native/host_handlers.hpp"
#include "native/operands.hpp"

namespace vtpu::native {

template <typename T>
using HostLanes = std::array<T, 64 / sizeof(T)>;

// The first `bytes` of an operand; what is above is unspecified.
template <typename T>
[[nodiscard]] inline HostLanes<T> lanes_of(const HostFrame& x, std::size_t operand, std::size_t bytes) {
  HostLanes<T> lanes;
  const std::byte* from = x.at(operand);
  if (bytes == 64) {  // known sizes: the compiler turns these into moves
    std::memcpy(lanes.data(), from, 64);
  } else if (bytes == 32) {
    std::memcpy(lanes.data(), from, 32);
  } else {
    std::memcpy(lanes.data(), from, bytes);
  }
  return lanes;
}

// The low `bytes` become the destination; a register's bytes above are cleared, as every VEX or EVEX instruction does.
inline void store_bytes(const HostFrame& x, const void* from, std::size_t bytes) {
  std::byte* to = x.at(0);
  std::memcpy(to, from, bytes);
  if (!x.is_memory(0) && bytes < 64) std::memset(to + bytes, 0, 64 - bytes);
}

// Lanes that the write mask leaves out keep the destination's value, or become zero.
template <typename M>
inline void merge_masked(const HostFrame& x, void* lanes, std::size_t bytes) {
  const std::uint64_t mask = x.registers.k[x.inst.write_mask];
  for (std::size_t i = 0; i < bytes / sizeof(M); ++i) {
    if (((mask >> i) & 1U) != 0) continue;
    M old{};
    if (!x.inst.zeroing) std::memcpy(&old, x.at(0) + i * sizeof(M), sizeof(M));
    std::memcpy(static_cast<std::byte*>(lanes) + i * sizeof(M), &old, sizeof(M));
  }
}

template <typename T>
inline void store_lanes(const HostFrame& x, HostLanes<T>& lanes, std::size_t bytes) {
  if (x.inst.has_write_mask) [[unlikely]] {
    if (mask_lane_bytes(x.inst.op) == 4) {
      merge_masked<std::uint32_t>(x, lanes.data(), bytes);
    } else {
      merge_masked<std::uint64_t>(x, lanes.data(), bytes);
    }
  }
  store_bytes(x, lanes.data(), bytes);
}

// A mask register result; comparing under a write mask clears the other bits.
inline void store_mask(const HostFrame& x, std::uint64_t mask) {
  if (x.inst.has_write_mask) mask &= x.registers.k[x.inst.write_mask];
  std::memcpy(x.at(0), &mask, sizeof(mask));
}

// A general register result of 32 or 64 bits (zero extended), or the memory in its place.
template <typename T>
inline void store_general(const HostFrame& x, T value) {
  if (x.is_memory(0)) {
    std::memcpy(x.at(0), &value, sizeof(T));
  } else {
    const auto wide = static_cast<std::uint64_t>(value);
    std::memcpy(x.at(0), &wide, sizeof(wide));
  }
}

// The handler whose width is a constant: f<16>, f<32> or f<64>.
#define VTPU_BY_VECTOR_WIDTH(width, function, ...)          \
  ((width) == 64   ? HostHandler{function<__VA_ARGS__, 64>} \
   : (width) == 32 ? HostHandler{function<__VA_ARGS__, 32>} \
   : (width) == 16 ? HostHandler{function<__VA_ARGS__, 16>} \
                   : HostHandler{nullptr})

}  // namespace vtpu::native
