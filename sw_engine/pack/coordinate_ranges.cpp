#include "pack/coordinate_ranges.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace vtpu::pack {
namespace {

using isa::Op;
using isa::OperandKind;
using isa::Siw;
using isa::Slot;

constexpr std::int64_t kTop = isa::kDimensionSize - 1;
constexpr std::int64_t kFar = std::int64_t{1} << 40;  // far outside, yet safe to add up

std::int64_t add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return b > 0 ? kFar : -kFar;
  return std::clamp(sum, -kFar, kFar);
}

std::int64_t times(std::int64_t value, std::uint64_t count) {
  if (value == 0 || count == 0) return 0;
  std::int64_t product = 0;
  const auto n = static_cast<std::int64_t>(std::min<std::uint64_t>(count, kFar));
  if (__builtin_mul_overflow(value, n, &product)) return value > 0 ? kFar : -kFar;
  return std::clamp(product, -kFar, kFar);
}

// A value as low..high on top of what one register held at the start; kNothing: on top of nothing.
constexpr int kNothing = -1;
struct Value {
  int source = kNothing;
  std::int64_t low = 0;
  std::int64_t high = kTop;
};
using Values = std::array<std::array<Value, isa::kDimensions>, isa::kCoordinateRegisters>;

Values unchanged() {
  Values values;
  for (int p = 0; p < isa::kCoordinateRegisters; ++p) values[static_cast<std::size_t>(p)].fill({p, 0, 0});
  return values;
}

// `change`, applied to registers that hold `before`.
Value after(const Value& change, const Values& before, std::size_t d) {
  if (change.source == kNothing) return change;
  const Value& base = before[static_cast<std::size_t>(change.source)][d];
  return {base.source, add(base.low, change.low), add(base.high, change.high)};
}

Values after(const Values& change, const Values& before) {
  Values out;
  for (std::size_t p = 0; p < out.size(); ++p) {
    for (std::size_t d = 0; d < out[p].size(); ++d) out[p][d] = after(change[p][d], before, d);
  }
  return out;
}

struct Step {
  std::size_t target = 0;
  std::size_t source = 0;
  std::size_t dimension = 0;
  std::optional<std::int64_t> by;  // nothing: by a register
};

std::optional<Step> step_of(const Siw& word) {
  const Slot& slot = word.s;
  if (op_of(slot) == Op::SINDEX) {
    Step step{slot.f[0], slot.f[1], slot.lit, {}};
    if (form_info(slot).operands[2].kind == OperandKind::Imm) step.by = static_cast<std::int64_t>(word.imm);
    return step;
  }
  if (form_info(slot).literal != isa::LitKind::PostInc) return std::nullopt;
  const isa::PostInc inc = isa::post_inc_of(slot.lit);
  if (inc.step == 0) return std::nullopt;
  return Step{slot.f[1], slot.f[1], static_cast<std::size_t>(inc.dimension), inc.step};
}

// The effect of one word. True where its step may leave 0..2047 (only meaningful on values without sources).
bool apply(const Siw& word, Values& values) {
  const Slot& slot = word.s;
  if (op_of(slot) == Op::SSETP) {
    if (form_info(slot).operands[1].kind == OperandKind::P) {
      values[slot.f[0]] = values[slot.f[1]];
    } else {
      const isa::Dimensions at = isa::to_dimensions(word.coord());
      for (std::size_t d = 0; d < at.size(); ++d) values[slot.f[0]][d] = {kNothing, at[d], at[d]};
    }
    return false;
  }
  const auto step = step_of(word);
  if (!step) return false;
  values[step->target] = values[step->source];
  Value& value = values[step->target][step->dimension];
  if (!step->by) {
    value = {kNothing, 0, kTop};
    return true;
  }
  value.low = add(value.low, *step->by);
  value.high = add(value.high, *step->by);
  return value.low < 0 || value.high > kTop;
}

// What a whole loop does, from what one iteration does.
Value repeated(const Values& once, std::size_t p, std::size_t d, std::uint64_t count) {
  const Value& change = once[p][d];
  if (change.source == kNothing || count == 1) return change;
  const Value& base = once[static_cast<std::size_t>(change.source)][d];
  if (base.source != change.source) return {};  // a chain of registers: anywhere
  if (change.source == static_cast<int>(p)) return {change.source, times(change.low, count), times(change.high, count)};
  return {change.source, add(times(base.low, count - 1), change.low), add(times(base.high, count - 1), change.high)};
}

class Analysis {
 public:
  Analysis(const std::vector<Siw>& words, StreamRanges& out) : words_(words), out_(out) {}

