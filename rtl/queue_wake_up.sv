// What the uops in issue queues wait for: tags of operands whose time is not known yet, and the time at which the latest
// of the others can be used. A port that starts the producer tells both of its results' times.
//
// Times are their low bits, which is enough because they are compared with now only while they are ahead of it: when its
// time has come an entry is not `timed` any more. yosys reads this file, see docs/developer/rtl.md.
`include "fixed_loops.svh"

module queue_wake_up #(
    parameter int unsigned Queues = 1,
    parameter int unsigned QueueEntries = 8,
    parameter int unsigned Ports = 2,
    parameter int unsigned Operands = 3,
    parameter int unsigned Writes = 2,      // uops that enter in one cycle
    parameter int unsigned PlaceBits = 6,
    parameter int unsigned TimeBits = 8,    // one more than any time ahead needs
    localparam int unsigned Entries = Queues * QueueEntries,
    localparam int unsigned IndexBits = (Entries > 1) ? $clog2(Entries) : 1,
    localparam int unsigned TagBits = PlaceBits + 1  // place of the producer and, highest, which of its results
) (
    input logic clk_i,
    input logic rst_ni,
    input logic [TimeBits-1:0] now_i,
    // Simulation: what the layout has of what there may be.
    input logic [15:0] queues_i,
    input logic [Queues*16-1:0] queue_entries_i,
    input logic [15:0] ports_i,
    input logic [15:0] writes_i,

    // Uops that enter.
    /* verilator tracing_off */  // the queues' places: half of the bits of a trace of all
    input logic [Writes-1:0] enter_i,
    input logic [Writes*IndexBits-1:0] enter_at_i,
    input logic [Writes*Operands-1:0] enter_pending_i,
    input logic [Writes*Operands*TagBits-1:0] enter_tag_i,
    input logic [Writes*TimeBits-1:0] enter_ready_at_i,
    /* verilator tracing_on */

    // What starts.
    input logic [Ports-1:0] started_i,
    /* verilator tracing_off */  // of all ports in one vector, see issue_unit
    input logic [Ports*PlaceBits-1:0] started_place_i,
    input logic [Ports*TimeBits-1:0] completed_i,
    input logic [Ports*TimeBits-1:0] second_i,

    output logic [Entries-1:0] arrived_o  // all operands can be used; of places in use
    /* verilator tracing_on */
);
  /* verilator tracing_off */
  logic [Entries-1:0] waits_q;  // an operand is pending
  logic [Entries-1:0] timed_q;  // ready_at is ahead
  logic [Entries-1:0] reached;
  /* verilator tracing_on */
  logic [Operands-1:0] pending_q[Entries];
  logic [Operands*TagBits-1:0] tag_q[Entries];
  logic [TimeBits-1:0] ready_at_q[Entries];

  always_comb begin : reach
    reached = '0;
    for (int unsigned q = 0; q < Queues; q++) begin
      `VTPU_UP_TO(q < 32'(queues_i)) begin
        for (int unsigned e = 0; e < QueueEntries; e++) begin
          `VTPU_UP_TO(e < 32'(queue_entries_i[q*16+:16])) begin
            if (timed_q[q*QueueEntries+e] && ready_at_q[q*QueueEntries+e] == now_i) reached[q*QueueEntries+e] = 1'b1;
          end
        end
      end
    end
  end

  assign arrived_o = ~waits_q & (~timed_q | reached);

  always_ff @(posedge clk_i) begin : wake
    logic [IndexBits-1:0] x;
    logic hit;
    logic [TimeBits-1:0] first, second, latest, ahead;
    x = '0;
    hit = 1'b0;
    first = '0;
    second = '0;
    latest = '0;
    ahead = '0;
    if (!rst_ni) begin
      waits_q = '0;
      timed_q = '0;
    end else begin
      timed_q = timed_q & ~reached;
      for (int unsigned w = 0; w < Writes; w++) begin
        `VTPU_UP_TO(w < 32'(writes_i)) begin
          if (enter_i[w]) begin
            x = enter_at_i[w*IndexBits+:IndexBits];
            pending_q[x] = enter_pending_i[w*Operands+:Operands];
            tag_q[x] = enter_tag_i[w*Operands*TagBits+:Operands*TagBits];
            ready_at_q[x] = enter_ready_at_i[w*TimeBits+:TimeBits];
            waits_q[x] = |enter_pending_i[w*Operands+:Operands];
            timed_q[x] = 1'b1;
          end
        end
      end
      // Those who enter hear of what starts in the same cycle.
      if (started_i != '0) begin
        for (int unsigned q = 0; q < Queues; q++) begin
          `VTPU_UP_TO(q < 32'(queues_i)) begin
            for (int unsigned e = 0; e < QueueEntries; e++) begin
              `VTPU_UP_TO(e < 32'(queue_entries_i[q*16+:16])) begin
                if (waits_q[q*QueueEntries+e]) begin
                  for (int unsigned k = 0; k < Operands; k++) begin
                    if (pending_q[q*QueueEntries+e][k]) begin
                      hit = 1'b0;
                      first = '0;
                      second = '0;
                      for (int unsigned p = 0; p < Ports; p++) begin
                        `VTPU_UP_TO(p < 32'(ports_i)) begin
                          if (started_i[p] && tag_q[q*QueueEntries+e][k*TagBits+:PlaceBits] ==
                              started_place_i[p*PlaceBits+:PlaceBits]) begin
                            hit = 1'b1;
                            first = first | completed_i[p*TimeBits+:TimeBits];
                            second = second | second_i[p*TimeBits+:TimeBits];
                          end
                        end
                      end
                      if (hit) begin
                        latest = tag_q[q*QueueEntries+e][k*TagBits+PlaceBits] ? second : first;
                        ahead = latest - ready_at_q[q*QueueEntries+e];
                        pending_q[q*QueueEntries+e][k] = 1'b0;
                        if (!timed_q[q*QueueEntries+e] || !ahead[TimeBits-1]) begin
                          ready_at_q[q*QueueEntries+e] = latest;
                          timed_q[q*QueueEntries+e] = 1'b1;
                        end
                      end
                    end
                  end
                  waits_q[q*QueueEntries+e] = |pending_q[q*QueueEntries+e];
                end
              end
            end
          end
        end
      end
    end
  end
endmodule
