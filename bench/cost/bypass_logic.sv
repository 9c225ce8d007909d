// Bypass network: every source of every port takes the register file's value or the result of any port.
module bypass_logic #(
  parameter int Ports   = 4,
  parameter int Sources = 2,
  parameter int Bits    = 64
) (
  input  logic [Ports*Sources*Bits-1:0]      file_i,
  input  logic [Ports*Bits-1:0]              result_i,
  input  logic [Ports*Sources*(Ports+1)-1:0] choose_i,
  output logic [Ports*Sources*Bits-1:0]      operand_o
);
  for (genvar k = 0; k < Ports * Sources; k++) begin : gen_operand
    for (genvar i = 0; i < Bits; i++) begin : gen_bit
      logic [Ports:0] candidates;
      for (genvar r = 0; r < Ports; r++) begin : gen_result
        assign candidates[r] = result_i[r*Bits+i];
      end
      assign candidates[Ports] = file_i[k*Bits+i];
      assign operand_o[k*Bits+i] = |(candidates & choose_i[k*(Ports+1)+:Ports+1]);
    end
  end
endmodule
