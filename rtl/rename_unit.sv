// Rename and dispatch: fused uops leave the uop queue in program order, take window, registers, load and store queue
// entries and issue queue entries, and learn for which values they wait.
`include "assertions.svh"

module rename_unit
  import core_size_pkg::*;
  import core_pkg::*;
(
    input logic clk_i,
    input logic rst_ni,
    input config_t cfg_i,
    input kind_t kind_i[MaxKinds],
    input cycle_t now_i,
    input seq_t head_i,
    input seq_t fetched_i,
    input uop_t uop_i[MaxPlaces],
    input uop_registers_t registers_i[MaxPlaces],
    input cycle_t available_i[MaxPlaces],
    input cycle_t completed_i[MaxPlaces],
    input logic wide_waiting_i,  // a 512-bit uop waited in an issue queue at the start of the cycle

    // Issue of this cycle: a queue entry and its ports are left.
    input logic [MaxPorts-1:0] started_i,
    input logic [MaxPorts-1:0][7:0] started_queue_i,
    /* verilator tracing_off */  // wide, see sentron_core
    input logic [MaxPorts-1:0][MaxPorts-1:0] started_ports_i,
    /* verilator tracing_on */
    // Retirement and commit of this cycle.
    input logic [15:0] retired_fused_i,
    input logic [15:0] retired_loads_i,
    input logic [Classes-1:0][15:0] freed_registers_i,
    input logic [15:0] committed_stores_i,

    output seq_t dispatched_o,
    output seq_t dispatch_end_o,  // after this cycle
    output logic [15:0] fused_o,  // dispatched in this cycle
    output stop_t stop_o,  // why no more were
    output logic [7:0] full_queue_o,  // StopQueue: the first full queue that the uop may go to
    output logic full_queue_valid_o,
    // The uops dispatched in this cycle, in order: uop i is number dispatched_o + i.
    output logic [Operands-1:0] waits_o[MaxDispatchUops],  // operands that have a producer in flight
    output tag_t tag_o[MaxDispatchUops*Operands],
    output ports_t ports_o[MaxDispatchUops],  // none: done at rename
    output logic [7:0] queue_o[MaxDispatchUops],
    output logic [63:0] word_o[MaxDispatchUops],
    output logic [63:0] next_word_o
);
  seq_t dispatched_q;
  logic [15:0] window_fused_q;
  logic [15:0] loads_q, stores_q;
  logic [Classes-1:0][15:0] registers_used_q;
  logic [MaxQueues-1:0][15:0] queue_used_q;
  logic [MaxPorts-1:0][15:0] port_waiting_q;  // uops in issue queues that may use the port
  logic serializing_q;
  seq_t serializing_seq_q;
  logic [63:0] next_word_q;
  name_t previous_q;  // first result of the uop dispatched last
  name_t names_q[Registers];
  name_t names_before_q[Registers];

  seq_t dispatch_end;
  logic [15:0] fused;
  stop_t stop;
  /* verilator tracing_off */  // the next values of the registers above
  logic [15:0] window_fused, loads, stores;
  logic [Classes-1:0][15:0] registers_used;
  logic [MaxQueues-1:0][15:0] queue_used;
  logic [MaxPorts-1:0][15:0] port_waiting;
  logic serializing;
  seq_t serializing_seq;
  logic [63:0] next_word;
  name_t previous;
  name_t names[Registers];
  name_t names_before[Registers];
  /* verilator tracing_on */

  // A value that is still being made; its producer has not retired.
  function automatic logic in_flight(input name_t name, input seq_t head);
    return name.valid && name.seq >= head;
  endfunction

  always_comb begin : dispatch
    logic [15:0] count;  // uops dispatched
    int unsigned length;
    pos_t pos;
    uop_t uop;
    uop_registers_t regs;
    logic [Classes-1:0][15:0] needed;
    logic [15:0] needed_loads, needed_stores;
    logic [MaxQueues-1:0][15:0] used_before;
    logic [MaxPorts-1:0][15:0] waiting_before;
    ports_t allowed, choice, best_ports, closed;
    logic [7:0] best_queue;
    logic [15:0] load, best_load, best_used;
    logic found, all_closed;
    name_t name, first;
    logic done_at_rename;

    choice = '0;
    load = '0;
    done_at_rename = 1'b0;
    name = '0;
    first = '0;
    dispatch_end = dispatched_q;
    fused = '0;
    stop = StopNone;
    count = '0;
    window_fused = window_fused_q;
    loads = loads_q;
    stores = stores_q;
    registers_used = registers_used_q;
    queue_used = queue_used_q;
    port_waiting = port_waiting_q;
    serializing = serializing_q;
    serializing_seq = serializing_seq_q;
    next_word = next_word_q;
    previous = previous_q;
    names = names_q;
    names_before = names_before_q;
    full_queue_o = '0;
    full_queue_valid_o = 1'b0;

    for (int f = 0; f < int'(MaxDispatch); f++) begin
      if (f >= int'(cfg_i.dispatch_width)) break;
      // Available?
      pos = PosW'(dispatch_end) & PosW'(cfg_i.places - 16'd1);
      if (dispatch_end == fetched_i || available_i[pos] > now_i) begin
        stop = StopNotAvailable;
        break;
      end
      // Behind a serialising uop?
      if (serializing && serializing_seq >= head_i && (serializing_seq >= dispatched_q ||
          completed_i[PosW'(serializing_seq) & PosW'(cfg_i.places - 16'd1)] > now_i)) begin
        stop = StopSerializing;
        break;
      end
      serializing = 1'b0;
      if (window_fused >= cfg_i.window_entries) begin
        stop = StopWindow;
        break;
      end
      // What the fused uop needs.
      needed = '0;
      needed_loads = '0;
      needed_stores = '0;
      length = 0;
      for (int k = 0; k < int'(MaxFused); k++) begin
        pos = PosW'(dispatch_end + 48'(k)) & PosW'(cfg_i.places - 16'd1);
        uop = uop_i[pos];
        regs = registers_i[pos];
        length++;
        if (uop.is_load) needed_loads++;
        if (uop.is_store_address) needed_stores++;
        if (!uop.at_rename) begin
          if (uop.destinations >= 2'd1) needed[regs.destination[0][6:5]]++;
          if (uop.destinations >= 2'd2) needed[regs.destination[1][6:5]]++;
        end
        if (uop.last_of_fused) break;
      end
      for (int c = 0; c < int'(Classes); c++) begin
        if (cfg_i.register_limit[c] != 0 && registers_used[c] + needed[c] > cfg_i.register_limit[c]) begin
          stop = StopRegisters;
        end
      end
      if (stop == StopNone && ((needed_loads != 0 && loads + needed_loads > cfg_i.load_queue) ||
          (needed_stores != 0 && stores + needed_stores > cfg_i.store_queue))) begin
        stop = StopLoadStoreQueue;
      end
      if (stop != StopNone) break;
      // A queue and ports for each uop.
      used_before = queue_used;
      waiting_before = port_waiting;
      for (int k = 0; k < int'(MaxFused); k++) begin
        if (k >= int'(length)) break;
        pos = PosW'(dispatch_end + 48'(k)) & PosW'(cfg_i.places - 16'd1);
        uop = uop_i[pos];
        ports_o[DispatchW'(count+16'(k))] = '0;
        queue_o[DispatchW'(count+16'(k))] = '0;
        if (uop.at_rename) continue;
        allowed = uop.wide ? kind_i[uop.kind[KindW-1:0]].ports_wide :
            kind_i[uop.kind[KindW-1:0]].ports;
        closed = wide_waiting_i && uop.is_vector && cfg_i.at_dispatch ? cfg_i.closed : '0;
        all_closed = (allowed & ~closed) == '0;
        if (all_closed) closed = '0;
        found = 1'b0;
        best_ports = '0;
        best_queue = '0;
        best_load = '1;
        best_used = '1;
        if (cfg_i.at_dispatch) begin
          for (int p = 0; p < int'(MaxPorts); p++) begin
            if (p >= int'(cfg_i.ports)) break;
            if (allowed[p] && !closed[p] &&
                queue_used[cfg_i.port_queue[p][QueueW-1:0]] <
                cfg_i.queue_entries[cfg_i.port_queue[p][QueueW-1:0]] &&
                (!found || port_waiting[p] < best_load)) begin
              found = 1'b1;
              best_load = port_waiting[p];
              best_ports = '0;
              best_ports[p] = 1'b1;
              best_queue = cfg_i.port_queue[p];
            end
          end
        end else begin
          for (int q = 0; q < int'(MaxQueues); q++) begin
            if (q >= int'(cfg_i.queues)) break;
            choice = allowed & cfg_i.queue_ports[q];
            if (choice == '0 || queue_used[q] >= cfg_i.queue_entries[q]) continue;
            load = '1;
            for (int p = 0; p < int'(MaxPorts); p++) begin
              if (choice[p] && port_waiting[p] < load) load = port_waiting[p];
            end
            if (!found || load < best_load || (load == best_load && queue_used[q] < best_used)) begin
              found = 1'b1;
              best_load = load;
              best_used = queue_used[q];
              best_ports = choice;
              best_queue = 8'(q);
            end
          end
        end
        if (!found) begin
          stop = StopQueue;
          queue_used = used_before;
          port_waiting = waiting_before;
          // The first full queue among those that it may go to.
          if (cfg_i.at_dispatch) begin
            for (int p = int'(MaxPorts) - 1; p >= 0; p--) begin
              if (allowed[p] && queue_used[cfg_i.port_queue[p][QueueW-1:0]] >=
                  cfg_i.queue_entries[cfg_i.port_queue[p][QueueW-1:0]]) begin
                full_queue_o = cfg_i.port_queue[p];
                full_queue_valid_o = 1'b1;
              end
            end
          end else begin
            for (int q = int'(MaxQueues) - 1; q >= 0; q--) begin
              if ((allowed & cfg_i.queue_ports[q]) != '0 && queue_used[q] >= cfg_i.queue_entries[q]) begin
                full_queue_o = 8'(q);
                full_queue_valid_o = 1'b1;
              end
            end
          end
          break;
        end
        ports_o[DispatchW'(count+16'(k))] = best_ports;
        queue_o[DispatchW'(count+16'(k))] = best_queue;
        queue_used[best_queue[QueueW-1:0]]++;
        for (int p = 0; p < int'(MaxPorts); p++) if (best_ports[p]) port_waiting[p]++;
      end
      if (stop != StopNone) break;
      // It goes: names of its sources and destinations.
      for (int k = 0; k < int'(MaxFused); k++) begin
        if (k >= int'(length)) break;
        pos = PosW'(dispatch_end) & PosW'(cfg_i.places - 16'd1);
        uop = uop_i[pos];
        regs = registers_i[pos];
        done_at_rename = uop.at_rename;
        word_o[DispatchW'(count)] = next_word;
        if (uop.last_of_word) next_word++;
        if (uop.new_context) for (int r = 0; r < int'(Registers); r++) names[r] = '0;
        waits_o[DispatchW'(count)] = '0;
        if (!done_at_rename) begin
          for (int s = 0; s < int'(Sources); s++) begin
            if (s >= int'(uop.sources)) break;
            name = uop.before_word[s] ? names_before[regs.source[s]] : names[regs.source[s]];
            waits_o[DispatchW'(count)][s] = in_flight(name, head_i);
            tag_o[32'(count)*Operands+32'(s)] = '{which: name.which, pos: PosW'(name.seq) & PosW'(cfg_i.places - 16'd1)};
          end
          if (uop.reads_previous) begin
            waits_o[DispatchW'(count)][PreviousOperand] = in_flight(previous, head_i);
            tag_o[32'(count)*Operands+PreviousOperand] =
                '{which: previous.which, pos: PosW'(previous.seq) & PosW'(cfg_i.places - 16'd1)};
          end
          for (int d = 0; d < 2; d++) if (d < int'(uop.destinations)) registers_used[regs.destination[d][6:5]]++;
          if (uop.is_load) loads++;
          if (uop.is_store_address) stores++;
          if (uop.serializes) begin
            serializing = 1'b1;
            serializing_seq = dispatch_end;
          end
        end
        // Done at rename: an other name of its first source's value.
        first = '{valid: 1'b1, which: 1'b0, seq: dispatch_end};
        if (done_at_rename) begin
          first = '0;
          if (uop.sources != 0) begin
            first = uop.before_word[0] ? names_before[regs.source[0]] : names[regs.source[0]];
          end else if (uop.reads_previous) begin
            first = previous;
          end
        end
        for (int d = 0; d < 2; d++) begin
          if (d >= int'(uop.destinations)) break;
          names_before[regs.destination[d]] = names[regs.destination[d]];
          names[regs.destination[d]] = first;
          if (!done_at_rename && d + 1 == int'(uop.destinations) && uop.second_latency != 0) begin
            names[regs.destination[d]] = '{valid: 1'b1, which: 1'b1, seq: dispatch_end};
          end
        end
        previous = first;
        count++;
        dispatch_end++;
      end
      window_fused++;
      fused++;
    end
  end

  assign dispatched_o = dispatched_q;
  assign next_word_o = next_word_q;
  assign dispatch_end_o = dispatch_end;
  assign fused_o = fused;
  assign stop_o = stop;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      dispatched_q <= '0;
      window_fused_q <= '0;
      loads_q <= '0;
      stores_q <= '0;
      registers_used_q <= '0;
      queue_used_q <= '0;
      port_waiting_q <= '0;
      serializing_q <= 1'b0;
      serializing_seq_q <= '0;
      next_word_q <= '0;
      previous_q <= '0;
      names_q <= '{default: '0};
      names_before_q <= '{default: '0};
    end else begin
      dispatched_q <= dispatch_end;
      window_fused_q <= window_fused - retired_fused_i;
      loads_q <= loads - retired_loads_i;
      stores_q <= stores - committed_stores_i;
      serializing_q <= serializing;
      serializing_seq_q <= serializing_seq;
      next_word_q <= next_word;
      previous_q <= previous;
      names_q <= names;
      names_before_q <= names_before;
      for (int c = 0; c < int'(Classes); c++) registers_used_q[c] <= registers_used[c] - freed_registers_i[c];
      for (int q = 0; q < int'(MaxQueues); q++) begin
        logic [15:0] left;
        left = '0;
        for (int p = 0; p < int'(MaxPorts); p++) if (started_i[p] && started_queue_i[p] == 8'(q)) left++;
        `VTPU_ASSERT(rename_unit, queue_credit, left <= queue_used[q], "no queue gives back more entries than it has")
        queue_used_q[q] <= queue_used[q] - left;
      end
      for (int p = 0; p < int'(MaxPorts); p++) begin
        logic [15:0] left;
        left = '0;
        for (int s = 0; s < int'(MaxPorts); s++) if (started_i[s] && started_ports_i[s][p]) left++;
        `VTPU_ASSERT(rename_unit, port_credit, left <= port_waiting[p], "no more uops leave a port than wait for it")
        port_waiting_q[p] <= port_waiting[p] - left;
      end
    end
  end

  // What is counted is what there is room for.
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      `VTPU_ASSERT(rename_unit, window_room, window_fused_q <= cfg_i.window_entries, "the window has room for all in it")
      `VTPU_ASSERT(rename_unit, load_room, loads_q <= cfg_i.load_queue, "the load queue has room for all loads")
      `VTPU_ASSERT(rename_unit, store_room, stores_q <= cfg_i.store_queue, "the store queue has room for all stores")
      `VTPU_ASSERT(rename_unit, window_credit, retired_fused_i <= window_fused, "no more retire than the window holds")
      `VTPU_ASSERT(rename_unit, load_credit, retired_loads_i <= loads, "no more loads retire than the load queue holds")
      `VTPU_ASSERT(rename_unit, store_credit, committed_stores_i <= stores,
                   "no more stores are written than the store queue holds")
      for (int q = 0; q < int'(MaxQueues); q++) begin
        if (q >= int'(cfg_i.queues)) break;
        `VTPU_ASSERT(rename_unit, queue_room, queue_used_q[q] <= cfg_i.queue_entries[q],
                     "an issue queue has room for all in it")
      end
      for (int c = 0; c < int'(Classes); c++) begin
        `VTPU_ASSERT(rename_unit, register_room,
                     cfg_i.register_limit[c] == 0 || registers_used_q[c] <= cfg_i.register_limit[c],
                     "no more registers are taken than there are")
        `VTPU_ASSERT(rename_unit, register_credit, freed_registers_i[c] <= registers_used[c],
                     "no more registers are given back than were taken")
      end
      `VTPU_ASSERT(rename_unit, width, fused <= cfg_i.dispatch_width, "no more are dispatched than the width")
      `VTPU_ASSERT(rename_unit, in_order, head_i <= dispatched_q && dispatch_end <= fetched_i,
                   "only what was fetched is dispatched")
      for (int i = 0; i < int'(MaxDispatchUops); i++) begin
        if (48'(i) >= dispatch_end - dispatched_q) break;
        `VTPU_ASSERT(rename_unit, bound, !cfg_i.at_dispatch || $onehot0(ports_o[i]), "a uop is bound to one port")
        `VTPU_ASSERT(rename_unit, queue_feeds, (ports_o[i] & ~cfg_i.queue_ports[queue_o[i][QueueW-1:0]]) == '0,
                     "a queue feeds the ports of its uops")
      end
    end
  end
endmodule
