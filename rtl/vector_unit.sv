// 512-bit vectors but for floating point: 32-bit integer lanes, bits, select, broadcasts and moves.
module vector_unit
  import core_size_pkg::*;
  import core_pkg::*;
  import op_table_pkg::*;
(
    input logic [15:0] ports_i,
    input logic [MaxPorts-1:0] valid_i,
    input logic [MaxPorts-1:0][63:0] slot_i,
    input value_t [MaxPorts-1:0] x_i,  // the operands in the order of the form, immediates included
    input value_t [MaxPorts-1:0] y_i,
    input value_t [MaxPorts-1:0] z_i,
    output value_t [MaxPorts-1:0] result_o
);
  localparam int unsigned Lanes = 16;
  typedef logic [31:0] lane_t;

  function automatic lane_t smaller(input lane_t a, input lane_t b);
    return ($signed(a) < $signed(b)) ? a : b;
  endfunction
  function automatic lane_t larger(input lane_t a, input lane_t b);
    return ($signed(a) > $signed(b)) ? a : b;
  endfunction

  function automatic logic holds(input logic [3:0] condition, input lane_t a, input lane_t b);
    case (condition)
      CondEq: return a == b;
      CondNe: return a != b;
      CondLt: return $signed(a) < $signed(b);
      CondLe: return $signed(a) <= $signed(b);
      CondGt: return $signed(a) > $signed(b);
      CondGe: return $signed(a) >= $signed(b);
      CondLtu: return a < b;
      default: return a >= b;
    endcase
  endfunction

  function automatic lane_t lane_result(input logic [7:0] operation, input logic [4:0] amount, input lane_t a,
                                        input lane_t b, input lane_t c);
    case (operation)
      OpDfma: return a * b + c;
      OpDadd: return a + b;
      OpDsub: return a - b;
      OpDmul: return a * b;
      OpDmin: return smaller(a, b);
      OpDmax: return larger(a, b);
      OpDshl: return a << amount;
      OpDshr: return a >> amount;
      default: return $signed(a) >>> amount;  // OpDsar
    endcase
  endfunction

  // All lanes to one, as a tree of adjacent pairs.
  function automatic lane_t reduced(input logic [3:0] reduction, input value_t v);
    lane_t [Lanes-1:0] lane;
    lane = v;
    for (int unsigned n = Lanes / 2; n >= 1; n = n / 2) begin
      for (int unsigned i = 0; i < Lanes / 2; i++) begin
        if (i >= n) break;
        case (reduction)
          RedAdd: lane[i] = lane[2*i] + lane[2*i+1];
          RedMin: lane[i] = smaller(lane[2*i], lane[2*i+1]);
          default: lane[i] = larger(lane[2*i], lane[2*i+1]);
        endcase
      end
    end
    return lane[0];
  endfunction

  // Lane by lane the one or the other, as the bits of the mask say; a scalar leaves zeros above lane 0.
  function automatic value_t selected(input logic [3:0] type_of, input logic [15:0] mask, input value_t a,
                                      input value_t b);
    selected = '0;
    case (type_of)
      TypeF64: selected[63:0] = mask[0] ? a[63:0] : b[63:0];
      TypeF64x8: for (int i = 0; i < 8; i++) selected[64*i+:64] = mask[i] ? a[64*i+:64] : b[64*i+:64];
      default: for (int i = 0; i < 16; i++) selected[32*i+:32] = mask[i] ? a[32*i+:32] : b[32*i+:32];
    endcase
  endfunction

  function automatic value_t result_of(input logic [63:0] slot, input value_t x, input value_t y, input value_t z);
    logic [7:0] op;
    logic [3:0] element;
    logic [15:0] literal;
    op = slot[7:0];
    element = slot[11:8];
    literal = slot[63:48];
    result_of = '0;
    case (op)
      OpDand: result_of = x & y;
      OpDor: result_of = x | y;
      OpDxor: result_of = x ^ y;
      OpDsel: result_of = selected(element, z[15:0], x, y);
      OpDbcst: result_of = (element == TypeF64x8) ? {8{x[63:0]}} : {16{x[31:0]}};
      OpDmov: result_of = (element == TypeB256) ? value_t'(x[255:0]) : x;
      OpDcmp: for (int i = 0; i < int'(Lanes); i++) result_of[i] = holds(literal[3:0], x[32*i+:32], y[32*i+:32]);
      OpDred: result_of[31:0] = reduced(literal[3:0], x);
      default: begin
        for (int i = 0; i < int'(Lanes); i++) begin
          result_of[32*i+:32] = lane_result(op, literal[4:0], x[32*i+:32], y[32*i+:32], z[32*i+:32]);
        end
      end
    endcase
  endfunction

  always_comb begin : compute
    `FOR_PORTS(p, ports_i) begin
      if (valid_i[p]) result_o[p] = result_of(slot_i[p], x_i[p], y_i[p], z_i[p]);
    end
  end
endmodule
