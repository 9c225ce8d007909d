#include "pack/modulo_schedule.hpp"

#include <algorithm>
#include <bitset>
#include <limits>

#include "pack/bounds.hpp"

namespace vtpu::pack {
namespace {

constexpr unsigned kUnplaced = std::numeric_limits<unsigned>::max();
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr unsigned kTriesPerNode = 12;

// The table of one interval's words.
class Table {
 public:
  Table(const ScheduleProblem& problem, unsigned interval) : problem_(problem), rows_(interval), nodes_(interval) {}

  [[nodiscard]] bool fits(std::uint32_t node, unsigned time) const {
    return problem_.fits(rows_[time % rows_.size()], node);
  }
  void add(std::uint32_t node, unsigned time) {
    problem_.add(rows_[time % rows_.size()], node);
    nodes_[time % rows_.size()].push_back(node);
  }
  void remove(std::uint32_t node, unsigned time) {
    problem_.remove(rows_[time % rows_.size()], node);
    std::erase(nodes_[time % rows_.size()], node);
  }
  [[nodiscard]] std::vector<std::uint32_t> nodes(unsigned time) const { return nodes_[time % rows_.size()]; }

 private:
  const ScheduleProblem& problem_;
  std::vector<WordInProgress> rows_;
  std::vector<std::vector<std::uint32_t>> nodes_;
};

std::int64_t gap_of(const ScheduleProblem& problem, std::uint32_t index, const std::vector<unsigned>& distances,
                    unsigned interval) {
  return std::int64_t{distances[index]} - std::int64_t{interval} * problem.dependences[index].distance;
}

class Scheduler {
 public:
  // `eager`: an operation without room in front of its placed readers evicts others instead of its readers, which
  // tight recurrences need.
  Scheduler(const ScheduleProblem& problem, unsigned interval, const std::vector<unsigned>& distances, bool eager)
      : problem_(problem),
        interval_(interval),
        distances_(distances),
        eager_(eager),
        table_(problem, interval),
        time_(problem.nodes.size(), kUnplaced),
        last_time_(problem.nodes.size(), kUnplaced) {}

  std::optional<ModuloSchedule> run() {
    set_heights();
    std::size_t tries = kTriesPerNode * time_.size() + 16;
    for (auto node = next(); node; node = next()) {
      if (tries-- == 0) return std::nullopt;
      place(*node);
    }
    ModuloSchedule schedule{interval_, time_, 0};
    const unsigned end = time_.empty() ? 1 : *std::max_element(time_.begin(), time_.end()) + 1;
    schedule.stages = (end + interval_ - 1) / interval_;
    return schedule;
  }

 private:
  void set_heights() {
    height_.assign(time_.size(), 0);
    for (bool changed = true; changed;) {
      changed = false;
      for (std::uint32_t i = 0; i < problem_.dependences.size(); ++i) {
        const Dependence& d = problem_.dependences[i];
        const std::int64_t through = height_[d.to] + gap_of(problem_, i, distances_, interval_);
        if (through <= height_[d.from]) continue;
        height_[d.from] = through;
        changed = true;
      }
    }
  }

  [[nodiscard]] std::optional<std::uint32_t> next() const {
    std::optional<std::uint32_t> best;
    for (std::uint32_t n = 0; n < time_.size(); ++n) {
      if (time_[n] == kUnplaced && (!best || height_[n] > height_[*best])) best = n;
    }
    return best;
  }

  void place(std::uint32_t node) {
    std::int64_t earliest = 0;
    for (const std::uint32_t index : problem_.in[node]) {
      const Dependence& d = problem_.dependences[index];
      if (d.from == node || time_[d.from] == kUnplaced) continue;
      earliest = std::max(earliest, time_[d.from] + gap_of(problem_, index, distances_, interval_));
    }
    const auto start = static_cast<unsigned>(earliest);
    const std::int64_t end = std::min<std::int64_t>(start + std::int64_t{interval_}, eager_ ? behind(node) : kNever);
    std::int64_t free = start;
    while (free < end && !table_.fits(node, static_cast<unsigned>(free))) ++free;
    auto at = static_cast<unsigned>(free);
    if (free >= end) {
      at = last_time_[node] == kUnplaced ? start : std::max(start, last_time_[node] + 1);
      make_room(node, at);
    }
    table_.add(node, at);
    time_[node] = last_time_[node] = at;
    for (const std::uint32_t index : problem_.out[node]) {
      const Dependence& d = problem_.dependences[index];
      if (d.to == node || time_[d.to] == kUnplaced) continue;
      if (time_[d.to] < at + gap_of(problem_, index, distances_, interval_)) unplace(d.to);
    }
  }

