#include "reference/deadlock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "reference/word_executor.hpp"

namespace vtpu::reference {
namespace {

using isa::Lifecycle;

constexpr std::size_t kMostSentences = 32;  // waits that are told one by one
constexpr std::size_t kMostNamed = 4;       // sentrons that one sentence names
constexpr std::size_t kMostInCycle = 16;

class Explainer {
 public:
  Explainer(const isa::Program& program, const std::vector<isa::SentronState>& sentrons, Deadlock& found)
      : program_(program), sentrons_(sentrons), found_(found) {}

  void run() {
    collect_groups();
    find_cycle();
    found_.sentences.push_back(
        fmt::format("deadlock: {} of {} sentrons wait for ever", found_.waits.size(), program_.sentrons.size()));
    for (std::size_t i = 0; i < std::min(found_.waits.size(), kMostSentences); ++i) {
      found_.sentences.push_back(sentence(found_.waits[i]));
    }
    if (found_.waits.size() > kMostSentences) {
      found_.sentences.push_back(fmt::format("and {} more", found_.waits.size() - kMostSentences));
    }
    if (!found_.cycle.empty()) found_.sentences.push_back(cycle_sentence());
  }

 private:
  // ---- what is known ----

  void collect_groups() {
    std::map<std::uint32_t, GroupWait> groups;
    for (const Wait& wait : found_.waits) {
      if (wait.kind != WaitKind::Group) continue;
      GroupWait& group = groups[wait.group];
      group.group = wait.group;
      group.arrived.push_back(wait.sentron);
    }
    for (auto& [number, group] : groups) {
      const auto& members = program_.groups[number].members;
      std::set_difference(members.begin(), members.end(), group.arrived.begin(), group.arrived.end(),
                          std::back_inserter(group.missing));
      found_.groups.push_back(std::move(group));
    }
  }

  const Wait* wait_of(std::uint32_t sentron) const {
    const auto at = std::lower_bound(found_.waits.begin(), found_.waits.end(), sentron,
                                     [](const Wait& w, std::uint32_t s) { return w.sentron < s; });
    return at != found_.waits.end() && at->sentron == sentron ? &*at : nullptr;
  }

  const GroupWait& group_wait(std::uint32_t group) const {
    return *std::lower_bound(found_.groups.begin(), found_.groups.end(), group,
                             [](const GroupWait& g, std::uint32_t number) { return g.group < number; });
  }

  Coordination asked_by(const Wait& wait) const {
    const isa::Stream& stream = program_.streams[program_.sentrons[wait.sentron].stream];
    return coordination_of(stream.words[wait.word], sentrons_[wait.sentron].registers);
  }

  // ---- the cycle ----

  // Depth-first over sentrons (each waits for one sentron or one group) and groups (each waits for its missing
  // members). Groups are nodes of their own, numbered after the sentrons, so that the search is linear.
  struct Visit {
    std::size_t node;
    std::size_t next;  // successor to try next
  };

  std::optional<std::size_t> successor(const Visit& visit) const {
    const std::size_t sentrons = program_.sentrons.size();
    if (visit.node >= sentrons) {
      const auto& missing = group_wait(static_cast<std::uint32_t>(visit.node - sentrons)).missing;
      if (visit.next == missing.size()) return std::nullopt;
      return missing[visit.next];
    }
    const Wait* wait = wait_of(static_cast<std::uint32_t>(visit.node));
    if (wait == nullptr || visit.next == 1) return std::nullopt;
    return wait->kind == WaitKind::Group ? sentrons + wait->group : wait->peer;
  }

  void find_cycle() {
    enum class Mark : std::uint8_t { New, OnPath, Done };
    std::vector<Mark> marks(program_.sentrons.size() + program_.groups.size(), Mark::New);
    std::vector<Visit> path;
    for (const Wait& start : found_.waits) {
      if (marks[start.sentron] == Mark::New) path.push_back({start.sentron, 0});
      while (!path.empty()) {
        Visit& visit = path.back();
        marks[visit.node] = Mark::OnPath;
        const auto next = successor(visit);
        ++visit.next;
        if (!next) {
          marks[visit.node] = Mark::Done;
          path.pop_back();
        } else if (marks[*next] == Mark::OnPath) {
          return set_cycle(path, *next);
        } else if (marks[*next] == Mark::New) {
          path.push_back({*next, 0});
        }
      }
    }
  }

