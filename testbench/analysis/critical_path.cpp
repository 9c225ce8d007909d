#include "testbench/analysis/critical_path.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <map>

#include "pack/latency.hpp"
#include "pack/operation.hpp"
#include "pack/region.hpp"
#include "reference/engine.hpp"
#include "reference/observer.hpp"

namespace vtpu::analysis {
namespace {

using isa::Coordinate;
using reference::CoordinationAction;
using reference::MemoryAction;

constexpr std::uint32_t kNobody = ~0U;

// When a value is there, and the node that made it.
struct Value {
  std::uint64_t ready = 0;
  std::uint32_t maker = kNobody;
};

struct Node {
  std::uint64_t start = 0;
  std::uint64_t end = 0;          // its results are there
  std::uint32_t maker = kNobody;  // what it waited for longest
  std::uint32_t operation = 0;    // index into the program's operations
  Link link = Link::Start;
};

// An operation of the program with its latencies.
struct Known {
  std::uint32_t stream = 0;
  pack::Operation operation;
  std::array<unsigned, pack::kRegisters> latency{};  // of the registers that it writes
};

class Follower final : public reference::WordObserver {
 public:
  Follower(const isa::Program& program, const layout::Layout& layout, std::uint64_t limit)
      : latencies_(layout),
        fabric_(layout.sentrons.fabric_latency),
        limit_(limit),
        registers_(program.sentrons.size()) {
    for (std::uint32_t s = 0; s < program.streams.size(); ++s) know_stream(program, s);
  }

  void on_word(const reference::ObservedWord& word) override {
    const std::vector<std::uint32_t>& operations = by_word_[word.stream][word.word];
    if (nodes_.size() + operations.size() > limit_) {
      complete_ = false;
      return;
    }
    const std::size_t first = nodes_.size();
    for (const std::uint32_t index : operations) nodes_.push_back(node_of(index, word));
    for (std::size_t i = 0; i < operations.size(); ++i) finish(operations[i], first + i, word);
  }

  [[nodiscard]] CriticalPath path() const;

 private:
  using Registers = std::array<Value, pack::kRegisters>;

  void know_stream(const isa::Program& program, std::uint32_t stream);
  [[nodiscard]] Node node_of(std::uint32_t index, const reference::ObservedWord& word);
  void finish(std::uint32_t index, std::size_t node, const reference::ObservedWord& word);

