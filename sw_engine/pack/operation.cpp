#include "pack/operation.hpp"

namespace vtpu::pack {
namespace {

using isa::Op;
using isa::OperandKind;
using isa::Pipe;
using isa::Siw;
using isa::Slot;

constexpr std::uint8_t kAllLanes = 0xFF;

// Coordinate registers as symbolic values, followed through straight code.
class SymbolicCoordinates {
 public:
  SymbolicCoordinates() {
    for (unsigned p = 0; p < isa::kCoordinateRegisters; ++p) {
      for (unsigned d = 0; d < isa::kDimensions; ++d) values_[p][d] = {entry_base(p, d), 0};
    }
  }
  // Registers that keep a distance to another have its bases.
  explicit SymbolicCoordinates(const CoordinateRelations& relations) {
    for (unsigned p = 0; p < isa::kCoordinateRegisters; ++p) {
      for (unsigned d = 0; d < isa::kDimensions; ++d) {
        values_[p][d] = {entry_base(relations[p][d].leader, d), relations[p][d].offset};
      }
    }
  }

  [[nodiscard]] const std::array<DimensionValue, isa::kDimensions>& of(unsigned p) const { return values_[p]; }

  void apply(const Siw& word) {
    const Slot& slot = word.s;
    if (op_of(slot) == Op::SSETP) {
      if (form_info(slot).operands[1].kind == OperandKind::P) {
        values_[slot.f[0]] = values_[slot.f[1]];
      } else {
        values_[slot.f[0]] = literal(word.coord());
      }
    } else if (op_of(slot) == Op::SINDEX) {
      const auto source = values_[slot.f[1]];
      values_[slot.f[0]] = source;
      DimensionValue& value = values_[slot.f[0]][slot.lit];
      if (form_info(slot).operands[2].kind == OperandKind::Imm) {
        step(value, static_cast<std::int64_t>(word.imm));
      } else {
        value = {next_unknown_++, 0};
      }
    } else if (form_info(slot).literal == isa::LitKind::PostInc) {
      const isa::PostInc inc = isa::post_inc_of(slot.lit);
      if (inc.step != 0) step(values_[slot.f[1]][static_cast<std::size_t>(inc.dimension)], inc.step);
    }
  }

  [[nodiscard]] static std::array<DimensionValue, isa::kDimensions> literal(const isa::Coordinate& at) {
    std::array<DimensionValue, isa::kDimensions> out;
    const isa::Dimensions dimensions = isa::to_dimensions(at);
    for (std::size_t d = 0; d < out.size(); ++d) out[d] = {0, dimensions[d]};
    return out;
  }

 private:
  // A step of 2048 or more faults wherever it starts; past one, nothing needs to be known.
  void step(DimensionValue& value, std::int64_t by) {
    if (by <= -std::int64_t{isa::kDimensionSize} || by >= std::int64_t{isa::kDimensionSize} ||
        value.offset < -kMostOffset || value.offset > kMostOffset) {
      value = {next_unknown_++, 0};
    } else {
      value.offset += static_cast<std::int32_t>(by);
    }
  }

