#include "pack/coordinate_relations.hpp"

#include <optional>
#include <tuple>
#include <utility>

namespace vtpu::pack {
namespace {

using isa::Op;
using isa::OperandKind;
using isa::Siw;
using isa::Slot;

// Deeper nests are entered without knowledge: every level walks its body twice and more.
constexpr unsigned kMostDepth = 3;
constexpr std::int64_t kSize = isa::kDimensionSize;
// Distances of more than that say nothing that boxes do not.
constexpr std::int64_t kMostOffset = 2 * kSize;

// A value that is only known by its number, plus an offset. Number 0 is zero.
struct Value {
  std::uint32_t number = 0;
  std::int64_t offset = 0;
};
using State = std::array<std::array<Value, isa::kDimensions>, isa::kCoordinateRegisters>;

class Analysis {
 public:
  Analysis(const std::vector<Siw>& words, std::map<std::uint32_t, CoordinateRelations>& out)
      : words_(words), out_(out) {}

  [[nodiscard]] State walk(const std::vector<Region>& regions, State state, unsigned depth, bool record) {
    for (const Region& region : regions) {
      if (!region.is_loop()) {
        if (record) out_[region.first] = relations_of(state);
        for (std::uint32_t w = region.first; w < region.end; ++w) apply(words_[w], state);
        continue;
      }
      state = walk(region.regions, at_head(region, state, depth), depth + 1, record);
    }
    return state;
  }

  // What holds in both; distances that do get a new number where the values themselves differ.
  [[nodiscard]] State join(const State& a, const State& b) {
    State out;
    for (std::size_t d = 0; d < isa::kDimensions; ++d) {
      std::map<std::tuple<std::uint32_t, std::uint32_t, std::int64_t>, std::uint32_t> numbers;
      for (std::size_t p = 0; p < isa::kCoordinateRegisters; ++p) {
        const Value& va = a[p][d];
        const Value& vb = b[p][d];
        if (va.number == vb.number && va.offset == vb.offset) {
          out[p][d] = va;
          continue;
        }
        const auto [known, added] = numbers.try_emplace({va.number, vb.number, va.offset - vb.offset}, next_);
        if (added) ++next_;
        out[p][d] = {known->second, va.offset};
      }
    }
    return out;
  }

 private:
  // What holds at the start of every iteration.
  [[nodiscard]] State at_head(const Region& region, const State& entry, unsigned depth) {
    if (region.count == 1) return entry;
    if (depth >= kMostDepth) return nothing();
    State head = entry;
    for (;;) {
      const State joined = join(head, walk(region.regions, head, depth + 1, false));
      if (relations_of(joined) == relations_of(head)) return joined;
      head = joined;
    }
  }

  [[nodiscard]] State nothing() {
    State state;
    for (auto& dimensions : state) {
      for (Value& value : dimensions) value = {next_++, 0};
    }
    return state;
  }

  [[nodiscard]] static CoordinateRelations relations_of(const State& state) {
    CoordinateRelations out;
    for (unsigned p = 0; p < isa::kCoordinateRegisters; ++p) {
      for (std::size_t d = 0; d < isa::kDimensions; ++d) {
        out[p][d] = {p, 0};
        for (unsigned leader = 0; leader < p; ++leader) {
          const std::int64_t offset = state[p][d].offset - state[leader][d].offset;
          if (state[leader][d].number != state[p][d].number || offset < -kMostOffset || offset > kMostOffset) continue;
          out[p][d] = {leader, static_cast<std::int32_t>(offset)};
          break;
        }
      }
    }
    return out;
  }

  void apply(const Siw& word, State& state) {
    const Slot& slot = word.s;
    if (op_of(slot) == Op::SSETP) {
      if (form_info(slot).operands[1].kind == OperandKind::P) {
        state[slot.f[0]] = state[slot.f[1]];
      } else {
        const isa::Dimensions at = isa::to_dimensions(word.coord());
        for (std::size_t d = 0; d < at.size(); ++d) state[slot.f[0]][d] = {0, at[d]};
      }
    } else if (op_of(slot) == Op::SINDEX) {
      state[slot.f[0]] = state[slot.f[1]];
      const bool by_number = form_info(slot).operands[2].kind == OperandKind::Imm;
      step(state[slot.f[0]][slot.lit], by_number ? static_cast<std::int64_t>(word.imm) : kSize);
    } else if (form_info(slot).literal == isa::LitKind::PostInc) {
      const isa::PostInc inc = isa::post_inc_of(slot.lit);
      step(state[slot.f[1]][static_cast<std::size_t>(inc.dimension)], inc.step);
    }
  }

  // A step of 2048 and more faults wherever it starts; one by a register is not known.
  void step(Value& value, std::int64_t by) {
    const bool known = by > -kSize && by < kSize;
    value = known ? Value{value.number, value.offset + by} : Value{next_++, 0};
  }

  const std::vector<Siw>& words_;
  std::map<std::uint32_t, CoordinateRelations>& out_;
  std::uint32_t next_ = 1;
};

State start_of(const isa::SentronSpec& sentron) {
  State state;
  for (std::size_t p = 0; p < state.size(); ++p) {
    const isa::Dimensions at = isa::to_dimensions(sentron.initial.p[p]);
    for (std::size_t d = 0; d < at.size(); ++d) state[p][d] = {0, at[d]};
  }
  return state;
}

}  // namespace

std::map<std::uint32_t, CoordinateRelations> coordinate_relations(const isa::Program& program, std::uint32_t stream,
                                                                  const std::vector<Siw>& words,
                                                                  const std::vector<Region>& regions) {
  std::map<std::uint32_t, CoordinateRelations> out;
  Analysis analysis(words, out);
  std::optional<State> start;
  for (const isa::SentronSpec& sentron : program.sentrons) {
    if (sentron.stream != stream) continue;
    const State own = start_of(sentron);
    start = start ? analysis.join(*start, own) : own;
  }
  if (start) static_cast<void>(analysis.walk(regions, *start, 0, true));
  return out;
}

}  // namespace vtpu::pack
