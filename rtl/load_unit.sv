// What a load makes of the cell that memory or the store queue gives: a lane, a broadcast, the place of a key, or all of it.
module load_unit
  import core_size_pkg::*;
  import core_pkg::*;
  import op_table_pkg::*;
(
    input logic [15:0] ports_i,
    input logic [MaxPorts-1:0] valid_i,
    input logic [MaxPorts-1:0] whole_i,  // the load is the whole operation; otherwise a later uop takes the cell
    input logic [MaxPorts-1:0][63:0] slot_i,
    input value_t [MaxPorts-1:0] key_i,
    input value_t [MaxPorts-1:0] cell_i,  // as memory has it
    input logic [MaxPorts-1:0] forwards_i,  // a store that has not been committed has it
    input value_t [MaxPorts-1:0] forwarded_i,
    output value_t [MaxPorts-1:0] value_o
);
  function automatic value_t value_of(input logic [63:0] slot, input logic [63:0] key, input value_t content);
    logic [7:0] lane;
    logic [3:0] element;
    lane = slot[39:32];
    element = slot[11:8];
    case (slot[7:0])
      OpSbcst: return (element == TypeF64x8) ? {8{content[64*lane[2:0]+:64]}} : {16{content[32*lane[3:0]+:32]}};
      OpSdedup: return 512'(place_of(key, content));
      default: return (element == TypeB512) ? content : 512'(content[64*lane[2:0]+:64]);
    endcase
  endfunction

  always_comb begin : take
    `FOR_PORTS(p, ports_i) begin
      if (valid_i[p]) begin
        value_o[p] = forwards_i[p] ? forwarded_i[p] : cell_i[p];
        if (whole_i[p]) value_o[p] = value_of(slot_i[p], key_i[p][63:0], value_o[p]);
      end
    end
  end
endmodule
