// Words as they are executed, for analysers: which sentron, which word, which cell. A run that is observed takes every
// word the general way, some ten times slower; one that is not costs nothing.
#pragma once

#include <cstdint>

#include "reference/word_executor.hpp"

namespace vtpu::reference {

// A word that has had its effects.
struct ObservedWord {
  std::uint32_t sentron = 0;
  std::uint32_t stream = 0;
  std::uint32_t word = 0;  // index in the stream
  const MemoryEffect& memory;
  const Coordination& coordination;
};

class WordObserver {
 public:
  virtual ~WordObserver() = default;
  virtual void on_word(const ObservedWord& word) = 0;
};

}  // namespace vtpu::reference
