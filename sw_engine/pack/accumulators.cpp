#include "pack/accumulators.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "pack/borrowing.hpp"
#include "pack/liveness.hpp"
#include "pack/loop_analysis.hpp"
#include "pack/schedule_problem.hpp"

namespace vtpu::pack {
namespace {

using isa::Op;
using isa::OperandKind;
using isa::Siw;
using isa::Slot;
using isa::Type;

constexpr unsigned kVectors = 16;  // index_of the first v register
constexpr std::size_t kMostBody = 64;

// An operation of a loop's body that adds to its own result.
struct Accumulator {
  std::uint32_t operation = 0;
  unsigned reg = 0;                 // index_of
  Op combine = Op::DADD;            // what puts two of them together
  std::vector<unsigned> registers;  // those of the iterations behind the first
};

struct SplitLoop {
  std::vector<Accumulator> accumulators;
  unsigned ways = 1;
};

bool is_integer(Type type) { return type == Type::I64 || type == Type::I32x16 || type == Type::B512; }

// The operation that puts sums together, where `slot` makes one that is associative to the bit.
std::optional<Op> combining(const Slot& slot) {
  const Op op = op_of(slot);
  const bool hypervector = op == Op::DHDBIND;
  if (!hypervector && !is_integer(isa::type_of(slot))) return std::nullopt;
  switch (op) {
    case Op::DADD:
    case Op::DMUL:
    case Op::DMIN:
    case Op::DMAX:
    case Op::DAND:
    case Op::DOR:
    case Op::DXOR:
    case Op::DHDBIND: return op;
    case Op::DFMA: return Op::DADD;
    default: return std::nullopt;
  }
}

// How often each register is read by the operands of a slot.
unsigned reads_of(const Operation& operation, unsigned reg) {
  const isa::RegisterUse use = isa::registers_of(operation.slot);
  unsigned count = 0;
  for (int i = 0; i < use.reads; ++i) count += index_of(use.read[static_cast<std::size_t>(i)]) == reg ? 1 : 0;
  return count;
}

std::optional<Accumulator> accumulator_at(const std::vector<Operation>& operations, std::uint32_t index) {
  const Operation& operation = operations[index];
  if (operation.pipe != isa::Pipe::D) return std::nullopt;
  const auto combine = combining(operation.slot);
  if (!combine || __builtin_popcountll(operation.written) != 1) return std::nullopt;
  const auto reg = static_cast<unsigned>(__builtin_ctzll(operation.written));
  if (reads_of(operation, reg) != 1) return std::nullopt;
  const bool is_fma = op_of(operation.slot) == Op::DFMA;
  if (is_fma && operation.slot.f[3] != operation.slot.f[0]) return std::nullopt;
  for (std::uint32_t other = 0; other < operations.size(); ++other) {
    if (other != index && ((operations[other].read | operations[other].written) & bit(reg)) != 0) return std::nullopt;
  }
  return Accumulator{index, reg, *combine, {}};
}

Siw word_of(Op op, unsigned form, Type type, std::array<std::uint8_t, 4> f, std::uint64_t imm = 0) {
  Siw word;
  word.slot(isa::info_of(op).pipe) = {static_cast<std::uint8_t>(op), isa::make_form_type(form, type), f, 0};
  word.imm = imm;
  return word;
}

std::uint8_t number_of(unsigned reg) { return static_cast<std::uint8_t>(reg % kVectors); }

// What a further sum starts from: nothing added yet.
Siw start_word(const Accumulator& a, Type type, unsigned reg) {
  const bool vector = a.reg >= kVectors;
  const std::uint8_t d = number_of(reg);
  switch (a.combine) {
    case Op::DAND:
    case Op::DOR:
    case Op::DMIN:
    case Op::DMAX:  // taken twice, a value changes nothing
      return vector ? word_of(Op::DMOV, 5, Type::B512, {d, number_of(a.reg)})
                    : word_of(Op::DMOV, 0, Type::I64, {d, number_of(a.reg)});
    default: break;
  }
  const std::uint64_t neutral = a.combine == Op::DMUL ? 1 : 0;
  return vector ? word_of(Op::DBCST, 2, type == Type::I32x16 ? type : Type::F64x8, {d}, neutral)
                : word_of(Op::DMOV, 1, Type::I64, {d}, neutral);
}

Siw combining_word(const Accumulator& a, const Slot& made, unsigned reg) {
  const std::uint8_t x = number_of(a.reg);
  const unsigned form = a.reg < kVectors ? 0 : a.combine == Op::DHDBIND ? 0 : 2;
  return word_of(a.combine, form, isa::type_of(made), {x, x, number_of(reg)});
}

void rename(Siw& word, const Accumulator& a, unsigned reg) {
  Slot& slot = word.d;
  const isa::Form& form = isa::form_info(slot);
  const OperandKind kind = a.reg < kVectors ? OperandKind::R : OperandKind::V;
  for (std::size_t i = 0; i < isa::kOperands; ++i) {
    if (form.operands[i].kind == kind && slot.f[i] == number_of(a.reg)) slot.f[i] = number_of(reg);
  }
}

class Splitter {
 public:
  Splitter(const isa::Program& program, std::uint32_t stream, const StreamRanges& ranges, const Latencies& latencies)
      : source_(program.streams[stream]),
        ranges_(ranges),
        latencies_(latencies),
        regions_(regions_of(source_)),
        free_(borrowable(program, stream, ~liveness_of(source_.words, regions_).touched)),
        writer_(source_.name) {}

