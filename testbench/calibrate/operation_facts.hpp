// What a meter says of the operations that the JIT emits: alone, in chains, and in pairs that fight for ports.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "testbench/calibrate/meter.hpp"

namespace vtpu::testbench {

// An operation, in the width that stands for the narrower ones and at 512 bits.
struct OperationFact {
  LoopInst inst;
  double cycles = 0;  // per instruction, independent
  double spread = 0;  // of that
  std::optional<double> latency;
  std::optional<double> cycles_512, latency_512;
  unsigned slots = 1;   // of dispatch
  unsigned ports = 0;   // that it starts on; 0: not one start per cycle and port
  std::size_t set = 0;  // index into OperationFacts::sets, where ports is not 0; of a store that of its data
};

// Operations that start on the same ports.
struct PortSet {
  std::string name;  // of its first operation
  unsigned ports = 1;
  std::vector<std::size_t> operations;
  std::vector<unsigned> at;  // filled by the port inference
};

// Instructions that fill dispatch: each takes a slot, and all run at its width.
struct Filler {
  std::vector<LoopInst> insts;
  double cycles = 0;  // per instruction
};

struct OperationFacts {
  unsigned dispatch_width = 4;
  std::vector<Filler> fillers;
  std::vector<OperationFact> operations;
  std::vector<PortSet> sets;
  std::optional<std::size_t> store_address_set;
  unsigned port_count = 0;
  double port_error = 0;  // PortMap::error
  // By operation and set: starts that one operation takes from the set's ports, for operations without a set.
  std::vector<std::vector<double>> taken;

  [[nodiscard]] const OperationFact* find(lowering::HostOp op, const std::string& operands = {}) const;
};

struct OperationOptions {
  lowering::HostIsa isa = lowering::HostIsa::Avx512;
  bool quick = false;  // pairs of one operation per group only
  double noise = 0.05;
};

// Errors: what the meter says, and measurements that were too noisy.
[[nodiscard]] Result<OperationFacts> measure_operations(Meter& meter, const OperationOptions& options);

// Reads and judges: an error names the noisiest loops where more than one, and one in fifty beside, is not quiet.
[[nodiscard]] Result<std::vector<LoopReading>> read_quiet(Meter& meter, const std::vector<HostLoop>& loops,
                                                          double tolerance, const std::string& what);

}  // namespace vtpu::testbench
