// Translation of host addresses in 4 KiB pages: a fully associative first level, and a second one behind it.
#pragma once

#include <cstdint>
#include <list>
#include <unordered_map>
#include <vector>

#include "layout/layout.hpp"
#include "memory/line_request.hpp"

namespace vtpu::memory {

// Fully associative with true LRU.
class PageSet {
 public:
  explicit PageSet(unsigned entries) : entries_(entries) {}
  // True on a hit; the page is the most recently used one afterwards.
  bool touch(std::uint64_t page);

 private:
  unsigned entries_;
  std::list<std::uint64_t> order_;  // most recently used first
  std::unordered_map<std::uint64_t, std::list<std::uint64_t>::iterator> where_;
};

struct TlbCounts {
  std::uint64_t hits = 0;         // first level
  std::uint64_t second_hits = 0;  // second level
  std::uint64_t walks = 0;
  friend bool operator==(const TlbCounts&, const TlbCounts&) = default;
};

class Tlb {
 public:
  explicit Tlb(const layout::Memory& memory);
  // Extra cycles of an access to `address` that starts in `now`.
  Cycle delay(std::uint64_t address, Cycle now);
  [[nodiscard]] const TlbCounts& counts() const { return counts_; }

 private:
  PageSet first_;
  PageSet second_;
  bool has_second_;
  unsigned second_latency_;
  unsigned walk_latency_;
  std::vector<Cycle> walkers_;  // each: free from this cycle on; empty: any number
  std::uint64_t last_page_ = ~0ULL;
  TlbCounts counts_;
};

}  // namespace vtpu::memory
