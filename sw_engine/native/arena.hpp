// Memory for all that generated code touches besides cells: whole pages, filled in the order of allocation, so that the
// addresses within their pages are the same in every process and what belongs together lies together.
#pragma once

#include <memory_resource>

namespace vtpu::native {

class PageResource final : public std::pmr::memory_resource {
 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override;
  void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override;
  [[nodiscard]] bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }
};

// Frees at its end only. Not thread-safe.
class Arena {
 public:
  [[nodiscard]] std::pmr::memory_resource* resource() { return &blocks_; }

 private:
  static constexpr std::size_t kFirstBlockBytes = 1U << 16U;
  PageResource pages_;
  std::pmr::monotonic_buffer_resource blocks_{kFirstBlockBytes, &pages_};
};

}  // namespace vtpu::native
