#include "core/host_cracker.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/siw_cracker.hpp"
#include "native/operands.hpp"

namespace vtpu::core {
namespace {

using layout::Layout;
using lowering::HostCond;
using lowering::HostInst;
using lowering::HostOp;
using lowering::HostReg;
using lowering::MemRole;
using lowering::RegClass;

constexpr RegisterName kFlags{RegisterClass::Flags, 0};
constexpr RegisterName kBetween{RegisterClass::Flags, 1};  // a value between uops of one instruction

RegisterName name_of(const HostReg& reg) {
  const RegisterClass cls = reg.cls == RegClass::Gpr   ? RegisterClass::Integer
                            : reg.cls == RegClass::Vec ? RegisterClass::Vector
                                                       : RegisterClass::Mask;
  return {cls, reg.index};
}

bool is_fma(HostOp op) {
  return (op >= HostOp::Vfmadd132ps && op <= HostOp::Vfmadd231pd) ||
         (op >= HostOp::Vfmadd132sd && op <= HostOp::Vfmadd231sd);
}

bool is_prefetch(HostOp op) { return op >= HostOp::PrefetchT0 && op <= HostOp::PrefetchNta; }

// Instructions without an operand list.
bool is_control(HostOp op) {
  return op == HostOp::Jcc || op == HostOp::Jmp || op == HostOp::CallHelper || op == HostOp::Exit;
}

// The register that comes first is a source, too.
bool reads_destination(const HostInst& inst, const native::OperandList& operands) {
  switch (inst.op) {
    case HostOp::Add:
    case HostOp::Sub:
    case HostOp::And:
    case HostOp::Or:
    case HostOp::Xor:
    case HostOp::Neg:
    case HostOp::Not:
    case HostOp::Inc:
    case HostOp::Dec:
    case HostOp::Cmp:
    case HostOp::Test:
    case HostOp::Shl:
    case HostOp::Shr:
    case HostOp::Sar:
    case HostOp::Setcc:
    case HostOp::Cmov:
    case HostOp::Vpdpbusd:
    case HostOp::Vpternlog: return true;
    case HostOp::Imul: return operands.count == 2 && !operands.is(1, native::Operand::Kind::Immediate);
    case HostOp::VblendmD:
    case HostOp::VblendmQ: return false;
    default: break;
  }
  if (is_fma(inst.op)) return true;
  return inst.write_mask.valid() && !inst.zeroing && inst.dst.cls == RegClass::Vec;
}

bool writes_destination(HostOp op) { return op != HostOp::Cmp && op != HostOp::Test; }

struct Use {
  std::vector<RegisterName> values;
  std::vector<RegisterName> address;
  std::vector<RegisterName> results;
  bool vector_data = false;   // the memory operand goes to or comes from a vector register
  bool same_sources = false;  // two register sources that are the same register
};

Use use_of(const HostInst& inst) {
  Use use;
  if (inst.mem_role != MemRole::None) {
    use.address.push_back(name_of(inst.mem.base));
    if (inst.mem.index.valid()) use.address.push_back(name_of(inst.mem.index));
  }
  if (!is_control(inst.op)) {
    const native::OperandList operands = native::operands_of(inst);
    for (std::size_t i = 0; i < operands.count; ++i) {
      if (!operands.is(i, native::Operand::Kind::Register)) continue;
      const RegisterName reg = name_of(operands.at[i].reg);
      const bool destination = i == 0;
      if (destination && writes_destination(inst.op)) use.results.push_back(reg);
      if (!destination || reads_destination(inst, operands)) use.values.push_back(reg);
      use.vector_data = use.vector_data || (reg.cls == RegisterClass::Vector && inst.op != HostOp::Vcvtsi2sd);
    }
  }
  if (use.values.size() >= 2) {
    const RegisterName& x = use.values[use.values.size() - 2];
    const RegisterName& y = use.values.back();
    use.same_sources = x.cls == y.cls && x.index == y.index;
  }
  if (inst.write_mask.valid()) use.values.push_back(name_of(inst.write_mask));
  if (reads_flags(inst.op)) use.values.push_back(kFlags);
  if (writes_flags(inst.op)) use.results.push_back(kFlags);
  return use;
}

bool is_zero_idiom(const HostInst& inst, const Use& use) {
  if (!use.same_sources || inst.mem_role != MemRole::None || inst.write_mask.valid()) return false;
  switch (inst.op) {
    case HostOp::Xor:
    case HostOp::Sub:
    case HostOp::Vpxor:
    case HostOp::Vpsubd:
    case HostOp::Vpandn:
    case HostOp::Vpcmpgtd: return true;
    default: return false;
  }
}

bool is_register_move(const HostInst& inst, RegClass cls) {
  return (inst.op == HostOp::Mov || inst.op == HostOp::Vmov) && inst.mem_role == MemRole::None &&
         !inst.write_mask.valid() && inst.dst.cls == cls && (inst.a.cls == cls || inst.b.cls == cls);
}

// What an instruction adds to a register; nothing where it does anything else.
std::optional<std::int64_t> immediate_add(const HostInst& inst) {
  if (inst.width != 8) return std::nullopt;
  if (inst.op == HostOp::Lea) return inst.mem.index.valid() ? std::nullopt : std::optional<std::int64_t>(inst.mem.disp);
  if (inst.mem_role != MemRole::None) return std::nullopt;
  if (inst.op == HostOp::Inc) return 1;
  if (inst.op == HostOp::Dec) return -1;
  if (inst.a.valid() || inst.b.valid()) return std::nullopt;
  if (inst.op == HostOp::Add) return inst.imm;
  return inst.op == HostOp::Sub ? std::optional(-inst.imm) : std::nullopt;
}

// Which conditions a flag-setting instruction fuses with: inc and dec leave the carry alone, test and and clear it.
bool fuses(const HostInst& first, const HostInst& jump) {
  if (jump.op != HostOp::Jcc || native::stores(first)) return false;
  const bool immediate = !first.a.valid() && !first.b.valid();
  if (first.mem_role != MemRole::None && immediate) return false;
  const HostCond c = jump.cond;
  switch (first.op) {
    case HostOp::Test:
    case HostOp::And: return true;
    case HostOp::Cmp:
    case HostOp::Add:
    case HostOp::Sub:
      return c != HostCond::O && c != HostCond::NO && c != HostCond::S && c != HostCond::NS && c != HostCond::P &&
             c != HostCond::NP;
    case HostOp::Inc:
    case HostOp::Dec:
      return c == HostCond::E || c == HostCond::NE || c == HostCond::L || c == HostCond::GE || c == HostCond::LE ||
             c == HostCond::G;
    default: return false;
  }
}

// "dec+jcc"; lives for ever.
std::string_view text_of_pair(HostOp first) {
  static const auto kTexts = [] {
    std::array<std::string, static_cast<std::size_t>(lowering::kHostOps)> texts;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      texts[i] = std::string(lowering::name_of(static_cast<HostOp>(i))) + "+jcc";
    }
    return texts;
  }();
  return kTexts[static_cast<std::size_t>(first)];
}

// A move between general registers and an operation in place on what it wrote become one uop that reads the move's
// source. The operation's other source is another register or an immediate.
bool is_moved_into(const HostInst& move, const HostInst& next) {
  if (!is_register_move(move, RegClass::Gpr) || move.width < 4 || next.mem_role != MemRole::None) return false;
  if (next.dst != move.dst || next.width != move.width) return false;
  switch (next.op) {
    case HostOp::Add:
    case HostOp::Sub:
    case HostOp::And:
    case HostOp::Or:
    case HostOp::Xor:
    case HostOp::Inc:
    case HostOp::Dec:
    case HostOp::Not:
    case HostOp::Shl:
    case HostOp::Shr:
    case HostOp::Sar: break;
    default: return false;
  }
  return next.a != move.dst && next.b != move.dst;
}

// "mov+sub"; lives for ever.
std::string_view text_of_moved(HostOp second) {
  static const auto kTexts = [] {
    std::array<std::string, static_cast<std::size_t>(lowering::kHostOps)> texts;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      texts[i] = "mov+" + std::string(lowering::name_of(static_cast<HostOp>(i)));
    }
    return texts;
  }();
  return kTexts[static_cast<std::size_t>(second)];
}

