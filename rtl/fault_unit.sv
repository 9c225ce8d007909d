// Faults of words. A word that faults comes without uops; when all before it has retired, its registers are there, and
// this unit says which fault it is. In turn, no word that goes on may step out of range.
`include "assertions.svh"

module fault_unit
  import core_size_pkg::*;
  import core_pkg::*;
  import op_table_pkg::*;
(
    input logic clk_i,
    input logic rst_ni,
    input logic [31:0] sentrons_i,  // how many there are
    input logic idle_i,  // nothing is in flight

    // Words of this cycle.
    input logic [7:0] words_i,
    input logic [2:0][63:0] word_i[MaxWords],  // the slots D, S, C
    input logic [63:0] word_immediate_i[MaxWords],
    input logic [MaxWords-1:0] word_faults_i,
    input logic [MaxWords-1:0] word_no_page_i,  // memory has none left for the cell that it stores to

    // Registers that the word names, as retirement left them.
    output register_t coordinate_register_o,
    output register_t step_register_o,
    output register_t peer_register_o,
    input coordinate_t coordinate_i,
    input logic [63:0] step_i,
    input logic [63:0] peer_i,

    // Steps of words that go on, by port.
    input logic [MaxPorts-1:0] out_of_range_i,

    output logic raises_o,
    output fault_t fault_o
);
  localparam register_t Coordinates = 7'd16;  // as in siw_decoder
  localparam register_t Routes = 7'd24;
  localparam register_t Listens = 7'd28;
  localparam logic [31:0] NoSentron = '1;

  logic waits_q;  // a word that faults, for those before it
  logic no_page_q;
  logic [63:0] sparse_q, coordination_q, immediate_q;

  assign raises_o = waits_q && idle_i;
  assign coordinate_register_o = Coordinates + 7'(sparse_q[27:24]);
  assign step_register_o = 7'(sparse_q[35:32]);

  always_comb begin : peer_register
    case (coordination_q[7:0])
      OpCsend: peer_register_o = Routes + 7'(coordination_q[19:16]);
      OpCrecv: peer_register_o = Listens + 7'(coordination_q[19:16]);
      default: peer_register_o = 7'(coordination_q[27:24]);
    endcase
  end

  always_comb begin : judge
    form_t sparse, coordination;
    logic steps;
    logic [63:0] step, peer;
    sparse = form_of(sparse_q[7:0], sparse_q[15:12]);
    coordination = form_of(coordination_q[7:0], coordination_q[15:12]);
    steps = sparse_q[7:0] == OpSindex || (sparse.literal == LiteralPostInc && sparse_q[63:52] != '0);
    step = {{52{sparse_q[63]}}, sparse_q[63:52]};
    if (sparse_q[7:0] == OpSindex) step = (sparse.kind[2] == KindImm) ? immediate_q : step_i;
    peer = (coordination.literal == LiteralSentron) ? 64'(coordination_q[63:48]) : peer_i;
    fault_o = FaultNone;
    if (steps && !step_stays(coordinate_i, sparse_q[51:48], step)) fault_o = FaultStepOutOfRange;
    else if (no_page_q) fault_o = FaultOutOfMemory;
    else begin
      case (coordination_q[7:0])
        OpCroute, OpClisten: if (peer >= 64'(sentrons_i)) fault_o = FaultBadSentron;
        OpCsend, OpCrecv: if (coordination.literal == LiteralNone && peer[31:0] == NoSentron) fault_o = FaultNoRoute;
        default: ;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      waits_q <= 1'b0;
    end else begin
      if (raises_o) waits_q <= 1'b0;
      for (int w = 0; w < int'(MaxWords); w++) begin
        if (w >= int'(words_i)) break;
        if (word_faults_i[w]) begin
          waits_q <= 1'b1;
          no_page_q <= word_no_page_i[w];
          sparse_q <= word_i[w][1];
          coordination_q <= word_i[w][2];
          immediate_q <= word_immediate_i[w];
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      `VTPU_ASSERT(fault_unit, steps_stay, out_of_range_i == '0, "a word that goes on steps out of no dimension")
      `VTPU_ASSERT(fault_unit, stops, words_i == '0 || !waits_q || raises_o, "no word follows one that faults")
    end
  end
endmodule
