#include "phext/host_block.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <utility>

namespace vtpu::phext {
namespace {

void* map(std::size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

// A large page more than needed, of which both ends go back.
void* map_aligned(std::size_t bytes) {
  auto* memory = static_cast<std::uint8_t*>(map(bytes + kLargePageBytes));
  if (memory == nullptr) return nullptr;
  const std::size_t before = -reinterpret_cast<std::uintptr_t>(memory) % kLargePageBytes;
  if (before != 0) munmap(memory, before);
  munmap(memory + before + bytes, kLargePageBytes - before);
  madvise(memory + before, bytes, MADV_HUGEPAGE);  // a wish: small pages do as well
  return memory + before;
}

}  // namespace

HostBlock::HostBlock(std::size_t bytes) {
  memory_ = bytes % kLargePageBytes == 0 ? map_aligned(bytes) : map(bytes);
  bytes_ = memory_ == nullptr ? 0 : bytes;
}

HostBlock::~HostBlock() {
  if (memory_ != nullptr) munmap(memory_, bytes_);
}

HostBlock::HostBlock(HostBlock&& other) noexcept
    : memory_(std::exchange(other.memory_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

HostBlock& HostBlock::operator=(HostBlock&& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

}  // namespace vtpu::phext