std::uint32_t expression_of(const lowering::HostMem& mem) {
  const auto disp = static_cast<std::uint32_t>(mem.disp);
  const std::uint32_t index = mem.index.valid() ? mem.index.index + 1U : 0U;
  return ((disp * 0x9E3779B9U) ^ (mem.base.index << 16U) ^ (index << 8U) ^ mem.scale) | 1U;
}

bool has_imm64(const HostInst& inst) {
  return inst.op == HostOp::MovImm && (inst.imm < std::numeric_limits<std::int32_t>::min() ||
                                       inst.imm > std::int64_t{std::numeric_limits<std::uint32_t>::max()});
}

// Displacement, immediate, way of a jump; an immediate of 64 bits counts twice.
unsigned constants_of(const HostInst& inst) {
  if (inst.op == HostOp::Jcc || inst.op == HostOp::Jmp) return 1;
  const bool addresses = inst.mem_role != lowering::MemRole::None || inst.op == HostOp::Lea;
  const unsigned displacement = addresses && inst.mem.disp != 0 ? 1 : 0;
  if (inst.op == HostOp::MovImm) return has_imm64(inst) ? 2 : 1;
  return displacement + (lowering::has_immediate(inst) ? 1U : 0U);
}

class Cracker {
 public:
  Cracker(const HostInst& inst, const HostInst* jump, const Layout& layout)
      : inst_(inst), jump_(jump), layout_(layout), use_(use_of(inst)) {}
  // Fused with the move in front of it.
  Cracker(const HostInst& inst, const HostInst& move, const Layout& layout) : Cracker(inst, nullptr, layout) {
    moved_ = true;
    const RegisterName to = name_of(move.dst);
    const RegisterName from = name_of(move.a.valid() ? move.a : move.b);
    for (RegisterName& r : use_.values) {
      if (r.cls == to.cls && r.index == to.index) r = from;
    }
  }

