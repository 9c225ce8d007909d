#include "memory/stride_table.hpp"

#include <algorithm>

namespace vtpu::memory {

bool StrideTable::miss(std::uint64_t instruction, std::uint64_t line) {
  Entry* const set = &entries_[static_cast<std::size_t>(instruction % sets_) * ways_];
  Entry* entry = std::find_if(set, set + ways_, [=](const Entry& e) { return e.instruction == instruction; });
  if (entry == set + ways_) {
    entry = std::min_element(set, set + ways_, [](const Entry& a, const Entry& b) { return a.used < b.used; });
    *entry = {instruction, line, 0, ++uses_};
    return false;
  }
  const auto stride = static_cast<std::int64_t>(line - entry->line);
  const bool goes_on = stride == entry->stride && stride != 0;
  *entry = {instruction, line, stride, ++uses_};
  return goes_on;
}

}  // namespace vtpu::memory
