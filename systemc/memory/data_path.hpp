// A core's way to memory: address translation where the source does not do it, the L1 data cache, the prefetcher.
#pragma once

#include <optional>

#include "memory/cache.hpp"
#include "memory/data_access.hpp"
#include "memory/prefetcher.hpp"
#include "memory/tlb.hpp"

namespace vtpu::memory {

class DataPath final : public DataAccess {
 public:
  // translates: host addresses go through a TLB.
  DataPath(const layout::Memory& memory, LineTarget& next, bool translates);

  LineAnswer load(Cycle now, std::uint64_t address, unsigned bytes, bool vector, std::uint64_t instruction) override;
  void announce() override { l1_.announce(); }
  Arrivals arrivals(Cycle now) override { return l1_.arrivals(now); }
  void prefetch(Cycle now, std::uint64_t address, std::uint64_t instruction) override;
  void own(Cycle now, std::uint64_t address, unsigned bytes) override;
  bool commit(Cycle now, std::uint64_t address, unsigned bytes) override;
  Cycle translation_delay(std::uint64_t address, Cycle now) override { return tlb_ ? tlb_->delay(address, now) : 0; }

  [[nodiscard]] const CacheCounts& counts() const { return l1_.counts(); }
  [[nodiscard]] TlbCounts tlb_counts() const { return tlb_ ? tlb_->counts() : TlbCounts{}; }

 private:
  Cache l1_;
  Prefetcher prefetcher_;
  std::optional<Tlb> tlb_;
};

}  // namespace vtpu::memory
