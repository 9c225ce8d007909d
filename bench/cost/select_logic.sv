// Select of one issue queue: each port takes the oldest requesting entry that no port before it took, by an age matrix.
module select_logic #(
  parameter int Entries = 16,
  parameter int Ports   = 2
) (
  input  logic                     clk_i,
  input  logic [Entries-1:0]       allocate_i,
  input  logic [Ports*Entries-1:0] request_i,
  output logic [Ports*Entries-1:0] grant_o
);
  // older_q[i*Entries+j], j < i: entry j is older than entry i. Only these bits exist.
  logic [Entries*Entries-1:0] older_q;

  for (genvar i = 0; i < Entries; i++) begin : gen_row
    for (genvar j = 0; j < i; j++) begin : gen_pair
      always_ff @(posedge clk_i) begin
        if (allocate_i[i]) older_q[i*Entries+j] <= 1'b1;
        else if (allocate_i[j]) older_q[i*Entries+j] <= 1'b0;
      end
    end
  end

  logic [(Ports+1)*Entries-1:0] taken;
  assign taken[Entries-1:0] = '0;
  for (genvar p = 0; p < Ports; p++) begin : gen_port
    logic [Entries-1:0] wants;
    assign wants = request_i[p*Entries+:Entries] & ~taken[p*Entries+:Entries];
    for (genvar i = 0; i < Entries; i++) begin : gen_grant
      logic [Entries-1:0] beaten_by;
      for (genvar j = 0; j < Entries; j++) begin : gen_beaten
        if (j < i) begin : gen_lower
          assign beaten_by[j] = wants[j] & older_q[i*Entries+j];
        end else if (j > i) begin : gen_upper
          assign beaten_by[j] = wants[j] & ~older_q[j*Entries+i];
        end else begin : gen_self
          assign beaten_by[j] = 1'b0;
        end
      end
      assign grant_o[p*Entries+i] = wants[i] & ~(|beaten_by);
    end
    assign taken[(p+1)*Entries+:Entries] = taken[p*Entries+:Entries] | grant_o[p*Entries+:Entries];
  end
endmodule
