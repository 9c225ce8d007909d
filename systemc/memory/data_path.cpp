#include "memory/data_path.hpp"

#include <algorithm>

namespace vtpu::memory {

DataPath::DataPath(const layout::Memory& memory, LineTarget& next, bool translates)
    : l1_(memory.l1, 1, next), prefetcher_(memory.prefetch_degree, l1_) {
  if (translates) tlb_.emplace(memory);
}

LineAnswer DataPath::load(Cycle now, std::uint64_t address, unsigned bytes, bool vector, std::uint64_t instruction) {
  const std::uint64_t first = address / kLineBytes;
  const std::uint64_t last = (address + bytes - 1) / kLineBytes;
  LineAnswer answer = l1_.request({first, now, RequestKind::Load, vector, instruction});
  prefetcher_.observe(first, now);
  if (last != first) {
    const LineAnswer upper = l1_.request({last, now, RequestKind::Load, vector, instruction});
    prefetcher_.observe(last, now);
    answer = {std::max(answer.ready, upper.ready), std::max(answer.level, upper.level),
              std::max(answer.asked, upper.asked)};
  }
  return answer;
}

void DataPath::prefetch(Cycle now, std::uint64_t address, std::uint64_t instruction) {
  (void)l1_.request({address / kLineBytes, now, RequestKind::Prefetch, false, instruction});
}

void DataPath::own(Cycle now, std::uint64_t address, unsigned bytes) {
  const std::uint64_t last = (address + bytes - 1) / kLineBytes;
  for (std::uint64_t line = address / kLineBytes; line <= last; ++line) {
    (void)l1_.request({line, now, RequestKind::Ownership});
  }
}

bool DataPath::commit(Cycle now, std::uint64_t address, unsigned bytes) {
  const std::uint64_t first = address / kLineBytes;
  const std::uint64_t last = (address + bytes - 1) / kLineBytes;
  if (first == last && l1_.write_if_held(first, now)) return true;
  bool ready = true;
  for (std::uint64_t line = first; line <= last; ++line) {
    if (!l1_.has(line)) (void)l1_.request({line, now, RequestKind::Ownership});
    ready = ready && l1_.holds(line, now);
  }
  if (!ready) return false;
  for (std::uint64_t line = first; line <= last; ++line) l1_.write(line);
  return true;
}

}  // namespace vtpu::memory
