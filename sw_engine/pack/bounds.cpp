#include "pack/bounds.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace vtpu::pack {
namespace {

using isa::Access;
using isa::LitKind;
using isa::OperandKind;

constexpr std::uint32_t kNobody = UINT32_MAX;

RegisterMask updated_in_place(const Operation& operation) {
  const isa::Form& form = form_info(operation.slot);
  RegisterMask mask = operation.stepped;
  for (std::size_t i = 0; i < isa::kOperands; ++i) {
    const isa::OperandSpec& operand = form.operands[i];
    const bool one_lane = operand.kind == OperandKind::MLane && operand.access == Access::Write;
    if (operand.access == Access::ReadWrite || one_lane) mask |= operation.written;
  }
  const bool by_route = operation.coupling == Coupling::Send || operation.coupling == Coupling::Receive;
  if (by_route && form.literal == LitKind::None) mask |= operation.read | operation.written;
  return mask;
}

std::int64_t weight(const Dependence& d, Cost cost, unsigned interval) {
  return static_cast<std::int64_t>(cost == Cost::Words ? d.delay : d.cycles) -
         static_cast<std::int64_t>(interval) * d.distance;
}

// A cycle of the graph in which every node has at most one parent; empty: none.
std::vector<std::uint32_t> cycle_among(const std::vector<std::uint32_t>& parent) {
  std::vector<std::uint32_t> seen_by(parent.size(), kNobody);
  for (std::uint32_t start = 0; start < parent.size(); ++start) {
    std::uint32_t at = start;
    while (at != kNobody && seen_by[at] == kNobody) {
      seen_by[at] = start;
      at = parent[at];
    }
    if (at == kNobody || seen_by[at] != start) continue;
    std::vector<std::uint32_t> cycle{at};
    for (std::uint32_t n = parent[at]; n != at; n = parent[n]) cycle.push_back(n);
    std::reverse(cycle.begin(), cycle.end());
    return cycle;
  }
  return {};
}

// A cycle that needs more than `interval`; empty: all fit.
std::vector<std::uint32_t> too_long(std::size_t count, const std::vector<Dependence>& dependences, Cost cost,
                                    unsigned interval) {
  std::vector<std::int64_t> start(count, 0);
  std::vector<std::uint32_t> parent(count, kNobody);
  for (bool changed = true; changed;) {
    changed = false;
    for (const Dependence& d : dependences) {
      const std::int64_t earliest = start[d.from] + weight(d, cost, interval);
      if (earliest <= start[d.to]) continue;
      start[d.to] = earliest;
      parent[d.to] = d.from;
      changed = true;
    }
    if (auto cycle = cycle_among(parent); !cycle.empty()) return cycle;
  }
  return {};
}

// Words needed by operations that share a field of the word only where it is equal.
template <typename T, typename F>
unsigned field_bound(const std::vector<Operation>& operations, F&& field) {
  std::map<T, std::array<unsigned, isa::kPipes>> users;
  for (const Operation& operation : operations) {
    const std::optional<T>& value = field(operation);
    if (value) ++users[*value][static_cast<std::size_t>(operation.pipe)];
  }
  unsigned words = 0;
  for (const auto& [value, by_pipe] : users) words += *std::max_element(by_pipe.begin(), by_pipe.end());
  return words;
}

}  // namespace

unsigned LoopBounds::resource() const { return std::max({slots[0], slots[1], slots[2], immediate, coordinate}); }

unsigned LoopBounds::words() const { return std::max({resource(), recurrence, 1U}); }

RegisterMask renameable(const std::vector<Operation>& operations) {
  RegisterMask mask = 0;
  for (const FileRange& file : kRenamedFiles) mask |= (bit(file.count) - 1) << file.first;
  for (const Operation& operation : operations) mask &= ~updated_in_place(operation);
  return mask;
}

Recurrence recurrence_of(std::size_t count, const std::vector<Dependence>& dependences, Cost cost) {
  Recurrence result;
  if (std::none_of(dependences.begin(), dependences.end(), [](const Dependence& d) { return d.distance > 0; })) {
    return result;
  }
  unsigned fails = 0;
  unsigned holds = 1;
  result.nodes = too_long(count, dependences, cost, 0);
  if (result.nodes.empty()) return result;
  for (auto cycle = too_long(count, dependences, cost, holds); !cycle.empty();
       cycle = too_long(count, dependences, cost, holds)) {
    result.nodes = std::move(cycle);
    fails = holds;
    holds *= 2;
  }
  while (holds - fails > 1) {
    const unsigned middle = fails + (holds - fails) / 2;
    auto cycle = too_long(count, dependences, cost, middle);
    if (cycle.empty()) {
      holds = middle;
    } else {
      result.nodes = std::move(cycle);
      fails = middle;
    }
  }
  result.bound = holds;
  return result;
}

LoopBounds resource_bounds(const std::vector<Operation>& operations) {
  LoopBounds bounds;
  for (const Operation& operation : operations) ++bounds.slots[static_cast<std::size_t>(operation.pipe)];
  bounds.immediate = field_bound<std::uint64_t>(
      operations, [](const Operation& o) -> const auto& { return o.imm; });
  bounds.coordinate = field_bound<isa::Coordinate>(
      operations, [](const Operation& o) -> const auto& { return o.coord; });
  return bounds;
}

}  // namespace vtpu::pack
