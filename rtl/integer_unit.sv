// 64-bit integers, on every port: arithmetic, logic, shifts, compare, select, moves and the population count. All wrap.
module integer_unit
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
    output logic [MaxPorts-1:0][63:0] result_o
);

  function automatic logic holds(input logic [3:0] condition, input logic [63:0] a, input logic [63:0] b);
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

  function automatic logic [63:0] result_of(input logic [63:0] slot, input logic [63:0] x, input logic [63:0] y,
                                            input logic [63:0] z);
    logic [7:0] op;
    logic [15:0] literal;
    logic [5:0] amount;
    form_t form;
    op = slot[7:0];
    literal = slot[63:48];
    form = form_of(op, slot[15:12]);
    amount = (form.literal == LiteralShift64) ? literal[5:0] : y[5:0];
    case (op)
      OpDfma: return x * y + z;
      OpDadd: return x + y;
      OpDsub: return x - y;
      OpDmul: return x * y;
      OpDmin: return ($signed(x) < $signed(y)) ? x : y;
      OpDmax: return ($signed(x) > $signed(y)) ? x : y;
      OpDand: return x & y;
      OpDor: return x | y;
      OpDxor: return x ^ y;
      OpDshl: return x << amount;
      OpDshr: return x >> amount;
      OpDsar: return $signed(x) >>> amount;
      OpDcmp: return 64'(holds(literal[3:0], x, y));
      OpDsel: return z[0] ? x : y;
      OpDcnt: return 64'($countones(x));
      default: return x;  // moves
    endcase
  endfunction

  always_comb begin : compute
    `FOR_PORTS(p, ports_i) begin
      if (valid_i[p]) result_o[p] = result_of(slot_i[p], x_i[p][63:0], y_i[p][63:0], z_i[p][63:0]);
    end
  end
endmodule
