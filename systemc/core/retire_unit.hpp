// Retirement: whole fused uops, oldest first. Here, and only here, values become architectural.
#pragma once

#include <array>
#include <vector>

#include "core/load_store_unit.hpp"

namespace vtpu::core {

class RetireUnit {
 public:
  // sources: one per thread.
  RetireUnit(CoreState& core, LoadStoreUnit& load_store, std::vector<UopSource*> sources)
      : core_(core),
        load_store_(load_store),
        sources_(std::move(sources)),
        releasing_(core.host_code ? core.layout.retire.release_cycles : 0) {}

  void retire(Cycle now);  // step 5

 private:
  // True when the oldest fused uop of the thread has completed and was retired.
  bool retire_one(std::size_t thread, Cycle now);
  void retire_uop(ThreadState& thread, Uop& uop, UopSource& source, Cycle now);
  // Of the uops that retired `release_cycles` ago.
  void release(Cycle now);

  struct Released {
    std::array<unsigned, 2> fused{};  // entries of the window, by thread
    std::array<unsigned, kRegisterClasses> registers{};
  };

  CoreState& core_;
  LoadStoreUnit& load_store_;
  std::vector<UopSource*> sources_;
  std::vector<Released> releasing_;  // by cycle of retirement, modulo its size; empty: released at once
};

}  // namespace vtpu::core
