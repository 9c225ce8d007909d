#include "memory/tlb.hpp"

#include <algorithm>
#include <iterator>

namespace vtpu::memory {

bool PageSet::touch(std::uint64_t page) {
  // Two pages in turn are what most programs touch.
  if (where_.size() > 1) {
    const auto second = std::next(order_.begin());
    if (*second == page) {
      order_.splice(order_.begin(), order_, second);
      return true;
    }
  }
  if (const auto found = where_.find(page); found != where_.end()) {
    order_.splice(order_.begin(), order_, found->second);
    return true;
  }
  if (entries_ == 0) return false;
  if (where_.size() == entries_) {
    where_.erase(order_.back());
    order_.pop_back();
  }
  order_.push_front(page);
  where_[page] = order_.begin();
  return false;
}

Tlb::Tlb(const layout::Memory& memory)
    : first_(memory.dtlb_entries),
      second_(memory.l2_tlb_entries),
      has_second_(memory.l2_tlb_entries != 0),
      second_latency_(memory.l2_tlb_latency),
      walk_latency_(memory.walk_latency),
      walkers_(memory.page_walkers, 0) {}

Cycle Tlb::delay(std::uint64_t address, Cycle now) {
  const std::uint64_t page = address / 4096;
  if (page == last_page_) {  // already the most recently used one
    ++counts_.hits;
    return 0;
  }
  last_page_ = page;
  if (first_.touch(page)) {
    ++counts_.hits;
    return 0;
  }
  if (has_second_ && second_.touch(page)) {
    ++counts_.second_hits;
    return second_latency_;
  }
  ++counts_.walks;
  if (walkers_.empty()) return walk_latency_;
  Cycle& walker = *std::min_element(walkers_.begin(), walkers_.end());
  walker = std::max(walker, now) + walk_latency_;
  return walker - now;
}

}  // namespace vtpu::memory
