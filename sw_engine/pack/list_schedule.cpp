#include "pack/list_schedule.hpp"

#include <algorithm>
#include <limits>

#include "pack/schedule_problem.hpp"

namespace vtpu::pack {
namespace {

using isa::Siw;

struct Schedule {
  std::vector<Siw> words;
  std::vector<std::uint32_t> word_of;  // by node
};

// Longest way from each node to the end, in planned cycles. Nodes are in source order, but a dependence may lead
// backwards inside a source word, so relax until nothing changes (one or two rounds).
std::vector<unsigned> heights_of(const ScheduleProblem& problem) {
  std::vector<unsigned> height(problem.nodes.size(), 0);
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t n = problem.nodes.size(); n-- > 0;) {
      for (const std::uint32_t index : problem.out[n]) {
        const Dependence& d = problem.dependences[index];
        const unsigned through = height[d.to] + d.cycles;
        if (through > height[n]) {
          height[n] = through;
          changed = true;
        }
      }
    }
  }
  return height;
}

class ListScheduler {
 public:
  ListScheduler(const ScheduleProblem& problem, const std::vector<unsigned>& height, bool waits)
      : problem_(problem),
        height_(height),
        waits_(waits),
        waiting_for_(problem.nodes.size()),
        earliest_word_(problem.nodes.size(), 0),
        ready_cycle_(problem.nodes.size(), 0) {
    result_.word_of.resize(problem.nodes.size());
  }

  Schedule run() {
    for (std::uint32_t n = 0; n < problem_.nodes.size(); ++n) {
      waiting_for_[n] = problem_.in[n].size();
      if (waiting_for_[n] == 0) insert(n);
    }
    while (!ready_.empty()) fill_word();
    return std::move(result_);
  }

 private:
  void insert(std::uint32_t node) {
    const auto before = [&](std::uint32_t a, std::uint32_t b) {
      return height_[a] != height_[b] ? height_[a] > height_[b] : a < b;
    };
    ready_.insert(std::upper_bound(ready_.begin(), ready_.end(), node, before), node);
  }

  void fill_word() {
    WordInProgress word;
    const auto index = static_cast<std::uint32_t>(result_.words.size());
    for (bool placed = true; placed;) {  // what was placed may free something for the same word
      placed = false;
      for (std::size_t i = 0; i < ready_.size(); ++i) {
        const std::uint32_t node = ready_[i];
        if (earliest_word_[node] > index || (waits_ && ready_cycle_[node] > cycle_)) continue;
        if (!problem_.fits(word, node)) continue;
        problem_.add(word, node);
        ready_.erase(ready_.begin() + static_cast<std::ptrdiff_t>(i));
        place(node, index);
        placed = true;
        break;
      }
    }
    if (!word.empty()) {
      result_.words.push_back(word.word());
      ++cycle_;
      return;
    }
    cycle_ = std::numeric_limits<unsigned>::max();  // waits_: on to the cycle in which something is ready
    for (const std::uint32_t node : ready_) cycle_ = std::min(cycle_, ready_cycle_[node]);
  }

  void place(std::uint32_t node, std::uint32_t word) {
    result_.word_of[node] = word;
    for (const std::uint32_t index : problem_.out[node]) {
      const Dependence& d = problem_.dependences[index];
      earliest_word_[d.to] = std::max(earliest_word_[d.to], word + d.delay);
      ready_cycle_[d.to] = std::max(ready_cycle_[d.to], cycle_ + d.cycles);
      if (--waiting_for_[d.to] == 0) insert(d.to);
    }
  }

  const ScheduleProblem& problem_;
  const std::vector<unsigned>& height_;
  bool waits_;
  Schedule result_;
  std::vector<std::uint32_t> ready_;  // by height
  std::vector<std::size_t> waiting_for_;
  std::vector<std::uint32_t> earliest_word_;
  std::vector<unsigned> ready_cycle_;
  unsigned cycle_ = 0;
};

// Cycles that a machine takes which issues whole words in order.
unsigned cycles_of(const ScheduleProblem& problem, const std::vector<std::uint32_t>& word_of, std::size_t words) {
  std::vector<std::vector<std::uint32_t>> nodes(words);
  for (std::uint32_t n = 0; n < word_of.size(); ++n) nodes[word_of[n]].push_back(n);
  std::vector<unsigned> issued(words, 0);
  unsigned next = 0;
  for (std::size_t w = 0; w < words; ++w) {
    for (const std::uint32_t n : nodes[w]) {
      for (const std::uint32_t index : problem.in[n]) {
        const Dependence& d = problem.dependences[index];
        if (word_of[d.from] < w) next = std::max(next, issued[word_of[d.from]] + d.cycles);
      }
    }
    issued[w] = next++;
  }
  return next;
}

