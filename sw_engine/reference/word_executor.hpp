// One word of one sentron as a pure function: everything that it will do, computed from operands read before any of it
// is done. Memory, messages and groups stay with the caller, so that engines with their own time and transport (and the
// slow path of the reference interpreter) share one meaning.
//
// A caller takes a word through these steps:
//   1. fault_of(): a faulting word has no effect, even where it would wait.
//   2. coordination_of(): may the C operation go ahead? If not, the word waits, without effect.
//   3. evaluate(): all effects. Loads read memory now, that is when the word completes.
//   4. Carry out `memory` and `coordination`; for Receive, Reduce and Cast put what came into the effects.
//   5. apply(): the register writes.
#pragma once

#include <cstdint>
#include <optional>

#include "isa/program.hpp"
#include "isa/semantics.hpp"

namespace vtpu::reference {

// Memory as evaluate() reads it. `at` has no flags; an unwritten cell is zeros.
class CellReader {
 public:
  virtual ~CellReader() = default;
  [[nodiscard]] virtual const isa::Cell& read(const isa::Coordinate& at) = 0;
};

enum class MemoryAction : std::uint8_t { None, Load, Store, Prefetch, Flush, Allocate, Free };

struct MemoryEffect {
  MemoryAction action = MemoryAction::None;
  isa::Coordinate at;      // without flags
  std::uint8_t lanes = 0;  // Load, Store, Free: bit i for each 64-bit lane i that is read or written
  isa::Cell cell;          // Store: the new content of these lanes. Load: the cell as it was read
};

enum class CoordinationAction : std::uint8_t { None, Pack, Route, Listen, Send, Receive, Barrier, Fence, Reduce, Cast };

struct Coordination {
  CoordinationAction action = CoordinationAction::None;
  std::uint8_t index = 0;            // message register; Reduce: the r or v register
  isa::Type type = isa::Type::None;  // Reduce: I64 or a packed type
  isa::RedOp reduction{};            // Reduce
  std::uint32_t peer = 0;            // Send, Receive, Route, Listen: sentron number
  std::uint32_t group = 0;           // Barrier, Reduce, Cast
  std::uint32_t root = 0;            // Cast: position in the group
  isa::Scope scope{};                // Fence

  [[nodiscard]] bool waits_for_group() const {
    return action == CoordinationAction::Barrier || action == CoordinationAction::Reduce ||
           action == CoordinationAction::Cast;
  }
  // Members of a group meet only where they ask for the same; the register may differ.
  [[nodiscard]] bool meets(const Coordination& other) const {
    return action == other.action && type == other.type && reduction == other.reduction && group == other.group &&
           root == other.root;
  }
};

struct WordEffects {
  // New values of registers; unset: not written.
  struct IntWrite {
    std::uint8_t index;
    std::uint64_t value;
  };
  struct VectorWrite {
    std::uint8_t index;
    isa::Vector value;
  };
  struct CoordinateWrite {
    std::uint8_t index;
    isa::Coordinate value;
  };
  std::optional<IntWrite> d_int;
  std::optional<VectorWrite> d_vector;
  std::optional<std::uint16_t> cmp;
  std::optional<IntWrite> s_int;
  std::optional<VectorWrite> s_vector;
  std::optional<CoordinateWrite> s_coordinate;  // SINDEX, SSETP, post-increment

  MemoryEffect memory;

  Coordination coordination;
  isa::Message message;  // Pack: the register's new value. Send: what is sent. Cast: this member's register.
                         // Receive and Cast: the caller replaces it by what arrives.
  std::uint64_t r = 0;   // Reduce of I64: this member's operand; the caller replaces it by the result
  isa::Vector v;         // Reduce of a packed type: the same
};

// The fault that this word raises before it has any effect: first the S slot's step, then the C slot's route. (Running
// out of pages is the memory's to say; it comes after the step and before the route.) `sentrons`: how many there are.
[[nodiscard]] isa::Fault step_fault_of(const isa::Siw& word, const isa::Registers& registers);
[[nodiscard]] isa::Fault route_fault_of(const isa::Siw& word, const isa::Registers& registers, std::uint32_t sentrons);
[[nodiscard]] isa::Fault fault_of(const isa::Siw& word, const isa::Registers& registers, std::uint32_t sentrons);

// What the C slot asks for. Precondition: no fault.
[[nodiscard]] Coordination coordination_of(const isa::Siw& word, const isa::Registers& registers);

// Precondition: the word is valid and has no fault.
[[nodiscard]] WordEffects evaluate(const isa::Siw& word, const isa::Registers& registers, CellReader& memory);
void apply(const WordEffects& effects, isa::Registers& registers);

// `cell` with the stored lanes replaced (Store and Free).
void store_into(isa::Cell& cell, const MemoryEffect& effect);

}  // namespace vtpu::reference
