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
inline constexpr unsigned kRegisterClasses = 4;
inline constexpr unsigned kRegistersPerClass = 32;
struct RegisterName {
  RegisterClass cls = RegisterClass::Integer;
  std::uint8_t index = 0;  // below kRegistersPerClass
};

inline constexpr std::uint32_t kNoPayload = 0xFFFFFFFF;

struct SourceUop {
  events::UopInfo info;           // id is set by the core
  std::uint16_t kind = 0;         // index into Layout::uops
  bool wide = false;              // 512-bit operands
  bool of_wide_code = false;      // of a host instruction with a 512-bit register, whatever this uop does of it
  bool first_of_fused = true;     // starts a fused uop (takes a dispatch and a retire slot); others ride along
  bool last_of_fused = true;      // ends it
  std::uint8_t slots_left = 1;    // of the first uop of a fused one: slots without which it waits for the next cycle
  bool names_vector = false;      // of the first uop of a fused one: one of its uops names a vector or mask register
  bool last_of_word = true;       // the last uop of a word: in-order cores issue word by word
  bool reads_previous = false;    // reads the first result of the uop before it in the same operation
  bool eliminated = false;        // done at rename: takes a slot, no queue entry, no port
  bool folded_add = false;        // immediate add done at rename; of host code where its conditions hold
  bool vector = false;            // names a vector or mask register and is no memory uop
  bool to_vector = false;         // its result is for a vector or mask register
  std::uint8_t result_bytes = 0;  // of the vector register that a load or its result is for; 0: for none
  bool new_context = false;       // first uop of an other sentron: no value of the uops before is read
  bool taken_branch = false;
  bool mispredicted = false;
  bool serializes = false;   // as UopKind::serializes
  bool prefetch = false;     // a load that asks for the line and waits for nothing
  bool vector_load = false;  // a load into a vector register
  std::uint8_t sources = 0;
  std::uint8_t destinations = 0;
  std::uint8_t second_latency = 0;       // > 0: the last destination can be used so many cycles after issue
  std::uint8_t sources_before_word = 0;  // bit k: source k is the register as it was before this word
  std::array<RegisterName, 5> source{};
  std::array<RegisterName, 2> destination{};
  // Memory: valid for loads, store addresses and store data.
  std::uint8_t bytes = 0;
  std::uint64_t address = 0;
  std::uint64_t instruction = 0;       // code address of a host instruction
  std::uint32_t base_and_disp = 0;     // identity of the address expression, for memory renaming; 0: none
  std::int64_t added = 0;              // what a `folded_add` of host code adds
  std::uint32_t extra_latency = 0;     // cycles added by the source (helper calls, switches, translation misses)
  std::uint32_t extra_busy = 0;        // cycles more for which it holds the unit behind its port, where it holds one
  std::uint32_t payload = kNoPayload;  // the source's handle on the values that commit at retirement
};

enum class FetchStatus : std::uint8_t {
  Uop,
  MessageWait,      // the thread's sentrons wait for messages, credits or groups
  TranslationMiss,  // fetch waits for a translation
  FrontEnd,         // the width of this cycle is used up, or a switch or spawn is under way
  Drained,          // no sentron of the thread has words left
};

// One program-order stream of uops for one thread of a core.
class UopSource {
 public:
  virtual ~UopSource() = default;
  // Called by the front end in cycle `now` until it returns something else than Uop; fills `out` (which holds defaults)
  // when it returns Uop. Uops of one fused uop, and of one operation, come one after the other. `idle`: nothing that
  // was fetched is still in flight.
  virtual FetchStatus next(events::Cycle now, bool idle, SourceUop& out) = 0;
  // The uop with this payload retires: its values become architectural.
  virtual void retire(events::Cycle now, const SourceUop& uop) = 0;
  // True when no uop will ever come unless another core does something first.
  [[nodiscard]] virtual bool finished() const = 0;
};

}  // namespace vtpu::core
