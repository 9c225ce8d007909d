// What a scheduler places: operations, those that only make sense in one word glued together.
#pragma once

#include <cstdint>
#include <vector>

#include "pack/dependences.hpp"

namespace vtpu::pack {

// Operations of one source word that exchange registers (each reads what another one writes) share a word for ever.
struct Node {
  std::vector<std::uint32_t> operations;  // one, or two or three of different pipes
};

struct ScheduleProblem {
  const std::vector<Operation>* operations = nullptr;
  std::vector<Node> nodes;                      // in source order
  std::vector<Dependence> dependences;          // between nodes
  std::vector<std::vector<std::uint32_t>> in;   // dependences into each node
  std::vector<std::vector<std::uint32_t>> out;  // dependences out of each node

  [[nodiscard]] bool fits(const WordInProgress& word, std::uint32_t node) const;
  void add(WordInProgress& word, std::uint32_t node) const;
  void remove(WordInProgress& word, std::uint32_t node) const;
};

// `operations` must outlive the problem.
[[nodiscard]] ScheduleProblem make_problem(const std::vector<Operation>& operations,
                                           const std::vector<Dependence>& dependences);

}  // namespace vtpu::pack
