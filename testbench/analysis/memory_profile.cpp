#include "testbench/analysis/memory_profile.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "phext/translation_cache.hpp"
#include "testbench/analysis/set_cache.hpp"

namespace vtpu::analysis {
namespace {

using isa::Coordinate;
using WordName = std::pair<std::uint32_t, std::uint32_t>;  // stream, word

constexpr std::size_t kMostSets = 4;  // of each cache, in the report
constexpr std::size_t kMostColliders = 16;
constexpr std::size_t kMostWords = 4;
constexpr std::uint32_t kMostParts = 64;  // of a dimension, in pictures

struct CoordinateHash {
  std::size_t operator()(const Coordinate& c) const {
    return static_cast<std::size_t>((c.lo ^ c.hi * 0x9E3779B97F4A7C15ULL) * 0xD6E8FEB86659FD93ULL >> 16U);
  }
};

// Numbers items in the order of their first use.
class Numbering {
 public:
  std::uint32_t operator()(const Coordinate& item) {
    return numbers_.try_emplace(item, static_cast<std::uint32_t>(numbers_.size())).first->second;
  }
  [[nodiscard]] std::size_t size() const { return numbers_.size(); }

 private:
  std::unordered_map<Coordinate, std::uint32_t, CoordinateHash> numbers_;
};

// One cache beside a fully associative one of the same size.
class Judge {
 public:
  Judge(std::string_view name, std::uint64_t sets, unsigned ways, std::size_t accesses)
      : name_(name), cache_(sets, ways), reuse_(accesses), users_(sets) {}

  struct Verdict {
    bool miss = false;
    bool conflict = false;
    std::optional<std::uint64_t> distance;
  };
  Verdict access(std::uint32_t item, std::uint64_t set, const Access& access) {
    Verdict verdict;
    verdict.distance = reuse_.access(item);
    verdict.miss = !cache_.access(item, set);
    verdict.conflict = verdict.miss && verdict.distance && *verdict.distance < cache_.sets() * cache_.ways();
    Item& user = users_[set].try_emplace(item, Item{access.at, 0, {}}).first->second;
    if (verdict.conflict) {
      ++user.conflicts;
      ++user.words[{access.stream, access.word}];
    }
    return verdict;
  }

  void report(std::vector<SetConflicts>& out) const {
    std::vector<SetConflicts> sets;
    for (std::uint64_t s = 0; s < users_.size(); ++s) {
      SetConflicts set{name_, s, cache_.ways(), 0, users_[s].size(), {}};
      for (const auto& [item, user] : users_[s]) {
        set.conflicts += user.conflicts;
        if (user.conflicts != 0) set.colliders.push_back({user.at, user.conflicts, most_used(user.words)});
      }
      if (set.conflicts == 0) continue;
      std::stable_sort(set.colliders.begin(), set.colliders.end(),
                       [](const Collider& a, const Collider& b) { return a.conflicts > b.conflicts; });
      if (set.colliders.size() > kMostColliders) set.colliders.resize(kMostColliders);
      sets.push_back(std::move(set));
    }
    std::stable_sort(sets.begin(), sets.end(),
                     [](const SetConflicts& a, const SetConflicts& b) { return a.conflicts > b.conflicts; });
    if (sets.size() > kMostSets) sets.resize(kMostSets);
    out.insert(out.end(), sets.begin(), sets.end());
  }

 private:
  struct Item {
    Coordinate at;
    std::uint64_t conflicts = 0;
    std::map<WordName, std::uint64_t> words;
  };
  static std::vector<WordName> most_used(const std::map<WordName, std::uint64_t>& words) {
    std::vector<std::pair<WordName, std::uint64_t>> sorted(words.begin(), words.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    std::vector<WordName> names;
    for (const auto& [word, count] : sorted) {
      if (names.size() < kMostWords) names.push_back(word);
    }
    return names;
  }

  std::string_view name_;
  SetCache cache_;
  ReuseDistances reuse_;
  std::vector<std::map<std::uint32_t, Item>> users_;  // by set, then item
};

// How one operation moves.
struct Moves {
  std::map<std::uint32_t, Coordinate> last;            // by sentron
  std::map<std::pair<int, int>, std::uint64_t> steps;  // dimension and step of moves along one dimension
  std::uint64_t same = 0;
  std::uint64_t total = 0;

