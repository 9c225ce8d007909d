// Floating point and dot products: the reference semantics behind a DPI call (rtl/adapter/fp_dpi.cpp). It is the one unit
// that is not plain SystemVerilog, and cannot be synthesised.
module fp_unit
  import core_size_pkg::*;
  import core_pkg::*;
(
    input logic [15:0] ports_i,
    input logic [MaxPorts-1:0] valid_i,
    input logic [MaxPorts-1:0][63:0] slot_i,
    input value_t [MaxPorts-1:0] x_i,
    input value_t [MaxPorts-1:0] y_i,
    input value_t [MaxPorts-1:0] z_i,
    output value_t [MaxPorts-1:0] result_o
);
`ifndef SYNTHESIS
  import "DPI-C" pure function void vtpu_floating_point(
    input bit [63:0] slot,
    input bit [511:0] x,
    input bit [511:0] y,
    input bit [511:0] z,
    output bit [511:0] result
  );

  always_comb begin : compute
    `FOR_PORTS(p, ports_i) begin
      if (valid_i[p]) vtpu_floating_point(slot_i[p], x_i[p], y_i[p], z_i[p], result_o[p]);
    end
  end
`else
  assign result_o = '{default: '0};
`endif
endmodule
