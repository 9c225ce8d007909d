#include "core/vector_rows.hpp"

#include <limits>

namespace vtpu::core {

VectorRows::VectorRows(const layout::Rename& rename)
    : row_(rename.vector_row),
      reach_(rename.vector_row_reach),
      entries_(rename.vector_row_entries == 0 ? std::numeric_limits<unsigned>::max() : rename.vector_row_entries),
      slots_(rename.dispatch_width),
      gap_(rename.dispatch_width),
      returns_(rename.vector_row_return_cycles) {}

void VectorRows::add(const Entry& entry, unsigned slot) {
  waiting_.push_back(entry);
  slot_.at(added_++) = slot;
  ++held_;
}

void VectorRows::begin(unsigned from, bool within_reach, bool without_gaps) {
  for (; added_ - from > row_; from += row_) {
    close(row_);
    within_reach = without_gaps = true;
  }
  begun_ = added_ - from;
  if (begun_ == 0) return;
  first_ = without_gaps ? from : slot_.at(from);
  within_reach_ = within_reach;
}

void VectorRows::pack(unsigned slots) {
  const unsigned before = begun_;
  unsigned near = 0;  // entries in reach of the next place of a row
  while (near < added_ && near < row_ && slot_.at(near) + gap_ <= near + reach_) ++near;
  const bool full = near == row_;
  unsigned gap = slots - added_;  // unless a row is begun
  if (before == 0 || begun_left_) {
    begun_left_ = false;
    if (near != 0) close(near);
    begin(near, full, full);
  } else if (added_ == 0) {
    close(before);
    begun_ = 0;
  } else if (full && before < row_) {
    close(row_);
    begin(row_ - before, true, !within_reach_);
  } else if (before + near <= row_) {
    unsigned joined = near;
    if (!within_reach_) {
      while (joined < added_ && before + joined < row_ && slot_.at(joined) + slots_before_ < first_ + slots_) ++joined;
    }
    close(before + joined);
    begin(joined, false, false);
  } else {
    close(before);
    if (near != 0) close(near);
    if (full && within_reach_) gap = slots - slot_.at(added_ - 1) - 1;
    begin(near, full, full && !within_reach_);
  }
  gap_ = begun_ == 0 ? gap : slots - first_ - begun_;
  slots_before_ = slots;
  added_ = 0;
}

}  // namespace vtpu::core
