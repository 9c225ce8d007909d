#include "pack/schedule_problem.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace vtpu::pack {
namespace {

// For every operation the first one that it is glued to.
std::vector<std::uint32_t> glue(const std::vector<Operation>& operations, const std::vector<Dependence>& dependences) {
  std::vector<std::uint32_t> first_of_word(operations.size());
  for (std::uint32_t i = 0; i < operations.size(); ++i) {
    const bool same = i > 0 && operations[i - 1].word == operations[i].word;
    first_of_word[i] = same ? first_of_word[i - 1] : i;
  }
  // reach[i]: operations of i's word, one bit each, that must not stand before i.
  std::vector<std::uint8_t> reach(operations.size(), 0);
  for (const Dependence& d : dependences) {
    if (d.distance == 0 && d.delay == 0 && operations[d.from].word == operations[d.to].word) {
      reach[d.from] |= static_cast<std::uint8_t>(1U << (d.to - first_of_word[d.to]));
    }
  }
  std::vector<std::uint32_t> leader(operations.size());
  std::iota(leader.begin(), leader.end(), 0U);
  for (std::uint32_t first = 0; first < operations.size();) {
    std::uint32_t end = first + 1;
    while (end < operations.size() && first_of_word[end] == first) ++end;
    for (int round = 0; round < 2; ++round) {  // paths of three
      for (std::uint32_t a = first; a < end; ++a) {
        for (std::uint32_t b = first; b < end; ++b) {
          if ((reach[a] >> (b - first) & 1U) != 0) reach[a] = static_cast<std::uint8_t>(reach[a] | reach[b]);
        }
      }
    }
    for (std::uint32_t a = first; a < end; ++a) {
      for (std::uint32_t b = first; b < a; ++b) {
        const bool both = (reach[a] >> (b - first) & 1U) != 0 && (reach[b] >> (a - first) & 1U) != 0;
        if (both) leader[a] = std::min(leader[a], leader[b]);
      }
    }
    first = end;
  }
  return leader;
}

}  // namespace

bool ScheduleProblem::fits(const WordInProgress& word, std::uint32_t node) const {
  const auto& members = nodes[node].operations;
  return std::all_of(members.begin(), members.end(), [&](std::uint32_t i) { return word.fits((*operations)[i]); });
}

void ScheduleProblem::add(WordInProgress& word, std::uint32_t node) const {
  for (const std::uint32_t i : nodes[node].operations) word.add((*operations)[i]);
}

void ScheduleProblem::remove(WordInProgress& word, std::uint32_t node) const {
  for (const std::uint32_t i : nodes[node].operations) word.remove((*operations)[i]);
}

ScheduleProblem make_problem(const std::vector<Operation>& operations, const std::vector<Dependence>& dependences) {
  ScheduleProblem problem;
  problem.operations = &operations;
  const std::vector<std::uint32_t> leader = glue(operations, dependences);
  std::vector<std::uint32_t> node_of(operations.size());
  for (std::uint32_t i = 0; i < operations.size(); ++i) {
    if (leader[i] == i) {
      node_of[i] = static_cast<std::uint32_t>(problem.nodes.size());
      problem.nodes.push_back({{i}});
    } else {
      node_of[i] = node_of[leader[i]];
      problem.nodes[node_of[i]].operations.push_back(i);
    }
  }
  problem.in.resize(problem.nodes.size());
  problem.out.resize(problem.nodes.size());
  for (Dependence d : dependences) {
    d.from = node_of[d.from];
    d.to = node_of[d.to];
    if (d.from == d.to && d.distance == 0) continue;
    const auto index = static_cast<std::uint32_t>(problem.dependences.size());
    problem.dependences.push_back(d);
    problem.out[d.from].push_back(index);
    problem.in[d.to].push_back(index);
  }
  return problem;
}

}  // namespace vtpu::pack