  pack::Latencies latencies_;
  unsigned fabric_;
  std::uint64_t limit_;
  bool complete_ = true;
  std::vector<Known> known_;
  std::vector<std::vector<std::vector<std::uint32_t>>> by_word_;                   // stream, word: indices into known_
  std::vector<Registers> registers_;                                               // by sentron
  std::map<Coordinate, Value> cells_;                                              // stores of the run
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::deque<Value>> messages_;  // from, to
  std::vector<Node> nodes_;
};

void Follower::know_stream(const isa::Program& program, std::uint32_t stream) {
  const std::vector<isa::Siw>& words = program.streams[stream].words;
  by_word_.emplace_back(words.size());
  const pack::StreamRanges ranges =
      pack::coordinate_ranges(program, stream, words, pack::regions_of(program.streams[stream]));
  for (const pack::Operation& operation :
       pack::operations_of(words, 0, static_cast<std::uint32_t>(words.size()), ranges)) {
    Known known;
    known.stream = stream;
    for (unsigned r = 0; r < pack::kRegisters; ++r) {
      if ((operation.written & pack::bit(r)) == 0) continue;
      known.latency[r] = latencies_.of(operation, r);
    }
    by_word_.back()[operation.word].push_back(static_cast<std::uint32_t>(known_.size()));
    known.operation = operation;
    known_.push_back(known);
  }
}

Node Follower::node_of(std::uint32_t index, const reference::ObservedWord& word) {
  const pack::Operation& operation = known_[index].operation;
  Node node;
  node.operation = index;
  const auto wait_for = [&](const Value& value, Link link) {
    if (value.maker == kNobody || value.ready < node.start || (value.ready == node.start && node.maker != kNobody))
      return;
    node.start = value.ready;
    node.maker = value.maker;
    node.link = link;
  };
  for (unsigned r = 0; r < pack::kRegisters; ++r) {
    if ((operation.read & pack::bit(r)) != 0) wait_for(registers_[word.sentron][r], Link::Register);
  }
  if (operation.memory == pack::MemoryUse::Read) {
    if (const auto cell = cells_.find(word.memory.at); cell != cells_.end()) wait_for(cell->second, Link::Memory);
  }
  if (operation.coupling == pack::Coupling::Receive) {
    std::deque<Value>& queue = messages_[{word.coordination.peer, word.sentron}];
    if (!queue.empty()) {
      wait_for(queue.front(), Link::Message);
      queue.pop_front();
    }
  }
  return node;
}

void Follower::finish(std::uint32_t index, std::size_t node, const reference::ObservedWord& word) {
  const Known& known = known_[index];
  const auto maker = static_cast<std::uint32_t>(node);
  const std::uint64_t start = nodes_[node].start;
  nodes_[node].end = start + 1;
  const bool forwarded = nodes_[node].link == Link::Memory;
  for (unsigned r = 0; r < pack::kRegisters; ++r) {
    if ((known.operation.written & pack::bit(r)) == 0) continue;
    const bool loaded = forwarded && (known.operation.stepped & pack::bit(r)) == 0;
    const std::uint64_t ready = start + (loaded ? latencies_.store_to_load() : known.latency[r]);
    registers_[word.sentron][r] = {ready, maker};
    nodes_[node].end = std::max(nodes_[node].end, ready);
  }
  if (known.operation.memory == pack::MemoryUse::Write && word.memory.action == MemoryAction::Store) {
    cells_[word.memory.at] = {start + 1, maker};
  }
  if (word.coordination.action == CoordinationAction::Send && known.operation.coupling == pack::Coupling::Send) {
    messages_[{word.sentron, word.coordination.peer}].push_back({start + std::max(1U, fabric_), maker});
  }
}

CriticalPath Follower::path() const {
  CriticalPath path;
  path.complete = complete_;
  path.operations = nodes_.size();
  std::vector<PathStep> steps(known_.size());
  std::vector<std::array<std::uint64_t, 4>> links(known_.size());
  std::uint32_t last = kNobody;
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    ++steps[nodes_[i].operation].executions;
    if (nodes_[i].end <= path.cycles) continue;
    path.cycles = nodes_[i].end;
    last = i;
  }
  std::uint64_t until = path.cycles;
  for (std::uint32_t i = last; i != kNobody; i = nodes_[i].maker) {
    PathStep& step = steps[nodes_[i].operation];
    ++step.times;
    step.cycles += until - nodes_[i].start;
    ++links[nodes_[i].operation][static_cast<std::size_t>(nodes_[i].link)];
    until = nodes_[i].start;
    ++path.length;
  }
  for (std::size_t k = 0; k < steps.size(); ++k) {
    PathStep& step = steps[k];
    if (step.times == 0) continue;
    step.stream = known_[k].stream;
    step.word = known_[k].operation.word;
    step.pipe = known_[k].operation.pipe;
    step.waits_for = static_cast<Link>(std::max_element(links[k].begin(), links[k].end()) - links[k].begin());
    path.steps.push_back(step);
  }
  std::stable_sort(path.steps.begin(), path.steps.end(),
                   [](const PathStep& a, const PathStep& b) { return a.cycles > b.cycles; });
  return path;
}

}  // namespace

CriticalPath critical_path(const isa::Program& program, const layout::Layout& layout, std::uint64_t limit) {
  Follower follower(program, layout, limit);
  reference::ReferenceOptions options;
  options.observer = &follower;
  (void)reference::run(program, options);
  return follower.path();
}

}  // namespace vtpu::analysis
