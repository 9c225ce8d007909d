// How long results take on a core, as the layout's crack table says.
#pragma once

#include "layout/layout.hpp"
#include "pack/operation.hpp"

namespace vtpu::pack {

class Latencies {
 public:
  explicit Latencies(const layout::Layout& layout) : layout_(layout) {}

  // Cycles from issue to the earliest issue of a reader of `reg` (an index_of); a load takes what a hit in L1 takes.
  [[nodiscard]] unsigned of(const Operation& operation, unsigned reg) const;
  // Cycles from a store to a load of the same cell.
  [[nodiscard]] unsigned store_to_load() const { return layout_.memory.forward_latency; }
  // What a schedule should plan for: all of it in order; out of order what the window does not hide. A window of w
  // operations looks ahead w / 3 words, in which time the result arrives.
  [[nodiscard]] unsigned planned(unsigned latency) const;
  [[nodiscard]] bool in_order() const { return layout_.in_order; }
  [[nodiscard]] const layout::Layout& layout() const { return layout_; }

 private:
  const layout::Layout& layout_;
};

}  // namespace vtpu::pack