  CrackedInst crack() {
    const HostOp table_op = jump_ != nullptr ? HostOp::Jcc : inst_.op;
    const layout::Crack& crack = layout_.host_cracks.at(static_cast<std::size_t>(table_op));
    const bool loads = native::loads(inst_);
    const bool stores = native::stores(inst_);
    const bool memory_only = jump_ == nullptr && crack.transfer && (loads || stores);
    std::vector<SourceUop>& uops = out_.uops;
    const bool reads_flags_first = merges_flags();
    if (reads_flags_first) uops.push_back(flag_reader(crack));
    if (loads) uops.push_back(load(memory_only && !stores));
    if (!memory_only) append_operation(crack, loads, stores);
    if (stores) append_store(!memory_only || loads);
    if (uops.empty()) {
      throw std::out_of_range("the layout cracks " + std::string(lowering::name_of(inst_.op)) + " into nothing");
    }
    if (uops.size() == 1 && !loads && !stores && jump_ == nullptr && !moved_) mark_done_at_rename(uops.front());
    for (SourceUop& uop : uops) mark_vector(uop);
    const unsigned split_load = loads && crack.splits_load ? 1 : 0;
    const unsigned own = memory_only ? 0 : std::max(1U, crack.fused_uops) + split_load + (reads_flags_first ? 1U : 0U);
    out_.fused_uops = layout_.micro_fusion ? std::max(1U, own) : own + (loads ? 1U : 0U) + (stores ? 2U : 0U);
    if (stores && use_.vector_data && inst_.width == 64) {
      out_.fused_uops = std::max(out_.fused_uops, layout_.memory.store_512_fused);
    }
    out_.fused_uops = std::min(out_.fused_uops, static_cast<unsigned>(uops.size()));
    fuse(uops, 0, out_.fused_uops);
    claim_slots();
    out_.constants = constants_of(inst_) + (jump_ != nullptr ? constants_of(*jump_) : 0U);
    out_.fuses_with_next = jump_ != nullptr || moved_;
    out_.instructions = out_.fuses_with_next ? 2 : 1;
    return std::move(out_);
  }

 private:
  // A cmov on a condition of flags that this core keeps apart: a uop of its own brings them together.
  [[nodiscard]] bool merges_flags() const {
    if (inst_.op != HostOp::Cmov || layout_.cmov_two_uops == "none") return false;
    const HostCond c = inst_.cond;
    if (c == HostCond::BE || c == HostCond::A) return true;
    const bool signed_order = c == HostCond::L || c == HostCond::GE || c == HostCond::LE || c == HostCond::G;
    return signed_order && layout_.cmov_two_uops == "two_flags";
  }

  SourceUop flag_reader(const layout::Crack& crack) {
    SourceUop uop = plain(crack.uops.at(0));
    uop.source[uop.sources++] = kFlags;
    uop.destination[uop.destinations++] = kBetween;
    std::replace_if(
        use_.values.begin(), use_.values.end(), [](const RegisterName& r) { return r.cls == RegisterClass::Flags; },
        kBetween);
    return uop;
  }

