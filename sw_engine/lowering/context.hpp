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
  std::uint64_t tail = 0;       // messages sent; written by the sender
  std::uint64_t head = 0;       // messages taken; written by the receiver
  std::uint64_t to_helper = 0;  // shared or waiting: other than 0, every operation is the helper's
  std::uint32_t shared = 0;     // 1: sender and receiver are on different workers; never changes once it is used
  std::uint32_t waiting = 0;    // 1: the other end is blocked on this channel: wake it
  std::uint32_t sender = 0;
  std::uint32_t receiver = 0;
  alignas(64) std::array<isa::Message, isa::kChannelCapacity> slot{};

  void set_shared(bool is) {
    shared = is ? 1 : 0;
    to_helper = shared | waiting;
  }
  void set_waiting(bool is) {
    waiting = is ? 1 : 0;
    to_helper = shared | waiting;
  }
};
static_assert(offsetof(Channel, slot) == 64 && sizeof(isa::Message) == 32);

// Inline translation: open addressing, linear probing; an entry that is empty ends a search, and the last one always
// is. `key` is the coordinate with the bits that do not select a page cleared, hi shifted left by 7 so that the flags
// drop out. An empty entry has base == nullptr and a key that no coordinate yields.
struct alignas(32) TranslationEntry {
  std::uint64_t key_lo = ~0ULL;
  std::uint64_t key_hi = ~0ULL;
  std::uint8_t* base = nullptr;  // host address of the page (page-granular placements) or of the cell
  std::uint64_t unused = 0;
};
inline constexpr unsigned kTranslationBits = 16;
inline constexpr std::uint64_t kTranslationMultiplier = 0x9E3779B97F4A7C15ULL;
// A search begins at entry ((key_lo + key_hi) * kTranslationMultiplier) >> (64 - kTranslationBits).

inline constexpr int kMaxLoopDepth = 32;  // isa::kMaxLoopDepth

// Constants that generated code uses as memory operands.
struct alignas(64) ContextConstants {
  template <typename T, std::size_t N, typename F>
  static constexpr std::array<T, N> fill(F f) {
    std::array<T, N> x{};
    for (std::size_t i = 0; i < N; ++i) x[i] = static_cast<T>(f(i));
    return x;
  }
  alignas(64) std::array<std::uint32_t, 16> high_half = fill<std::uint32_t, 16>([](auto) { return 0xFFFF0000U; });
  alignas(64) std::array<std::uint32_t, 16> hash_lane = fill<std::uint32_t, 16>([](auto k) {
    return static_cast<std::uint32_t>(k) * 0x9E3779B9U;
  });
  alignas(64) std::array<std::uint32_t, 16> hash_first = fill<std::uint32_t, 16>([](auto) { return 0x85EBCA6BU; });
  alignas(64) std::array<std::uint32_t, 16> hash_second = fill<std::uint32_t, 16>([](auto) { return 0xC2B2AE35U; });
  alignas(64) std::array<std::uint32_t, 16> lane_bit32 = fill<std::uint32_t, 16>([](auto i) { return 1U << i; });
  alignas(64) std::array<std::uint64_t, 8> lane_bit64 = fill<std::uint64_t, 8>([](auto i) { return 1ULL << i; });
  alignas(32) std::array<std::uint32_t, 8> sign32 = fill<std::uint32_t, 8>([](auto) { return 0x80000000U; });
  alignas(32) std::array<std::uint16_t, 16> low_byte = fill<std::uint16_t, 16>([](auto) { return 0x00FFU; });
  alignas(32) std::array<std::uint8_t, 32> low_nibble = fill<std::uint8_t, 32>([](auto) { return 0x0FU; });
  alignas(32) std::array<std::uint8_t, 32> nibble_bits = fill<std::uint8_t, 32>([](auto i) {
    return (i & 1U) + (i >> 1U & 1U) + (i >> 2U & 1U) + (i >> 3U & 1U);
  });
  std::uint64_t translation_multiplier = kTranslationMultiplier;
};

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
  isa::Coordinate literal;                            // the coordinate of a Translate with argument kTranslateLiteral
  alignas(64) std::array<std::uint64_t, 32> spill{};  // hoisted page pointers and results that wait (256 bytes)
  ContextConstants constants;
};
static_assert(offsetof(SentronContext, registers) == 0);

// C++ functions that generated code calls: uint64_t helper(SentronContext*, uint64_t argument). They may read and write
// the context: before a call generated code stores every register there (r, v, p, m, cmp are exact, as before the word
// `exit_word`), after it, it reloads what it keeps in host registers. `exit_word` is set before every call, `resume`
// before every call that may block. They return 0 to go on, 1 to leave generated code (the helper has then set
// exit_reason and, for Faulted, fault; a faulting word has had no effect).
//
// Blocking helpers (Send, Receive, Barrier, Reduce, Cast) either complete the whole operation and return 0, or mark the
// sentron as waiting, set exit_reason to Blocked and return 1. `resume` then names the start of the same word: entered
// again there, generated code comes to the same operation again (inline for Send and Receive, by the same helper call
// for the others). Barrier, Reduce and Cast therefore arrive once: called again by a sentron that has arrived, they
// return 0 (with the result in the context) when the round is complete, or 1 again. Nothing of the word has been done
// before a blocking helper returns 0.
//
// Inline csend: channel known, to_helper == 0 and tail - head < kChannelCapacity; it copies the message and
// increments tail. Inline crecv: channel known, to_helper == 0 and head != tail; it copies and increments
// head. Everything else is the helper's. literal_out and literal_in hold no null pointers.
//
// An Exit instruction returns to the caller of generated code; exit_reason in the context says why.
enum class HelperId : std::uint32_t {
  Translate,  // argument: index of the p register, or kTranslateLiteral. Enters the page (linear, zorder) or the cell
              // into the inline table and sets cell_address to the cell. May fault with OutOfMemory.
  Send,  // argument: m | (position in literal_out + 1) << 8, no position: by the route in out[m]. May fault (NoRoute)
  Receive,  // argument: m | (position in literal_in + 1) << 8, no position: from in[m]. May fault (NoRoute)
  Route,   // argument: m | sentron << 8: croute to `sentron` (any 56-bit number; else 2^56 - 1). May fault (BadSentron)
  Listen,  // argument: as Route
  Barrier,   // argument: group
  Reduce,    // argument: index of the C slot's word; the runtime decodes the slot
  Cast,      // argument: as Reduce
  Allocate,  // argument: p register index (salloc)
  Free,      // argument: p register index (sfree)
  Count
};
inline constexpr std::uint64_t kTranslateLiteral = isa::kCoordinateRegisters;  // SentronContext::literal
using Helper = std::uint64_t (*)(SentronContext*, std::uint64_t);

}  // namespace vtpu::lowering
