#include "native/arena.hpp"

#include <algorithm>
#include <new>

namespace vtpu::native {
namespace {

constexpr std::size_t kPageBytes = 4096;

std::align_val_t page_aligned(std::size_t alignment) { return std::align_val_t{std::max(alignment, kPageBytes)}; }

}  // namespace

void* PageResource::do_allocate(std::size_t bytes, std::size_t alignment) {
  return ::operator new(bytes, page_aligned(alignment));
}

void PageResource::do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) {
  ::operator delete(memory, bytes, page_aligned(alignment));
}

}  // namespace vtpu::native