  void observe(const Access& access) {
    const auto [place, is_first] = last.try_emplace(access.sentron, access.at);
    if (is_first) return;
    ++total;
    if (place->second == access.at) {
      ++same;
    } else if (const auto step = phext::step_between(place->second, access.at)) {
      ++steps[{step->dimension, step->step}];
    }
    place->second = access.at;
  }
};

// Coordinate registers of a stream that some word steps by a register.
std::set<unsigned> stepped_by_register(const isa::Stream& stream) {
  std::set<unsigned> registers;
  for (const isa::Siw& word : stream.words) {
    if (op_of(word.s) == isa::Op::SINDEX && form_info(word.s).operands[2].kind == isa::OperandKind::R) {
      registers.insert(word.s.f[0]);
    }
  }
  return registers;
}

void name_pattern(OperationAccesses& operation, const Moves& moves, const isa::Program& program) {
  const isa::Stream& stream = program.streams[operation.stream];
  const isa::Slot& slot = stream.words[operation.word].s;
  const bool literal = uses_coord(slot);
  if (literal || moves.same * 2 >= moves.total) {
    operation.step_share = moves.total == 0 ? 1 : static_cast<double>(moves.same) / static_cast<double>(moves.total);
    return;
  }
  const auto most = std::max_element(moves.steps.begin(), moves.steps.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most != moves.steps.end() && most->second * 2 >= moves.total) {
    operation.step = {most->first.first, most->first.second};
    operation.step_share = static_cast<double>(most->second) / static_cast<double>(moves.total);
    const bool next = operation.step.dimension == 0 && std::abs(operation.step.step) == 1;
    operation.pattern = next ? Pattern::Sequential : Pattern::Strided;
    return;
  }
  operation.step_share = 0;
  bool gathers = false;
  for (const unsigned p : stepped_by_register(stream)) {
    const isa::RegisterUse use = registers_of(slot);
    for (int i = 0; i < use.reads; ++i) {
      const isa::RegisterId& id = use.read[static_cast<std::size_t>(i)];
      gathers = gathers || (id.file == isa::RegisterId::File::P && id.index == p);
    }
  }
  operation.pattern = gathers ? Pattern::Gather : Pattern::Random;
}

// Positions of [low, high] in parts of equal size, at most kMostParts of them; the last may be smaller.
std::uint32_t part_size(std::uint32_t low, std::uint32_t high) { return (high - low + kMostParts) / kMostParts; }
std::uint32_t part_of(std::uint32_t position, std::uint32_t low, std::uint32_t high) {
  return (position - low) / part_size(low, high);
}
std::uint32_t parts_of(std::uint32_t low, std::uint32_t high) { return part_of(high, low, high) + 1; }

std::vector<DimensionUse> use_of_dimensions(const AccessTrace& trace) {
  std::vector<DimensionUse> uses;
  const phext::DimensionSet changing = dimensions_of(trace);
  for (int d = 0; d < isa::kDimensions; ++d) {
    if ((changing >> d & 1) == 0) continue;
    DimensionUse use{d, isa::kDimensionSize, 0, 0, {}};
    std::map<std::uint32_t, std::uint32_t> last;
    for (const Access& access : trace.accesses) {
      const std::uint32_t position = isa::get_dimension(access.at, d);
      use.low = std::min(use.low, position);
      use.high = std::max(use.high, position);
      const auto [place, is_first] = last.try_emplace(access.sentron, position);
      if (!is_first && place->second != position) ++use.changes;
      place->second = position;
    }
    use.counts.resize(parts_of(use.low, use.high));
    for (const Access& access : trace.accesses) {
      ++use.counts[part_of(isa::get_dimension(access.at, d), use.low, use.high)];
    }
    uses.push_back(std::move(use));
  }
  return uses;
}

HeatMap heat_of(const AccessTrace& trace, std::vector<DimensionUse> uses) {
  HeatMap heat;
  if (uses.empty()) return heat;
  std::stable_sort(uses.begin(), uses.end(),
                   [](const DimensionUse& a, const DimensionUse& b) { return a.changes > b.changes; });
  const DimensionUse& x = uses[0];
  const DimensionUse& y = uses[uses.size() > 1 ? 1 : 0];
  heat.x = x.dimension;
  heat.y = y.dimension;
  heat.x_low = x.low;
  heat.x_high = x.high;
  heat.y_low = y.low;
  heat.y_high = y.high;
  heat.columns = parts_of(x.low, x.high);
  heat.rows = uses.size() > 1 ? parts_of(y.low, y.high) : 1;
  heat.counts.resize(std::size_t{heat.columns} * heat.rows);
  for (const Access& access : trace.accesses) {
    const std::uint32_t column = part_of(isa::get_dimension(access.at, x.dimension), x.low, x.high);
    const std::uint32_t row = heat.rows == 1 ? 0 : part_of(isa::get_dimension(access.at, y.dimension), y.low, y.high);
    ++heat.counts[std::size_t{row} * heat.columns + column];
  }
  return heat;
}

constexpr std::array<std::string_view, 5> kPatternNames{"fixed", "sequential", "strided", "gather", "random"};

}  // namespace

std::string_view name_of(Pattern pattern) { return kPatternNames[static_cast<std::size_t>(pattern)]; }

MemoryProfile profile_memory(const isa::Program& program, const AccessTrace& trace, const layout::Layout& layout,
                             const phext::PlacementPolicy& policy) {
  MemoryProfile profile;
  profile.accesses = trace.accesses.size();
  const layout::CacheLevel& l1 = layout.memory.l1;
  const unsigned ways = std::max(1U, l1.ways);
  const std::uint64_t l1_sets = std::max<std::uint64_t>(1, l1.size_bytes / 64 / ways);
  profile.l1_lines = l1_sets * ways;
  const layout::Translation& t = layout.translation;
  const phext::TranslationCache folding({t.entries, t.ways});  // for its way from page to set
  Judge lines("L1", l1_sets, ways, trace.accesses.size());
  Judge pages("translation", t.entries / t.ways, t.ways, trace.accesses.size());
  Numbering number_cell;
  Numbering number_page;
  std::map<WordName, OperationAccesses> operations;
  std::map<WordName, Moves> moves;
  for (const Access& access : trace.accesses) {
    const phext::PlacedCell placed = phext::place(policy, access.at);
    const std::uint32_t page = number_page({placed.page.lo, placed.page.hi});
    const std::uint64_t line = std::uint64_t{page} * phext::kCellsPerPage + placed.cell;  // as the model addresses it
    const Judge::Verdict cell = lines.access(number_cell(access.at), line % l1_sets, access);
    const Judge::Verdict translation = pages.access(page, folding.set_of(placed.page), access);
    profile.reuse.add(cell.distance);
    OperationAccesses& operation = operations[{access.stream, access.word}];
    operation.stream = access.stream;
    operation.word = access.word;
    ++operation.accesses;
    operation.l1_misses += cell.miss ? 1 : 0;
    operation.l1_conflicts += cell.conflict ? 1 : 0;
    operation.translation_misses += translation.miss ? 1 : 0;
    operation.translation_conflicts += translation.conflict ? 1 : 0;
    moves[{access.stream, access.word}].observe(access);
  }
  for (auto& [name, operation] : operations) {
    name_pattern(operation, moves[name], program);
    profile.l1_misses += operation.l1_misses;
    profile.l1_conflicts += operation.l1_conflicts;
    profile.translation_misses += operation.translation_misses;
    profile.translation_conflicts += operation.translation_conflicts;
    profile.operations.push_back(operation);
  }
  profile.cells = number_cell.size();
  profile.pages = number_page.size();
  lines.report(profile.sets);
  pages.report(profile.sets);
  profile.dimensions = use_of_dimensions(trace);
  profile.heat = heat_of(trace, profile.dimensions);
  return profile;
}

}  // namespace vtpu::analysis
