// Retirement: whole fused uops, oldest first. Here, and only here, values become architectural.
#pragma once

#include <vector>

#include "core/load_store_unit.hpp"

namespace vtpu::core {

class RetireUnit {
 public:
  // sources: one per thread.
  RetireUnit(CoreState& core, LoadStoreUnit& load_store, std::vector<UopSource*> sources)
      : core_(core), load_store_(load_store), sources_(std::move(sources)) {}

  void retire(Cycle now);  // step 5

 private:
  // True when the oldest fused uop of the thread has completed and was retired.
  bool retire_one(std::size_t thread, Cycle now);
  void retire_uop(ThreadState& thread, Uop& uop, UopSource& source, Cycle now);

  CoreState& core_;
  LoadStoreUnit& load_store_;
  std::vector<UopSource*> sources_;
};

}  // namespace vtpu::core
