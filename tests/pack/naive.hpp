// The naive form of a program: one operation per word wherever that means the same.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "isa/program.hpp"
#include "isa/validate.hpp"
#include "pack/operation.hpp"

namespace vtpu::test {

// Ranges of one word of which nothing is known.
inline pack::StreamRanges anywhere() {
  pack::StreamRanges ranges;
  ranges.address.assign(1, pack::kEverywhere);
  return ranges;
}

// The operations of a word in an order in which none reads what an earlier one wrote; the word itself where they
// exchange registers.
inline std::vector<isa::Siw> one_by_one(const isa::Siw& word) {
  std::vector<pack::Operation> operations = pack::operations_of({word}, 0, 1, anywhere());
  std::array<std::size_t, 3> order{0, 1, 2};
  do {
    bool good = true;
    std::vector<isa::Siw> words;
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (order[i] >= operations.size()) continue;
      const pack::Operation& later = operations[order[i]];
      for (std::size_t j = 0; j < i; ++j) {
        if (order[j] >= operations.size()) continue;
        const pack::Operation& earlier = operations[order[j]];
        good = good && (earlier.written & later.read) == 0;
        // A load sees what the received message announces; a store is there when the message is.
        good = good && !(earlier.memory != pack::MemoryUse::None && later.coupling == pack::Coupling::Receive);
        good = good && !(later.memory != pack::MemoryUse::None && earlier.coupling == pack::Coupling::Send);
      }
      pack::WordInProgress alone;
      alone.add(later);
      words.push_back(alone.word());
    }
    if (good) return words.empty() ? std::vector<isa::Siw>{word} : words;
  } while (std::next_permutation(order.begin(), order.end()));
  return {word};
}

// Registers that a word's operations read and write.
inline pack::RegisterMask read_by(const isa::Siw& word) {
  pack::RegisterMask mask = 0;
  for (const auto& o : pack::operations_of({word}, 0, 1, anywhere())) {
    mask |= o.read;
  }
  return mask;
}
inline pack::RegisterMask written_by(const isa::Siw& word) {
  pack::RegisterMask mask = 0;
  for (const auto& o : pack::operations_of({word}, 0, 1, anywhere())) {
    mask |= o.written;
  }
  return mask;
}

inline isa::Program one_operation_per_word(isa::Program program) {
  for (isa::Stream& stream : program.streams) {
    std::vector<isa::Siw> words;
    std::vector<std::uint32_t> first;
    for (const isa::Siw& word : stream.words) {
      first.push_back(static_cast<std::uint32_t>(words.size()));
      const std::vector<isa::Siw> split = one_by_one(word);
      words.insert(words.end(), split.begin(), split.end());
    }
    first.push_back(static_cast<std::uint32_t>(words.size()));
    for (isa::Loop& loop : stream.loops) {
      loop.first = first[loop.first];
      loop.last = first[loop.last + 1] - 1;
    }
    stream.words = std::move(words);
    isa::compute_dependency_flags(stream);
  }
  return program;
}

}  // namespace vtpu::test
