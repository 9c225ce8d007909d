#include "testbench/explore/cost.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "isa/op_table.hpp"
#include "layout/layout_edit.hpp"
#include "testbench/explore/issue_shape.hpp"

namespace vtpu::explore {
namespace {

using layout::Layout;

// ---- coefficients; docs/reference/cost.md says where each comes from ----------------------------------------------

constexpr double kSramBit = 1;  // 7 nm: bit cell 0.027 um2 at 65 % array efficiency over NAND2 0.041 um2

// Fitted by `vtpu explore cost-check`.
constexpr double kSelectPlaceBit = 10.18;     // per entry, port and bit of a place: the older one
constexpr double kSelectIndexBit = 3.25;      // per entry, port and bit of an index
constexpr double kSelectPort = -33.27;        // per entry and port
constexpr double kSelectAgeBit = 6.074;       // per entry and bit of a place: the age
constexpr double kSelectMemoryEntry = 10.28;  // per entry and memory port: limits of loads and stores
constexpr double kSelectMemory = -21.11;      // per memory port
constexpr double kWakeTagBit = 3.28;          // per entry, source, bus and bit of a tag
constexpr double kWakeTimeBit = 3.37;         // per entry, source, bus and bit of a time
constexpr double kWakeMatch = 15.4;           // per entry, source and bus
constexpr double kWakeLatestBit = 9.4;        // per entry, source and bit of a time
constexpr double kWakeSource = -9.5;          // per entry and source
constexpr double kWakeWriteTagBit = 3.5;      // per entry, source, uop that enters and bit of a tag
constexpr double kWakeWriteTimeBit = 4.3;     // per entry, uop that enters and bit of a time
constexpr double kWakeEntryTimeBit = 5.6;     // per entry and bit of a time
constexpr double kPipeTimeBit = 10;
constexpr double kPipeLatencyBit = 16.2;
constexpr double kPipeMemoryTimeBit = 29.3;
constexpr double kPipeMemory = 28;
constexpr double kBypassInput = 2.0;    // per operand bit and result
constexpr double kBypassOperand = 1.0;  // per operand bit

constexpr double kMultiplierBit2 = 8.15;  // per square of the bits: yosys, 24, 53 and 64 bits
constexpr double kFloatAddLane = 10000;   // 53 bits: aligner, adder, normaliser of 53 x 6 multiplexers and more
constexpr double kIntegerAlu = 3000;      // 64 bits: adder, shifter, logic
constexpr double kVectorAluBit = 45;      // as the integer ALU, per bit
constexpr double kDividerLane = 8000;     // 64 bits, iterative: two adders and registers
constexpr double kPermuteBit2 = 0.4;      // crossbar of 64-bit lanes: bits squared over 64, times multiplexers
constexpr double kAddressUnit = 1500;     // an adder and what goes with it

constexpr double kRegisterCellPitch = 0.35;  // growth of a cell's side with each port
constexpr double kCompareBit = 4;            // of two numbers that may be equal: an exclusive or is three gates
constexpr double kWindowBits = 48;           // of an entry: destination, old name, state
constexpr double kPayloadBits = 64;          // of an issue queue entry, beyond its tags
constexpr double kQueueAddressBits = 16;     // that load and store queue compare
constexpr double kDecoderGates = 20000;      // of a word or an instruction: assumption

constexpr double kGatesPerAddition = 500;   // switched by a 64-bit addition
constexpr double kInstructionEnergy = 100;  // Horowitz 2014: fetch and control of a simple core
constexpr double kL1Access = 100;           // 20 pJ for 64 bits of 32 KB over 0.2 pJ
constexpr double kL2Access = 500;           // 100 pJ, 1 MB
constexpr double kL3Access = 1500;          // between L2 and DRAM: assumption
constexpr double kDramLine = 10000;         // 2 nJ
constexpr double kLeakage = 6e-5;           // per gate and cycle: about 30 % of a core's power

// ---- which units stand behind a port
// ---------------------------------------------------------------------------------

enum class Unit : std::uint8_t { Alu, Multiply, FloatAdd, FloatMultiply, VectorAlu, VectorMultiply, Divide, Permute };
constexpr std::size_t kUnits = 8;

Unit unit_of(isa::Op op, isa::Type type) {
  const bool integer = type == isa::Type::I64 || type == isa::Type::None;
  const bool floating = type == isa::Type::F64 || type == isa::Type::F64x8 || type == isa::Type::F32x16;
  switch (op) {
    case isa::Op::DFMA:
    case isa::Op::DMUL:
      return floating || type == isa::Type::BF16 ? Unit::FloatMultiply
             : integer                           ? Unit::Multiply
                                                 : Unit::VectorMultiply;
    case isa::Op::DADD:
    case isa::Op::DSUB:
    case isa::Op::DCMP: return floating ? Unit::FloatAdd : integer ? Unit::Alu : Unit::VectorAlu;
    case isa::Op::DDIV:
    case isa::Op::DSQRT: return Unit::Divide;
    case isa::Op::DRED:
    case isa::Op::DBCST:
    case isa::Op::DHDPERM: return Unit::Permute;
    default: return integer ? Unit::Alu : Unit::VectorAlu;
  }
}

bool is_vector(Unit unit) { return unit != Unit::Alu && unit != Unit::Multiply; }

// What a port can do, by the operations that crack to one uop of a kind that it takes, and how many bits wide: a port
// that a 512-bit uop holds twice as long is half as wide.
struct PortUnits {
  std::array<double, kUnits> bits{};  // 0: not there
  bool address = false;
  bool store_data = false;
  bool branch = false;
  [[nodiscard]] bool vector() const {
    for (std::size_t u = 0; u < kUnits; ++u) {
      if (bits[u] != 0 && is_vector(static_cast<Unit>(u))) return true;
    }
    return false;
  }
  [[nodiscard]] bool scalar() const {
    return bits[static_cast<std::size_t>(Unit::Alu)] != 0 || bits[static_cast<std::size_t>(Unit::Multiply)] != 0 ||
           address || branch;
  }
};

std::vector<PortUnits> units_of(const Layout& layout) {
  std::vector<PortUnits> ports(layout.ports.size());
  for (const auto& [key, crack] : layout.op_cracks) {
    if (crack.uops.size() != 1) continue;
    const layout::UopKind& kind = layout.uops[crack.uops.front()];
    const Unit unit = unit_of(key.first, key.second);
    const double passes = kind.busy_512 > kind.busy ? static_cast<double>(kind.busy_512) / kind.busy : 1;
    const double bits = is_vector(unit) ? layout.max_vector_bits / passes : 64;
    for (const unsigned port : kind.ports) {
      double& width = ports[port].bits[static_cast<std::size_t>(unit)];
      width = std::max(width, bits);
    }
  }
  for (const layout::UopKind& kind : layout.uops) {
    for (const unsigned port : kind.ports) {
      ports[port].address = ports[port].address || kind.is_load || kind.is_store_address;
      ports[port].store_data = ports[port].store_data || kind.is_store_data;
      ports[port].branch = ports[port].branch || kind.is_branch;
    }
  }
  return ports;
}

double gates_of(Unit unit, double bits) {
  const double lanes = bits / 64;
  switch (unit) {
    case Unit::Alu: return kIntegerAlu;
    case Unit::Multiply: return kMultiplierBit2 * 64 * 64;
    case Unit::FloatAdd: return lanes * kFloatAddLane;
    case Unit::FloatMultiply: return lanes * (kMultiplierBit2 * 53 * 53 + kFloatAddLane);
    case Unit::VectorAlu: return bits * kVectorAluBit;
    case Unit::VectorMultiply: return 2 * lanes * kMultiplierBit2 * 32 * 32;
    case Unit::Divide: return lanes * kDividerLane;
    case Unit::Permute: return kPermuteBit2 * bits * bits / 8;
  }
  return 0;
}

double gates_of(const PortUnits& port) {
  double gates = (port.address ? kAddressUnit : 0) + (port.branch ? kIntegerAlu / 2 : 0);
  const auto width = [&](Unit unit) { return port.bits[static_cast<std::size_t>(unit)]; };
  for (std::size_t u = 0; u < kUnits; ++u) {
    const auto unit = static_cast<Unit>(u);
    if (port.bits[u] == 0) continue;
    if (unit == Unit::FloatAdd && width(Unit::FloatMultiply) >= width(Unit::FloatAdd)) continue;  // one unit does both
    gates += gates_of(unit, port.bits[u]);
  }
  return gates;
}

struct Domains {
  double scalar = 0, vector = 0;  // ports
};

Domains domains_of(const std::vector<PortUnits>& ports) {
  Domains domains;
  for (const PortUnits& port : ports) {
    domains.scalar += port.scalar() ? 1 : 0;
    domains.vector += port.vector() ? 1 : 0;
  }
  return domains;
}

double registers_of(unsigned renamed, const Layout& layout) {
  return 32.0 + (renamed != 0 ? renamed : layout.retire.window_entries);  // unlimited: never more than are in flight
}

double tag_bits_of(const Layout& layout) {
  const double names =
      registers_of(layout.rename.integer_registers, layout) + registers_of(layout.rename.vector_registers, layout);
  return std::ceil(std::log2(names));
}

double sources_of(const layout::Queue& queue, const std::vector<PortUnits>& ports) {
  const bool vector =
      std::any_of(queue.ports.begin(), queue.ports.end(), [&](unsigned p) { return ports[p].vector(); });
  return vector ? 3 : 2;
}

double queue_gates(const Layout& layout, const std::vector<PortUnits>& ports) {
  double gates = 0;
  for (const layout::Queue& queue : layout.queues) {
    gates +=
        select_gates(select_sizes(layout, queue)) +
        wake_up_gates(wake_up_sizes(layout, queue, sources_of(queue, ports))) +
        multiported_gates(queue.entries * kPayloadBits, static_cast<double>(queue.ports.size()), queue_writes(layout));
  }
  for (const bool memory : memory_ports(layout)) gates += pipe_gates(memory, time_bits(layout), latency_bits(layout));
  return gates;
}

double rename_gates(const Layout& layout) {
  const double width = layout.rename.dispatch_width;
  const double tag = tag_bits_of(layout);
  const double compare = width * (width - 1) / 2 * 3 * tag * kCompareBit;
  return compare + multiported_gates(80 * tag, 3 * width, width);
}

double load_store_gates(const Layout& layout) {
  const layout::Memory& m = layout.memory;
  const double compared = m.load_queue * double{1} * m.stores_per_cycle + double{1} * m.store_queue * m.loads_per_cycle;
  const double held =
      (m.load_queue + m.store_queue) * kQueueAddressBits * kFlipFlopGates + m.store_queue * 512 * kSramBit;
  return compared * kQueueAddressBits * kCompareBit + held;
}

double cache_gates(const layout::CacheLevel& cache, double ports) {
  constexpr double kTagBits = 40;
  const double lines = static_cast<double>(cache.size_bytes) / std::max(1U, cache.line_bytes);
  return multiported_gates(cache.size_bytes * 8.0 + lines * kTagBits, ports, 0);
}

double sum_of_units(const std::vector<PortUnits>& ports) {
  double gates = 0;
  for (const PortUnits& port : ports) gates += gates_of(port);
  return gates;
}

}  // namespace

double select_gates(const SelectSizes& z) {
  return z.entries * z.ports * (kSelectPlaceBit * z.place_bits + kSelectIndexBit * std::log2(z.entries) + kSelectPort) +
         z.entries * z.place_bits * kSelectAgeBit + z.memory_ports * (z.entries * kSelectMemoryEntry + kSelectMemory);
}

double wake_up_gates(const WakeUpSizes& z) {
  const double match = kWakeTagBit * z.place_bits + kWakeTimeBit * z.time_bits + kWakeMatch;
  const double source = z.buses * match + kWakeLatestBit * z.time_bits + kWakeSource +
                        z.writes * z.place_bits * kWakeWriteTagBit + kFlipFlopGates * (z.place_bits + 2);
  const double entry = z.time_bits * (z.writes * kWakeWriteTimeBit + kWakeEntryTimeBit + kFlipFlopGates);
  return z.entries * (z.sources * source + entry + 2 * kFlipFlopGates);
}

double pipe_gates(bool memory, double time_bits, double latency_bits) {
  return kPipeTimeBit * time_bits + (kPipeLatencyBit + kFlipFlopGates) * latency_bits + kFlipFlopGates +
         (memory ? kPipeMemoryTimeBit * time_bits + kPipeMemory : 0);
}

double bypass_gates(double ports, double sources, double bits) {
  return ports * sources * bits * (kBypassInput * ports + kBypassOperand);
}

// A cell's side grows with each port by a track: Rixner et al., HPCA 2000.
double multiported_gates(double bits, double read_ports, double write_ports) {
  const double further = std::max(0.0, read_ports + write_ports - 1);
  const double side = 1 + kRegisterCellPitch * further;
  return bits * kSramBit * side * side;
}

double Area::total() const {
  double sum = 0;
  for (const AreaPart& part : parts) sum += part.gates;
  return sum;
}

Area area_of(const Layout& layout) {
  const std::vector<PortUnits> ports = units_of(layout);
  const Domains domains = domains_of(ports);
  const double vector_bits = layout.max_vector_bits;
  Area area;
  area.parts = {
      {"front end", layout.front_end.siw_per_cycle * 3 * kDecoderGates + layout.front_end.l1i_bytes * 8.0 * kSramBit},
      {"rename", rename_gates(layout)},
      {"issue queues", queue_gates(layout, ports)},
      {"scalar registers", multiported_gates(registers_of(layout.rename.integer_registers, layout) * 64,
                                             2 * domains.scalar, domains.scalar)},
      {"vector registers", multiported_gates(registers_of(layout.rename.vector_registers, layout) * vector_bits,
                                             3 * domains.vector, domains.vector)},
      {"bypass", bypass_gates(domains.scalar, 2, 64) + bypass_gates(domains.vector, 3, vector_bits)},
      {"units", sum_of_units(ports)},
      {"window", multiported_gates(layout.retire.window_entries * kWindowBits, layout.retire.width,
                                   layout.rename.dispatch_width)},
      {"load and store queue", load_store_gates(layout)},
      {"first-level cache", cache_gates(layout.memory.l1, 1 + 0.5 * (layout.memory.loads_per_cycle - 1.0))},
      {"translation cache", layout.translation.entries * 160.0 * kSramBit},
  };
  return area;
}

Energy energy_of(const Row& row, const Layout& layout) {
  const std::vector<PortUnits> ports = units_of(layout);
  const Domains domains = domains_of(ports);
  double wake = 0;
  double select = 0;
  for (const layout::Queue& queue : layout.queues) {
    const auto own = static_cast<double>(queue.ports.size());
    WakeUpSizes one_bus = wake_up_sizes(layout, queue, sources_of(queue, ports));
    one_bus.buses = one_bus.writes = 1;
    wake += wake_up_gates(one_bus);
    select += select_gates(select_sizes(layout, queue)) / own / static_cast<double>(layout.queues.size());
  }
  const double window_side = 1 + kRegisterCellPitch * (layout.retire.width + layout.rename.dispatch_width - 1.0);
  const double file_side = 1 + kRegisterCellPitch * (3 * domains.scalar - 1);
  const double file_rows = std::sqrt(registers_of(layout.rename.integer_registers, layout));
  const auto uops = static_cast<double>(row.uops);
  Energy energy;
  energy.instructions =
      static_cast<double>(row.fused_uops) * (kInstructionEnergy + kWindowBits * window_side / kGatesPerAddition);
  energy.scheduling = uops * (wake / 2 + select / 2) / kGatesPerAddition;
  energy.registers =
      uops * (3 * 64 * file_side * file_rows + bypass_gates(domains.scalar, 2, 64) / std::max(1.0, domains.scalar)) /
      kGatesPerAddition;
  energy.memory = static_cast<double>(row.loads + row.stores) * kL1Access *
                      std::sqrt(static_cast<double>(layout.memory.l1.size_bytes) / 32768) +
                  static_cast<double>(row.l1_misses) * kL2Access + static_cast<double>(row.l2_misses) * kL3Access +
                  static_cast<double>(row.dram_reads + row.dram_writes) * kDramLine;
  energy.leakage = static_cast<double>(row.cycles) * area_of(layout).total() * kLeakage;
  return energy;
}

}  // namespace vtpu::explore
