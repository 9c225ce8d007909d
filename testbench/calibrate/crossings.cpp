#include <fmt/format.h>

#include <algorithm>

#include "testbench/calibrate/layout_draft.hpp"

namespace vtpu::testbench {
namespace {

using H = lowering::HostOp;
using lowering::gpr;
using lowering::mask;
using lowering::vec;

constexpr std::size_t kPairs = 30;
constexpr double kShareBack =
    2.0 / 7;  // of a way to a vector register and back that is the way back, where nothing tells

LoopRegisters first_registers() { return {{}, gpr(kLoopResults[0]), vec(0), mask(7)}; }

lowering::HostReg of_class(char operand) {
  return operand == 'g' ? gpr(kLoopResults[0]) : operand == 'v' ? vec(0) : mask(7);
}

// A vector load of a pointer, which goes on to be the next load's address.
HostLoop vector_load_loop() {
  HostLoop loop = ping_pong({H::Vmov, 32, "vm"}, {H::VmovqToGpr, 16, "gv"});
  for (lowering::HostInst& inst : loop.body) {
    if (inst.op == H::VmovqToGpr) inst.dst = kLoopPointer;
    inst.mem.disp = 0;
  }
  return loop;
}

struct Crossing {
  LoopInst there;
  H back;
};

// The way back for what an operation makes of what it reads; none where it is its own.
std::optional<H> way_back(const LoopInst& inst) {
  if (inst.operands.size() < 2 || inst.operands.find_first_of("mM") != std::string::npos) return std::nullopt;
  const char to = inst.operands[0];
  const char from = inst.operands[1];
  if (to == 'v' && from == 'g') return H::VmovqToGpr;
  if (to == 'g' && from == 'v') return H::VmovqToVec;
  if (to == 'k' && from == 'v') return H::VblendmD;
  if (to == 'k' && from == 'g') return H::KmovToGpr;
  return std::nullopt;
}

}  // namespace

HostLoop ping_pong(const LoopInst& there, const LoopInst& back) {
  HostLoop loop;
  loop.name = fmt::format("{} and {} in a chain", to_text(there), to_text(back));
  loop.counted = kPairs;
  for (std::size_t i = 0; i < kPairs; ++i) {
    for (const LoopInst& inst : {there, back}) {
      LoopRegisters registers = first_registers();
      registers.result = of_class(inst.operands[0]);
      loop.body.push_back(instance_of(inst, registers));
    }
  }
  return loop;
}

Result<Crossings> measure_crossings(Meter& meter, const OperationFacts& facts, const OperationOptions& options) {
  std::vector<Crossing> crossings;
  std::vector<HostLoop> loops{vector_load_loop()};
  for (const OperationFact& fact : facts.operations) {
    const auto back = way_back(fact.inst);
    if (!back || facts.find(*back) == nullptr) continue;
    crossings.push_back({fact.inst, *back});
    loops.push_back(ping_pong(fact.inst, facts.find(*back)->inst));
    if (fact.cycles_512) {
      crossings.push_back({{fact.inst.op, 64, fact.inst.operands}, *back});
      loops.push_back(ping_pong(crossings.back().there, facts.find(*back)->inst));
    }
  }
  const auto readings = read_quiet(meter, loops, options.noise, "operations between register files");
  if (!readings) return tl::unexpected(readings.error());
  Crossings found;
  found.vector_load = (*readings)[0].cycles / kPairs;
  std::map<std::pair<H, unsigned>, double> sums;
  for (std::size_t c = 0; c < crossings.size(); ++c) {
    sums[{crossings[c].there.op, crossings[c].there.width}] = (*readings)[c + 1].cycles / kPairs;
  }
  // The way to a vector register and back is known as a sum only.
  const double around = sums[{H::VmovqToVec, 16}];
  found.latency[H::VmovqToGpr] = std::max(1.0, std::round(around * kShareBack));
  found.latency[H::VmovqToVec] = around - found.latency[H::VmovqToGpr];
  const OperationFact* blend = facts.find(H::VblendmD);
  found.latency[H::VblendmD] = blend != nullptr ? blend->latency.value_or(1) : 1;
  const auto kmov = sums.find({H::KmovToMask, 4});
  if (kmov != sums.end()) found.latency[H::KmovToGpr] = found.latency[H::VmovqToGpr];
  for (const auto& [key, sum] : sums) {
    const auto& [op, width] = key;
    if (op == H::VmovqToGpr || op == H::VmovqToVec || op == H::KmovToGpr) continue;
    const auto at = std::find_if(crossings.begin(), crossings.end(),
                                 [&, wanted = op](const Crossing& c) { return c.there.op == wanted; });
    const double latency = std::max(1.0, sum - found.latency[at->back]);
    (width == 64 ? found.latency_512 : found.latency)[op] = latency;
  }
  return found;
}

}  // namespace vtpu::testbench
