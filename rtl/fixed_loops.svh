// Loops of units that simulation gives their layout at reset and synthesis as parameters: a loop over what there may be
// at most ends at what there is. For synthesis that is all there may be.
`ifndef VTPU_UP_TO
`ifdef YOSYS
`define VTPU_UP_TO(condition)
`else
`define VTPU_UP_TO(condition) if (!(condition)) break; else
`endif
`endif