  // What one pass over the regions does.
  Values change_of(const std::vector<Region>& regions) {
    Values values = unchanged();
    for (const Region& region : regions) {
      if (!region.is_loop()) {
        for (std::uint32_t w = region.first; w < region.end; ++w) apply(words_[w], values);
        continue;
      }
      const std::size_t slot = loops_.size();
      loops_.emplace_back();
      const Values once = change_of(region.regions);
      Values total;
      for (std::size_t p = 0; p < total.size(); ++p) {
        for (std::size_t d = 0; d < total[p].size(); ++d) total[p][d] = repeated(once, p, d, region.count);
      }
      loops_[slot] = {once, total};
      values = after(total, values);
    }
    return values;
  }

  // Notes the range of every address and judges every step; `values` have no sources. Loops come in the order of
  // change_of.
  void walk(const std::vector<Region>& regions, Values values) {
    for (const Region& region : regions) {
      if (!region.is_loop()) {
        for (std::uint32_t w = region.first; w < region.end; ++w) note(w, values);
        continue;
      }
      const Loop loop = loops_[next_++];
      walk(region.regions, over_all_iterations(loop.once, values, region.count));
      values = inside(after(loop.total, values));
    }
  }

 private:
  struct Loop {
    Values once, total;
  };

  static Values inside(Values values) {
    for (auto& dimensions : values) {
      for (Value& v : dimensions) {
        v.low = std::clamp<std::int64_t>(v.low, 0, kTop);
        v.high = std::clamp<std::int64_t>(v.high, 0, kTop);
      }
    }
    return values;
  }

  static Values over_all_iterations(const Values& once, const Values& entry, std::uint64_t count) {
    if (count == 1) return entry;
    Values out = entry;
    const auto of_itself = [&](std::size_t p, std::size_t d) {
      const Value& change = once[p][d];
      Value v = entry[p][d];
      if (change.source == static_cast<int>(p)) {
        v.low = add(v.low, std::min<std::int64_t>(0, times(change.low, count - 1)));
        v.high = add(v.high, std::max<std::int64_t>(0, times(change.high, count - 1)));
      } else if (change.source == kNothing) {
        v.low = std::min(v.low, change.low);
        v.high = std::max(v.high, change.high);
      } else {
        v = {};
      }
      return v;
    };
    for (std::size_t p = 0; p < out.size(); ++p) {
      for (std::size_t d = 0; d < out[p].size(); ++d) {
        const Value& change = once[p][d];
        out[p][d] = of_itself(p, d);
        if (change.source == kNothing || change.source == static_cast<int>(p)) continue;
        const auto q = static_cast<std::size_t>(change.source);
        const Value base = of_itself(q, d);
        out[p][d].low = std::min(entry[p][d].low, add(base.low, change.low));
        out[p][d].high = std::max(entry[p][d].high, add(base.high, change.high));
      }
    }
    return inside(out);
  }

  void note(std::uint32_t w, Values& values) {
    const Slot& slot = words_[w].s;
    for (std::size_t i = 0; i < isa::kOperands; ++i) {
      if (form_info(slot).operands[i].kind != OperandKind::Addr) continue;
      for (std::size_t d = 0; d < isa::kDimensions; ++d) {
        const Value& v = values[slot.f[i]][d];
        out_.address[w][d] = {static_cast<std::int16_t>(v.low), static_cast<std::int16_t>(v.high)};
      }
    }
    if (apply(words_[w], values)) {
      out_.unproven_steps.push_back(w);
      values = inside(values);
    }
  }

  const std::vector<Siw>& words_;
  StreamRanges& out_;
  std::vector<Loop> loops_;  // in the order in which they open
  std::size_t next_ = 0;
};

// The coordinate registers of all sentrons that run the stream.
Values start_values(const isa::Program& program, std::uint32_t stream) {
  Values values;
  bool any = false;
  for (const isa::SentronSpec& sentron : program.sentrons) {
    if (sentron.stream != stream) continue;
    for (std::size_t p = 0; p < values.size(); ++p) {
      const isa::Dimensions at = isa::to_dimensions(sentron.initial.p[p]);
      for (std::size_t d = 0; d < at.size(); ++d) {
        Value& v = values[p][d];
        v = any ? Value{kNothing, std::min<std::int64_t>(v.low, at[d]), std::max<std::int64_t>(v.high, at[d])}
                : Value{kNothing, at[d], at[d]};
      }
    }
    any = true;
  }
  return values;
}

}  // namespace

bool boxes_meet(const Box& a, const Box& b) {
  for (std::size_t d = 0; d < a.size(); ++d) {
    if (a[d].high < b[d].low || b[d].high < a[d].low) return false;
  }
  return true;
}

StreamRanges coordinate_ranges(const isa::Program& program, std::uint32_t stream, const std::vector<Siw>& words,
                               const std::vector<Region>& regions) {
  StreamRanges out;
  out.address.assign(words.size(), kEverywhere);
  Analysis analysis(words, out);
  static_cast<void>(analysis.change_of(regions));
  analysis.walk(regions, start_values(program, stream));
  out.relations = coordinate_relations(program, stream, words, regions);
  return out;
}

}  // namespace vtpu::pack
