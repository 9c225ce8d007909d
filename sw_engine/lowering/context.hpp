// The memory that generated code works on, at fixed offsets: one context per sentron, channels between sentrons, and
// the worker's inline translation table. Shared by generated code, the host machine and the runtime.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "isa/program.hpp"
#include "isa/state.hpp"

namespace vtpu::lowering {

// One direction between two sentrons: a ring of kChannelCapacity messages. head and tail count messages since spawn.
// Same-worker channels are used by inline code; where sender and receiver live on different workers `shared` is 1 and
// inline code goes to the helper.
struct alignas(64) Channel {
  std::uint64_t tail = 0;     // messages sent; written by the sender
  std::uint64_t head = 0;     // messages taken; written by the receiver
  std::uint64_t shared = 0;   // 1: sender and receiver are on different workers
  std::uint64_t waiting = 0;  // 1: the other end is blocked on this channel (same worker): wake it by helper
  std::uint32_t sender = 0;
  std::uint32_t receiver = 0;
  alignas(64) std::array<isa::Message, isa::kChannelCapacity> slot{};
};
static_assert(offsetof(Channel, slot) == 64 && sizeof(isa::Message) == 32);

// Inline translation: direct mapped. `key` is the coordinate with the bits that do not select a page cleared, hi
// shifted left by 7 so that the flags drop out. An empty entry has base == nullptr and a key that no coordinate yields.
struct alignas(32) TranslationEntry {
  std::uint64_t key_lo = ~0ULL;
  std::uint64_t key_hi = ~0ULL;
  std::uint8_t* base = nullptr;  // host address of the page (page-granular placements) or of the cell
  std::uint64_t unused = 0;
};
inline constexpr unsigned kTranslationBits = 10;
inline constexpr std::uint64_t kTranslationMultiplier = 0x9E3779B97F4A7C15ULL;
// Entry index: ((key_lo + key_hi) * kTranslationMultiplier) >> (64 - kTranslationBits).

inline constexpr int kMaxLoopDepth = 16;

enum class ExitReason : std::uint32_t { Finished, Blocked, Faulted, Yielded };

struct alignas(64) SentronContext {
  isa::Registers registers;                                   // offset 0
  std::array<Channel*, isa::kMessageRegisters> out{};         // by message register, set by croute; null: no route
  std::array<Channel*, isa::kMessageRegisters> in{};          // by message register, set by clisten
  TranslationEntry* translations = nullptr;                   // the worker's table, 1 << kTranslationBits entries
  Channel** literal_out = nullptr;                            // by position in the stream's list of csend literals
  Channel** literal_in = nullptr;                             // by position in the stream's list of crecv literals
  const std::uint8_t* const* tables = nullptr;                // HostCode::tables
  std::array<std::uint64_t, kMaxLoopDepth> loop_remaining{};  // counters of loops that are not in a host register
  std::uint64_t resume = 0;                                   // resume id, index into HostCode::resume_points
  std::uint32_t exit_reason = 0;                              // ExitReason, set before every Exit
  std::uint32_t exit_word = 0;                                // SIW index of the blocking or faulting word
  std::uint64_t fault = 0;                                    // isa::Fault
  std::uint64_t helper_value = 0;                             // result of the last helper, see HelperId
  std::uint64_t cell_address = 0;                             // scratch: translated host address
  alignas(64) std::array<std::uint64_t, 32> scratch{};        // temporaries of generated code (256 bytes)
  void* runtime = nullptr;  // the runtime that owns this context; generated code leaves it alone
  std::uint32_t sentron = 0;
  std::uint32_t worker = 0;
};
static_assert(offsetof(SentronContext, registers) == 0);

// C++ functions that generated code calls: uint64_t helper(SentronContext*, uint64_t argument). They may read and write
// the context (so allocated registers that matter are stored before and reloaded after, all vector registers are lost)
// and return 0 to go on, 1 to leave generated code (the helper has set exit_reason, exit_word, fault as needed).
enum class HelperId : std::uint32_t {
  Translate,  // argument: index of the p register. Fills the inline table and sets cell_address to the cell. May fault.
  Send,       // argument: m | resume word info; slow path of csend: full, shared, no route, or the receiver is waiting
  Receive,    // argument: m; slow path of crecv: empty, shared, or no route
  Route,      // argument: m | sentron << 8: croute to `sentron`
  Listen,     // argument: m | sentron << 8
  Barrier,    // argument: group
  Reduce,     // argument: index of the C slot's word; the runtime decodes the slot
  Cast,       // argument: as Reduce
  Allocate,   // argument: p register index (salloc)
  Free,       // argument: p register index (sfree)
  Count
};
using Helper = std::uint64_t (*)(SentronContext*, std::uint64_t);

}  // namespace vtpu::lowering