// The source as a schedule, words without operations left out.
std::vector<std::uint32_t> source_words(const ScheduleProblem& problem, std::size_t& words) {
  std::vector<std::uint32_t> word_of(problem.nodes.size());
  std::uint32_t last = 0;
  words = 0;
  for (std::uint32_t n = 0; n < problem.nodes.size(); ++n) {
    const std::uint32_t source = (*problem.operations)[problem.nodes[n].operations[0]].word;
    if (n == 0 || source != last) ++words;
    last = source;
    word_of[n] = static_cast<std::uint32_t>(words - 1);
  }
  return word_of;
}

void schedule_piece(const std::vector<Siw>& words, std::uint32_t first, std::uint32_t end, const StreamRanges& ranges,
                    const Latencies& latencies, ListSchedule& out) {
  const std::vector<Operation> operations = operations_of(words, first, end, ranges);
  const ScheduleProblem problem = make_problem(operations, dependences_of(operations, latencies));
  const std::vector<unsigned> height = heights_of(problem);
  Schedule best = ListScheduler(problem, height, false).run();
  std::size_t source_count = 0;
  const std::vector<std::uint32_t> source = source_words(problem, source_count);
  unsigned best_cycles = cycles_of(problem, best.word_of, best.words.size());
  if (latencies.in_order()) {
    Schedule patient = ListScheduler(problem, height, true).run();
    const unsigned cycles = cycles_of(problem, patient.word_of, patient.words.size());
    const bool sooner = cycles < best_cycles || (cycles == best_cycles && patient.words.size() < best.words.size());
    if (sooner && patient.words.size() <= source_count) {
      best = std::move(patient);
      best_cycles = cycles;
    }
  }
  const unsigned source_cycles = cycles_of(problem, source, source_count);
  const bool shorter = best.words.size() < source_count;
  const bool faster = best_cycles < source_cycles && best.words.size() <= source_count;
  const bool better = latencies.in_order() ? faster || (best_cycles == source_cycles && shorter) : shorter;
  if (better) {
    out.words.insert(out.words.end(), best.words.begin(), best.words.end());
    out.cycles += best_cycles;
    return;
  }
  std::vector<WordInProgress> kept(source_count);
  for (std::uint32_t n = 0; n < source.size(); ++n) problem.add(kept[source[n]], n);
  for (const WordInProgress& word : kept) out.words.push_back(word.word());
  out.cycles += source_cycles;
}

}  // namespace

std::vector<Siw> merge_neighbours(const std::vector<Siw>& words, std::uint32_t first, std::uint32_t end,
                                  const StreamRanges& ranges, const Latencies& latencies) {
  std::vector<Siw> out;
  WordInProgress word;
  std::vector<Operation> held;
  const auto close = [&] {
    if (!word.empty()) out.push_back(word.word());
    word = {};
    held.clear();
  };
  for (std::uint32_t w = first; w < end; ++w) {
    const std::vector<Operation> next = operations_of(words, w, w + 1, ranges);
    WordInProgress both = word;
    bool fits = true;
    for (const Operation& operation : next) {
      fits = fits && both.fits(operation);
      if (fits) both.add(operation);
    }
    if (fits && !held.empty()) {
      std::vector<Operation> together = held;
      together.insert(together.end(), next.begin(), next.end());
      for (const Dependence& d : dependences_of(together, latencies)) {
        fits = fits && (d.delay == 0 || together[d.from].word == together[d.to].word);
      }
    }
    if (!fits) {
      close();
      for (const Operation& operation : next) word.add(operation);
    } else {
      word = both;
    }
    held.insert(held.end(), next.begin(), next.end());
  }
  close();
  return out;
}

ListSchedule list_schedule(const std::vector<Siw>& words, std::uint32_t first, std::uint32_t end,
                           const StreamRanges& ranges, const Latencies& latencies) {
  ListSchedule out;
  for (std::uint32_t at = first; at < end; at += kPieceWords) {
    schedule_piece(words, at, std::min(at + kPieceWords, end), ranges, latencies, out);
  }
  return out;
}

}  // namespace vtpu::pack