  SourceUop plain(unsigned kind) const {
    SourceUop uop;
    uop.info.word = inst_.word;
    uop.info.pipe = inst_.pipe;
    uop.info.text = jump_ != nullptr ? text_of_pair(inst_.op)
                    : moved_         ? text_of_moved(inst_.op)
                                     : lowering::name_of(inst_.op);
    uop.info.kind = layout_.uops[kind].name;
    uop.kind = static_cast<std::uint16_t>(kind);
    uop.wide = inst_.width == 64 && (inst_.dst.cls == RegClass::Vec || inst_.a.cls == RegClass::Vec);
    uop.of_wide_code = uop.wide;
    return uop;
  }

  static void add(std::array<RegisterName, 5>& to, std::uint8_t& count, const std::vector<RegisterName>& registers) {
    for (const RegisterName& r : registers) {
      if (count == to.size()) throw std::logic_error("a uop with too many sources");
      to[count++] = r;
    }
  }
  void add_results(SourceUop& uop) const {
    for (const RegisterName& r : use_.results) {
      if (uop.destinations == uop.destination.size()) throw std::logic_error("a uop with too many destinations");
      uop.destination[uop.destinations++] = r;
    }
  }

  SourceUop load(bool alone) const {
    SourceUop uop = plain(use_.vector_data ? layout_.load_vector_uop : layout_.load_uop);
    add(uop.source, uop.sources, use_.address);
    uop.vector_load = use_.vector_data;
    if (inst_.op == HostOp::Vpbroadcastq || inst_.op == HostOp::Vpbroadcastd) uop.wide = false;  // loads an element
    uop.base_and_disp = expression_of(inst_.mem);
    if (alone) {
      add(uop.source, uop.sources, use_.values);
      add_results(uop);
    }
    return uop;
  }

  const std::vector<unsigned>& kinds_of(const layout::Crack& crack) const {
    if (has_imm64(inst_) && !crack.uops_imm64.empty()) return crack.uops_imm64;
    if (inst_.write_mask.valid() && !crack.uops_masked.empty()) return crack.uops_masked;
    return inst_.width == 16 && !crack.uops_128.empty() ? crack.uops_128 : crack.uops;
  }

  void append_operation(const layout::Crack& crack, bool loads, bool stores) {
    const std::vector<unsigned>& kinds = kinds_of(crack);
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      SourceUop uop = plain(kinds[i]);
      uop.reads_previous = loads || i != 0;
      if (i == 0) {
        add(uop.source, uop.sources, use_.values);
        if (!loads && !stores) add(uop.source, uop.sources, use_.address);  // lea, prefetches, flushes
        uop.prefetch = is_prefetch(inst_.op);
      }
      if (i + 1 == kinds.size()) add_results(uop);
      out_.uops.push_back(uop);
    }
  }

  void append_store(bool after_others) {
    SourceUop address = plain(native::loads(inst_) ? layout_.store_address_again_uop : layout_.store_address_uop);
    add(address.source, address.sources, use_.address);
    address.base_and_disp = expression_of(inst_.mem);
    SourceUop data = plain(use_.vector_data ? layout_.store_data_vector_uop : layout_.store_data_uop);
    if (!after_others) add(data.source, data.sources, use_.values);
    // The operation's result is two uops back: the store address lies between. Its name is a register that nobody else
    // has.
    if (after_others) {
      SourceUop& operation = out_.uops.back();
      if (operation.destinations < operation.destination.size()) {
        operation.destination[operation.destinations++] = kBetween;
        data.source[data.sources++] = kBetween;
      }
    }
    out_.uops.push_back(address);
    out_.uops.push_back(data);
  }

  // A fused uop that must not be the last of a cycle wants one slot more than its own; the first of an instruction that
  // stays whole, as many as all of it. It takes one of those for vectors where any uop in it names one.
  void claim_slots() {
    const bool whole = layout_.rename.whole_instructions;
    unsigned wanted = 0;
    bool names_vector = false;
    for (auto uop = out_.uops.rbegin(); uop != out_.uops.rend(); ++uop) {
      if (!layout_.uops[uop->kind].last_slot) wanted = std::max(wanted, 1U);
      names_vector = std::exchange(uop->names_vector, false) || names_vector;
      if (!uop->first_of_fused) continue;
      uop->names_vector = std::exchange(names_vector, false);
      ++wanted;
      uop->slots_left = static_cast<std::uint8_t>(std::min(wanted, layout_.rename.dispatch_width));
      if (!whole) wanted = 0;
    }
  }

  void mark_done_at_rename(SourceUop& uop) const {
    const layout::Rename& rename = layout_.rename;
    if (is_zero_idiom(inst_, use_)) {
      if (rename.eliminates_zero_idioms) {
        uop.eliminated = true;
        uop.sources = 0;
      }
      return;
    }
    if (is_register_move(inst_, RegClass::Gpr)) uop.eliminated = rename.eliminates_integer_moves;
    if (is_register_move(inst_, RegClass::Vec)) uop.eliminated = rename.eliminates_vector_moves;
    if (const auto added = immediate_add(inst_); added && rename.folds_immediate_adds) {
      uop.folded_add = true;
      uop.added = *added;
    }
  }

  // What one uop hands to the next of an instruction is a vector where the instruction names any.
  void mark_vector(SourceUop& uop) const {
    const auto vectorial = [](const RegisterName& r) {
      return r.cls == RegisterClass::Vector || r.cls == RegisterClass::Mask;
    };
    const bool reads = std::any_of(uop.source.begin(), uop.source.begin() + uop.sources, vectorial);
    const bool writes = std::any_of(uop.destination.begin(), uop.destination.begin() + uop.destinations, vectorial);
    const bool names_any = std::any_of(use_.values.begin(), use_.values.end(), vectorial) ||
                           std::any_of(use_.results.begin(), use_.results.end(), vectorial);
    uop.to_vector = uop.destinations == 0 ? names_any : writes;
    const layout::UopKind& kind = layout_.uops[uop.kind];
    const bool hands_vector = uop.destinations == 0 && names_any && !kind.is_store_address;
    uop.names_vector = reads || writes || hands_vector;
    uop.vector = (reads || writes) && !kind.is_load && !kind.is_store_address && !kind.is_store_data;
    const auto in_vector = [](const RegisterName& r) { return r.cls == RegisterClass::Vector; };
    const bool results_in_vector =
        std::any_of(uop.destination.begin(), uop.destination.begin() + uop.destinations, in_vector);
    const bool loads_operand = kind.is_load && uop.destinations == 0 && names_any;
    if (results_in_vector || loads_operand) uop.result_bytes = inst_.width;
  }

  const HostInst& inst_;
  const HostInst* jump_;
  bool moved_ = false;
  const Layout& layout_;
  Use use_;
  CrackedInst out_;
};

}  // namespace

