// What a core asks of memory, within the cycle in which it asks.
#pragma once

#include "memory/line_request.hpp"

namespace vtpu::memory {

class DataAccess {
 public:
  virtual ~DataAccess() = default;
  // A load of `bytes` at `address`, started in `now`, by the instruction at the code address `instruction` (0: not
  // said): when its value can be used (translation not counted).
  virtual LineAnswer load(Cycle now, std::uint64_t address, unsigned bytes, bool vector, std::uint64_t instruction) = 0;
  // From now on L1 remembers which lines come, for `arrivals`, which is called in every cycle. Cores that run host code
  // may ask for it.
  virtual void announce() {}
  // Lines that came to L1 up to `now`, each told once.
  virtual Arrivals arrivals(Cycle /*now*/) { return {}; }
  // An instruction, as for a load, asks for a line that nobody waits for.
  virtual void prefetch(Cycle now, std::uint64_t address, std::uint64_t instruction) = 0;
  // A retired store asks for its lines.
  virtual void own(Cycle now, std::uint64_t address, unsigned bytes) = 0;
  // Writes a store whose lines are in L1 in `now`; false (and asks for them again where they left) when they are not.
  virtual bool commit(Cycle now, std::uint64_t address, unsigned bytes) = 0;
  // Cycles that translation adds to an access that starts in `now`.
  virtual Cycle translation_delay(std::uint64_t address, Cycle now) = 0;
};

}  // namespace vtpu::memory
