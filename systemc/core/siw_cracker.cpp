#include "core/siw_cracker.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

namespace vtpu::core {
namespace {

using isa::Op;
using isa::OpInfo;
using isa::RegisterId;
using isa::Slot;
using isa::Type;
using layout::Layout;

bool is_wide(Type type) {
  switch (type) {
    case Type::F64x8:
    case Type::F32x16:
    case Type::I32x16:
    case Type::BF16:
    case Type::I8:
    case Type::B512: return true;
    default: return false;
  }
}

bool is_vector_file(RegisterId::File file) { return file == RegisterId::File::V; }

// One operation on its way to uops.
struct Operation {
  const Slot& slot;
  const OpInfo& info;
  isa::RegisterUse use;
  std::vector<RegisterId> values;   // register sources that are no address
  std::vector<RegisterId> address;  // the coordinate register of the address
  std::vector<RegisterId> results;  // destinations but for the post-increment
  std::vector<RegisterId> stepped;  // the post-incremented coordinate
  bool vector_data = false;         // loads or stores a vector register
};

Operation analyse(const Slot& slot) {
  Operation op{slot, isa::info_of(op_of(slot)), isa::registers_of(slot), {}, {}, {}, {}, false};
  const bool memory = op.info.reads_memory || op.info.writes_memory;
  for (int i = 0; i < op.use.reads; ++i) {
    const RegisterId id = op.use.read[static_cast<std::size_t>(i)];
    (memory && id.file == RegisterId::File::P ? op.address : op.values).push_back(id);
    op.vector_data = op.vector_data || (memory && is_vector_file(id.file));
  }
  for (int i = 0; i < op.use.writes; ++i) {
    const RegisterId id = op.use.written[static_cast<std::size_t>(i)];
    (memory && id.file == RegisterId::File::P ? op.stepped : op.results).push_back(id);
    op.vector_data = op.vector_data || (memory && is_vector_file(id.file));
  }
  return op;
}

void add_sources(SourceUop& uop, const std::vector<RegisterId>& registers) {
  for (const RegisterId& id : registers) {
    if (uop.sources == uop.source.size()) throw std::logic_error("a uop with too many sources");
    uop.source[uop.sources++] = register_name(id);
  }
}

void add_destinations(SourceUop& uop, const std::vector<RegisterId>& registers) {
  for (const RegisterId& id : registers) {
    if (uop.destinations == uop.destination.size()) throw std::logic_error("a uop with too many destinations");
    uop.destination[uop.destinations++] = register_name(id);
  }
}

bool names_vector(const SourceUop& uop) {
  const auto vectorial = [](const RegisterName& r) {
    return r.cls == RegisterClass::Vector || r.cls == RegisterClass::Mask;
  };
  return std::any_of(uop.source.begin(), uop.source.begin() + uop.sources, vectorial) ||
         std::any_of(uop.destination.begin(), uop.destination.begin() + uop.destinations, vectorial);
}

// What rename does by itself, where the layout says so.
void mark_done_at_rename(SourceUop& uop, const Slot& slot, const layout::Rename& rename) {
  const isa::Form& form = form_info(slot);
  const bool integer = type_of(slot) == Type::I64;
  const bool two_registers =
      form.operands[0].kind == form.operands[1].kind &&
      (form.operands[0].kind == isa::OperandKind::R || form.operands[0].kind == isa::OperandKind::V);
  switch (op_of(slot)) {
    case Op::DMOV:
      if (two_registers) uop.eliminated = integer ? rename.eliminates_integer_moves : rename.eliminates_vector_moves;
      break;
    case Op::DXOR:
    case Op::DSUB:
      if (rename.eliminates_zero_idioms && two_registers && form.operands[2].kind == form.operands[1].kind &&
          slot.f[1] == slot.f[2] && (op_of(slot) == Op::DXOR || integer)) {
        uop.eliminated = true;
        uop.sources = 0;
      }
      [[fallthrough]];
    case Op::DADD:
      if (integer && form.operands[2].kind == isa::OperandKind::Imm && op_of(slot) != Op::DXOR) {
        uop.folded_add = rename.folds_immediate_adds;
      }
      break;
    default: break;
  }
}

class Cracker {
 public:
  Cracker(const Slot& slot, isa::Pipe pipe, std::uint32_t word, const Layout& layout)
      : op_(analyse(slot)), pipe_(pipe), word_(word), layout_(layout) {}

  void append_to(std::vector<SourceUop>& uops) {
    const std::size_t begin = uops.size();
    const layout::Crack& crack = layout_.op_cracks.at({op_of(op_.slot), type_of(op_.slot)});
    const bool loads = op_.info.reads_memory;
    const bool stores = op_.info.writes_memory;
    if (loads) uops.push_back(load(crack.uops.empty()));
    for (std::size_t i = 0; i < crack.uops.size(); ++i) {
      SourceUop uop = plain(crack.uops[i]);
      uop.reads_previous = loads || i != 0;
      if (i == 0) add_sources(uop, op_.values);
      if (i + 1 == crack.uops.size() && !stores) add_destinations(uop, op_.results);
      uops.push_back(uop);
    }
    if (stores) append_store(uops, !crack.uops.empty());
    if (uops.size() == begin) throw std::out_of_range("an operation without uops: " + std::string(text_of(op_.slot)));
    if (uops.size() == begin + 1 && !loads && !stores) mark_done_at_rename(uops.back(), op_.slot, layout_.rename);
    for (std::size_t i = begin; i < uops.size(); ++i) {
      const layout::UopKind& kind = layout_.uops[uops[i].kind];
      uops[i].vector = names_vector(uops[i]) && !kind.is_load && !kind.is_store_address && !kind.is_store_data;
    }
    if (op_of(op_.slot) == Op::SPREFCH) uops[begin].prefetch = true;
    uops.back().info.is_operation = true;
    fuse(uops, begin, slots(crack, loads, stores));
  }

