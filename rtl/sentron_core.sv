// A core that executes sentron instruction words, in the cycles of docs/core_contract.md. Its layout is loaded at reset.
// Words, the latencies of memory accesses and the room for writes come from outside within the cycle.
module sentron_core
  import core_size_pkg::*;
  import core_pkg::*;
(
    input logic clk_i,
    input logic rst_ni,  // held low while the layout is loaded
    input config_t cfg_i,
    input kind_t kind_i[MaxKinds],
    input logic [31:0] sentrons_i,  // of the program
    output cycle_t now_o,

    // Words: asked for one after the other, given in the same cycle.
    output logic want_word_o,
    output logic idle_o,
    input logic [7:0] words_i,
    input supply_t supply_i,
    input logic [2:0][63:0] word_i[MaxWords],  // the slots D, S, C
    input part_t word_part_i[MaxWords],
    input logic [MaxWords-1:0] word_new_context_i,  // the first of an other sentron
    input logic [63:0] word_address_i[MaxWords],  // of the S operation's access
    input logic [7:0] word_bytes_i[MaxWords],
    input page_t word_page_i[MaxWords],
    input logic [MaxWords-1:0] word_steps_i,  // the next word; otherwise the rest of the one before
    input logic [5:0] word_ends_i[MaxWords],  // loops that end at it (loop_unit)
    input logic [5:0] word_depth_i[MaxWords],
    output word_index_t next_word_o,  // that the program asks for
    input logic [63:0] word_immediate_i[MaxWords],
    input coordinate_t word_coordinate_i[MaxWords],
    input logic [MaxWords-1:0] word_credit_i,    // for the CSEND of the word
    input logic [MaxWords-1:0] word_receives_i,  // a message for the CRECV of the word
    input message_t word_message_i[MaxWords],

    input logic [MaxWords-1:0] word_faults_i,   // has no effect, and stops its sentron
    input logic [MaxWords-1:0] word_no_page_i,  // memory has none left for it

    // The first word given in this cycle is of an other sentron (its registers: value_file); its group gives a value.
    input logic load_context_i,
    input logic given_i,
    input value_t given_value_i,

    // Packets for the fabric, one after the other, and how many it has taken in this cycle (message_port).
    input logic [7:0] packets_taken_i,
    output logic packet_valid_o,
    output packet_kind_t packet_kind_o,
    output logic [31:0] packet_peer_o,
    output logic [63:0] packet_asks_o,
    /* verilator tracing_off */  // wide, and of use in a few cycles only
    output value_t packet_payload_o,
    /* verilator tracing_on */

    // Loads and prefetches that start, by port; the answer is a load's latency.
    output logic [MaxPorts-1:0] asks_memory_o,
    output logic [MaxPorts-1:0] asks_prefetch_o,
    output logic [63:0] port_address_o[MaxPorts],
    output logic [7:0] port_bytes_o[MaxPorts],
    output logic [MaxPorts-1:0] port_vector_o,
    input logic [MaxPorts-1:0][31:0] answer_i,
    // The cells that the operations which start name, and what loads find there that take it from memory.
    output logic [MaxPorts-1:0] accesses_o,
    /* verilator tracing_off */  // wide, and of use in a few cycles only
    output coordinate_t [MaxPorts-1:0] port_coordinate_o,
    /* verilator tracing_on */
    output logic [MaxPorts-1:0] loads_o,
    output logic [MaxPorts-1:0] forwards_o,  // loads that take it from the store queue
    /* verilator tracing_off */  // wide, and of use in a few cycles only
    input value_t [MaxPorts-1:0] cell_i,
    /* verilator tracing_on */
    // Lines of the stores that retire.
    output logic [15:0] own_o,
    output logic [63:0] own_address_o[MaxRetireUops],
    output logic [7:0] own_bytes_o[MaxRetireUops],
    // Stores that would be written, one after the other, and the answers so far.
    output logic commit_valid_o,
    output logic [63:0] commit_address_o,
    output logic [7:0] commit_bytes_o,
    input logic [7:0] commit_answers_i,
    input logic [MaxCommits-1:0] commit_answer_i,

    // What the word that stopped the sentron faults with, when all before it has retired.
    output logic fault_valid_o,
    output fault_t fault_o,

    // Events of the cycle. Uops have the numbers head, head + 1, ... in program order.
    output logic [MaxPorts-1:0] started_o,
    output seq_t [MaxPorts-1:0] started_seq_o,
    /* verilator tracing_off */  // wide, see sentron_core
    output cycle_t [MaxPorts-1:0] completed_o,
    /* verilator tracing_on */
    output seq_t head_o,
    output seq_t head_end_o,
    output seq_t dispatched_o,
    output seq_t dispatch_end_o,
    output seq_t fetched_o,
    output seq_t fetch_end_o,
    output logic [15:0] retired_fused_o,
    output logic [7:0] dispatched_queue_o[MaxDispatchUops],
    output logic [15:0] slots_used_o,
    output logic [15:0] slots_empty_o,
    output slot_t slot_reason_o
);
  config_t cfg;
  kind_t kinds[MaxKinds];
  cycle_t now_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      cfg <= cfg_i;
      kinds <= kind_i;
      now_q <= '0;
    end else begin
      now_q <= now_q + 48'd1;
    end
  end
  assign now_o = now_q;

  seq_t head, head_end, dispatched, dispatch_end, fetched, fetch_end, store_head, store_retired;
  supply_t last_fetch;
  uop_t uop[MaxPlaces];
  uop_registers_t registers[MaxPlaces];
  logic [63:0] address[MaxPlaces];
  logic [7:0] bytes[MaxPlaces];
  logic [31:0] delay[MaxPlaces];
  cycle_t available[MaxPlaces];
  cycle_t completed[MaxPlaces];

  logic [15:0] fused, retired_fused, retired_loads, retired_stores, committed_stores;
  logic [Classes-1:0][15:0] freed_registers;
  stop_t stop;
  logic [7:0] full_queue;
  logic full_queue_valid;
  logic [Operands-1:0] waits[MaxDispatchUops];
  tag_t tag[MaxDispatchUops*Operands];
  ports_t ports[MaxDispatchUops];
  logic [7:0] queue[MaxDispatchUops];
  logic [63:0] word[MaxDispatchUops];
  /* verilator tracing_off */  // wide
  work_t [MaxPorts-1:0] port_work;
  message_t [MaxPorts-1:0] port_message;
  value_t [MaxPorts-1:0] port_forwarded;
  value_t leaving_value;
  logic [MaxPorts-1:0][63:0] port_slot;
  value_t [MaxPorts-1:0] port_a;
  value_t [MaxPorts-1:0] port_b;
  value_t [MaxPorts-1:0] port_c;
  value_t [MaxPorts-1:0] port_cell;
  value_t [MaxPorts-1:0] port_result;
  value_t [MaxPorts-1:0] port_loaded;
  /* verilator tracing_on */
  coordinate_t [MaxPorts-1:0] port_stepped;
  word_place_t word_place[MaxWords];
  logic [MaxPorts-1:0] port_computes, port_loads, port_whole, port_accesses, port_steps, port_receives, port_forwards;
  word_place_t [MaxPorts-1:0] port_word;
  register_t given_register;
  logic [7:0] leaving;
  logic [MaxRetire-1:0][7:0] leaving_op;
  logic [63:0] leaving_slot;
  logic [31:0] leaving_peer;
  logic acquires;
  register_t coordinate_register, step_register, peer_register;
  coordinate_t fault_coordinate;
  logic [63:0] fault_step, fault_peer;
  logic [MaxPorts-1:0] out_of_range;
  logic [63:0] next_word, open_word;
  logic forwarded[MaxDispatchUops];
  logic covered[MaxDispatchUops];
  seq_t blocking[MaxDispatchUops];
  logic waits_store[MaxDispatchUops];
  pos_t store_data[MaxDispatchUops];
  /* verilator tracing_off */  // 53888 bits that change in every cycle would be three quarters of a trace
  entry_t [MaxDispatchUops-1:0] entries;
  /* verilator tracing_on */
  seq_t oldest_end;

  logic wide_waiting, stores_wait;
  logic [MaxPorts-1:0] started;
  seq_t [MaxPorts-1:0] started_seq;
  logic [MaxPorts-1:0][7:0] started_queue;
  /* verilator tracing_off */  // wide, and of use to the units only
  logic [MaxPorts-1:0][MaxPorts-1:0] started_ports;
  cycle_t [MaxPorts-1:0] port_second;
  seq_t [MaxQueues-1:0] oldest_seq;
  /* verilator tracing_on */
  cycle_t [MaxPorts-1:0] port_completed, port_translated;
  logic [MaxPorts-1:0] port_waits_memory;
  logic [MaxQueues-1:0] oldest_valid, oldest_ready, oldest_blocked;

  logic [7:0] word_uops[MaxWords];
  uop_t word_uop[MaxWords*MaxWordUops];
  uop_registers_t word_registers[MaxWords*MaxWordUops];
  logic [31:0] word_delay[MaxWords];

  siw_decoder siw_decoder_i (
      .cfg_i(cfg), .kind_i(kinds), .words_i, .word_i, .part_i(word_part_i),
      .new_context_i(word_new_context_i), .uops_o(word_uops), .uop_o(word_uop), .registers_o(word_registers)
  );

  translation_cache translation_cache_i (
      .clk_i, .rst_ni, .cfg_i(cfg), .words_i, .bytes_i(word_bytes_i), .page_i(word_page_i), .delay_o(word_delay)
  );

  front_end front_end_i (
      .clk_i, .rst_ni, .cfg_i(cfg), .now_i(now_q), .head_i(head), .dispatched_fused_i(fused),
      .words_i, .supply_i, .word_uops_i(word_uops), .word_uop_i(word_uop), .word_registers_i(word_registers),
      .word_address_i, .word_bytes_i, .word_delay_i(word_delay), .word_part_i,
      .word_place_o(word_place),
      .want_word_o, .idle_o, .fetched_o(fetched), .fetch_end_o(fetch_end), .last_fetch_o(last_fetch),
      .uop_o(uop), .registers_o(registers), .address_o(address), .bytes_o(bytes), .delay_o(delay),
      .available_o(available)
  );

  rename_unit rename_unit_i (
      .clk_i, .rst_ni, .cfg_i(cfg), .kind_i(kinds), .now_i(now_q), .head_i(head), .fetched_i(fetched),
      .uop_i(uop), .registers_i(registers), .available_i(available), .completed_i(completed),
      .wide_waiting_i(wide_waiting), .started_i(started), .started_queue_i(started_queue),
      .started_ports_i(started_ports), .retired_fused_i(retired_fused), .retired_loads_i(retired_loads),
      .freed_registers_i(freed_registers), .committed_stores_i(committed_stores),
      .dispatched_o(dispatched), .dispatch_end_o(dispatch_end), .fused_o(fused), .stop_o(stop),
      .full_queue_o(full_queue), .full_queue_valid_o(full_queue_valid), .waits_o(waits), .tag_o(tag),
      .ports_o(ports), .queue_o(queue), .word_o(word), .next_word_o(next_word)
  );

  load_store_unit load_store_unit_i (
      .clk_i, .rst_ni, .cfg_i(cfg), .head_i(head), .dispatched_i(dispatched), .dispatch_end_i(dispatch_end),
      .uop_i(uop), .address_i(address), .bytes_i(bytes), .forwarded_o(forwarded), .covered_o(covered),
      .blocking_o(blocking), .waits_o(waits_store), .data_o(store_data), .retired_stores_i(retired_stores),
      .own_address_o, .own_bytes_o, .answers_i(commit_answers_i), .answer_i(commit_answer_i), .commit_valid_o,
      .commit_address_o, .commit_bytes_o, .committed_o(committed_stores), .store_head_o(store_head),
      .store_retired_o(store_retired), .retired_stores_o(stores_wait)
  );

  wake_up wake_up_i (
      .clk_i, .cfg_i(cfg), .kind_i(kinds), .now_i(now_q), .dispatched_i(dispatched), .dispatch_end_i(dispatch_end),
      .uop_i(uop), .address_i(address), .bytes_i(bytes), .delay_i(delay), .waits_i(waits), .tag_i(tag),
      .ports_i(ports), .queue_i(queue), .word_i(word), .forwarded_i(forwarded), .covered_i(covered),
      .blocking_i(blocking), .waits_store_i(waits_store), .store_data_i(store_data), .started_i(started),
      .started_seq_i(started_seq), .completed_i(port_completed), .second_i(port_second), .entry_o(entries),
      .completed_o(completed)
  );

  word_order word_order_i (
      .clk_i, .cfg_i(cfg), .head_i(head), .dispatched_i(dispatched), .dispatch_end_i(dispatch_end),
      .next_word_i(next_word), .word_i(word), .completed_i(completed), .open_word_o(open_word)
  );

  // The last uop of the oldest fused uop in the window.
  always_comb begin : find_oldest_end
    oldest_end = head;
    for (int k = 0; k < int'(MaxFused); k++) begin
      if (uop[PosW'(oldest_end)&PosW'(cfg.places-16'd1)].last_of_fused) break;
      oldest_end++;
    end
  end

  issue_unit issue_unit_i (
      .clk_i, .rst_ni, .cfg_i(cfg), .now_i(now_q), .head_i(head), .open_word_i(open_word),
      .new_uops_i(16'(dispatch_end - dispatched)), .new_i(entries), .store_head_i(store_head),
      .retired_stores_i(stores_wait), .oldest_end_i(oldest_end), .answer_i, .wide_waiting_o(wide_waiting),
      .started_o(started), .started_seq_o(started_seq), .started_queue_o(started_queue),
      .started_ports_o(started_ports), .completed_o(port_completed), .second_o(port_second), .asks_memory_o,
      .asks_prefetch_o, .waits_memory_o(port_waits_memory), .translated_o(port_translated),
      .oldest_valid_o(oldest_valid), .oldest_ready_o(oldest_ready), .oldest_blocked_o(oldest_blocked),
      .oldest_seq_o(oldest_seq)
  );

  retire_unit retire_unit_i (
      .clk_i, .rst_ni, .cfg_i(cfg), .now_i(now_q), .dispatched_i(dispatched), .uop_i(uop), .registers_i(registers),
      .completed_i(completed), .head_o(head), .head_end_o(head_end), .fused_o(retired_fused),
      .loads_o(retired_loads), .stores_o(retired_stores), .freed_registers_o(freed_registers)
  );

  slot_account slot_account_i (
      .clk_i, .cfg_i(cfg), .now_i(now_q), .head_i(head), .fetched_i(fetched), .last_fetch_i(last_fetch),
      .dispatched_i(dispatched), .dispatch_end_i(dispatch_end), .fused_i(fused), .stop_i(stop),
      .full_queue_i(full_queue), .full_queue_valid_i(full_queue_valid), .uop_i(uop), .completed_i(completed),
      .forwarded_i(forwarded), .covered_i(covered), .started_i(started), .started_seq_i(started_seq),
      .waits_memory_i(port_waits_memory), .translated_i(port_translated), .oldest_valid_i(oldest_valid),
      .oldest_ready_i(oldest_ready), .oldest_blocked_i(oldest_blocked), .oldest_seq_i(oldest_seq),
      .used_o(slots_used_o), .empty_o(slots_empty_o), .reason_o(slot_reason_o)
  );

  loop_unit loop_unit_i (
      .clk_i, .rst_ni, .load_context_i, .words_i, .word_steps_i, .word_ends_i, .word_depth_i, .next_o(next_word_o)
  );

  value_file value_file_i (
      .clk_i, .cfg_i(cfg), .uop_i(uop), .registers_i(registers), .words_i, .word_place_i(word_place), .word_i,
      .word_immediate_i, .word_coordinate_i, .load_context_i, .given_i,
      .given_register_i(given_register), .given_value_i, .dispatched_i(dispatched), .dispatch_end_i(dispatch_end), .started_i(started),
      .started_seq_i(started_seq), .head_i(head), .head_end_i(head_end), .packets_taken_i, .leaving_o(leaving),
      .leaving_op_o(leaving_op), .leaving_slot_o(leaving_slot), .leaving_value_o(leaving_value),
      .leaving_peer_o(leaving_peer), .raises_i(fault_valid_o), .coordinate_register_i(coordinate_register),
      .step_register_i(step_register), .peer_register_i(peer_register), .coordinate_o(fault_coordinate),
      .step_o(fault_step), .peer_o(fault_peer), .computes_o(port_computes),
      .loads_o(port_loads), .whole_o(port_whole), .accesses_o(port_accesses), .steps_o(port_steps), .a_o(port_a), .b_o(port_b), .c_o(port_c),
      .work_o(port_work), .receives_o(port_receives), .word_place_o(port_word), .cell_o(port_cell), .result_i(port_result), .loaded_i(port_loaded), .stepped_i(port_stepped)
  );

  message_port message_port_i (
      .clk_i, .rst_ni, .cfg_i(cfg), .idle_i(idle_o), .words_i, .word_place_i(word_place), .word_i, .word_part_i,
      .word_credit_i, .word_receives_i, .word_message_i, .given_i, .given_register_o(given_register),
      .acquires_o(acquires), .receives_i(port_receives), .receive_word_i(port_word), .message_o(port_message),
      .leaving_i(leaving), .leaving_op_i(leaving_op), .leaving_slot_i(leaving_slot), .leaving_value_i(leaving_value),
      .leaving_peer_i(leaving_peer), .packets_taken_i, .packet_valid_o, .packet_kind_o, .packet_peer_o, .packet_asks_o,
      .packet_payload_o
  );

  fault_unit fault_unit_i (
      .clk_i, .rst_ni, .sentrons_i, .idle_i(idle_o), .words_i, .word_i, .word_immediate_i, .word_faults_i,
      .word_no_page_i, .coordinate_register_o(coordinate_register), .step_register_o(step_register),
      .peer_register_o(peer_register), .coordinate_i(fault_coordinate), .step_i(fault_step), .peer_i(fault_peer),
      .out_of_range_i(out_of_range), .raises_o(fault_valid_o), .fault_o
  );

  execution_unit execution_unit_i (
      .ports_i(cfg.ports), .computes_i(port_computes), .accesses_i(port_accesses), .steps_i(port_steps),
      .work_i(port_work), .a_i(port_a), .b_i(port_b), .c_i(port_c), .cell_i(port_cell), .message_i(port_message),
      .result_o(port_result), .access_o(port_coordinate_o), .stepped_o(port_stepped),
      .out_of_range_o(out_of_range)
  );

  store_data store_data_i (
      .clk_i, .rst_ni, .cfg_i(cfg), .uop_i(uop), .dispatched_i(dispatched), .dispatch_end_i(dispatch_end),
      .forwarded_i(forwarded), .covered_i(covered), .store_i(blocking), .store_head_i(store_head),
      .store_retired_i(store_retired), .acquires_i(acquires), .started_i(started), .started_seq_i(started_seq),
      .loads_i(port_loads), .result_i(port_result), .forwards_o(port_forwards), .cell_o(port_forwarded)
  );

  load_unit load_unit_i (
      .ports_i(cfg.ports), .valid_i(port_loads), .whole_i(port_whole), .slot_i(port_slot), .key_i(port_b), .cell_i,
      .forwards_i(port_forwards), .forwarded_i(port_forwarded), .value_o(port_loaded)
  );
  always_comb begin : slots
    `FOR_PORTS(p, cfg.ports) if (port_loads[p]) port_slot[p] = port_work[p].slot;
  end
  assign accesses_o = port_accesses;
  assign loads_o = port_loads & ~port_forwards;
  assign forwards_o = port_forwards;

  always_comb begin : memory_requests
    port_vector_o = '0;
    for (int p = 0; p < int'(MaxPorts); p++) begin
      port_address_o[p] = address[PosW'(started_seq[p])&PosW'(cfg.places-16'd1)];
      port_bytes_o[p] = bytes[PosW'(started_seq[p])&PosW'(cfg.places-16'd1)];
      port_vector_o[p] = uop[PosW'(started_seq[p])&PosW'(cfg.places-16'd1)].vector_load;
    end
  end

  assign own_o = retired_stores;
  assign started_o = started;
  assign started_seq_o = started_seq;
  assign completed_o = port_completed;
  assign head_o = head;
  assign head_end_o = head_end;
  assign dispatched_o = dispatched;
  assign dispatch_end_o = dispatch_end;
  assign fetched_o = fetched;
  assign fetch_end_o = fetch_end;
  assign retired_fused_o = retired_fused;
  assign dispatched_queue_o = queue;
endmodule
