// From figures to sentences: what is wrong, where, and what to change.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "testbench/analysis/analysis.hpp"

namespace vtpu::analysis {
namespace {

constexpr double kWorthSaying = 0.01;  // of the cycles, accesses or slots
constexpr std::size_t kMostOfAKind = 4;

constexpr std::array<std::string_view, 8> kKindNames{"slots",       "ports",   "port conflict", "cache",
                                                     "translation", "pattern", "critical path", "balance"};

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string percent(double x) { return fmt::format("{:.1f} %", 100 * x); }

class Writer {
 public:
  Writer(const Analysis& analysis, const isa::Program& program) : a_(analysis), program_(program) {}

  std::vector<Finding> write() {
    slots();
    port_demand();
    port_conflicts();
    set_conflicts();
    translation();
    patterns();
    path();
    balance();
    std::stable_sort(findings_.begin(), findings_.end(),
                     [](const Finding& a, const Finding& b) { return a.weight > b.weight; });
    return std::move(findings_);
  }

 private:
  // "main words 4, 7, 12..63; other word 1"
  [[nodiscard]] std::string where(const std::vector<OperationName>& operations) const {
    std::map<std::uint32_t, std::set<std::uint32_t>> words;
    for (const OperationName& o : operations) words[o.stream].insert(o.word);
    std::string text;
    for (const auto& [stream, numbers] : words) {
      std::vector<std::string> runs;
      for (auto word = numbers.begin(); word != numbers.end();) {
        const std::uint32_t first = *word;
        std::uint32_t last = first;
        for (++word; word != numbers.end() && *word == last + 1; ++word) last = *word;
        if (last >= first + 2) {
          runs.push_back(fmt::format("{}..{}", first, last));
        } else {
          for (std::uint32_t w = first; w <= last; ++w) runs.push_back(fmt::format("{}", w));
        }
      }
      text += fmt::format("{}{} {} {}", text.empty() ? "" : "; ", a_.stream_names[stream],
                          numbers.size() == 1 ? "word" : "words", fmt::join(runs, ", "));
    }
    return text;
  }
  void add(FindingKind kind, double weight, std::vector<OperationName> operations, std::string what,
           std::string change) {
    findings_.push_back({kind, weight, where(operations), std::move(what), std::move(change), std::move(operations)});
  }
  [[nodiscard]] const isa::Slot& slot_of(const OperationName& o) const {
    return program_.streams[o.stream].words[o.word].slot(o.pipe);
  }
  // Loads of a 64- or 32-bit lane of a cell.
  [[nodiscard]] bool loads_a_lane(const OperationName& o) const {
    if (o.pipe != isa::Pipe::S || !isa::info_of(op_of(slot_of(o))).reads_memory) return false;
    const isa::OperandKind kind = form_info(slot_of(o)).operands[2].kind;
    return kind == isa::OperandKind::CellLane || kind == isa::OperandKind::CellLane32;
  }

  // What kept dispatch slots empty, where it was a fifth of them or more.
  void slots() {
    using events::SlotReason;
    static const std::map<SlotReason, std::string_view> kChanges{
        {SlotReason::FrontEnd,
         "the core fetches no more words in a cycle: fuller words (vtpu pack) carry more operations"},
        {SlotReason::WindowFull, "shorter chains of dependences, so that the oldest operations finish sooner"},
        {SlotReason::QueueFull, "operations wait for operands in too small a queue: put independent work between them"},
        {SlotReason::RegistersFull, "fewer values in flight: results that are used soon after they are made"},
        {SlotReason::PortConflict, "spread the operations that share ports; the conflicts below name them"},
        {SlotReason::OperandWait, "independent work between dependent operations, or a second accumulator"},
        {SlotReason::Memory, "a placement or an order of accesses with more L1 hits, or sprefch ahead of use"},
        {SlotReason::TranslationMiss, "a region for the dimensions that are walked, or dimensional prefetch"},
        {SlotReason::MessageWait,
         "double-buffered messages, or more sentrons to a core, so that others run meanwhile"}};
    std::uint64_t all = 0;
    for (const std::uint64_t n : a_.ports.slots) all += n;
    for (const auto& [reason, change] : kChanges) {
      const double lost = share(a_.ports.slots[static_cast<std::size_t>(reason)], all);
      if (lost < 0.2) continue;
      findings_.push_back(
          {FindingKind::Slots,
           lost,
           "the whole program",
           fmt::format("{} of the dispatch slots stay empty: {}", percent(lost), events::name_of(reason)),
           std::string(change),
           {}});
    }
  }