bool writes_flags(HostOp op) {
  switch (op) {
    case HostOp::Add:
    case HostOp::Sub:
    case HostOp::Imul:
    case HostOp::And:
    case HostOp::Or:
    case HostOp::Xor:
    case HostOp::Neg:
    case HostOp::Inc:
    case HostOp::Dec:
    case HostOp::Cmp:
    case HostOp::Test:
    case HostOp::Shl:
    case HostOp::Shr:
    case HostOp::Sar:
    case HostOp::Bextr:
    case HostOp::Popcnt:
    case HostOp::Tzcnt: return true;
    default: return false;
  }
}

bool reads_flags(HostOp op) { return op == HostOp::Jcc || op == HostOp::Setcc || op == HostOp::Cmov; }

namespace {

// General registers that the code writes.
std::uint32_t written_registers(const lowering::HostCode& code) {
  std::uint32_t written = 0;
  for (const HostInst& inst : code.insts) {
    for (const RegisterName& r : use_of(inst).results) {
      if (r.cls == RegisterClass::Integer) written |= 1U << r.index;
    }
  }
  return written;
}

// What an instruction reads and writes back in memory is renamed only where its base register never changes.
void forget_moving_place(const HostInst& inst, std::uint32_t written, CrackedInst& cracked) {
  if (!native::loads(inst) || !native::stores(inst) || (written >> inst.mem.base.index & 1U) == 0) return;
  for (SourceUop& uop : cracked.uops) uop.base_and_disp = 0;
}

}  // namespace

std::vector<CrackedInst> crack_host_code(const lowering::HostCode& code, const Layout& layout) {
  const std::uint32_t written = written_registers(code);
  std::vector<CrackedInst> cracked;
  cracked.reserve(code.insts.size());
  for (std::size_t i = 0; i < code.insts.size(); ++i) {
    const HostInst* next = i + 1 < code.insts.size() ? &code.insts[i + 1] : nullptr;
    const bool pair = layout.macro_fusion && next != nullptr && fuses(code.insts[i], *next);
    if (layout.move_fusion && next != nullptr && is_moved_into(code.insts[i], *next)) {
      cracked.push_back(Cracker(*next, code.insts[i], layout).crack());
      continue;
    }
    cracked.push_back(Cracker(code.insts[i], pair ? next : nullptr, layout).crack());
    forget_moving_place(code.insts[i], written, cracked.back());
  }
  return cracked;
}

}  // namespace vtpu::core
