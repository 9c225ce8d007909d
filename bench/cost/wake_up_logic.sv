// Wake-up of one issue queue: every source of every entry compares its tag with the tag on every result bus.
module wake_up_logic #(
  parameter int Entries = 16,
  parameter int Buses   = 4,
  parameter int Sources = 3,
  parameter int TagBits = 8
) (
  input  logic                       clk_i,
  input  logic [Entries-1:0]         allocate_i,
  input  logic [Sources*TagBits-1:0] tag_i,
  input  logic [Sources-1:0]         usable_i,
  input  logic [Buses-1:0]           result_valid_i,
  input  logic [Buses*TagBits-1:0]   result_tag_i,
  output logic [Entries-1:0]         ready_o
);
  for (genvar e = 0; e < Entries; e++) begin : gen_entry
    logic [Sources-1:0] usable_q;
    for (genvar s = 0; s < Sources; s++) begin : gen_source
      logic [TagBits-1:0] tag_q;
      logic [Buses-1:0]   match;
      for (genvar b = 0; b < Buses; b++) begin : gen_bus
        assign match[b] = result_valid_i[b] & (result_tag_i[b*TagBits+:TagBits] == tag_q);
      end
      always_ff @(posedge clk_i) begin
        if (allocate_i[e]) begin
          tag_q       <= tag_i[s*TagBits+:TagBits];
          usable_q[s] <= usable_i[s];
        end else if (|match) begin
          usable_q[s] <= 1'b1;
        end
      end
    end
    assign ready_o[e] = &usable_q;
  end
endmodule
