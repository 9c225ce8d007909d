// What always holds, checked at the end of every cycle. `holds` is a sentence for the report: the adapter makes a
// violation the end of a run (rtl/adapter/assertions.hpp). Synthesis sees nothing of it.
//
// A memory that is written in place is looked at only by the process that writes it, before it writes.
`ifndef VTPU_ASSERT
`ifdef YOSYS
`define VTPU_ASSERT(unit, name, condition, holds)
`else
`define VTPU_ASSERT(unit, name, condition, holds) \
  name : assert (condition) else core_pkg::vtpu_assertion_failed(`"unit`", `"name`", holds);
`endif
`endif
