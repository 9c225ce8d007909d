#include "pack/rotation.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace vtpu::pack {
namespace {

using isa::Access;
using isa::OperandKind;

constexpr std::uint32_t kNobody = UINT32_MAX;

const FileRange& file_of(unsigned reg) {
  for (const FileRange& file : kRenamedFiles) {
    if (reg >= file.first && reg < file.first + file.count) return file;
  }
  throw std::logic_error("a register that is never renamed");
}

// A register is taken from the word that makes the value; a reader's word may make the next one.
struct Lifetime {
  unsigned start = 0;
  unsigned length = 1;
};

Lifetime lifetime_of(const RotatedValue& value, const std::vector<unsigned>& word_of, unsigned interval) {
  const unsigned start = word_of[value.maker];
  unsigned end = start + 1;
  for (const RotatedValue::Use& use : value.uses) end = std::max(end, word_of[use.operation] + use.distance * interval);
  return {start, end - start};
}

// Colours the instances (value, iteration % copies), which repeat every copies * interval words.
class Colouring {
 public:
  Colouring(const LoopValues& values, const std::vector<unsigned>& word_of, unsigned interval, std::uint64_t iterations,
            unsigned copies)
      : values_(values.values), interval_(interval), iterations_(iterations), period_(copies * interval) {
    rotation_.copies = copies;
    for (const RotatedValue& value : values_) {
      lifetimes_.push_back(lifetime_of(value, word_of, interval));
      rotation_.registers.emplace_back(copies, kNobody);
      if (value.enters) {
        unsigned last = 0;
        for (const auto& use : value.uses) {
          if (use.distance == 1) last = std::max(last, word_of[use.operation]);
        }
        enters_until_[value.reg] = last;
      }
      if (value.leaves) leaver_[value.reg] = static_cast<std::uint32_t>(&value - values_.data());
    }
  }

  // False where a value needs more words than its registers stay its own.
  bool place_fixed() {
    for (std::uint32_t v = 0; v < values_.size(); ++v) {
      if (lifetimes_[v].length > period_) return false;
      const unsigned last = rotation_.copies - 1;
      if (values_[v].enters && !take(v, last, values_[v].reg)) return false;
      const auto final = static_cast<unsigned>((iterations_ - 1) % rotation_.copies);
      if (values_[v].leaves && rotation_.registers[v][final] == kNobody && !take(v, final, values_[v].reg)) {
        return false;
      }
    }
    return true;
  }

  // The longest first, each into the first register of its file that has room.
  bool place_others(RegisterMask allowed) {
    std::vector<std::pair<std::uint32_t, unsigned>> open;
    for (std::uint32_t v = 0; v < values_.size(); ++v) {
      for (unsigned copy = 0; copy < rotation_.copies; ++copy) {
        if (rotation_.registers[v][copy] == kNobody) open.emplace_back(v, copy);
      }
    }
    std::sort(open.begin(), open.end(), [&](const auto& a, const auto& b) {
      const unsigned length_a = lifetimes_[a.first].length;
      const unsigned length_b = lifetimes_[b.first].length;
      return length_a != length_b ? length_a > length_b : a < b;
    });
    return std::all_of(open.begin(), open.end(), [&](const auto& instance) {
      const auto [v, copy] = instance;
      const FileRange& file = file_of(values_[v].reg);
      if (take(v, copy, values_[v].reg)) return true;
      for (unsigned reg = file.first; reg < file.first + file.count; ++reg) {
        if ((allowed & bit(reg)) != 0 && take(v, copy, reg)) return true;
      }
      return false;
    });
  }

  Rotation result() && { return std::move(rotation_); }

 private:
  struct Arc {
    unsigned start = 0;
    unsigned length = 0;
  };

  [[nodiscard]] bool apart(const Arc& a, const Arc& b) const {
    return (b.start + period_ - a.start) % period_ >= a.length && (a.start + period_ - b.start) % period_ >= b.length;
  }

  // Iteration 0 must still find what entered in `reg`; `copy` first writes it in iteration `copy`.
  [[nodiscard]] bool keeps_entry(std::uint32_t v, unsigned copy, unsigned reg) const {
    return lifetimes_[v].start + copy * interval_ >= enters_until_[reg];
  }

  // Nothing may write `reg` behind the value that leaves in it.
  [[nodiscard]] bool keeps_exit(std::uint32_t v, unsigned copy, unsigned reg) const {
    const std::uint32_t leaver = leaver_[reg];
    const auto final = static_cast<unsigned>((iterations_ - 1) % rotation_.copies);
    if (leaver == kNobody || (leaver == v && copy == final)) return true;
    const unsigned earlier = (final + rotation_.copies - copy) % rotation_.copies;  // iterations before the last
    return lifetimes_[v].start < lifetimes_[leaver].start + earlier * interval_;
  }

  bool take(std::uint32_t v, unsigned copy, unsigned reg) {
    const Arc arc{(lifetimes_[v].start + copy * interval_) % period_, lifetimes_[v].length};
    for (const Arc& other : arcs_[reg]) {
      if (!apart(arc, other)) return false;
    }
    if (!keeps_entry(v, copy, reg) || !keeps_exit(v, copy, reg)) return false;
    arcs_[reg].push_back(arc);
    rotation_.registers[v][copy] = reg;
    return true;
  }

