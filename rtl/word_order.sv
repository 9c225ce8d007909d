// In-order cores: the word that may issue is that of the oldest uop that has not started.
`include "assertions.svh"

module word_order
  import core_size_pkg::*;
  import core_pkg::*;
(
    input logic clk_i,
    input config_t cfg_i,
    input seq_t head_i,
    input seq_t dispatched_i,
    input seq_t dispatch_end_i,
    input logic [63:0] next_word_i,  // of the uop that is dispatched next
    input logic [63:0] word_i[MaxDispatchUops],
    input cycle_t completed_i[MaxPlaces],
    output logic [63:0] open_word_o
);
  logic [63:0] word_q[MaxPlaces];

  always_comb begin : find
    seq_t at;
    at = head_i;
    open_word_o = next_word_i;
    if (cfg_i.in_order) begin
      for (int i = 0; i < int'(MaxPlaces); i++) begin
        if (at == dispatched_i) break;
        if (completed_i[PosW'(at)&PosW'(cfg_i.places-16'd1)] == Never) begin
          open_word_o = word_q[PosW'(at)&PosW'(cfg_i.places-16'd1)];
          break;
        end
        at++;
      end
    end
  end

  always_ff @(posedge clk_i) begin : write
    `VTPU_ASSERT(word_order, open_word, open_word_o <= next_word_i, "the word that may issue was dispatched")
    for (int i = 0; i < int'(MaxDispatchUops); i++) begin
      if (48'(i) >= dispatch_end_i - dispatched_i) break;
      word_q[PosW'(dispatched_i+48'(i))&PosW'(cfg_i.places-16'd1)] = word_i[i];
    end
  end
endmodule
