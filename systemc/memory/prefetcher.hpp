// Stride prefetch by page: a table of streams, each with the last line and the stride of one 4 KiB page.
#pragma once

#include <array>
#include <cstdint>

#include "memory/cache.hpp"

namespace vtpu::memory {

class Prefetcher {
 public:
  Prefetcher(unsigned degree, Cache& cache) : degree_(degree), cache_(cache) {}

  // A load goes to `line` in `now`.
  void observe(std::uint64_t line, Cycle now);

 private:
  static constexpr std::uint64_t kLinesPerPage = 4096 / kLineBytes;
  struct Stream {
    std::uint64_t page = ~0ULL;
    std::uint64_t used = 0;
    std::int64_t last = 0;  // line in the page
    std::int64_t stride = 0;
    bool trained = false;
  };
  void fetch_ahead(const Stream& stream, Cycle now);

  unsigned degree_;
  Cache& cache_;
  std::array<Stream, 16> streams_{};
  std::uint64_t uses_ = 0;
};

}  // namespace vtpu::memory
