#include "pack/one_by_one.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "isa/validate.hpp"
#include "pack/operation.hpp"

namespace vtpu::pack {
namespace {

// Whether `later` still means the same when `earlier`, of the same word, was done before it.
bool may_follow(const Operation& earlier, const Operation& later) {
  if ((earlier.written & later.read) != 0) return false;
  // A load sees what the received message announces; a store is there when the message is.
  if (earlier.memory != MemoryUse::None && later.coupling == Coupling::Receive) return false;
  return later.memory == MemoryUse::None || earlier.coupling != Coupling::Send;
}

std::vector<isa::Siw> one_by_one(const isa::Siw& word) {
  StreamRanges anywhere;
  anywhere.address.assign(1, kEverywhere);
  const std::vector<Operation> operations = operations_of({word}, 0, 1, anywhere);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < operations.size(); ++i) order.push_back(i);
  do {
    bool good = true;
    std::vector<isa::Siw> words;
    for (std::size_t i = 0; i < order.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) good = good && may_follow(operations[order[j]], operations[order[i]]);
      WordInProgress alone;
      alone.add(operations[order[i]]);
      words.push_back(alone.word());
    }
    if (good) return words.empty() ? std::vector<isa::Siw>{word} : words;
  } while (std::next_permutation(order.begin(), order.end()));
  return {word};
}

}  // namespace

isa::Program one_operation_per_word(isa::Program program) {
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

}  // namespace vtpu::pack
