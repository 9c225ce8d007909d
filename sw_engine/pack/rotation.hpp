// Modulo variable expansion: a value that outlives the interval gets several registers, taken in turn by successive
// iterations, and the kernel is unrolled so that each copy names its own.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "pack/modulo_schedule.hpp"
#include "pack/operation.hpp"

namespace vtpu::pack {

// What one operation of the body makes, with every read of it.
struct RotatedValue {
  unsigned reg = 0;         // its register in the source (index_of)
  std::uint32_t maker = 0;  // operation
  struct Use {
    std::uint32_t operation = 0;
    unsigned distance = 0;  // iterations later: 0 or 1
  };
  std::vector<Use> uses;
  bool enters = false;  // iteration 0 reads what the register held before the loop
  bool leaves = false;  // the last iteration's value is read behind the loop
};

struct LoopValues {
  std::vector<RotatedValue> values;
  RegisterMask fixed = 0;  // registers that keep their name: read only, or updated in place
};
// `renamed`: registers that may be renamed. `live_after`: registers that somebody reads behind the loop.
[[nodiscard]] LoopValues values_of(const std::vector<Operation>& operations, RegisterMask renamed,
                                   RegisterMask live_after);

struct Rotation {
  unsigned copies = 1;                           // iterations after which registers repeat
  std::vector<std::vector<unsigned>> registers;  // [value][iteration % copies]
};

// Registers for every value of `iterations` overlapped iterations, `copies` of each. What enters or leaves the loop
// does so in its register of the source. `free`: registers that may be used besides those of the values. Nothing where
// they do not suffice. `word_of`: by operation, the word in which iteration 0 has it.
[[nodiscard]] std::optional<Rotation> rotate(const LoopValues& values, const std::vector<unsigned>& word_of,
                                             unsigned interval, std::uint64_t iterations, unsigned copies,
                                             RegisterMask free);

// The smallest number of copies with which no value meets its own successor.
[[nodiscard]] unsigned least_copies(const LoopValues& values, const std::vector<unsigned>& word_of, unsigned interval);

// An operation of one iteration (from -1, which came before the loop), with the registers of the rotation.
class Renamer {
 public:
  Renamer(const std::vector<Operation>& operations, const LoopValues& values, const Rotation& rotation);
  [[nodiscard]] Operation renamed(std::uint32_t operation, std::uint64_t iteration) const;

 private:
  struct Read {
    unsigned reg = 0;
    std::uint32_t value = 0;
    unsigned distance = 0;
  };
  const std::vector<Operation>& operations_;
  const Rotation& rotation_;
  std::vector<std::vector<Read>> reads_;                               // by operation
  std::vector<std::vector<std::pair<unsigned, std::uint32_t>>> made_;  // by operation: register, value
};

}  // namespace vtpu::pack
