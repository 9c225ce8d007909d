// Main memory: a latency, and a channel that carries so many bytes per cycle.
#pragma once

#include <algorithm>

#include "layout/layout.hpp"
#include "memory/line_request.hpp"

namespace vtpu::memory {

class Dram final : public LineTarget {
 public:
  explicit Dram(const layout::Memory& memory)
      : latency_(memory.dram_latency),
        line_cycles_((kLineBytes + memory.dram_bytes_per_cycle - 1) / std::max(1U, memory.dram_bytes_per_cycle)) {}

  LineAnswer request(const LineRequest& request) override {
    if (request.kind == RequestKind::WriteBack) {
      ++writes_;
      return {request.start, 4};
    }
    ++reads_;
    channel_free_ = std::max(request.start + latency_, channel_free_ + line_cycles_);
    return {channel_free_, 4};
  }
  [[nodiscard]] std::uint64_t reads() const { return reads_; }
  [[nodiscard]] std::uint64_t writes() const { return writes_; }

 private:
  Cycle latency_;
  Cycle line_cycles_;
  Cycle channel_free_ = 0;
  std::uint64_t reads_ = 0;
  std::uint64_t writes_ = 0;
};

}  // namespace vtpu::memory
