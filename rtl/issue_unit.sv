// Wake-up in the queues, and issue: ready uops meet free ports. Every port, in order, starts the oldest ready uop that
// may use it; who loses all its ports to older uops has a conflict.

`include "assertions.svh"

module issue_unit
  import core_size_pkg::*;
  import core_pkg::*;
(
    input logic clk_i,
    input logic rst_ni,
    input config_t cfg_i,
    input cycle_t now_i,
    input seq_t head_i,
    input logic [63:0] open_word_i,  // in-order cores: the word that may issue

    // Uops that enter queues in this cycle.
    input logic [15:0] new_uops_i,
    /* verilator tracing_off */  // as in sentron_core
    input entry_t [MaxDispatchUops-1:0] new_i,
    /* verilator tracing_on */

    // What the load and store unit knows.
    input seq_t store_head_i,
    input logic retired_stores_i,  // a retired store waits for its commit
    input seq_t oldest_end_i,  // the last uop of the oldest fused uop in the window
    input logic [MaxPorts-1:0][31:0] answer_i,  // latency of the load that the port starts

    output logic wide_waiting_o,  // a 512-bit uop waited in a queue at the start of the cycle
    output logic [MaxPorts-1:0] started_o,
    /* verilator tracing_off */  // traced once, above
    output seq_t [MaxPorts-1:0] started_seq_o,
    /* verilator tracing_on */
    output logic [MaxPorts-1:0][7:0] started_queue_o,
    /* verilator tracing_off */  // traced once, above
    output logic [MaxPorts-1:0][MaxPorts-1:0] started_ports_o,
    output cycle_t [MaxPorts-1:0] completed_o,
    output cycle_t [MaxPorts-1:0] second_o,  // when the second result can be used
    /* verilator tracing_on */
    output logic [MaxPorts-1:0] asks_memory_o,  // the port starts a load that needs an answer
    output logic [MaxPorts-1:0] asks_prefetch_o,  // asks for a line and waits for nothing
    output logic [MaxPorts-1:0] waits_memory_o,  // a load that takes longer than a hit in L1
    output cycle_t [MaxPorts-1:0] translated_o,  // 0, or until when the translation is the reason to wait

    // The oldest uop of each queue after issue.
    output logic [MaxQueues-1:0] oldest_valid_o,
    output logic [MaxQueues-1:0] oldest_ready_o,
    output logic [MaxQueues-1:0] oldest_blocked_o,  // takes the data of a store that covers only a part of it
    /* verilator tracing_off */  // traced once, above
    output seq_t [MaxQueues-1:0] oldest_seq_o
    /* verilator tracing_on */
);
  localparam int unsigned Entries = MaxQueues * MaxEntries;
  localparam int unsigned IndexW = index_bits(Entries);

  /* verilator tracing_off */  // wide, see sentron_core
  logic [Entries-1:0] valid_q  /* verilator public_flat_rd */;
  /* verilator tracing_on */
  entry_t entry_q[Entries]  /* verilator public_flat_rd */;
  logic [15:0] wide_waiting_q;

  // Of the entries, what the choice of the ports looks at.
  /* verilator tracing_off */  // a bit for each place of each queue: a trace of all has half of its bits here
  logic [Entries*MaxPorts-1:0] ports_q;
  logic [Entries*PosW-1:0] place_q;
  logic [Entries-1:0] is_load_q, is_store_q, is_wide_q, is_vector_q;
  logic [Entries*8-1:0] bank_q, banks_q;

  logic [Entries-1:0] arrived, ready, may_start, started, bank_lost;
  /* verilator tracing_on */
  logic [MaxQueues-1:0] any_ready;
  logic [MaxPorts-1:0] port_free;
  /* verilator tracing_off */  // in which of those places; conflict_winner in the cycle before
  logic [MaxPorts-1:0][IndexW-1:0] start_index;
  seq_t port_seq_q[MaxPorts];  // of the uop started last
  /* verilator tracing_on */

  // ---- Places for those who enter. Entries that are left now can be taken in the next cycle.
  /* verilator tracing_off */  // wide
  logic [MaxDispatchUops-1:0] enter;
  logic [MaxDispatchUops*IndexW-1:0] enter_at;
  logic [MaxDispatchUops*Operands-1:0] enter_pending;
  logic [MaxDispatchUops*Operands*$bits(tag_t)-1:0] enter_tag;
  logic [MaxDispatchUops*TimeBits-1:0] enter_ready_at;
  /* verilator tracing_on */
  always_comb begin : find_places
    /* verilator tracing_off */  // a bit for each place of each queue
    logic [Entries-1:0] taken;
    /* verilator tracing_on */
    logic [IndexW-1:0] x;
    taken = valid_q;
    enter = '0;
    x = '0;
    for (int i = 0; i < int'(MaxDispatchUops); i++) begin
      if (i >= int'(new_uops_i)) break;
      if (new_i[i].valid) begin
        for (int e = 0; e < int'(cfg_i.queue_entries[new_i[i].queue_no[QueueW-1:0]]); e++) begin
          x = IndexW'(32'(new_i[i].queue_no) * MaxEntries + 32'(e));
          if (taken[x]) continue;
          taken[x] = 1'b1;
          enter[i] = 1'b1;
          enter_at[i*int'(IndexW)+:IndexW] = x;
          break;
        end
        enter_pending[i*int'(Operands)+:Operands] = new_i[i].pending;
        enter_tag[i*int'(Operands)*$bits(tag_t)+:Operands*$bits(tag_t)] = new_i[i].tag;
        enter_ready_at[i*int'(TimeBits)+:TimeBits] = TimeBits'(new_i[i].ready_at);
      end
    end
  end

  // ---- Wake: uops whose last operand can be used.
  logic [MaxPorts-1:0][TimeBits-1:0] completed_time;
  /* verilator tracing_off */  // wide
  logic [MaxPorts-1:0][PosW-1:0] started_place;
  logic [MaxPorts-1:0][TimeBits-1:0] second_time;
  /* verilator tracing_on */
  always_comb begin : results
    for (int p = 0; p < int'(MaxPorts); p++) begin
      started_place[p] = PosW'(started_seq_o[p]) & PosW'(cfg_i.places - 16'd1);
      completed_time[p] = TimeBits'(completed_o[p]);
      second_time[p] = TimeBits'(second_o[p]);
    end
  end

  queue_wake_up #(
      .Queues(MaxQueues), .QueueEntries(MaxEntries), .Ports(MaxPorts), .Operands(Operands), .Writes(MaxDispatchUops),
      .PlaceBits(PosW), .TimeBits(TimeBits)
  ) queue_wake_up_i (
      .clk_i, .rst_ni, .now_i(TimeBits'(now_i)), .queues_i(cfg_i.queues), .queue_entries_i(cfg_i.queue_entries),
      .ports_i(cfg_i.ports), .writes_i(new_uops_i), .enter_i(enter), .enter_at_i(enter_at),
      .enter_pending_i(enter_pending), .enter_tag_i(enter_tag), .enter_ready_at_i(enter_ready_at),
      .started_i(started_o), .started_place_i(started_place), .completed_i(completed_time), .second_i(second_time),
      .arrived_o(arrived)
  );

  always_comb begin : wake
    ready = '0;
    may_start = '0;
    for (int q = 0; q < int'(MaxQueues); q++) begin
      any_ready[q] = 1'b0;
      if (q >= int'(cfg_i.queues)) break;
      for (int e = 0; e < int'(MaxEntries); e++) begin
        if (e >= int'(cfg_i.queue_entries[q])) break;
        if (!valid_q[q*int'(MaxEntries)+e] || !arrived[q*int'(MaxEntries)+e]) continue;
        if (entry_q[q*int'(MaxEntries)+e].serializes && !(entry_q[q*int'(MaxEntries)+e].seq <= oldest_end_i && !retired_stores_i)) continue;
        if (entry_q[q*int'(MaxEntries)+e].forwarded && !entry_q[q*int'(MaxEntries)+e].covered &&
            !(entry_q[q*int'(MaxEntries)+e].blocking < store_head_i)) continue;
        ready[q*int'(MaxEntries)+e] = 1'b1;
        may_start[q*int'(MaxEntries)+e] = !(cfg_i.in_order && entry_q[q*int'(MaxEntries)+e].word != open_word_i);
        any_ready[q] = 1'b1;
      end
    end
  end

  // ---- Ports choose, one after the other.
  port_select #(
      .Queues(MaxQueues), .QueueEntries(MaxEntries), .Ports(MaxPorts), .PlaceBits(PosW), .Banks(MaxBanks), .Fixed(1'b0)
  ) port_select_i (
      .ports_i(cfg_i.ports), .port_queue_i(cfg_i.port_queue), .queue_entries_i(cfg_i.queue_entries),
      .closed_i(cfg_i.closed),
      .limits_i({cfg_i.bank_reads, cfg_i.banks, cfg_i.accesses_per_cycle, cfg_i.stores_per_cycle_wide,
                 cfg_i.stores_per_cycle, cfg_i.loads_per_cycle_wide, cfg_i.loads_per_cycle}),
      .place_mask_i(PosW'(cfg_i.places - 16'd1)), .head_i(PosW'(head_i)), .wide_waiting_i(wide_waiting_o),
      .free_i(port_free), .any_i(any_ready), .may_start_i(may_start), .entry_ports_i(ports_q), .place_i(place_q),
      .is_load_i(is_load_q), .is_store_i(is_store_q), .is_wide_i(is_wide_q), .is_vector_i(is_vector_q),
      .bank_i(bank_q), .banks_i(banks_q), .started_o, .start_index_o(start_index), .taken_o(started),
      .bank_lost_o(bank_lost)
  );

  // ---- What starts, for its port. Loads know their time from the answer of the memory.
  /* verilator tracing_off */  // the layout's numbers; what comes of them is traced: completed_time, port_free
  logic [MaxPorts-1:0][15:0] start_latency, start_busy;
  logic [MaxPorts-1:0][3:0] start_second_latency;
  /* verilator tracing_on */
  logic [MaxPorts-1:0][31:0] start_delay;
  logic [MaxPorts-1:0] start_load, start_vector_load, start_forwarded, start_covered;
  always_comb begin : ask
    started_seq_o = '0;
    started_queue_o = '0;
    started_ports_o = '0;
    asks_memory_o = '0;
    asks_prefetch_o = '0;
    start_latency = '0;
    start_busy = '0;
    start_second_latency = '0;
    start_delay = '0;
    start_load = '0;
    start_vector_load = '0;
    start_forwarded = '0;
    start_covered = '0;
    for (int p = 0; p < int'(MaxPorts); p++) begin
      if (started_o[p]) begin
        started_seq_o[p] = entry_q[start_index[p]].seq;
        started_queue_o[p] = entry_q[start_index[p]].queue_no;
        started_ports_o[p] = entry_q[start_index[p]].ports;
        asks_prefetch_o[p] = entry_q[start_index[p]].prefetch;
        asks_memory_o[p] = entry_q[start_index[p]].is_load && !entry_q[start_index[p]].prefetch &&
            !entry_q[start_index[p]].forwarded;
        start_latency[p] = entry_q[start_index[p]].latency;
        start_busy[p] = entry_q[start_index[p]].busy;
        start_second_latency[p] = entry_q[start_index[p]].second_latency;
        start_delay[p] = entry_q[start_index[p]].delay;
        start_load[p] = entry_q[start_index[p]].is_load;
        start_vector_load[p] = entry_q[start_index[p]].vector_load;
        start_forwarded[p] = entry_q[start_index[p]].forwarded;
        start_covered[p] = entry_q[start_index[p]].covered;
      end
    end
  end

  port_pipes #(
      .Ports(MaxPorts), .TimeBits($bits(cycle_t)), .LatencyBits(16), .Fixed(1'b0)
  ) port_pipes_i (
      .clk_i, .rst_ni, .now_i,
      .latencies_i({cfg_i.forward_fail_latency, cfg_i.forward_latency, cfg_i.l1_latency_vector, cfg_i.l1_latency}),
      .started_i(started_o), .latency_i(start_latency), .busy_i(start_busy), .second_latency_i(start_second_latency),
      .delay_i(start_delay), .is_load_i(start_load), .vector_load_i(start_vector_load), .prefetch_i(asks_prefetch_o),
      .forwarded_i(start_forwarded), .covered_i(start_covered), .answer_i, .free_o(port_free), .completed_o, .second_o,
      .waits_memory_o, .translated_o
  );

  // ---- The oldest of each queue that stays.
  always_comb begin : oldest
    seq_t best_seq;
    for (int q = 0; q < int'(MaxQueues); q++) begin
      oldest_valid_o[q] = 1'b0;
      oldest_ready_o[q] = 1'b0;
      oldest_blocked_o[q] = 1'b0;
      oldest_seq_o[q] = '0;
      best_seq = '1;
      if (q >= int'(cfg_i.queues)) break;
      for (int e = 0; e < int'(MaxEntries); e++) begin
        if (e >= int'(cfg_i.queue_entries[q])) break;
        if (valid_q[q*int'(MaxEntries)+e] && !started[q*int'(MaxEntries)+e] &&
            (!oldest_valid_o[q] || entry_q[q*int'(MaxEntries)+e].seq < best_seq)) begin
          oldest_valid_o[q] = 1'b1;
          best_seq = entry_q[q*int'(MaxEntries)+e].seq;
          oldest_ready_o[q] = ready[q*int'(MaxEntries)+e];
          oldest_blocked_o[q] =
              entry_q[q*int'(MaxEntries)+e].forwarded && !entry_q[q*int'(MaxEntries)+e].covered;
          oldest_seq_o[q] = entry_q[q*int'(MaxEntries)+e].seq;
        end
      end
    end
  end

  assign wide_waiting_o = wide_waiting_q != 0;

  // ---- Ports and queues move on.
  always_ff @(posedge clk_i) begin : remember_winners
    for (int p = 0; p < int'(MaxPorts); p++) begin
      if (!rst_ni) port_seq_q[p] <= '0;
      else if (started_o[p]) port_seq_q[p] <= started_seq_o[p];
    end
  end

  always_ff @(posedge clk_i) begin : enter_queues
    logic [15:0] wide;
    logic [IndexW-1:0] x;

    if (!rst_ni) begin
      valid_q = '0;
      wide_waiting_q = '0;
    end else begin
      check_grants();
      wide = wide_waiting_q;
      for (int p = 0; p < int'(MaxPorts); p++) if (started_o[p] && entry_q[start_index[p]].wide) wide = wide - 16'd1;
      valid_q = valid_q & ~started;
      for (int i = 0; i < int'(MaxDispatchUops); i++) begin
        if (i >= int'(new_uops_i)) break;
        if (new_i[i].valid) begin
          `VTPU_ASSERT(issue_unit, has_entry, enter[i], "a queue has an entry for what is dispatched to it")
          x = enter_at[i*int'(IndexW)+:IndexW];
          valid_q[x] = 1'b1;
          entry_q[x] = new_i[i];
          ports_q[x*MaxPorts+:MaxPorts] = new_i[i].ports;
          place_q[x*PosW+:PosW] = PosW'(new_i[i].seq);
          is_load_q[x] = new_i[i].is_load;
          is_store_q[x] = new_i[i].is_store_address;
          is_wide_q[x] = new_i[i].wide;
          is_vector_q[x] = new_i[i].is_vector;
          bank_q[x*8+:8] = new_i[i].bank;
          banks_q[x*8+:8] = (new_i[i].forwarded || new_i[i].prefetch) ? 8'd0 : new_i[i].banks;
          if (new_i[i].wide) wide = wide + 16'd1;
        end
      end
      wide_waiting_q = wide;
    end
  end

  // ---- Conflicts, for who listens.
  /* verilator tracing_off */  // wide, see sentron_core
  logic [Entries-1:0] conflict  /* verilator public_flat_rd */;
  /* verilator tracing_on */
  logic [PortW-1:0] conflict_port[Entries]  /* verilator public_flat_rd */;
  seq_t conflict_seq[Entries]  /* verilator public_flat_rd */;
  ports_t conflict_ports[Entries]  /* verilator public_flat_rd */;
  seq_t conflict_winner[MaxPorts]  /* verilator public_flat_rd */;
  logic [MaxPorts-1:0] takes_covering  /* verilator public_flat_rd */;  // starts a load that an older store covers
  logic [MaxPorts-1:0] takes_partial  /* verilator public_flat_rd */;
  logic [15:0] banks_lost  /* verilator public_flat_rd */;  // loads that found a bank taken

  always_comb begin : conflicts
    logic lost, any, now_started;
    seq_t winner, best_winner;
    conflict = '0;
    takes_covering = '0;
    takes_partial = '0;
    for (int p = 0; p < int'(MaxPorts); p++) begin
      takes_covering[p] = started_o[p] && entry_q[start_index[p]].forwarded && entry_q[start_index[p]].covered;
      takes_partial[p] = started_o[p] && entry_q[start_index[p]].forwarded && !entry_q[start_index[p]].covered;
    end
    banks_lost = 16'($countones(bank_lost));
    for (int p = 0; p < int'(MaxPorts); p++) conflict_winner[p] = started_o[p] ? started_seq_o[p] : port_seq_q[p];
    for (int q = 0; q < int'(MaxQueues); q++) begin
      if (q >= int'(cfg_i.queues)) break;
      if (!any_ready[q]) continue;
      for (int e = 0; e < int'(MaxEntries); e++) begin
        if (e >= int'(cfg_i.queue_entries[q])) break;
        if (!may_start[q*int'(MaxEntries)+e] || started[q*int'(MaxEntries)+e]) continue;
        lost = 1'b1;
        any = 1'b0;
        best_winner = '0;
        for (int p = 0; p < int'(MaxPorts); p++) begin
          if (!entry_q[q*int'(MaxEntries)+e].ports[p]) continue;
          now_started = started_o[p];
          winner = conflict_winner[p];
          if ((!now_started && port_free[p]) ||
              (now_started && winner > entry_q[q*int'(MaxEntries)+e].seq)) begin
            lost = 1'b0;
          end
          if (!any || winner > best_winner) begin
            any = 1'b1;
            best_winner = winner;
            conflict_port[q*int'(MaxEntries)+e] = PortW'(p);
          end
        end
        conflict[q*int'(MaxEntries)+e] = lost;
        conflict_seq[q*int'(MaxEntries)+e] = entry_q[q*int'(MaxEntries)+e].seq;
        conflict_ports[q*int'(MaxEntries)+e] = entry_q[q*int'(MaxEntries)+e].ports;
      end
    end
  end

  // A grant for each port and each uop, and within the limits of memory. Called by the process that writes the queues,
  // before it does.
  function automatic void check_grants();
    logic [15:0] loads, wide_loads, stores, wide_stores, wide, grants;
    loads = '0;
    wide_loads = '0;
    stores = '0;
    wide_stores = '0;
    grants = '0;
    for (int p = 0; p < int'(MaxPorts); p++) begin
      if (!started_o[p]) continue;
      grants++;
      `VTPU_ASSERT(issue_unit, starts_what_is_ready, valid_q[start_index[p]] && ready[start_index[p]],
                   "what starts was waiting and ready")
      `VTPU_ASSERT(issue_unit, on_its_port, p < int'(cfg_i.ports) && entry_q[start_index[p]].ports[p],
                   "a uop starts on a port that it may use")
      `VTPU_ASSERT(issue_unit, from_its_queue, entry_q[start_index[p]].queue_no == cfg_i.port_queue[p],
                   "a port starts uops of its own queue")
      `VTPU_ASSERT(issue_unit, time_fits,
                   completed_o[p] - now_i < 48'd1 << (TimeBits - 1) && second_o[p] - now_i < 48'd1 << (TimeBits - 1),
                   "no result comes later than the queues can tell")
      `VTPU_ASSERT(issue_unit, port_is_free, port_free[p], "a port that is held starts nothing")
      for (int o = 0; o < p; o++) begin
        `VTPU_ASSERT(issue_unit, starts_once, !started_o[o] || start_index[p] != start_index[o],
                     "a uop starts on one port")
      end
      if (entry_q[start_index[p]].is_load) begin
        loads++;
        if (entry_q[start_index[p]].wide) wide_loads++;
      end
      if (entry_q[start_index[p]].is_store_address) begin
        stores++;
        if (entry_q[start_index[p]].wide) wide_stores++;
      end
    end
    `VTPU_ASSERT(issue_unit, load_limit, loads <= cfg_i.loads_per_cycle && wide_loads <= cfg_i.loads_per_cycle_wide,
                 "no more loads start than the layout allows")
    `VTPU_ASSERT(issue_unit, store_limit, stores <= cfg_i.stores_per_cycle && wide_stores <= cfg_i.stores_per_cycle_wide,
                 "no more stores start than the layout allows")
    `VTPU_ASSERT(issue_unit, access_limit, loads + stores <= cfg_i.accesses_per_cycle,
                 "no more loads and stores start than the layout allows")
    wide = '0;
    for (int q = 0; q < int'(MaxQueues); q++) begin
      if (q >= int'(cfg_i.queues)) break;
      for (int e = 0; e < int'(MaxEntries); e++) begin
        if (e >= int'(cfg_i.queue_entries[q])) break;
        if (started[q*int'(MaxEntries)+e]) grants--;
        if (valid_q[q*int'(MaxEntries)+e] && entry_q[q*int'(MaxEntries)+e].wide) wide++;
      end
    end
    `VTPU_ASSERT(issue_unit, one_grant, grants == 0, "as many uops start as ports")
    `VTPU_ASSERT(issue_unit, wide_count, wide == wide_waiting_q, "the count of wide uops is that of the queues")
  endfunction
endmodule