  void port_demand() {
    if (a_.demands.empty()) return;
    const PortDemand& most = a_.demands.front();
    const double used = share(most.cycles, a_.ports.cycles);
    if (a_.ports.limit_reached || used < 0.8) return;
    const bool lanes = std::any_of(most.operations.begin(), most.operations.end(),
                                   [this](const OperationName& o) { return loads_a_lane(o); });
    add(FindingKind::Ports, used, most.operations,
        fmt::format("{} {} held for at least {} of the {} cycles ({}), whatever the order of words",
                    fmt::join(most.ports, " and "), most.ports.size() == 1 ? "is" : "are", most.cycles, a_.ports.cycles,
                    percent(used)),
        lanes ? "load whole cells once by sgather.b512 and take their lanes in the D pipe"
              : "fewer of these operations: wider ones (f32x16, i32x16), or results kept in registers");
  }

  void port_conflicts() {
    struct Loss {
      std::uint64_t cycles = 0;
      std::map<OperationName, std::uint64_t> winners;
      std::map<unsigned, std::uint64_t> ports;
    };
    std::map<OperationName, Loss> losses;
    for (const PortConflict& conflict : a_.ports.conflicts) {
      Loss& loss = losses[conflict.loser];
      loss.cycles += conflict.cycles;
      loss.winners[conflict.winner] += conflict.cycles;
      loss.ports[conflict.port] += conflict.cycles;
    }
    std::vector<std::pair<OperationName, Loss>> sorted(losses.begin(), losses.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& x, const auto& y) { return x.second.cycles > y.second.cycles; });
    if (sorted.size() > kMostOfAKind) sorted.resize(kMostOfAKind);
    const auto less = [](const auto& x, const auto& y) { return x.second < y.second; };
    for (const auto& [loser, loss] : sorted) {
      const double lost = share(loss.cycles, a_.ports.cycles);
      if (lost < kWorthSaying) return;
      const OperationName winner = std::max_element(loss.winners.begin(), loss.winners.end(), less)->first;
      std::vector<std::string> ports;
      for (const auto& [port, cycles] : loss.ports) ports.push_back(a_.ports.ports[port].name);
      std::vector<OperationName> operations{loser};
      if (winner != loser) operations.push_back(winner);
      add(FindingKind::PortConflict, std::min(1.0, lost), std::move(operations),
          fmt::format("{} is ready and waits {} cycles in all for {}; {} has them most often",
                      text_of(loser, a_.stream_names), loss.cycles, fmt::join(ports, " or "),
                      winner == loser ? "an earlier iteration of itself" : text_of(winner, a_.stream_names)),
          loser.pipe == winner.pipe
              ? fmt::format("put {} operations of other kinds between these, or do with fewer of them",
                            isa::name_of(loser.pipe))
              : fmt::format("move the {} operation to a word whose {} operation uses other ports",
                            isa::name_of(loser.pipe), isa::name_of(winner.pipe)));
    }
  }

  [[nodiscard]] std::string better_placement() const {
    if (!a_.better) return {};
    return fmt::format(
        "--placement {}: {} of the accesses miss L1 instead of {}, {} the translation cache instead of {}",
        phext::name_of(a_.better->policy), percent(share(a_.better->l1_misses, a_.memory.accesses)),
        percent(share(a_.memory.l1_misses, a_.memory.accesses)),
        percent(share(a_.better->translation_misses, a_.memory.accesses)),
        percent(share(a_.memory.translation_misses, a_.memory.accesses)));
  }

