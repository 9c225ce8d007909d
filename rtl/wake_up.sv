// When results can be used: a table by place in the ring, and what a uop that is dispatched still has to wait for.
`include "assertions.svh"

module wake_up
  import core_size_pkg::*;
  import core_pkg::*;
(
    input logic clk_i,
    input config_t cfg_i,
    input kind_t kind_i[MaxKinds],
    input cycle_t now_i,

    // The uops dispatched in this cycle, as rename and the store queue see them.
    input seq_t dispatched_i,
    input seq_t dispatch_end_i,
    input uop_t uop_i[MaxPlaces],
    input logic [63:0] address_i[MaxPlaces],
    input logic [7:0] bytes_i[MaxPlaces],
    input logic [31:0] delay_i[MaxPlaces],
    input logic [Operands-1:0] waits_i[MaxDispatchUops],
    input tag_t tag_i[MaxDispatchUops*Operands],
    input ports_t ports_i[MaxDispatchUops],
    input logic [7:0] queue_i[MaxDispatchUops],
    input logic [63:0] word_i[MaxDispatchUops],
    input logic forwarded_i[MaxDispatchUops],
    input logic covered_i[MaxDispatchUops],
    input seq_t blocking_i[MaxDispatchUops],
    input logic waits_store_i[MaxDispatchUops],
    input pos_t store_data_i[MaxDispatchUops],

    // What starts in this cycle.
    input logic [MaxPorts-1:0] started_i,
    input seq_t [MaxPorts-1:0] started_seq_i,
    input cycle_t [MaxPorts-1:0] completed_i,
    /* verilator tracing_off */  // wide, see sentron_core
    input cycle_t [MaxPorts-1:0] second_i,
    /* verilator tracing_on */

    /* verilator tracing_off */  // as in sentron_core
    output entry_t [MaxDispatchUops-1:0] entry_o,
    /* verilator tracing_on */
    output cycle_t completed_o[MaxPlaces]
);
  cycle_t completed_q[MaxPlaces];  // Never: has not started
  cycle_t second_q[MaxPlaces];
  assign completed_o = completed_q;

  always_comb begin : make_entries
    pos_t pos;
    uop_t uop;
    entry_t entry;
    kind_t kind;
    tag_t tag;
    cycle_t usable;
    logic waits;
    logic [63:0] first_bank, last_bank;
    first_bank = '0;
    last_bank = '0;
    entry_o = '0;
    for (int i = 0; i < int'(MaxDispatchUops); i++) begin
      if (48'(i) >= dispatch_end_i - dispatched_i) break;
      pos = PosW'(dispatched_i + 48'(i)) & PosW'(cfg_i.places - 16'd1);
      uop = uop_i[pos];
      kind = kind_i[uop.kind[KindW-1:0]];
      entry = '0;
      entry.valid = !uop.at_rename;
      entry.queue_no = queue_i[i];
      entry.ports = ports_i[i];
      entry.seq = dispatched_i + 48'(i);
      entry.word = word_i[i];
      entry.ready_at = now_i + 48'd1;
      for (int k = 0; k < int'(Operands); k++) begin
        waits = (k == int'(StoreOperand)) ? uop.is_load && forwarded_i[i] && waits_store_i[i] : waits_i[i][k];
        tag = (k == int'(StoreOperand)) ? '{which: 1'b0, pos: store_data_i[i]} : tag_i[i*int'(Operands)+k];
        if (!waits) continue;
        usable = tag.which ? second_q[tag.pos] : completed_q[tag.pos];
        // The producer was dispatched in this cycle or has not started: its time is told when it starts.
        if (usable == Never || dispatched_now(tag.pos, dispatched_i, dispatch_end_i, cfg_i.places)) begin
          entry.pending[k] = 1'b1;
          entry.tag[k] = tag;
        end else if (usable > entry.ready_at) begin
          entry.ready_at = usable;
        end
      end
      entry.latency = uop.wide ? kind.latency_wide : kind.latency;
      entry.busy = uop.wide ? kind.busy_wide : kind.busy;
      entry.delay = delay_i[pos];
      entry.second_latency = uop.second_latency;
      entry.wide = uop.wide;
      entry.is_vector = uop.is_vector;
      entry.serializes = uop.serializes;
      entry.prefetch = uop.prefetch;
      entry.vector_load = uop.vector_load;
      entry.is_load = uop.is_load;
      entry.is_store_address = uop.is_store_address;
      entry.forwarded = uop.is_load && forwarded_i[i];
      entry.covered = covered_i[i];
      entry.blocking = blocking_i[i];
      if (uop.is_load && cfg_i.banks != 0) begin
        first_bank = address_i[pos] / 64'(cfg_i.bank_bytes);
        last_bank = (address_i[pos] + 64'(bytes_i[pos]) - 64'd1) / 64'(cfg_i.bank_bytes);
        entry.bank = 8'(first_bank % 64'(cfg_i.banks));
        entry.banks = (last_bank - first_bank + 64'd1 > 64'(cfg_i.banks)) ? 8'(cfg_i.banks) :
            8'(last_bank - first_bank + 64'd1);
      end
      entry_o[i] = entry;
    end
  end

  function automatic logic dispatched_now(input pos_t pos, input seq_t from, input seq_t to, input logic [15:0] places);
    pos_t distance;
    distance = (pos - PosW'(from)) & PosW'(places - 16'd1);
    return 48'(distance) < to - from;
  endfunction

  always_ff @(posedge clk_i) begin : write
    pos_t pos;
    for (int p = 0; p < int'(MaxPorts); p++) begin
      if (started_i[p]) begin
        pos = PosW'(started_seq_i[p]) & PosW'(cfg_i.places - 16'd1);
        `VTPU_ASSERT(wake_up, starts_once, completed_q[pos] == Never, "a uop starts once")
        `VTPU_ASSERT(wake_up, later, completed_i[p] > now_i && second_i[p] > now_i, "results come after the start")
        completed_q[pos] = completed_i[p];
        second_q[pos] = second_i[p];
      end
    end
    for (int i = 0; i < int'(MaxDispatchUops); i++) begin
      if (48'(i) >= dispatch_end_i - dispatched_i) break;
      pos = PosW'(dispatched_i + 48'(i)) & PosW'(cfg_i.places - 16'd1);
      completed_q[pos] = uop_i[pos].at_rename ? now_i + 48'd1 : Never;
      second_q[pos] = Never;
    end
  end
endmodule
