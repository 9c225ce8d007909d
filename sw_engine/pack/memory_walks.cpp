#include "pack/memory_walks.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <optional>

#include "pack/operation.hpp"

namespace vtpu::pack {
namespace {

using isa::Op;
using isa::OperandKind;
using isa::Siw;
using isa::Slot;

Box around(const Box& a, const Box& b) {
  Box out;
  for (std::size_t d = 0; d < out.size(); ++d) {
    out[d] = {std::min(a[d].low, b[d].low), std::max(a[d].high, b[d].high)};
  }
  return out;
}

std::uint64_t cells_of(const Box& box) {
  std::uint64_t cells = 1;
  for (const Range& range : box) {
    const std::uint64_t width = 1 + static_cast<std::uint64_t>(range.high) - static_cast<std::uint64_t>(range.low);
    if (cells > std::numeric_limits<std::uint64_t>::max() / width) return std::numeric_limits<std::uint64_t>::max();
    cells *= width;
  }
  return cells;
}

// Of cells that iterations reach one after the other, the first to be reached.
void keep_first_reached(MemoryWalk& walk) {
  const int direction = walk.step > 0 ? 1 : -1;
  std::sort(walk.cells.begin(), walk.cells.end(), [&](int a, int b) { return direction * a > direction * b; });
  std::vector<int> kept;
  for (const int cell : walk.cells) {
    const auto same = [&](int other) { return (cell - other) % walk.step == 0; };
    if (std::none_of(kept.begin(), kept.end(), same)) kept.push_back(cell);
  }
  walk.cells.assign(kept.rbegin(), kept.rend());
}

// Follows one register through an iteration.
class Follower {
 public:
  explicit Follower(unsigned p) { walk_.p = p; }

  // False where the register does something else than walk along one dimension.
  bool pass(const Siw& word, const Box& box) {
    const Slot& slot = word.s;
    const Op op = op_of(slot);
    if (op == Op::SSETP) return slot.f[0] != walk_.p;
    if (op == Op::SINDEX) {
      if (slot.f[0] != walk_.p) return true;
      const bool by_number = form_info(slot).operands[2].kind == OperandKind::Imm;
      const auto by = static_cast<std::int64_t>(word.imm);
      if (slot.f[1] != walk_.p || !by_number || std::abs(by) >= isa::kDimensionSize) return false;
      return step({slot.lit, static_cast<int>(by)});
    }
    if (!address_operand(slot, walk_.p)) return true;
    if (isa::info_of(op).reads_memory || isa::info_of(op).writes_memory) {
      walk_.cells.push_back(walk_.step);
      box_ = box_ ? around(*box_, box) : box;
    }
    return form_info(slot).literal != isa::LitKind::PostInc || step(isa::post_inc_of(slot.lit));
  }

  std::optional<MemoryWalk> walk() && {
    if (walk_.step == 0 || walk_.cells.empty()) return std::nullopt;
    walk_.most_cells = cells_of(*box_);
    keep_first_reached(walk_);
    return std::move(walk_);
  }

 private:
  bool step(const isa::PostInc& inc) {
    if (inc.step == 0) return true;
    if (stepped_ && inc.dimension != walk_.dimension) return false;
    stepped_ = true;
    walk_.dimension = inc.dimension;
    walk_.step += inc.step;
    return std::abs(walk_.step) < static_cast<int>(isa::kDimensionSize);
  }

  MemoryWalk walk_;  // step: so far
  bool stepped_ = false;
  std::optional<Box> box_;
};

// How far b's register is ahead of a's along their walk; nothing where they are not known to be on one line.
std::optional<int> ahead(const MemoryWalk& a, const MemoryWalk& b, const CoordinateRelations& relations) {
  if (a.dimension != b.dimension || a.step != b.step) return std::nullopt;
  const auto along = static_cast<std::size_t>(a.dimension);
  for (std::size_t d = 0; d < isa::kDimensions; ++d) {
    const Follows& of_a = relations[a.p][d];
    const Follows& of_b = relations[b.p][d];
    if (of_a.leader != of_b.leader || (d != along && of_a.offset != of_b.offset)) return std::nullopt;
  }
  return relations[b.p][along].offset - relations[a.p][along].offset;
}

}  // namespace

std::vector<MemoryWalk> memory_walks(const std::vector<Siw>& words, const Region& region, const StreamRanges& ranges) {
  std::vector<MemoryWalk> walks;
  const auto relations = ranges.relations.find(region.first);
  for (unsigned p = 0; p < isa::kCoordinateRegisters; ++p) {
    Follower follower(p);
    bool walks_on = true;
    for (std::uint32_t w = region.first; w < region.end && walks_on; ++w) {
      walks_on = follower.pass(words[w], ranges.address[w]);
    }
    if (!walks_on) continue;
    std::optional<MemoryWalk> walk = std::move(follower).walk();
    if (!walk) continue;
    const auto together = std::find_if(walks.begin(), walks.end(), [&](const MemoryWalk& other) {
      return relations != ranges.relations.end() && ahead(other, *walk, relations->second);
    });
    if (together == walks.end()) {
      walks.push_back(std::move(*walk));
      continue;
    }
    const int distance = *ahead(*together, *walk, relations->second);
    for (const int cell : walk->cells) together->cells.push_back(cell + distance);
    together->most_cells = std::max(together->most_cells, walk->most_cells);
    keep_first_reached(*together);
  }
  return walks;
}

}  // namespace vtpu::pack
