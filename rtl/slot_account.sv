// Why dispatch slots stay empty: one reason for all that a cycle leaves.
`include "assertions.svh"

module slot_account
  import core_size_pkg::*;
  import core_pkg::*;
(
    input logic clk_i,
    input config_t cfg_i,
    input cycle_t now_i,
    input seq_t head_i,
    input seq_t fetched_i,
    input supply_t last_fetch_i,
    input seq_t dispatched_i,
    input seq_t dispatch_end_i,
    input logic [15:0] fused_i,
    input stop_t stop_i,
    input logic [7:0] full_queue_i,
    input logic full_queue_valid_i,
    input uop_t uop_i[MaxPlaces],
    input cycle_t completed_i[MaxPlaces],
    input logic forwarded_i[MaxDispatchUops],
    input logic covered_i[MaxDispatchUops],

    input logic [MaxPorts-1:0] started_i,
    input seq_t [MaxPorts-1:0] started_seq_i,
    input logic [MaxPorts-1:0] waits_memory_i,
    input cycle_t [MaxPorts-1:0] translated_i,
    input logic [MaxQueues-1:0] oldest_valid_i,
    input logic [MaxQueues-1:0] oldest_ready_i,
    input logic [MaxQueues-1:0] oldest_blocked_i,
    /* verilator tracing_off */  // wide, see sentron_core
    input seq_t [MaxQueues-1:0] oldest_seq_i,
    /* verilator tracing_on */

    output logic [15:0] used_o,   // slots that dispatched
    output logic [15:0] empty_o,  // the others
    output slot_t reason_o
);
  logic waits_memory_q[MaxPlaces];
  cycle_t translated_q[MaxPlaces];

  // The oldest uop of the window that has not completed, and what is known of it.
  logic exists, ready, waiting, blocked, is_load, waits_memory;
  cycle_t translated;

  always_comb begin : find
    seq_t at;
    pos_t pos;
    exists = 1'b0;
    ready = 1'b0;
    waiting = 1'b0;
    blocked = 1'b0;
    is_load = 1'b0;
    waits_memory = 1'b0;
    translated = '0;
    at = head_i;
    pos = '0;
    if (stop_i == StopWindow || stop_i == StopSerializing || stop_i == StopLoadStoreQueue) begin
      for (int i = 0; i < int'(MaxPlaces); i++) begin
        if (at == dispatch_end_i) break;
        pos = PosW'(at) & PosW'(cfg_i.places - 16'd1);
        if (at >= dispatched_i || completed_i[pos] > now_i) begin
          exists = 1'b1;
          break;
        end
        at++;
      end
    end
    if (exists) begin
      is_load = uop_i[pos].is_load;
      if (at >= dispatched_i) begin
        waiting = !uop_i[pos].at_rename;
        blocked = is_load && forwarded_i[DispatchW'(at-dispatched_i)] && !covered_i[DispatchW'(at-dispatched_i)];
      end else begin
        waits_memory = waits_memory_q[pos];
        translated = translated_q[pos];
      end
      for (int q = 0; q < int'(MaxQueues); q++) begin
        if (oldest_valid_i[q] && oldest_seq_i[q] == at) begin
          waiting = 1'b1;
          ready = oldest_ready_i[q];
          blocked = oldest_blocked_i[q];
        end
      end
      for (int p = 0; p < int'(MaxPorts); p++) begin
        if (started_i[p] && started_seq_i[p] == at) begin
          waits_memory = waits_memory_i[p];
          translated = translated_i[p];
        end
      end
    end
  end

  always_comb begin : reason
    reason_o = SlotFrontEnd;
    unique case (stop_i)
      StopNone: reason_o = SlotRetiring;
      StopNotAvailable: begin
        if (dispatch_end_i == fetched_i) begin
          case (last_fetch_i)
            WaitsForMessage: reason_o = SlotMessageWait;
            NoWordsLeft: reason_o = SlotDrained;
            default: reason_o = SlotFrontEnd;
          endcase
        end
      end
      StopSerializing, StopWindow: begin
        if (!exists) reason_o = SlotWindowFull;
        else if (waiting && ready) reason_o = SlotPortConflict;
        else if (waiting && blocked) reason_o = SlotMemory;
        else if (waiting || !is_load) reason_o = SlotOperandWait;
        else if (now_i < translated) reason_o = SlotTranslationMiss;
        else reason_o = waits_memory ? SlotMemory : SlotOperandWait;
      end
      StopRegisters: reason_o = SlotRegistersFull;
      StopLoadStoreQueue: reason_o = waiting && ready ? SlotPortConflict : SlotMemory;
      StopQueue: begin
        reason_o = SlotQueueFull;
        if (full_queue_valid_i && oldest_valid_i[full_queue_i[QueueW-1:0]] &&
            oldest_ready_i[full_queue_i[QueueW-1:0]]) begin
          reason_o = SlotPortConflict;
        end
      end
      default: reason_o = SlotFrontEnd;
    endcase
  end

  assign used_o = fused_i;
  assign empty_o = cfg_i.dispatch_width - fused_i;

  always_ff @(posedge clk_i) begin : remember
    for (int p = 0; p < int'(MaxPorts); p++) begin
      if (started_i[p]) begin
        waits_memory_q[PosW'(started_seq_i[p])&PosW'(cfg_i.places-16'd1)] = waits_memory_i[p];
        translated_q[PosW'(started_seq_i[p])&PosW'(cfg_i.places-16'd1)] = translated_i[p];
      end
    end
    `VTPU_ASSERT(slot_account, all_slots, used_o <= cfg_i.dispatch_width, "no more slots are used than there are")
    `VTPU_ASSERT(slot_account, has_reason, (empty_o != 0) == (reason_o != SlotRetiring), "empty slots have a reason")
  end
endmodule
