#include "pack/latency.hpp"

#include <algorithm>

namespace vtpu::pack {
namespace {

bool is_512(isa::Type type) {
  switch (type) {
    case isa::Type::None:
    case isa::Type::I64:
    case isa::Type::F64:
    case isa::Type::B256: return false;
    default: return true;
  }
}

}  // namespace

unsigned Latencies::of(const Operation& operation, unsigned reg) const {
  if ((operation.stepped & bit(reg)) != 0) return 1;
  const isa::Type type = type_of(operation.slot);
  unsigned cycles = 0;
  const auto crack = layout_.op_cracks.find({op_of(operation.slot), type});
  if (crack != layout_.op_cracks.end()) {
    for (const unsigned index : crack->second.uops) {
      const layout::UopKind& uop = layout_.uops[index];
      cycles += is_512(type) && uop.latency_512 != 0 ? uop.latency_512 : uop.latency;
    }
  }
  if (isa::info_of(op_of(operation.slot)).reads_memory) {
    const layout::CacheLevel& l1 = layout_.memory.l1;
    const bool to_vector = (operation.written & ~operation.stepped & 0xFFFF0000U) != 0;  // v0..v15
    cycles += to_vector && l1.latency_vector != 0 ? l1.latency_vector : l1.latency;
  }
  return std::max(1U, cycles);
}

unsigned Latencies::planned(unsigned latency) const {
  if (layout_.in_order) return latency;
  const unsigned hidden = layout_.retire.window_entries / static_cast<unsigned>(isa::kPipes);
  return latency > hidden ? std::max(1U, latency - hidden) : 1U;
}

}  // namespace vtpu::pack