  void set_cycle(const std::vector<Visit>& path, std::size_t from) {
    auto visit = std::find_if(path.begin(), path.end(), [&](const Visit& v) { return v.node == from; });
    for (; visit != path.end(); ++visit) {
      if (visit->node < program_.sentrons.size()) found_.cycle.push_back(static_cast<std::uint32_t>(visit->node));
    }
    std::rotate(found_.cycle.begin(), std::min_element(found_.cycle.begin(), found_.cycle.end()), found_.cycle.end());
  }

  // ---- sentences ----

  std::string named(std::uint32_t sentron) const {
    return fmt::format("sentron {} ({})", sentron, program_.sentrons[sentron].name);
  }

  std::string condition(std::uint32_t sentron) const {
    const isa::SentronState& state = sentrons_[sentron];
    switch (state.lifecycle) {
      case Lifecycle::Retired: return "has retired";
      case Lifecycle::Faulted: return fmt::format("faulted at word {} ({})", state.fault_word, name_of(state.fault));
      case Lifecycle::Waiting: return "waits itself";
      default: return "has not ended";
    }
  }

  std::string sentence(const Wait& wait) const {
    const std::string who = fmt::format("{} waits at word {}", named(wait.sentron), wait.word);
    const std::string whom = wait.peer == wait.sentron && wait.kind != WaitKind::Group
                                 ? std::string("itself")
                                 : fmt::format("{}, which {}", named(wait.peer), condition(wait.peer));
    switch (wait.kind) {
      case WaitKind::Message: return fmt::format("{} for a message from {}", who, whom);
      case WaitKind::Room:
        return fmt::format("{} for room in its channel of {} messages to {}", who, isa::kChannelCapacity, whom);
      case WaitKind::Group: break;
    }
    const GroupWait& group = group_wait(wait.group);
    return who + (group.missing.empty() ? disagreement(wait, group) : absence(wait, group));
  }

  std::string operation(const Wait& wait) const {
    const isa::Stream& stream = program_.streams[program_.sentrons[wait.sentron].stream];
    const Coordination c = asked_by(wait);
    std::string text(isa::info_of(op_of(stream.words[wait.word].c)).mnemonic);
    if (c.action == CoordinationAction::Reduce) {
      text += fmt::format(".{}.{}", isa::name_of(c.type),
                          isa::names_of(isa::LitKind::GroupRed)[static_cast<std::size_t>(c.reduction)]);
    }
    if (c.action == CoordinationAction::Cast) text += fmt::format(" from member {}", c.root);
    return text;
  }

  std::string absence(const Wait& wait, const GroupWait& group) const {
    std::string text = fmt::format(" in {} of group {} for ", operation(wait), program_.groups[wait.group].name);
    for (std::size_t i = 0; i < std::min(group.missing.size(), kMostNamed); ++i) {
      if (i > 0) text += " and ";
      text += fmt::format("{}, which {}", named(group.missing[i]), condition(group.missing[i]));
    }
    if (group.missing.size() > kMostNamed) {
      text += fmt::format(" and {} more members", group.missing.size() - kMostNamed);
    }
    return text;
  }

  std::string disagreement(const Wait& wait, const GroupWait& group) const {
    const Coordination mine = asked_by(wait);
    std::string asks = fmt::format(" in {} of group {}", operation(wait), program_.groups[wait.group].name);
    for (const std::uint32_t other : group.arrived) {
      const Wait& theirs = *wait_of(other);
      if (mine.meets(asked_by(theirs))) continue;
      return fmt::format("{}, where {} asks for {} at word {}: members meet only in the same operation", asks,
                         named(other), operation(theirs), theirs.word);
    }
    return asks;
  }

  std::string cycle_sentence() const {
    std::string text = "cycle: ";
    for (std::size_t i = 0; i < std::min(found_.cycle.size(), kMostInCycle); ++i) {
      text += named(found_.cycle[i]) + " -> ";
    }
    if (found_.cycle.size() > kMostInCycle) {
      text += fmt::format("{} more -> ", found_.cycle.size() - kMostInCycle);
    }
    return text + named(found_.cycle.front());
  }

  const isa::Program& program_;
  const std::vector<isa::SentronState>& sentrons_;
  Deadlock& found_;
};

}  // namespace

std::string Deadlock::text() const {
  std::string text;
  for (const std::string& sentence : sentences) text += (text.empty() ? "" : "\n  ") + sentence;
  return text;
}

Deadlock explain_deadlock(const isa::Program& program, const std::vector<isa::SentronState>& sentrons,
                          std::vector<Wait> waits) {
  Deadlock found;
  found.waits = std::move(waits);
  Explainer(program, sentrons, found).run();
  return found;
}

}  // namespace vtpu::reference
