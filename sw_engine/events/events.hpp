// What a timing model says happens: typed events, one stream for every trace, timeline, count and report.
// Both models (SystemC, RTL) emit them in the order of docs/core_contract.md; a model prints nothing.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "isa/op_table.hpp"

namespace vtpu::events {

using Cycle = std::uint64_t;
using UopId = std::uint64_t;  // sequence number of a uop in a core, from 0, in program order of dispatch sources

// Why a dispatch slot of a cycle did no useful work. Exactly one per slot; the counts add up to width * cycles.
enum class SlotReason : std::uint8_t {
  Retiring,  // the slot dispatched a uop (every dispatched uop retires: there is no wrong path)
  FrontEnd,  // nothing delivered
  WindowFull,
  QueueFull,  // the uop's issue queue is full and its oldest waiters wait for operands ...
  RegistersFull,
  PortConflict,  // as QueueFull or WindowFull, where the oldest waiting uop is ready and lost its ports
  OperandWait,   // as WindowFull, where the oldest uop waits for operands or executes
  Memory,        // as WindowFull or load/store queue full, where the oldest uop waits for memory
  TranslationMiss,
  MessageWait,
  Drained,    // the sentron has no more words
  LastSlots,  // what comes next may not be dispatched in the last slots of a cycle
  Count
};
[[nodiscard]] std::string_view name_of(SlotReason reason);

// A uop as events name it. Strings point into the layout or tables and live as long as the model.
struct UopInfo {
  UopId id = 0;
  std::uint32_t core = 0;
  std::uint32_t sentron = 0;
  std::uint32_t word = 0;       // SIW index in its stream
  std::uint32_t iteration = 0;  // how many times this core fetched this word before (saturating)
  isa::Pipe pipe = isa::Pipe::D;
  bool is_operation = false;  // the uop that completes an operation of a word (the last one of its crack)
  bool wide = false;          // 512-bit operands
  std::string_view text;      // "dadd.i64" or "vaddps"
  std::string_view kind;      // uop kind name of the layout
};

// Queue of a uop that is done at rename and waits in none.
inline constexpr unsigned kNoQueue = ~0U;

// A sentron's register gets a new architectural value.
enum class RegisterFile : std::uint8_t { R, V, P, M, Cmp };
inline constexpr std::array<unsigned, 5> kRegisterBits{64, 512, 128, 256, 16};  // by RegisterFile
struct RegisterWrite {
  std::uint32_t core = 0;
  std::uint32_t sentron = 0;
  RegisterFile file = RegisterFile::R;
  std::uint8_t index = 0;                // 0 for Cmp
  std::array<std::uint64_t, 8> value{};  // lowest 64 bits first; those beyond the register's width are 0
};

class Listener {
 public:
  virtual ~Listener() = default;
  virtual void on_fetched(Cycle, const UopInfo&) {}
  // Right before the dispatch of `uop`: it waits for a result of `producer`, which has not retired.
  virtual void on_operand(const UopInfo& /*uop*/, UopId /*producer*/) {}
  virtual void on_dispatched(Cycle, const UopInfo&, unsigned /*queue, or kNoQueue*/) {}
  virtual void on_issued(Cycle, const UopInfo&, unsigned /*port*/) {}
  // `uop` was ready and every port it may use was taken in this cycle by older uops; `port` went to `winner`.
  virtual void on_conflict(Cycle, const UopInfo& /*uop*/, unsigned /*port*/, const UopInfo& /*winner*/) {}
  virtual void on_completed(Cycle, const UopInfo&) {}
  // Right before the retirement of the uop that ends the operation, or when a group is released. Cores that execute
  // words themselves only.
  virtual void on_written(Cycle, const RegisterWrite&) {}
  virtual void on_retired(Cycle, const UopInfo&) {}
  virtual void on_slots(Cycle, std::uint32_t /*core*/, SlotReason, unsigned /*slots*/) {}
};

}  // namespace vtpu::events