  // Per cache one finding: how much its sets cost, and the worst of them with the coordinates that take turns.
  void set_conflicts() {
    for (const std::string_view cache : {"L1", "translation"}) {
      const bool is_l1 = cache == "L1";
      const std::uint64_t all = is_l1 ? a_.memory.l1_conflicts : a_.memory.translation_conflicts;
      if (share(all, a_.memory.accesses) < kWorthSaying) continue;
      std::vector<OperationName> operations;
      std::string sets;
      for (const SetConflicts& set : a_.memory.sets) {
        if (set.cache != cache) continue;
        std::string names;
        for (std::size_t i = 0; i < set.colliders.size(); ++i) {
          for (const auto& [stream, word] : set.colliders[i].words) operations.push_back({stream, word, isa::Pipe::S});
          if (i < 3) names += fmt::format("{}@{}", i == 0 ? "" : ", ", isa::to_string(set.colliders[i].at));
        }
        if (!sets.empty()) continue;  // the first is the worst
        sets = fmt::format("in set {} alone {} {} take turns in {} ways, {} of these misses: {}{}", set.set, set.items,
                           is_l1 ? "cells" : "pages", set.ways, set.conflicts, names,
                           set.colliders.size() > 3 ? " ..." : "");
      }
      std::string change = better_placement();
      if (change.empty()) {
        change = is_l1 ? "start the arrays a few cells apart along dimension 0, or go over them in smaller tiles"
                       : "go over fewer pages at a time: smaller tiles, or a region of the dimensions that are walked";
      }
      add(is_l1 ? FindingKind::Cache : FindingKind::Translation, share(all, a_.memory.accesses), std::move(operations),
          fmt::format("{} of the accesses miss {} only because their set is full; {}",
                      percent(share(all, a_.memory.accesses)), is_l1 ? "L1" : "the translation cache", sets),
          std::move(change));
    }
  }

  void translation() {
    const double missed = share(a_.memory.translation_misses, a_.memory.accesses);
    if (missed < kWorthSaying) return;
    std::vector<OperationAccesses> worst = a_.memory.operations;
    std::stable_sort(worst.begin(), worst.end(),
                     [](const auto& x, const auto& y) { return x.translation_misses > y.translation_misses; });
    std::vector<OperationName> operations;
    for (const OperationAccesses& o : worst) {
      if (operations.size() < kMostOfAKind && o.translation_misses != 0) {
        operations.push_back({o.stream, o.word, isa::Pipe::S});
      }
    }
    const std::string change = better_placement();
    add(FindingKind::Translation, missed, std::move(operations),
        fmt::format("{} of the accesses miss the translation cache; the program touches {} pages in {} placement",
                    percent(missed), a_.memory.pages, a_.placement),
        change.empty() ? "a core with dimensional prefetch (vtpu locality --prefetch-steps 8), or smaller tiles"
                       : change);
  }

  // Operations that miss L1 and that no stride prefetcher helps: by what would.
  void patterns() {
    std::vector<OperationName> unforeseen;
    std::map<int, std::vector<OperationName>> columns;  // by dimension that is stepped along, in linear placement
    std::map<int, std::uint64_t> column_misses;
    std::uint64_t unforeseen_misses = 0;
    for (const OperationAccesses& o : a_.memory.operations) {
      if (share(o.l1_misses, o.accesses) < 0.05) continue;
      if (o.pattern == Pattern::Gather || o.pattern == Pattern::Random) {
        unforeseen.push_back({o.stream, o.word, isa::Pipe::S});
        unforeseen_misses += o.l1_misses;
      } else if (o.pattern == Pattern::Strided && o.step.dimension != 0 && a_.placement == "linear") {
        columns[o.step.dimension].push_back({o.stream, o.word, isa::Pipe::S});
        column_misses[o.step.dimension] += o.l1_misses;
      }
    }
    const auto missed = [this](std::uint64_t misses) { return share(misses, a_.memory.accesses); };
    if (missed(unforeseen_misses) >= kWorthSaying) {
      add(FindingKind::Pattern, missed(unforeseen_misses), std::move(unforeseen),
          fmt::format(
              "gathers and random accesses: their L1 misses are {} of all accesses, and no stride foretells them",
              percent(missed(unforeseen_misses))),
          "know the coordinate earlier and ask for it by sprefch.l1 some ten words before the access");
    }
    for (auto& [dimension, operations] : columns) {
      const double weight = missed(column_misses[dimension]);
      if (weight < kWorthSaying) continue;
      add(FindingKind::Pattern, weight, std::move(operations),
          fmt::format("walks along dimension {}: every step is another page, and {} of all accesses miss L1 there",
                      dimension, percent(weight)),
          a_.better ? better_placement()
                    : fmt::format("--placement linear:d{}, or let dimension 0 be the one that is walked", dimension));
    }
  }

