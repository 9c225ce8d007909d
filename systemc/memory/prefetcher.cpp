#include "memory/prefetcher.hpp"

#include <algorithm>

namespace vtpu::memory {

void Prefetcher::observe(std::uint64_t line, Cycle now) {
  if (degree_ == 0) return;
  const std::uint64_t page = line / kLinesPerPage;
  const auto in_page = static_cast<std::int64_t>(line % kLinesPerPage);
  auto stream = std::find_if(streams_.begin(), streams_.end(), [page](const Stream& s) { return s.page == page; });
  if (stream == streams_.end()) {
    stream = std::min_element(streams_.begin(), streams_.end(),
                              [](const Stream& a, const Stream& b) { return a.used < b.used; });
    *stream = {page, ++uses_, in_page, 0, false};
    return;
  }
  stream->used = ++uses_;
  const std::int64_t stride = in_page - stream->last;
  if (stride == 0) return;
  stream->trained = stride == stream->stride;
  stream->stride = stride;
  stream->last = in_page;
  if (stream->trained) fetch_ahead(*stream, now);
}

void Prefetcher::fetch_ahead(const Stream& stream, Cycle now) {
  for (unsigned k = 1; k <= degree_; ++k) {
    const std::int64_t at = stream.last + stream.stride * static_cast<std::int64_t>(k);
    if (at < 0 || at >= static_cast<std::int64_t>(kLinesPerPage)) return;
    const std::uint64_t line = stream.page * kLinesPerPage + static_cast<std::uint64_t>(at);
    if (cache_.has(line)) continue;
    if (!cache_.has_free_miss_buffer(now)) return;
    (void)cache_.request({line, now, RequestKind::Prefetch, false});
  }
}

}  // namespace vtpu::memory
