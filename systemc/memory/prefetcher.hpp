// Stride prefetch by page: a table of streams, each with the last line and the stride of one 4 KiB page.
#pragma once

#include <array>
#include <cstdint>

#include "memory/cache.hpp"

namespace vtpu::memory {

class Prefetcher {
 public:
  Prefetcher(unsigned degree, Cache& cache) : degree_(degree), cache_(cache) {}

  // The cache is asked for `line` in `now`.
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

// A cache whose prefetcher watches all that is asked of it.
class WatchedCache final : public LineTarget {
 public:
  // level, next: as Cache. degree: as Prefetcher.
  WatchedCache(const layout::CacheLevel& shape, std::uint8_t level, LineTarget& next, unsigned degree)
      : cache_(shape, level, next), prefetcher_(degree, cache_) {}

  LineAnswer request(const LineRequest& request) override {
    const LineAnswer answer = cache_.request(request);
    if (request.kind != RequestKind::WriteBack) prefetcher_.observe(request.line, request.start);
    return answer;
  }
  [[nodiscard]] const CacheCounts& counts() const { return cache_.counts(); }

 private:
  Cache cache_;
  Prefetcher prefetcher_;
};

}  // namespace vtpu::memory