  void path() {
    if (!a_.path.complete || a_.ports.limit_reached || a_.path.steps.empty()) return;
    const double part = share(a_.path.cycles, a_.ports.cycles);
    if (part < 0.6) return;
    std::vector<OperationName> operations;
    std::uint64_t cycles = 0;
    bool messages = false;
    bool pointers = true;
    for (const PathStep& step : a_.path.steps) {
      if (operations.size() == 6 || step.cycles * 20 < a_.path.cycles) break;
      operations.push_back({step.stream, step.word, step.pipe});
      cycles += step.cycles;
      messages = messages || step.waits_for == Link::Message;
      pointers = pointers && step.pipe == isa::Pipe::S;
    }
    add(FindingKind::CriticalPath, part, operations,
        fmt::format("one chain of {} dependent operations takes {} cycles, {} of the run; these words make up {} of it",
                    a_.path.length, a_.path.cycles, percent(part), percent(share(cycles, a_.path.cycles))),
        messages   ? "send earlier, and receive one round later (double buffering)"
        : pointers ? "a second coordinate register, so that addresses do not wait for each other or for loads"
                   : "a second accumulator, so that two shorter chains run side by side");
  }

  void balance() {
    std::size_t said = 0;
    for (const pack::LoopReport& loop : a_.loops) {
      const double words = loop.entries * static_cast<double>(loop.count) * loop.words_before;
      const double weight = a_.words == 0 ? 0 : words / static_cast<double>(a_.words);
      if (weight < 0.05 || said == kMostOfAKind) continue;
      const unsigned slots = loop.words_before * isa::kPipes;
      std::vector<OperationName> operations;
      for (std::uint32_t w = loop.first; w <= loop.last; ++w) operations.push_back({loop.stream, w, isa::Pipe::D});
      const pack::LoopBounds& b = loop.bounds;
      const std::string counts =
          fmt::format("{} D, {} S, {} C operations in {} words, {} of {} slots empty", b.slots[0], b.slots[1],
                      b.slots[2], loop.words_before, slots - loop.operations, slots);
      const double empty = share(slots - loop.operations, slots);
      if (b.words() < loop.words_before) {
        add(FindingKind::Balance, weight * empty, std::move(operations),
            counts + fmt::format("; {} words would do", b.words()), "vtpu pack --tier 3 packs the loop");
      } else if (empty >= 0.3) {
        const auto most = std::max_element(b.slots.begin(), b.slots.end()) - b.slots.begin();
        add(FindingKind::Balance, weight * empty, std::move(operations),
            counts + (b.recurrence > b.resource()
                          ? std::string("; a chain from one iteration to the next needs all these words")
                          : fmt::format("; the {} operations need all these words",
                                        isa::name_of(static_cast<isa::Pipe>(most)))),
            "move work to the other pipes: whole cells for lanes, register moves for loads, or unroll and share loads");
      } else {
        continue;
      }
      ++said;
    }
  }

  const Analysis& a_;
  const isa::Program& program_;
  std::vector<Finding> findings_;
};

}  // namespace

std::string_view name_of(FindingKind kind) { return kKindNames[static_cast<std::size_t>(kind)]; }

std::vector<Finding> findings_of(const Analysis& analysis, const isa::Program& program) {
  return Writer(analysis, program).write();
}

std::string text_of(const OperationName& operation, const std::vector<std::string>& streams) {
  return fmt::format("{} word {} {}", streams[operation.stream], operation.word, isa::name_of(operation.pipe));
}

std::string text_of(const phext::DimensionStep& step) {
  return fmt::format("d{} {}= {}", step.dimension, step.step < 0 ? '-' : '+', std::abs(step.step));
}

}  // namespace vtpu::analysis
