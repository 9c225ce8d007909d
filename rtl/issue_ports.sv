// The issue and port part of one layout, for synthesis (`vtpu synth`): the units of issue_unit in the sizes of the layout,
// with the choice of the ports, an entry's wake-up for each entry, and a pipe for each port. What an entry carries for its
// port (latency, place, flags) is a memory beside it and comes in.
module issue_ports #(
    parameter int unsigned Queues = 1,
    parameter int unsigned QueueEntries = 4,  // of the largest queue
    parameter int unsigned Ports = 1,
    parameter int unsigned Operands = 7,
    parameter int unsigned Writes = 1,
    parameter int unsigned PlaceBits = 5,
    parameter int unsigned TimeBits = 8,
    parameter int unsigned LatencyBits = 4,
    parameter int unsigned Banks = 1,
    parameter logic [Ports*8-1:0] PortQueue = '0,
    parameter logic [Queues*16-1:0] EntriesOf = {Queues{16'(QueueEntries)}},
    parameter logic [Ports-1:0] MemoryPorts = '0,
    parameter logic [Ports-1:0] Closed = '0,
    parameter logic [111:0] Limits = {7{16'd1}},
    parameter logic [63:0] Latencies = '0,
    localparam int unsigned Entries = Queues * QueueEntries,
    localparam int unsigned IndexBits = (Entries > 1) ? $clog2(Entries) : 1,
    localparam int unsigned TagBits = PlaceBits + 1
) (
    input logic clk_i,
    input logic rst_ni,
    input logic [TimeBits-1:0] now_i,
    input logic [PlaceBits-1:0] head_i,
    input logic wide_waiting_i,

    input logic [Writes-1:0] enter_i,
    input logic [Writes*IndexBits-1:0] enter_at_i,
    input logic [Writes*Operands-1:0] enter_pending_i,
    input logic [Writes*Operands*TagBits-1:0] enter_tag_i,
    input logic [Writes*TimeBits-1:0] enter_ready_at_i,

    input logic [Entries-1:0] waiting_i,  // in use, and held by nothing else than operands
    input logic [Entries*Ports-1:0] entry_ports_i,
    input logic [Entries*PlaceBits-1:0] place_i,
    input logic [Entries-1:0] is_load_i,
    input logic [Entries-1:0] is_store_i,
    input logic [Entries-1:0] is_wide_i,
    input logic [Entries-1:0] is_vector_i,
    input logic [Entries*8-1:0] bank_i,
    input logic [Entries*8-1:0] banks_i,

    output logic [Ports-1:0] started_o,
    output logic [Ports*IndexBits-1:0] start_index_o,
    output logic [Entries-1:0] taken_o,
    // What the entry that starts carries.
    input logic [Ports*PlaceBits-1:0] started_place_i,
    input logic [Ports*LatencyBits-1:0] latency_i,
    input logic [Ports*LatencyBits-1:0] busy_i,
    input logic [Ports*4-1:0] second_latency_i,
    input logic [Ports*32-1:0] delay_i,
    input logic [Ports-1:0] load_i,
    input logic [Ports-1:0] vector_load_i,
    input logic [Ports-1:0] prefetch_i,
    input logic [Ports-1:0] forwarded_i,
    input logic [Ports-1:0] covered_i,
    input logic [Ports*32-1:0] answer_i,
    output logic [Ports*TimeBits-1:0] completed_o,
    output logic [Ports-1:0] waits_memory_o,
    output logic [Ports*TimeBits-1:0] translated_o
);
  logic [Entries-1:0] arrived;
  logic [Ports-1:0] free;
  logic [Ports*TimeBits-1:0] second;

  for (genvar q = 0; q < Queues; q++) begin : gen_queue
    for (genvar e = 0; e < QueueEntries; e++) begin : gen_entry
      if (e < EntriesOf[q*16+:16]) begin : gen_used
        logic [Writes-1:0] enter;
        for (genvar w = 0; w < Writes; w++) begin : gen_write
          assign enter[w] = enter_i[w] && enter_at_i[w*IndexBits+:IndexBits] == IndexBits'(q * QueueEntries + e);
        end
        queue_wake_up #(
            .Queues(1), .QueueEntries(1), .Ports(Ports), .Operands(Operands), .Writes(Writes), .PlaceBits(PlaceBits),
            .TimeBits(TimeBits)
        ) queue_wake_up_i (
            .clk_i, .rst_ni, .now_i, .queues_i(16'd1), .queue_entries_i(16'd1), .ports_i(16'(Ports)),
            .writes_i(16'(Writes)), .enter_i(enter), .enter_at_i('0), .enter_pending_i, .enter_tag_i, .enter_ready_at_i,
            .started_i(started_o), .started_place_i, .completed_i(completed_o), .second_i(second),
            .arrived_o(arrived[q*QueueEntries+e])
        );
      end else begin : gen_unused
        assign arrived[q*QueueEntries+e] = 1'b0;
      end
    end
  end

  port_select #(
      .Queues(Queues), .QueueEntries(QueueEntries), .Ports(Ports), .PlaceBits(PlaceBits), .Banks(Banks), .Fixed(1'b1),
      .PortQueue(PortQueue), .EntriesOf(EntriesOf), .MemoryPorts(MemoryPorts), .Closed(Closed), .Limits(Limits)
  ) port_select_i (
      .ports_i(16'(Ports)), .port_queue_i(PortQueue), .queue_entries_i(EntriesOf), .closed_i(Closed), .limits_i(Limits),
      .place_mask_i('1), .head_i, .wide_waiting_i, .free_i(free), .any_i('1), .may_start_i(arrived & waiting_i),
      .entry_ports_i, .place_i, .is_load_i, .is_store_i, .is_wide_i, .is_vector_i, .bank_i, .banks_i, .started_o,
      .start_index_o, .taken_o, .bank_lost_o()
  );

  for (genvar p = 0; p < Ports; p++) begin : gen_port
    port_pipes #(
        .Ports(1), .TimeBits(TimeBits), .LatencyBits(LatencyBits), .Fixed(1'b1), .MemoryPorts(MemoryPorts[p]),
        .Latencies(Latencies)
    ) port_pipes_i (
        .clk_i, .rst_ni, .now_i, .latencies_i(Latencies), .started_i(started_o[p]),
        .latency_i(latency_i[p*LatencyBits+:LatencyBits]), .busy_i(busy_i[p*LatencyBits+:LatencyBits]),
        .second_latency_i(second_latency_i[p*4+:4]), .delay_i(delay_i[p*32+:32]), .is_load_i(load_i[p]),
        .vector_load_i(vector_load_i[p]), .prefetch_i(prefetch_i[p]), .forwarded_i(forwarded_i[p]),
        .covered_i(covered_i[p]), .answer_i(answer_i[p*32+:32]), .free_o(free[p]),
        .completed_o(completed_o[p*TimeBits+:TimeBits]), .second_o(second[p*TimeBits+:TimeBits]),
        .waits_memory_o(waits_memory_o[p]), .translated_o(translated_o[p*TimeBits+:TimeBits])
    );
  end
endmodule
