// Coordinates at run time: the inline lookup from coordinate to host address, and stepping with range checks.
#include "lowering/lowerer.hpp"

namespace vtpu::lowering {
namespace {

constexpr std::int64_t kFieldMask = isa::kDimensionSize - 1;
constexpr std::uint64_t kZOrderCell = 1ULL | 1ULL << 11U | 1ULL << 22U | 1ULL << 33U | 1ULL << 44U | 1ULL << 55U;
constexpr int kSplitDimension = 5;     // bits 55..65
constexpr std::int64_t kSplitLow = 9;  // of these, bits in the low half
constexpr std::int64_t kPageMask = 63;

struct Field {
  std::size_t offset = 0;  // of the 64-bit half
  int shift = 0;
};
Field field_of(std::size_t coordinate_offset, int dimension) {
  const int bit = dimension * isa::kDimensionBits;
  if (bit < 64) return {coordinate_offset, bit};
  return {coordinate_offset + 8, bit - 64};
}

}  // namespace

std::uint8_t* Lowerer::resolve(const isa::Coordinate& at) const {
  return options_.resolve ? options_.resolve(isa::address_of(at)) : nullptr;
}

// rax = key_lo, rcx = key_hi.
void Lowerer::translate_key(std::size_t coordinate_offset) {
  switch (options_.placement) {
    case phext::Placement::Linear:
      e_.mov(rax, in_context(coordinate_offset));
      e_.integer(HostOp::And, rax, ~kPageMask);
      break;
    case phext::Placement::ZOrder:
      e_.mov_imm(rax, ~kZOrderCell);
      e_.integer(HostOp::And, rax, in_context(coordinate_offset));
      break;
    case phext::Placement::Hash:
    case phext::Placement::Hilbert: e_.mov(rax, in_context(coordinate_offset)); break;
  }
  e_.mov(rcx, in_context(coordinate_offset + 8));
  e_.integer(HostOp::Shl, rcx, isa::kFlagBits);
}

// rdx, the page, becomes the cell in it.
void Lowerer::translate_cell(std::size_t coordinate_offset) {
  switch (options_.placement) {
    case phext::Placement::Linear:
      e_.mov(rax, in_context(coordinate_offset));
      e_.integer(HostOp::And, rax, kPageMask, 4);
      break;
    case phext::Placement::ZOrder: {
      e_.mov_imm(rax, kZOrderCell);
      e_.mov(rcx, in_context(coordinate_offset));
      HostInst pext = e_.make(HostOp::Pext, 8);
      pext.dst = rax;
      pext.a = rcx;
      pext.b = rax;
      e_.emit(pext);
      break;
    }
    case phext::Placement::Hash:
    case phext::Placement::Hilbert: return;  // the entry is the cell
  }
  e_.integer(HostOp::Shl, rax, 6);
  e_.integer(HostOp::Add, rdx, rax);
}

// The entry at rdx is not the one: those behind it, up to an empty one.
void Lowerer::search_further(Label further, Label found, Label unknown) {
  const RoleScope role(e_, HostRole::Translation);
  e_.bind(further);
  e_.integer(HostOp::Cmp, at(rdx, offsetof(TranslationEntry, base)), 0);
  e_.jcc(HostCond::E, unknown);
  e_.integer(HostOp::Add, rdx, std::int64_t{sizeof(TranslationEntry)});
  e_.integer(HostOp::Cmp, rax, at(rdx, offsetof(TranslationEntry, key_lo)));
  e_.jcc(HostCond::NE, further);
  e_.integer(HostOp::Cmp, rcx, at(rdx, offsetof(TranslationEntry, key_hi)));
  e_.jcc(HostCond::NE, further);
  e_.jmp(found);
}

void Lowerer::translate(std::size_t coordinate_offset, std::uint64_t argument, std::optional<Label> failed) {
  const RoleScope role(e_, HostRole::Translation);
  const Label further = e_.label();
  const Label found = e_.label();
  const Label done = e_.label();
  cmp_mask_.reset();  // the helper loses it
  ++translations_;
  translate_key(coordinate_offset);
  HostMem sum = at(rax);
  sum.index = rcx;
  e_.lea(rdx, sum);
  e_.integer(HostOp::Imul, rdx, in_context(off::constant(offsetof(ContextConstants, translation_multiplier))));
  e_.integer(HostOp::Shr, rdx, 64 - kTranslationBits);
  e_.integer(HostOp::Shl, rdx, 5);
  static_assert(sizeof(TranslationEntry) == 32);
  e_.integer(HostOp::Add, rdx, in_context(offsetof(SentronContext, translations)));
  e_.integer(HostOp::Cmp, rax, at(rdx, offsetof(TranslationEntry, key_lo)));
  e_.jcc(HostCond::NE, further);
  e_.integer(HostOp::Cmp, rcx, at(rdx, offsetof(TranslationEntry, key_hi)));
  e_.jcc(HostCond::NE, further);
  e_.bind(found);
  e_.mov(rdx, at(rdx, offsetof(TranslationEntry, base)));
  translate_cell(coordinate_offset);
  e_.bind(done);
  e_.cold([this, further, found, done, argument, failed, place = here(), plan = plan_] {
    plan_ = plan;
    const Label unknown = e_.label();
    search_further(further, found, unknown);
    e_.bind(unknown);
    store_registers(place);
    const Label recover = failed ? e_.label() : leave_;
    call(HelperId::Translate, argument, HostRole::Runtime, recover);
    load_registers(place);
    e_.mov(rdx, in_context(offsetof(SentronContext, cell_address)));
    e_.jmp(done);
    if (!failed) return;
    e_.bind(recover);
    load_registers(place);
    e_.jmp(*failed);
  });
}

// to = the field's position, 0..2047. rax and rcx may be lost, as `to` is one of them.
void Lowerer::load_field(HostReg to, std::size_t coordinate_offset, int dimension) {
  const Field field = field_of(coordinate_offset, dimension);
  if (dimension == kSplitDimension) {
    const HostReg other = to == rax ? rcx : rax;
    e_.mov(to, in_context(coordinate_offset));
    e_.integer(HostOp::Shr, to, 64 - kSplitLow);
    e_.mov(other, in_context(coordinate_offset + 8));
    e_.integer(HostOp::And, other, 3);
    e_.integer(HostOp::Shl, other, kSplitLow);
    e_.integer(HostOp::Or, to, other);
    return;
  }
  e_.mov(to, in_context(field.offset));
  if (field.shift != 0) e_.integer(HostOp::Shr, to, field.shift);
  e_.integer(HostOp::And, to, kFieldMask, 4);
}

// Faults where the field plus `step` (an immediate or a place) leaves 0..2047. Immediates: any value.
void Lowerer::check_field(std::size_t coordinate_offset, int dimension, const Operand& step) {
  load_field(rax, coordinate_offset, dimension);
  if (step.is_imm() && step.imm >= 0) {
    e_.integer(HostOp::Cmp, rax, kFieldMask - step.imm, 4);
    jump_to_fault(HostCond::A, isa::Fault::StepOutOfRange);
  } else if (step.is_imm()) {
    e_.integer(HostOp::Cmp, rax, -step.imm, 4);
    jump_to_fault(HostCond::B, isa::Fault::StepOutOfRange);
  } else {
    e_.integer(HostOp::Add, rax, step);
    e_.integer(HostOp::Cmp, rax, kFieldMask);
    jump_to_fault(HostCond::A, isa::Fault::StepOutOfRange);
  }
}

// In range, as checked: no carry leaves the field.
void Lowerer::add_to_field(std::size_t coordinate_offset, int dimension, const Operand& step) {
  if (dimension == kSplitDimension) {
    load_field(rax, coordinate_offset, dimension);
    e_.integer(HostOp::Add, rax, step);
    e_.mov(rcx, rax);
    e_.integer(HostOp::Shl, rcx, 64 - kSplitLow);
    e_.integer(HostOp::Shl, in_context(coordinate_offset), Operand(std::int64_t{kSplitLow}));
    e_.integer(HostOp::Shr, in_context(coordinate_offset), Operand(std::int64_t{kSplitLow}));
    e_.integer(HostOp::Or, in_context(coordinate_offset), rcx);
    e_.integer(HostOp::Shr, rax, kSplitLow);
    e_.integer(HostOp::And, in_context(coordinate_offset + 8), -4);
    e_.integer(HostOp::Or, in_context(coordinate_offset + 8), rax);
    return;
  }
  const Field field = field_of(coordinate_offset, dimension);
  if (step.is_imm()) {
    const auto moved = static_cast<std::int64_t>(static_cast<std::uint64_t>(step.imm) << field.shift);
    if (fits32(moved)) {
      e_.integer(HostOp::Add, in_context(field.offset), moved);
      return;
    }
    e_.mov_imm(rax, static_cast<std::uint64_t>(moved));
  } else {
    e_.mov(rax, step);
    if (field.shift != 0) e_.integer(HostOp::Shl, rax, field.shift);
  }
  e_.integer(HostOp::Add, in_context(field.offset), rax);
}

}  // namespace vtpu::lowering
