// A layout from what was measured of the operations: ports, kinds of uops, how host instructions become them. What no
// measurement tells stays as the start layout has it.
#pragma once

#include <map>
#include <string>

#include "layout/layout.hpp"
#include "testbench/calibrate/operation_facts.hpp"

namespace vtpu::testbench {

enum class Confidence : std::uint8_t { High, Medium, Low };
[[nodiscard]] std::string_view name_of(Confidence confidence);

// What stands behind a number of the layout, by its key as in layout_edit.hpp ("uop.imul", "memory.l1.latency").
struct Note {
  std::string text;  // "3.00 cycles in a chain, spread 0.2 %"
  Confidence confidence = Confidence::High;
};
using Notes = std::map<std::string, Note>;

// Latencies, whole cycles, of operations whose result is no operand of theirs, from loops of two: in
// Crossings::latency by operation.
struct Crossings {
  std::map<lowering::HostOp, double> latency, latency_512;
  double vector_load = 0;  // a vector load and the move of its result to a general register
};
// 30 times one and the other: each reads what the other writes.
[[nodiscard]] HostLoop ping_pong(const LoopInst& there, const LoopInst& back);
[[nodiscard]] Result<Crossings> measure_crossings(Meter& meter, const OperationFacts& facts,
                                                  const OperationOptions& options);

// The first uop of an instruction, and the queue that feeds ports.
[[nodiscard]] unsigned uop_of(const layout::Layout& layout, lowering::HostOp op);
[[nodiscard]] unsigned queue_feeding(const layout::Layout& layout, const std::vector<unsigned>& ports);

// The kind of uops that is like this one but for its name. Where there is none this one is added; where its name is
// taken, as `name`_2 or the next number that is free.
unsigned kind_like(layout::Layout& layout, layout::UopKind kind, std::string_view name);

// Operations that start on the same ports of the layout.
struct DraftSet {
  std::vector<LoopInst> insts;
  std::vector<unsigned> ports;
};

struct Draft {
  layout::Layout layout;
  Notes notes;
  std::vector<DraftSet> sets;
};
[[nodiscard]] Draft draft_layout(const OperationFacts& facts, const Crossings& crossings, const layout::Layout& start,
                                 lowering::HostIsa isa);

}  // namespace vtpu::testbench