  static constexpr std::int32_t kMostOffset = 1 << 28;
  std::array<std::array<DimensionValue, isa::kDimensions>, isa::kCoordinateRegisters> values_{};
  std::uint32_t next_unknown_ = kFirstUnknownBase;
};

MemoryUse memory_use(const Slot& slot) {
  const isa::OpInfo& info = isa::info_of(op_of(slot));
  if (info.writes_memory) return MemoryUse::Write;
  if (info.reads_memory) return MemoryUse::Read;
  switch (info.op) {  // no effect on state, but they keep their place among the stores to the cell
    case Op::SPREFCH:
    case Op::SFLUSH:
    case Op::SALLOC: return MemoryUse::Read;
    default: return MemoryUse::None;
  }
}

std::uint8_t lanes_of(const Slot& slot) {
  switch (form_info(slot).operands[2].kind) {
    case OperandKind::CellLane: return static_cast<std::uint8_t>(1U << slot.f[2]);
    case OperandKind::CellLane32: return static_cast<std::uint8_t>(1U << (slot.f[2] / 2U));
    default: return kAllLanes;
  }
}

Coupling coupling_of(Op op) {
  switch (op) {
    case Op::CSEND: return Coupling::Send;
    case Op::CRECV: return Coupling::Receive;
    case Op::CBAR:
    case Op::CREDUCE:
    case Op::CCAST: return Coupling::Group;
    case Op::CFENCE: return Coupling::Fence;
    default: return Coupling::None;
  }
}

void set_registers(Operation& operation) {
  const isa::RegisterUse use = isa::registers_of(operation.slot);
  for (int i = 0; i < use.reads; ++i) operation.read |= bit(index_of(use.read[static_cast<std::size_t>(i)]));
  for (int i = 0; i < use.writes; ++i) operation.written |= bit(index_of(use.written[static_cast<std::size_t>(i)]));
  const isa::Form& form = form_info(operation.slot);
  if (form.literal == isa::LitKind::PostInc && isa::post_inc_of(operation.slot.lit).step != 0) {
    operation.stepped = bit(index_of({isa::RegisterId::File::P, operation.slot.f[1]}));
  }
}

void set_address(Operation& operation, const SymbolicCoordinates& coordinates, const Box& box) {
  const isa::Form& form = form_info(operation.slot);
  for (std::size_t i = 0; i < isa::kOperands; ++i) {
    if (form.operands[i].kind == OperandKind::Coord) {
      operation.at = SymbolicCoordinates::literal(*operation.coord);
    } else if (form.operands[i].kind == OperandKind::Addr) {
      operation.at = coordinates.of(operation.slot.f[i]);
      operation.box = box;
    } else {
      continue;
    }
  }
  for (std::size_t d = 0; d < operation.at.size(); ++d) {
    DimensionValue& value = operation.at[d];
    Range& range = operation.box[d];
    if (value.base == 0) range = {static_cast<std::int16_t>(value.offset), static_cast<std::int16_t>(value.offset)};
    if (range.low == range.high) value = {0, range.low};
  }
}

}  // namespace

unsigned index_of(const isa::RegisterId& id) {
  constexpr std::array<unsigned, 7> kBase{0, 16, 32, 40, 44, 45, 49};  // in the order of RegisterId::File
  return kBase[static_cast<std::size_t>(id.file)] + id.index;
}

std::vector<Operation> operations_of(const std::vector<Siw>& words, std::uint32_t first, std::uint32_t end,
                                     const StreamRanges& ranges) {
  std::vector<Operation> out;
  const auto known = ranges.relations.find(first);
  SymbolicCoordinates coordinates =
      known == ranges.relations.end() ? SymbolicCoordinates() : SymbolicCoordinates(known->second);
  for (std::uint32_t w = first; w < end; ++w) {
    const Siw& word = words[w];
    for (const Pipe pipe : {Pipe::D, Pipe::S, Pipe::C}) {
      const Slot& slot = word.slot(pipe);
      if (isa::is_nop(op_of(slot))) continue;
      Operation operation;
      operation.pipe = pipe;
      operation.slot = slot;
      operation.word = w;
      if (isa::uses_imm(slot)) operation.imm = word.imm;
      if (isa::uses_coord(slot)) operation.coord = word.coord();
      set_registers(operation);
      operation.memory = memory_use(slot);
      operation.coupling = coupling_of(op_of(slot));
      if (operation.memory != MemoryUse::None) {
        operation.lanes = lanes_of(slot);
        set_address(operation, coordinates, ranges.address[w]);
        operation.shared = ranges.unshared.empty() || !ranges.unshared[w];
      }
      out.push_back(operation);
    }
    coordinates.apply(word);
  }
  return out;
}

std::optional<std::size_t> address_operand(const Slot& slot, unsigned p) {
  const isa::Form& form = form_info(slot);
  for (std::size_t i = 0; i < isa::kOperands; ++i) {
    if (form.operands[i].kind == OperandKind::Addr && slot.f[i] == p) return i;
  }
  return std::nullopt;
}

void replace_slot(Operation& operation, const Slot& slot) {
  operation.slot = slot;
  operation.read = operation.written = operation.stepped = 0;
  set_registers(operation);
}

CoordinateGrowth growth_over(const std::vector<Siw>& words, std::uint32_t first, std::uint32_t end) {
  SymbolicCoordinates coordinates;
  for (std::uint32_t w = first; w < end; ++w) coordinates.apply(words[w]);
  CoordinateGrowth growth;
  for (unsigned p = 0; p < isa::kCoordinateRegisters; ++p) {
    for (unsigned d = 0; d < isa::kDimensions; ++d) {
      const DimensionValue& value = coordinates.of(p)[d];
      if (value.base == entry_base(p, d)) growth[p][d] = value.offset;
    }
  }
  return growth;
}

bool WordInProgress::fits(const Operation& operation) const {
  if (taken(operation.pipe)) return false;
  if (operation.imm && imm_users_ > 0 && *operation.imm != word_.imm) return false;
  return !operation.coord || coord_users_ == 0 || *operation.coord == word_.coord();
}

void WordInProgress::add(const Operation& operation) {
  used_[static_cast<std::size_t>(operation.pipe)] = true;
  word_.slot(operation.pipe) = operation.slot;
  if (operation.imm) {
    word_.imm = *operation.imm;
    ++imm_users_;
  }
  if (operation.coord) {
    word_.set_coord(*operation.coord);
    ++coord_users_;
  }
}

void WordInProgress::remove(const Operation& operation) {
  used_[static_cast<std::size_t>(operation.pipe)] = false;
  word_.slot(operation.pipe) = Siw{}.slot(operation.pipe);
  if (operation.imm && --imm_users_ == 0) word_.imm = 0;
  if (operation.coord && --coord_users_ == 0) word_.set_coord({});
}

}  // namespace vtpu::pack
