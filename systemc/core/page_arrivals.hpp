// Page translations that a prefetch has asked for and that may still be on their way.
#pragma once

#include <array>
#include <cstddef>

#include "events/events.hpp"
#include "phext/placement.hpp"

namespace vtpu::core {

class PageArrivals {
 public:
  void expect(const phext::PageKey& page, events::Cycle ready) {
    expected_[next_++ % expected_.size()] = {page, ready};  // the one asked for longest ago has arrived or is forgotten
  }
  // Cycles until the page's translation is there.
  [[nodiscard]] unsigned wait_for(const phext::PageKey& page, events::Cycle now) const {
    for (const Expected& e : expected_) {
      if (e.page == page && e.ready > now) return static_cast<unsigned>(e.ready - now);
    }
    return 0;
  }

 private:
  struct Expected {
    phext::PageKey page;
    events::Cycle ready = 0;
  };
  std::array<Expected, 16> expected_{};
  std::size_t next_ = 0;
};

}  // namespace vtpu::core
