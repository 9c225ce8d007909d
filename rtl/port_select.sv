// Every port, in order, takes the oldest ready uop of its queue that may use it and that no port before it took, as long
// as loads, stores and banks of the cycle allow it. Age is the distance of a uop's place in the ring from the oldest one.
//
// Simulation takes the layout at reset (`..._i`), synthesis as parameters (`Fixed`). yosys reads this file, see
// docs/developer/rtl.md.
`include "fixed_loops.svh"

module port_select #(
    parameter int unsigned Queues = 1,
    parameter int unsigned QueueEntries = 8,
    parameter int unsigned Ports = 2,
    parameter int unsigned PlaceBits = 6,
    parameter int unsigned Banks = 1,
    // Of a fixed layout; unused else.
    parameter bit Fixed = 1'b1,
    parameter logic [Ports*8-1:0] PortQueue = '0,
    parameter logic [Queues*16-1:0] EntriesOf = {Queues{16'(QueueEntries)}},
    parameter logic [Ports-1:0] MemoryPorts = '0,  // may take loads or store addresses
    parameter logic [Ports-1:0] Closed = '0,
    parameter logic [111:0] Limits = {7{16'd1}},  // as limits_i
    localparam int unsigned Entries = Queues * QueueEntries,
    localparam int unsigned IndexBits = (Entries > 1) ? $clog2(Entries) : 1,
    localparam int unsigned QueueBits = (Queues > 1) ? $clog2(Queues) : 1
) (
    /* verilator tracing_off */  // the layout is traced once, in sentron_core; the queues' places not at all
    input logic [15:0] ports_i,
    input logic [Ports*8-1:0] port_queue_i,
    input logic [Queues*16-1:0] queue_entries_i,
    input logic [Ports-1:0] closed_i,
    // From the lowest: loads, wide loads, stores, wide stores, both together, banks (0: any number), reads of a bank.
    input logic [111:0] limits_i,
    input logic [PlaceBits-1:0] place_mask_i,

    input logic [PlaceBits-1:0] head_i,  // place of the oldest uop
    input logic wide_waiting_i,          // a 512-bit uop waits: ports are closed to vector uops
    input logic [Ports-1:0] free_i,
    input logic [Queues-1:0] any_i,      // simulation: an entry of the queue may start
    // Entries of queues.
    input logic [Entries-1:0] may_start_i,
    input logic [Entries*Ports-1:0] entry_ports_i,
    input logic [Entries*PlaceBits-1:0] place_i,
    input logic [Entries-1:0] is_load_i,
    input logic [Entries-1:0] is_store_i,
    input logic [Entries-1:0] is_wide_i,
    input logic [Entries-1:0] is_vector_i,
    input logic [Entries*8-1:0] bank_i,   // the first that is read
    input logic [Entries*8-1:0] banks_i,  // how many
    /* verilator tracing_on */

    output logic [Ports-1:0] started_o,
    /* verilator tracing_off */
    output logic [Ports*IndexBits-1:0] start_index_o,
    output logic [Entries-1:0] taken_o,     // entries that start
    output logic [Entries-1:0] bank_lost_o  // loads that found a bank read too often
    /* verilator tracing_on */
);
  logic [Ports-1:0] closed;
  logic [111:0] limits;
  assign closed = Fixed ? Closed : closed_i;
  assign limits = Fixed ? Limits : limits_i;

  always_comb begin : choose
    logic [15:0] loads, wide_loads, stores, wide_stores;
    logic [Banks*8-1:0] bank_reads;
    logic [Banks-1:0] reads;  // banks that the load reads
    logic found, may, load_may, wide_load_may, store_may, wide_store_may, bank_full;
    logic [IndexBits-1:0] best;
    logic [PlaceBits-1:0] order, best_order;
    logic [7:0] distance;
    loads = '0;
    wide_loads = '0;
    stores = '0;
    wide_stores = '0;
    bank_reads = '0;
    reads = '0;
    found = 1'b0;
    may = 1'b0;
    load_may = 1'b0;
    wide_load_may = 1'b0;
    store_may = 1'b0;
    wide_store_may = 1'b0;
    bank_full = 1'b0;
    best = '0;
    order = '0;
    best_order = '0;
    distance = '0;
    started_o = '0;
    start_index_o = '0;
    taken_o = '0;
    bank_lost_o = '0;
    for (int unsigned p = 0; p < Ports; p++) begin
      `VTPU_UP_TO(p < 32'(ports_i)) begin
        found = 1'b0;
        best = '0;
        best_order = '0;
        if (free_i[p] && (Fixed || any_i[QueueBits'(port_queue_i[p*8+:8])])) begin
          load_may = loads < limits[0+:16] && loads + stores < limits[64+:16];
          wide_load_may = wide_loads < limits[16+:16];
          store_may = stores < limits[32+:16] && loads + stores < limits[64+:16];
          wide_store_may = wide_stores < limits[48+:16];
          for (int unsigned x = (Fixed ? 32'(PortQueue[p*8+:8]) : 32'(port_queue_i[p*8+:8])) * QueueEntries;
               x < (Fixed ? 32'(PortQueue[p*8+:8]) : 32'(port_queue_i[p*8+:8])) * QueueEntries +
                   (Fixed ? 32'(EntriesOf[PortQueue[p*8+:8]*16+:16]) : 32'(queue_entries_i[port_queue_i[p*8+:8]*16+:16]));
               x++) begin
            if (may_start_i[x] && !taken_o[x] && entry_ports_i[x*Ports+p]) begin
              order = place_i[x*PlaceBits+:PlaceBits] - head_i;
              if (!Fixed) order = order & place_mask_i;
              may = !found || order < best_order;
              if (wide_waiting_i && is_vector_i[x] && closed[p] && (entry_ports_i[x*Ports+:Ports] & ~closed) != '0) begin
                may = 1'b0;
              end
              if (!Fixed || MemoryPorts[p]) begin
                if (is_load_i[x] && (!load_may || bank_lost_o[x] || (is_wide_i[x] && !wide_load_may))) may = 1'b0;
                if (is_store_i[x] && (!store_may || (is_wide_i[x] && !wide_store_may))) may = 1'b0;
              end
              if (may) begin
                found = 1'b1;
                best = IndexBits'(x);
                best_order = order;
              end
            end
          end
        end
        if (found && (!Fixed || MemoryPorts[p])) begin
          if (is_load_i[best] && banks_i[32'(best)*8+:8] != '0 && limits[80+:16] != '0) begin
            bank_full = 1'b0;
            reads = '0;
            for (int unsigned b = 0; b < Banks; b++) begin
              `VTPU_UP_TO(b < 32'(limits[80+:16])) begin
                distance = 8'(b) - bank_i[32'(best)*8+:8];
                if (8'(b) < bank_i[32'(best)*8+:8]) distance = distance + limits[80+:8];
                reads[b] = distance < banks_i[32'(best)*8+:8];
                if (reads[b] && 16'(bank_reads[b*8+:8]) >= limits[96+:16]) bank_full = 1'b1;
              end
            end
            if (bank_full) begin
              bank_lost_o[best] = 1'b1;
              found = 1'b0;
            end else begin
              for (int unsigned b = 0; b < Banks; b++) begin
                `VTPU_UP_TO(b < 32'(limits[80+:16])) begin
                  if (reads[b]) bank_reads[b*8+:8] = bank_reads[b*8+:8] + 8'd1;
                end
              end
            end
          end
          if (found && is_load_i[best]) begin
            loads = loads + 16'd1;
            if (is_wide_i[best]) wide_loads = wide_loads + 16'd1;
          end
          if (found && is_store_i[best]) begin
            stores = stores + 16'd1;
            if (is_wide_i[best]) wide_stores = wide_stores + 16'd1;
          end
        end
        if (found) begin
          started_o[p] = 1'b1;
          start_index_o[p*IndexBits+:IndexBits] = best;
          taken_o[best] = 1'b1;
        end
      end
    end
  end
endmodule
