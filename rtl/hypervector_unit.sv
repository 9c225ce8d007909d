// Hypervectors: encoding of a symbol, binding, bundling, rotation and similarity.
module hypervector_unit
  import core_size_pkg::*;
  import core_pkg::*;
  import op_table_pkg::*;
(
    input logic [15:0] ports_i,
    input logic [MaxPorts-1:0] valid_i,
    input logic [MaxPorts-1:0][63:0] slot_i,
    input value_t [MaxPorts-1:0] x_i,
    input value_t [MaxPorts-1:0] y_i,
    input value_t [MaxPorts-1:0] z_i,
    output value_t [MaxPorts-1:0] result_o
);
  // 16 lanes of 32 bits, each the finalizer of MurmurHash3 over the symbol and the lane's number.
  function automatic value_t encoded(input logic [63:0] symbol);
    logic [31:0] high, h;
    high = symbol[63:32] * 32'h85ebca77;
    for (int k = 0; k < 16; k++) begin
      h = (symbol[31:0] + 32'(k) * 32'h9e3779b9) ^ high;
      h = (h ^ (h >> 16)) * 32'h85ebca6b;
      h = (h ^ (h >> 13)) * 32'hc2b2ae35;
      encoded[32*k+:32] = h ^ (h >> 16);
    end
  endfunction

  function automatic value_t result_of(input logic [63:0] slot, input value_t x, input value_t y, input value_t z);
    logic [8:0] distance;
    distance = slot[56:48];
    case (slot[7:0])
      OpDhdenc: return encoded(x[63:0]);
      OpDhdbind: return x ^ y;
      OpDhdbund: return (x & y) | (x & z) | (y & z);
      OpDhdperm: return (x << distance) | (x >> (10'd512 - 10'(distance)));
      default: return 512'd512 - 512'(10'($countones(x ^ y)));  // OpDhdsim
    endcase
  endfunction

  always_comb begin : compute
    `FOR_PORTS(p, ports_i) begin
      if (valid_i[p]) result_o[p] = result_of(slot_i[p], x_i[p], y_i[p], z_i[p]);
    end
  end
endmodule
