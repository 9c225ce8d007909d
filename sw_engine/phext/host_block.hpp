// Zeroed memory in whole host pages. Blocks of whole large pages (2 MiB) are aligned to them and ask the system to use
// them, so that one entry of the host's TLB reaches all of it.
#pragma once

#include <cstddef>

namespace vtpu::phext {

inline constexpr std::size_t kLargePageBytes = std::size_t{1} << 21U;

class HostBlock {
 public:
  HostBlock() = default;
  // Empty when the system gives no memory.
  explicit HostBlock(std::size_t bytes);
  ~HostBlock();
  HostBlock(HostBlock&& other) noexcept;
  HostBlock& operator=(HostBlock&& other) noexcept;
  HostBlock(const HostBlock&) = delete;
  HostBlock& operator=(const HostBlock&) = delete;

  [[nodiscard]] void* data() const { return memory_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  void* memory_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace vtpu::phext