  static std::array<std::uint32_t, kRegisters> nobody() {
    std::array<std::uint32_t, kRegisters> all{};
    all.fill(kNobody);
    return all;
  }

  const std::vector<RotatedValue>& values_;
  unsigned interval_;
  std::uint64_t iterations_;
  unsigned period_;
  std::vector<Lifetime> lifetimes_;
  std::array<unsigned, kRegisters> enters_until_{};
  std::array<std::uint32_t, kRegisters> leaver_ = nobody();
  std::array<std::vector<Arc>, kRegisters> arcs_;
  Rotation rotation_;
};

}  // namespace

LoopValues values_of(const std::vector<Operation>& operations, RegisterMask renamed, RegisterMask live_after) {
  LoopValues out;
  std::array<std::uint32_t, kRegisters> current{};
  current.fill(kNobody);
  std::vector<std::pair<unsigned, std::uint32_t>> exposed;  // register, reader
  for (std::uint32_t first = 0; first < operations.size();) {
    std::uint32_t end = first + 1;
    while (end < operations.size() && operations[end].word == operations[first].word) ++end;
    for (std::uint32_t i = first; i < end; ++i) {
      out.fixed |= (operations[i].read | operations[i].written) & ~renamed;
      each_register(operations[i].read & renamed, [&](unsigned reg) {
        if (current[reg] == kNobody) {
          exposed.emplace_back(reg, i);
        } else {
          out.values[current[reg]].uses.push_back({i, 0});
        }
      });
    }
    for (std::uint32_t i = first; i < end; ++i) {
      each_register(operations[i].written & renamed, [&](unsigned reg) {
        current[reg] = static_cast<std::uint32_t>(out.values.size());
        RotatedValue value;
        value.reg = reg;
        value.maker = i;
        out.values.push_back(std::move(value));
      });
    }
    first = end;
  }
  for (const auto& [reg, reader] : exposed) {
    if (current[reg] == kNobody) {
      out.fixed |= bit(reg);
      continue;
    }
    RotatedValue& value = out.values[current[reg]];
    value.uses.push_back({reader, 1});
    value.enters = true;
  }
  for (unsigned reg = 0; reg < kRegisters; ++reg) {
    if (current[reg] != kNobody && (live_after & bit(reg)) != 0) out.values[current[reg]].leaves = true;
  }
  return out;
}

unsigned least_copies(const LoopValues& values, const std::vector<unsigned>& word_of, unsigned interval) {
  unsigned copies = 1;
  for (const RotatedValue& value : values.values) {
    const unsigned length = lifetime_of(value, word_of, interval).length;
    copies = std::max(copies, (length + interval - 1) / interval);
  }
  return copies;
}

std::optional<Rotation> rotate(const LoopValues& values, const std::vector<unsigned>& word_of, unsigned interval,
                               std::uint64_t iterations, unsigned copies, RegisterMask free) {
  Colouring colouring(values, word_of, interval, iterations, copies);
  RegisterMask allowed = free;
  for (const RotatedValue& value : values.values) allowed |= bit(value.reg);
  if (!colouring.place_fixed() || !colouring.place_others(allowed & ~values.fixed)) return std::nullopt;
  return std::move(colouring).result();
}

Renamer::Renamer(const std::vector<Operation>& operations, const LoopValues& values, const Rotation& rotation)
    : operations_(operations), rotation_(rotation), reads_(operations.size()), made_(operations.size()) {
  for (std::uint32_t v = 0; v < values.values.size(); ++v) {
    const RotatedValue& value = values.values[v];
    made_[value.maker].emplace_back(value.reg, v);
    for (const auto& use : value.uses) reads_[use.operation].push_back({value.reg, v, use.distance});
  }
}

Operation Renamer::renamed(std::uint32_t operation, std::uint64_t iteration) const {
  Operation out = operations_[operation];
  const isa::Form& form = form_info(out.slot);
  const auto name_of = [&](std::uint32_t value, unsigned distance) {
    const std::uint64_t index = (iteration + rotation_.copies - distance) % rotation_.copies;
    return rotation_.registers[value][static_cast<std::size_t>(index)];
  };
  for (std::size_t i = 0; i < isa::kOperands; ++i) {
    unsigned first = 0;
    switch (form.operands[i].kind) {
      case OperandKind::R: first = kRenamedFiles[0].first; break;
      case OperandKind::V:
      case OperandKind::VLane: first = kRenamedFiles[1].first; break;
      case OperandKind::P:
      case OperandKind::Addr: first = kRenamedFiles[2].first; break;
      case OperandKind::M:
      case OperandKind::MLane: first = kRenamedFiles[3].first; break;
      default: continue;
    }
    const unsigned reg = first + isa::reg_of(out.slot.f[i]);
    unsigned name = reg;
    if (form.operands[i].access == Access::Write) {
      for (const auto& [made, value] : made_[operation]) {
        if (made == reg) name = name_of(value, 0);
      }
    } else {
      for (const Read& read : reads_[operation]) {
        if (read.reg == reg) name = name_of(read.value, read.distance);
      }
    }
    out.slot.f[i] = static_cast<std::uint8_t>((out.slot.f[i] & 0xF0U) | (name - first));
  }
  return out;
}

}  // namespace vtpu::pack