 private:
  SourceUop plain(unsigned kind) const {
    SourceUop uop;
    uop.info.word = word_;
    uop.info.pipe = pipe_;
    uop.info.text = text_of(op_.slot);
    uop.info.kind = layout_.uops[kind].name;
    uop.kind = static_cast<std::uint16_t>(kind);
    uop.wide = is_wide(type_of(op_.slot));
    return uop;
  }

  SourceUop load(bool alone) const {
    SourceUop uop = plain(op_.vector_data ? layout_.load_vector_uop : layout_.load_uop);
    add_sources(uop, op_.address);
    uop.vector_load = op_.vector_data;
    if (alone) {
      add_sources(uop, op_.values);
      add_destinations(uop, op_.results);
    }
    step(uop);
    return uop;
  }

  void append_store(std::vector<SourceUop>& uops, bool after_others) const {
    SourceUop address = plain(layout_.store_address_uop);
    add_sources(address, op_.address);
    step(address);
    SourceUop data = plain(op_.vector_data ? layout_.store_data_vector_uop : layout_.store_data_uop);
    if (!after_others) add_sources(data, op_.values);
    uops.push_back(address);
    uops.push_back(data);
  }

  void step(SourceUop& uop) const {
    if (op_.stepped.empty()) return;
    add_destinations(uop, op_.stepped);
    uop.second_latency = 1;
  }

  unsigned slots(const layout::Crack& crack, bool loads, bool stores) const {
    const unsigned own = crack.uops.empty() ? 0 : std::max(1U, crack.fused_uops);
    if (layout_.micro_fusion) return std::max(1U, own);
    return own + (loads ? 1U : 0U) + (stores ? 2U : 0U);
  }

  Operation op_;
  isa::Pipe pipe_;
  std::uint32_t word_;
  const Layout& layout_;
};

bool same(const RegisterName& a, const RegisterName& b) { return a.cls == b.cls && a.index == b.index; }

// Sources that an earlier operation of the word writes are read as they were before the word.
void read_before_word(std::vector<SourceUop>& uops, std::size_t begin) {
  for (std::size_t i = begin; i < uops.size(); ++i) {
    for (unsigned k = 0; k < uops[i].sources; ++k) {
      for (std::size_t j = 0; j < i; ++j) {
        const SourceUop& writer = uops[j];
        for (unsigned d = 0; d < writer.destinations; ++d) {
          if (same(writer.destination[d], uops[i].source[k])) {
            uops[i].sources_before_word = static_cast<std::uint8_t>(uops[i].sources_before_word | 1U << k);
          }
        }
      }
    }
  }
}

}  // namespace

RegisterName register_name(const isa::RegisterId& id) {
  const auto at = [&](RegisterClass cls, unsigned base) {
    return RegisterName{cls, static_cast<std::uint8_t>(base + id.index)};
  };
  switch (id.file) {
    case RegisterId::File::R: return at(RegisterClass::Integer, 0);
    case RegisterId::File::P: return at(RegisterClass::Integer, 16);
    case RegisterId::File::Route: return at(RegisterClass::Integer, 24);
    case RegisterId::File::Listen: return at(RegisterClass::Integer, 28);
    case RegisterId::File::V: return at(RegisterClass::Vector, 0);
    case RegisterId::File::M: return at(RegisterClass::Vector, 16);
    case RegisterId::File::Cmp: return at(RegisterClass::Flags, 0);
  }
  throw std::logic_error("an unknown register file");
}

std::string_view text_of(const isa::Slot& slot) {
  static const auto kTexts = [] {
    std::array<std::array<std::string, isa::kTypes>, 256> texts;
    for (const OpInfo& info : isa::all_ops()) {
      for (int t = 0; t < isa::kTypes; ++t) {
        const std::string_view type = name_of(static_cast<Type>(t));
        std::string text(info.mnemonic);
        if (!type.empty()) text.append(".").append(type);
        texts[static_cast<std::size_t>(info.op)][static_cast<std::size_t>(t)] = std::move(text);
      }
    }
    return texts;
  }();
  return kTexts[slot.op][static_cast<std::size_t>(type_of(slot))];
}

void fuse(std::vector<SourceUop>& uops, std::size_t begin, unsigned slots) {
  const std::size_t count = uops.size() - begin;
  for (std::size_t i = 0; i < count; ++i) {
    uops[begin + i].first_of_fused = i == 0 || i < slots;
    uops[begin + i].last_of_fused = i + 1 == count || i + 1 < slots;
  }
}

CrackedWord crack_word(const isa::Siw& word, std::uint32_t index, const layout::Layout& layout) {
  CrackedWord cracked;
  for (const isa::Pipe pipe : {isa::Pipe::D, isa::Pipe::S, isa::Pipe::C}) {
    const Slot& slot = word.slot(pipe);
    if (isa::is_nop(op_of(slot))) continue;
    const std::size_t begin = cracked.uops.size();
    Cracker(slot, pipe, index, layout).append_to(cracked.uops);
    read_before_word(cracked.uops, begin);
  }
  for (std::size_t i = 0; i < cracked.uops.size(); ++i) cracked.uops[i].last_of_word = i + 1 == cracked.uops.size();
  return cracked;
}

}  // namespace vtpu::core