  SplitAccumulators run(const isa::Program& program, std::uint32_t stream) {
    write(regions_);
    if (loops_ == 0) return {source_, 0};
    writer_.add(words_that_restore(program, stream, used_));
    return {writer_.take(), loops_};
  }

 private:
  void write(const std::vector<Region>& regions) {
    for (const Region& region : regions) {
      if (!region.is_loop()) {
        copy(region);
        continue;
      }
      if (region.is_innermost()) {
        const LoopAnalysis analysis = analyse_loop(source_.words, region, ranges_, latencies_);
        if (const SplitLoop split = plan(analysis, region.count); split.ways > 1) {
          write_split(region, analysis, split);
          continue;
        }
      }
      writer_.begin_loop(region.count);
      write(region.regions);
      writer_.end_loop();
    }
  }

  void copy(const Region& region) {
    for (std::uint32_t w = region.first; w < region.end; ++w) writer_.add(source_.words[w]);
  }

  // One way: the loop stays.
  [[nodiscard]] SplitLoop plan(const LoopAnalysis& analysis, std::uint64_t count) const {
    SplitLoop split;
    if (!analysis.complete || analysis.operations.size() > kMostBody) return split;
    const unsigned words = std::max(1U, analysis.bounds.words());
    if (analysis.bounds.recurrence_cycles <= words) return split;
    for (std::uint32_t i = 0; i < analysis.operations.size(); ++i) {
      if (const auto a = accumulator_at(analysis.operations, i)) split.accumulators.push_back(*a);
    }
    if (split.accumulators.empty() || cycles_without(analysis, split) >= analysis.bounds.recurrence_cycles)
      return split;
    const unsigned wanted = (analysis.bounds.recurrence_cycles + words - 1) / words;
    for (unsigned ways = std::min(wanted, kMostAccumulators); ways > 1; --ways) {
      if (count < 2 * ways || !take_registers(split, ways)) continue;
      split.ways = ways;
      break;
    }
    return split;
  }

  // The cycles of the longest recurrence but for the chains of the accumulators.
  [[nodiscard]] static unsigned cycles_without(const LoopAnalysis& analysis, const SplitLoop& split) {
    std::vector<Dependence> rest;
    for (const Dependence& d : analysis.dependences) {
      const bool chain = d.from == d.to && std::any_of(split.accumulators.begin(), split.accumulators.end(),
                                                       [&](const Accumulator& a) { return a.operation == d.from; });
      if (!chain) rest.push_back(d);
    }
    const ScheduleProblem problem = make_problem(analysis.operations, rest);
    return recurrence_of(problem.nodes.size(), problem.dependences, Cost::Cycles).bound;
  }

  bool take_registers(SplitLoop& split, unsigned ways) const {
    RegisterMask left = free_;
    for (Accumulator& a : split.accumulators) {
      a.registers.clear();
      const unsigned first = a.reg < kVectors ? 0 : kVectors;
      for (unsigned reg = first; reg < first + kVectors && a.registers.size() + 1 < ways; ++reg) {
        if ((left & bit(reg)) == 0) continue;
        left &= ~bit(reg);
        a.registers.push_back(reg);
      }
      if (a.registers.size() + 1 < ways) return false;
    }
    return true;
  }

  void write_split(const Region& region, const LoopAnalysis& analysis, const SplitLoop& split) {
    for (const Accumulator& a : split.accumulators) {
      const Type type = isa::type_of(analysis.operations[a.operation].slot);
      for (const unsigned reg : a.registers) {
        writer_.add(start_word(a, type, reg));
        used_ |= bit(reg);
      }
    }
    writer_.begin_loop(region.count / split.ways);
    for (unsigned way = 0; way < split.ways; ++way) {
      for (std::uint32_t w = region.first; w < region.end; ++w) {
        Siw word = source_.words[w];
        for (const Accumulator& a : split.accumulators) {
          if (way > 0 && analysis.operations[a.operation].word == w) rename(word, a, a.registers[way - 1]);
        }
        writer_.add(word);
      }
    }
    writer_.end_loop();
    for (std::uint64_t rest = region.count % split.ways; rest > 0; --rest) copy(region);
    for (const Accumulator& a : split.accumulators) {
      for (const unsigned reg : a.registers) {
        writer_.add(combining_word(a, analysis.operations[a.operation].slot, reg));
      }
    }
    ++loops_;
  }

  const isa::Stream& source_;
  const StreamRanges& ranges_;
  const Latencies& latencies_;
  std::vector<Region> regions_;
  RegisterMask free_;
  RegisterMask used_ = 0;
  StreamWriter writer_;
  unsigned loops_ = 0;
};

}  // namespace

SplitAccumulators split_accumulators(const isa::Program& program, std::uint32_t stream, const StreamRanges& ranges,
                                     const Latencies& latencies) {
  return Splitter(program, stream, ranges, latencies).run(program, stream);
}

}  // namespace vtpu::pack
