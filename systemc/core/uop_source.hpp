// The seam in front of the timing model: where uops come from. SiwSource cracks words of a core that executes them
// itself; HostSource replays the x86 instructions that the JIT emits. Behind the seam the model is the same.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "events/events.hpp"
#include "isa/state.hpp"
#include "layout/layout.hpp"

namespace vtpu::core {

// Registers that uops name before renaming. A source numbers its architectural registers densely per class.
enum class RegisterClass : std::uint8_t { Integer, Vector, Mask, Flags };
struct RegisterName {
  RegisterClass cls = RegisterClass::Integer;
  std::uint8_t index = 0;
};

struct SourceUop {
  events::UopInfo info;         // id is set by the core
  unsigned kind = 0;            // index into Layout::uops
  bool wide = false;            // 512-bit operands
  bool first_of_fused = true;   // starts a fused uop (takes a dispatch and a retire slot); others ride along
  bool reads_previous = false;  // reads the result of the uop before it in the same operation
  bool eliminated = false;      // done at rename: takes a slot, no queue entry, no port
  bool folded_add = false;      // immediate add done at rename
  std::uint8_t sources = 0;
  std::uint8_t destinations = 0;
  std::array<RegisterName, 4> source{};
  std::array<RegisterName, 2> destination{};
  // Memory: valid for loads, store addresses and store data.
  std::uint64_t address = 0;
  std::uint8_t bytes = 0;
  std::uint32_t base_and_disp = 0;  // identity of the address expression, for memory renaming; 0: none
  bool taken_branch = false;
  bool mispredicted = false;
  std::uint32_t extra_latency = 0;  // cycles added by the source (helper calls, switches, translation misses)
  std::uint32_t payload = 0;        // the source's handle on the values that commit at retirement
};

enum class FetchStatus : std::uint8_t { Uop, Nothing, MessageWait, TranslationMiss, FrontEnd, Drained };

// One program-order stream of uops for one core.
class UopSource {
 public:
  virtual ~UopSource() = default;
  // Called by the front end up to its width in cycle `now`; fills `out` when it returns Uop. Uops of one operation come
  // one after the other.
  virtual FetchStatus next(events::Cycle now, SourceUop& out) = 0;
  // The uop with this payload retires: its values become architectural.
  virtual void retire(events::Cycle now, const SourceUop& uop) = 0;
  [[nodiscard]] virtual bool finished() const = 0;
};

}  // namespace vtpu::core
