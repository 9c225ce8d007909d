// A core's way to memory: address translation where the source does not do it, the L1 data cache, the prefetcher.
#pragma once

#include <optional>

#include "memory/cache.hpp"
#include "memory/prefetcher.hpp"
#include "memory/tlb.hpp"

namespace vtpu::memory {

class DataPath {
 public:
  // translates: host addresses go through a TLB.
  DataPath(const layout::Memory& memory, LineTarget& next, bool translates);

  // A load of `bytes` at `address`, started in `now`: when its value can be used (translation not counted).
  LineAnswer load(Cycle now, std::uint64_t address, unsigned bytes, bool vector);
  void prefetch(Cycle now, std::uint64_t address);
  // A retired store asks for its lines.
  void own(Cycle now, std::uint64_t address, unsigned bytes);
  // Writes a store whose lines are in L1 in `now`; false (and asks for them again where they left) when they are not.
  bool commit(Cycle now, std::uint64_t address, unsigned bytes);
  // Cycles that translation adds.
  unsigned translation_delay(std::uint64_t address) { return tlb_ ? tlb_->delay(address) : 0; }

  [[nodiscard]] const CacheCounts& counts() const { return l1_.counts(); }
  [[nodiscard]] TlbCounts tlb_counts() const { return tlb_ ? tlb_->counts() : TlbCounts{}; }

 private:
  Cache l1_;
  Prefetcher prefetcher_;
  std::optional<Tlb> tlb_;
};

}  // namespace vtpu::memory