  // The first word that is too late for a placed reader.
  [[nodiscard]] std::int64_t behind(std::uint32_t node) const {
    std::int64_t end = kNever;
    for (const std::uint32_t index : problem_.out[node]) {
      const Dependence& d = problem_.dependences[index];
      if (d.to == node || time_[d.to] == kUnplaced) continue;
      end = std::min(end, time_[d.to] - gap_of(problem_, index, distances_, interval_) + 1);
    }
    return end;
  }

  // Evicts the lowest first.
  void make_room(std::uint32_t node, unsigned at) {
    std::vector<std::uint32_t> there = table_.nodes(at);
    std::sort(there.begin(), there.end(),
              [&](auto a, auto b) { return height_[a] != height_[b] ? height_[a] < height_[b] : a > b; });
    for (const std::uint32_t other : there) {
      if (table_.fits(node, at)) return;
      unplace(other);
    }
  }

  void unplace(std::uint32_t node) {
    table_.remove(node, time_[node]);
    time_[node] = kUnplaced;
  }

  const ScheduleProblem& problem_;
  unsigned interval_;
  const std::vector<unsigned>& distances_;
  bool eager_;
  Table table_;
  std::vector<unsigned> time_;
  std::vector<unsigned> last_time_;
  std::vector<std::int64_t> height_;
};

// For every node the number of its cycle component; nodes on no cycle with others have their own.
std::vector<std::uint32_t> components_of(const ScheduleProblem& problem) {
  std::vector<std::bitset<kMostNodes>> reaches(problem.nodes.size());
  for (const Dependence& d : problem.dependences) reaches[d.from].set(d.to);
  for (std::size_t middle = 0; middle < reaches.size(); ++middle) {
    for (auto& row : reaches) {
      if (row.test(middle)) row |= reaches[middle];
    }
  }
  std::vector<std::uint32_t> component(problem.nodes.size());
  for (std::uint32_t a = 0; a < component.size(); ++a) {
    component[a] = a;
    for (std::uint32_t b = 0; b < a; ++b) {
      if (reaches[a].test(b) && reaches[b].test(a)) {
        component[a] = component[b];
        break;
      }
    }
  }
  return component;
}

// Registers that an operation takes, at the time of its values: more made than read, it can only gain by coming later.
bool makes_values(const ScheduleProblem& problem, std::uint32_t node, RegisterMask renamed) {
  int made = 0;
  for (const std::uint32_t i : problem.nodes[node].operations) {
    const Operation& operation = (*problem.operations)[i];
    made += __builtin_popcountll(operation.written & renamed) - __builtin_popcountll(operation.read & renamed);
  }
  return made > 0;
}

// All nodes that only make values are taken out of the table and put back, each as late as its readers allow: where
// every row of their pipe is taken, none could move alone. Nothing where one finds no room.
std::optional<std::vector<unsigned>> put_back_late(const ScheduleProblem& problem,
                                                   const std::vector<unsigned>& distances, RegisterMask renamed,
                                                   const ModuloSchedule& schedule) {
  Table table(problem, schedule.interval);
  std::vector<unsigned> time = schedule.time;
  std::vector<std::uint32_t> out;
  for (std::uint32_t n = 0; n < time.size(); ++n) {
    if (makes_values(problem, n, renamed)) {
      out.push_back(n);
    } else {
      table.add(n, time[n]);
    }
  }
  std::sort(out.begin(), out.end(), [&](auto a, auto b) { return time[a] != time[b] ? time[a] > time[b] : a > b; });
  for (const std::uint32_t n : out) time[n] = kUnplaced;
  for (const std::uint32_t n : out) {
    std::int64_t earliest = 0;
    std::int64_t latest = schedule.time[n];  // where nobody reads it
    bool read = false;
    for (const std::uint32_t index : problem.in[n]) {
      const Dependence& d = problem.dependences[index];
      if (d.from == n || time[d.from] == kUnplaced) continue;
      earliest = std::max(earliest, time[d.from] + gap_of(problem, index, distances, schedule.interval));
    }
    for (const std::uint32_t index : problem.out[n]) {
      const Dependence& d = problem.dependences[index];
      if (d.to == n || time[d.to] == kUnplaced) continue;
      const std::int64_t before = time[d.to] - gap_of(problem, index, distances, schedule.interval);
      latest = read ? std::min(latest, before) : before;
      read = true;
    }
    while (latest >= earliest && !table.fits(n, static_cast<unsigned>(latest))) --latest;
    if (latest < earliest) return std::nullopt;
    time[n] = static_cast<unsigned>(latest);
    table.add(n, time[n]);
  }
  return time;
}

}  // namespace

std::vector<unsigned> wanted_distances(const ScheduleProblem& problem, unsigned interval, bool with_latencies) {
  std::vector<unsigned> distances;
  for (const Dependence& d : problem.dependences) distances.push_back(with_latencies ? d.latency : d.delay);
  if (!with_latencies) return distances;
  const std::vector<std::uint32_t> component = components_of(problem);
  std::vector<std::vector<std::uint32_t>> inside(problem.nodes.size());
  for (std::uint32_t i = 0; i < problem.dependences.size(); ++i) {
    const Dependence& d = problem.dependences[i];
    if (component[d.from] == component[d.to]) inside[component[d.from]].push_back(i);
  }
  for (const auto& members : inside) {
    if (members.empty()) continue;
    std::vector<Dependence> cycle;
    for (const std::uint32_t i : members) {
      cycle.push_back(problem.dependences[i]);
      cycle.back().delay = cycle.back().latency;
    }
    if (recurrence_of(problem.nodes.size(), cycle, Cost::Words).bound <= interval) continue;
    for (const std::uint32_t i : members) distances[i] = problem.dependences[i].delay;
  }
  return distances;
}

std::optional<ModuloSchedule> modulo_schedule(const ScheduleProblem& problem, unsigned interval,
                                              const std::vector<unsigned>& distances) {
  for (const bool eager : {true, false}) {
    if (auto schedule = Scheduler(problem, interval, distances, eager).run()) return schedule;
  }
  return std::nullopt;
}

void shorten_lifetimes(const ScheduleProblem& problem, const std::vector<unsigned>& distances, RegisterMask renamed,
                       ModuloSchedule& schedule) {
  if (const auto late = put_back_late(problem, distances, renamed, schedule)) schedule.time = *late;
  Table table(problem, schedule.interval);
  std::vector<std::uint32_t> by_time(problem.nodes.size());
  for (std::uint32_t n = 0; n < by_time.size(); ++n) {
    by_time[n] = n;
    table.add(n, schedule.time[n]);
  }
  std::sort(by_time.begin(), by_time.end(), [&](auto a, auto b) {
    return schedule.time[a] != schedule.time[b] ? schedule.time[a] > schedule.time[b] : a < b;
  });
  for (const std::uint32_t n : by_time) {
    if (!makes_values(problem, n, renamed)) continue;
    std::int64_t latest = std::numeric_limits<std::int64_t>::max();
    for (const std::uint32_t index : problem.out[n]) {
      const Dependence& d = problem.dependences[index];
      if (d.to == n) continue;
      latest = std::min(latest, schedule.time[d.to] - gap_of(problem, index, distances, schedule.interval));
    }
    if (latest == std::numeric_limits<std::int64_t>::max()) continue;
    table.remove(n, schedule.time[n]);
    for (; latest > schedule.time[n]; --latest) {
      if (!table.fits(n, static_cast<unsigned>(latest))) continue;
      schedule.time[n] = static_cast<unsigned>(latest);
      break;
    }
    table.add(n, schedule.time[n]);
  }
  const unsigned end = *std::max_element(schedule.time.begin(), schedule.time.end()) + 1;
  schedule.stages = (end + schedule.interval - 1) / schedule.interval;
}

}  // namespace vtpu::pack
