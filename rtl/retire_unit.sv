// Retirement: whole fused uops, oldest first, once all their uops have completed.
`include "assertions.svh"

module retire_unit
  import core_size_pkg::*;
  import core_pkg::*;
(
    input logic clk_i,
    input logic rst_ni,
    input config_t cfg_i,
    input cycle_t now_i,
    input seq_t dispatched_i,
    input uop_t uop_i[MaxPlaces],
    input uop_registers_t registers_i[MaxPlaces],
    input cycle_t completed_i[MaxPlaces],

    output seq_t head_o,
    output seq_t head_end_o,  // after this cycle
    output logic [15:0] fused_o,
    output logic [15:0] loads_o,
    output logic [15:0] stores_o,
    output logic [Classes-1:0][15:0] freed_registers_o
);
  seq_t head_q;
  seq_t head_end;

  always_comb begin : retire
    seq_t at;
    pos_t pos;
    logic whole, waits;
    head_end = head_q;
    fused_o = '0;
    loads_o = '0;
    stores_o = '0;
    freed_registers_o = '0;
    for (int f = 0; f < int'(MaxRetire); f++) begin
      if (f >= int'(cfg_i.retire_width)) break;
      at = head_end;
      whole = 1'b0;
      waits = 1'b0;
      for (int k = 0; k < int'(MaxFused); k++) begin
        pos = PosW'(at) & PosW'(cfg_i.places - 16'd1);
        if (at == dispatched_i || completed_i[pos] > now_i) begin
          waits = 1'b1;
          break;
        end
        at++;
        whole = uop_i[pos].last_of_fused;
        if (whole) break;
      end
      if (waits || !whole) break;
      for (int k = 0; k < int'(MaxFused); k++) begin
        if (head_end == at) break;
        pos = PosW'(head_end) & PosW'(cfg_i.places - 16'd1);
        if (!uop_i[pos].at_rename) begin
          for (int d = 0; d < 2; d++) begin
            if (d < int'(uop_i[pos].destinations)) freed_registers_o[registers_i[pos].destination[d][6:5]]++;
          end
          if (uop_i[pos].is_load) loads_o++;
          if (uop_i[pos].is_store_data) stores_o++;
        end
        head_end++;
      end
      fused_o++;
    end
  end

  assign head_o = head_q;
  assign head_end_o = head_end;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) head_q <= '0;
    else head_q <= head_end;
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      `VTPU_ASSERT(retire_unit, in_order, head_q <= head_end && head_end <= dispatched_i,
                   "only what was dispatched retires")
      `VTPU_ASSERT(retire_unit, width, fused_o <= cfg_i.retire_width, "no more retire than the width")
      `VTPU_ASSERT(retire_unit, whole,
                   head_end == head_q || uop_i[PosW'(head_end-48'd1)&PosW'(cfg_i.places-16'd1)].last_of_fused,
                   "fused uops retire whole")
    end
  end
endmodule
