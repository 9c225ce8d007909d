// The pipes behind the ports: when what a port starts has completed, and when the port is free again. A load's time is the
// memory's answer. yosys reads this file, see docs/developer/rtl.md.
module port_pipes #(
    parameter int unsigned Ports = 1,
    parameter int unsigned TimeBits = 8,     // of times
    parameter int unsigned LatencyBits = 8,  // of latencies of uops
    parameter bit Fixed = 1'b1,
    parameter logic [Ports-1:0] MemoryPorts = '0,  // of a fixed layout: may take loads or store addresses
    parameter logic [63:0] Latencies = '0          // as latencies_i
) (
    input logic clk_i,
    input logic rst_ni,
    input logic [TimeBits-1:0] now_i,
    /* verilator tracing_off */  // the layout is traced once, in sentron_core
    // From the lowest: a hit in L1, of a vector; a load that takes all its data from an older store, a part of them.
    input logic [63:0] latencies_i,
    /* verilator tracing_on */

    // What starts.
    input logic [Ports-1:0] started_i,
    /* verilator tracing_off */  // of all ports in one vector: the layout's numbers
    input logic [Ports*LatencyBits-1:0] latency_i,
    input logic [Ports*LatencyBits-1:0] busy_i,
    input logic [Ports*4-1:0] second_latency_i,  // 0: the second result comes with the first
    input logic [Ports*32-1:0] delay_i,          // of the translation
    /* verilator tracing_on */
    input logic [Ports-1:0] is_load_i,
    input logic [Ports-1:0] vector_load_i,
    input logic [Ports-1:0] prefetch_i,
    input logic [Ports-1:0] forwarded_i,
    input logic [Ports-1:0] covered_i,
    input logic [Ports*32-1:0] answer_i,  // latency of the load

    output logic [Ports-1:0] free_o,
    /* verilator tracing_off */  // traced once, in issue_unit
    output logic [Ports*TimeBits-1:0] completed_o,
    output logic [Ports*TimeBits-1:0] second_o,
    /* verilator tracing_on */
    output logic [Ports-1:0] waits_memory_o,           // a load that takes longer than a hit in L1
    output logic [Ports*TimeBits-1:0] translated_o     // 0, or until when the translation is the reason to wait
);
  logic [63:0] latencies;
  assign latencies = Fixed ? Latencies : latencies_i;

  logic [Ports-1:0] held_q;
  logic [Ports*LatencyBits-1:0] left_q;  // cycles that the port is still held after this one
  assign free_o = ~held_q;

  always_comb begin : complete
    logic [31:0] access;
    logic [TimeBits-1:0] completed;
    access = '0;
    completed = '0;
    completed_o = '0;
    second_o = '0;
    waits_memory_o = '0;
    translated_o = '0;
    for (int unsigned p = 0; p < Ports; p++) begin
      if (started_i[p]) begin
        completed = now_i + TimeBits'(latency_i[p*LatencyBits+:LatencyBits]);
        if (!Fixed || MemoryPorts[p]) begin
          completed = completed + TimeBits'(delay_i[p*32+:32]);
          if (is_load_i[p]) begin
            if (prefetch_i[p]) access = 32'(latencies[0+:16]);
            else if (forwarded_i[p]) access = covered_i[p] ? 32'(latencies[32+:16]) : 32'(latencies[48+:16]);
            else access = answer_i[p*32+:32];
            completed = completed - TimeBits'(1) + TimeBits'(access);
            if (!prefetch_i[p]) begin
              waits_memory_o[p] =
                  forwarded_i[p] || access > (vector_load_i[p] ? 32'(latencies[16+:16]) : 32'(latencies[0+:16]));
            end
            if (delay_i[p*32+:32] != '0) translated_o[p*TimeBits+:TimeBits] = now_i + TimeBits'(delay_i[p*32+:32]);
          end
        end
        completed_o[p*TimeBits+:TimeBits] = completed;
        second_o[p*TimeBits+:TimeBits] =
            (second_latency_i[p*4+:4] != '0) ? now_i + TimeBits'(second_latency_i[p*4+:4]) : completed;
      end
    end
  end

  always_ff @(posedge clk_i) begin : hold
    for (int unsigned p = 0; p < Ports; p++) begin
      if (!rst_ni) begin
        held_q[p] <= 1'b0;
      end else if (started_i[p]) begin
        held_q[p] <= busy_i[p*LatencyBits+:LatencyBits] > LatencyBits'(1);
        left_q[p*LatencyBits+:LatencyBits] <= busy_i[p*LatencyBits+:LatencyBits] - LatencyBits'(2);
      end else if (held_q[p]) begin
        held_q[p] <= left_q[p*LatencyBits+:LatencyBits] != '0;
        left_q[p*LatencyBits+:LatencyBits] <= left_q[p*LatencyBits+:LatencyBits] - LatencyBits'(1);
      end
    end
  end
endmodule
