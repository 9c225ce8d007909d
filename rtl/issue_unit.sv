// Wake-up in the queues, and issue: ready uops meet free ports. Every port, in order, starts the oldest ready uop that
// may use it; who loses all its ports to older uops has a conflict.

// A loop over what a layout may have at most ends at what it has; synthesis knows the layout and unrolls just that.
`ifdef YOSYS
`define END_AT(condition)
`else
`define END_AT(condition) if (condition) break;
`endif

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
    output logic [MaxPorts-1:0][MaxPorts-1:0] started_ports_o,
    /* verilator tracing_off */  // traced once, above
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
  localparam int unsigned IndexW = $clog2(Entries);

  /* verilator tracing_off */  // wide, see sentron_core
  logic [Entries-1:0] valid_q  /* verilator public_flat_rd */;
  /* verilator tracing_on */
  entry_t entry_q[Entries]  /* verilator public_flat_rd */;

  cycle_t port_free_at_q[MaxPorts];
  seq_t port_seq_q[MaxPorts];  // of the uop started last
  logic [15:0] wide_waiting_q;

  /* verilator tracing_off */  // a bit for each place of each queue: a trace of all has half of its bits here
  logic [Entries-1:0] ready, started, bank_lost;
  /* verilator tracing_on */
  pos_t order[Entries];  // age: place in the ring after the oldest uop
  logic [MaxQueues-1:0] any_ready;
  logic [MaxPorts-1:0][IndexW-1:0] start_index;
  logic [MaxPorts-1:0][15:0] start_busy;

  // ---- Wake: uops whose last operand can be used.
  always_comb begin : wake
    for (int q = 0; q < int'(MaxQueues); q++) begin
      any_ready[q] = 1'b0;
      `END_AT(q >= int'(cfg_i.queues))
      for (int e = 0; e < int'(MaxEntries); e++) begin
        `END_AT(e >= int'(cfg_i.queue_entries[q]))
        ready[q*int'(MaxEntries)+e] = valid_q[q*int'(MaxEntries)+e] &&
            entry_q[q*int'(MaxEntries)+e].pending == '0 && entry_q[q*int'(MaxEntries)+e].ready_at <= now_i &&
            (!entry_q[q*int'(MaxEntries)+e].serializes || (entry_q[q*int'(MaxEntries)+e].seq <= oldest_end_i && !retired_stores_i)) &&
            (!entry_q[q*int'(MaxEntries)+e].forwarded || entry_q[q*int'(MaxEntries)+e].covered ||
             entry_q[q*int'(MaxEntries)+e].blocking < store_head_i);
        order[q*int'(MaxEntries)+e] =
            (PosW'(entry_q[q*int'(MaxEntries)+e].seq) - PosW'(head_i)) & PosW'(cfg_i.places - 16'd1);
        any_ready[q] = any_ready[q] | ready[q*int'(MaxEntries)+e];
      end
    end
  end

  // ---- Ports choose, one after the other.
  always_comb begin : choose
    logic [15:0] loads, wide_loads, stores, wide_stores;
    logic [MaxBanks-1:0][7:0] bank_reads;
    logic found, may, bank_full;
    logic [IndexW-1:0] x, best;
    pos_t best_order;
    x = '0;
    may = 1'b0;
    bank_full = 1'b0;
    loads = '0;
    wide_loads = '0;
    stores = '0;
    wide_stores = '0;
    bank_reads = '0;
    started = '0;
    bank_lost = '0;
    started_o = '0;
    start_index = '0;
    for (int p = 0; p < int'(MaxPorts); p++) begin
      `END_AT(p >= int'(cfg_i.ports))
      found = 1'b0;
      best = '0;
      best_order = '0;
      if (port_free_at_q[p] <= now_i && any_ready[cfg_i.port_queue[p][QueueW-1:0]]) begin
        for (int e = 0; e < int'(MaxEntries); e++) begin
          `END_AT(e >= int'(cfg_i.queue_entries[cfg_i.port_queue[p][QueueW-1:0]]))
          x = IndexW'(32'(cfg_i.port_queue[p]) * MaxEntries + 32'(e));
          if (ready[x] && !started[x] && entry_q[x].ports[p] && (!found || order[x] < best_order)) begin
            may = 1'b1;
            if (cfg_i.in_order && entry_q[x].word != open_word_i) may = 1'b0;
            if (entry_q[x].is_vector && wide_waiting_q != 0 && (entry_q[x].ports & ~cfg_i.closed) != '0 &&
                cfg_i.closed[p]) begin
              may = 1'b0;
            end
            if (entry_q[x].is_load && (bank_lost[x] || loads >= cfg_i.loads_per_cycle ||
                (entry_q[x].wide && wide_loads >= cfg_i.loads_per_cycle_wide) ||
                loads + stores >= cfg_i.accesses_per_cycle)) begin
              may = 1'b0;
            end
            if (entry_q[x].is_store_address && (stores >= cfg_i.stores_per_cycle ||
                (entry_q[x].wide && wide_stores >= cfg_i.stores_per_cycle_wide) ||
                loads + stores >= cfg_i.accesses_per_cycle)) begin
              may = 1'b0;
            end
            if (may) begin
              found = 1'b1;
              best = x;
              best_order = order[x];
            end
          end
        end
      end
      if (found && entry_q[best].is_load && !entry_q[best].forwarded && !entry_q[best].prefetch && cfg_i.banks != 0) begin
        bank_full = 1'b0;
        for (int b = 0; b < int'(MaxBanks); b++) begin
          `END_AT(b >= int'(entry_q[best].banks))
          if (b < int'(entry_q[best].banks) &&
              16'(bank_reads[(32'(entry_q[best].bank)+32'(b))%32'(cfg_i.banks)]) >= cfg_i.bank_reads) bank_full = 1'b1;
        end
        if (bank_full) begin
          bank_lost[best] = 1'b1;
          found = 1'b0;
        end else begin
          for (int b = 0; b < int'(MaxBanks); b++) begin
            `END_AT(b >= int'(entry_q[best].banks))
            if (b < int'(entry_q[best].banks)) begin
              bank_reads[(32'(entry_q[best].bank)+32'(b))%32'(cfg_i.banks)] =
                  bank_reads[(32'(entry_q[best].bank)+32'(b))%32'(cfg_i.banks)] + 8'd1;
            end
          end
        end
      end
      if (found) begin
        started_o[p] = 1'b1;
        start_index[p] = best;
        started[best] = 1'b1;
        if (entry_q[best].is_load) begin
          loads = loads + 16'd1;
          if (entry_q[best].wide) wide_loads = wide_loads + 16'd1;
        end
        if (entry_q[best].is_store_address) begin
          stores = stores + 16'd1;
          if (entry_q[best].wide) wide_stores = wide_stores + 16'd1;
        end
      end
    end
  end

  always_comb begin : ask
    started_seq_o = '0;
    started_queue_o = '0;
    started_ports_o = '0;
    asks_memory_o = '0;
    start_busy = '0;
    asks_prefetch_o = '0;
    for (int p = 0; p < int'(MaxPorts); p++) begin
      if (started_o[p]) begin
        started_seq_o[p] = entry_q[start_index[p]].seq;
        start_busy[p] = entry_q[start_index[p]].busy;
        started_queue_o[p] = entry_q[start_index[p]].queue_no;
        started_ports_o[p] = entry_q[start_index[p]].ports;
        asks_prefetch_o[p] = entry_q[start_index[p]].prefetch;
        asks_memory_o[p] = entry_q[start_index[p]].is_load && !entry_q[start_index[p]].prefetch &&
            !entry_q[start_index[p]].forwarded;
      end
    end
  end

  // ---- Completion of what starts. Loads know their time from the answer of the memory.
  always_comb begin : complete
    logic [31:0] access;
    completed_o = '0;
    second_o = '0;
    waits_memory_o = '0;
    translated_o = '0;
    for (int p = 0; p < int'(MaxPorts); p++) begin
      access = '0;
      if (started_o[p]) begin
        completed_o[p] = now_i + 48'(entry_q[start_index[p]].latency) + 48'(entry_q[start_index[p]].delay);
        if (entry_q[start_index[p]].is_load) begin
          if (entry_q[start_index[p]].prefetch) access = 32'(cfg_i.l1_latency);
          else if (entry_q[start_index[p]].forwarded && entry_q[start_index[p]].covered) access = 32'(cfg_i.forward_latency);
          else if (entry_q[start_index[p]].forwarded) access = 32'(cfg_i.forward_fail_latency);
          else access = answer_i[p];
          completed_o[p] = completed_o[p] - 48'd1 + 48'(access);
          if (!entry_q[start_index[p]].prefetch) begin
            waits_memory_o[p] = entry_q[start_index[p]].forwarded ||
                access > (entry_q[start_index[p]].vector_load ? 32'(cfg_i.l1_latency_vector) : 32'(cfg_i.l1_latency));
          end
          if (entry_q[start_index[p]].delay != 0) translated_o[p] = now_i + 48'(entry_q[start_index[p]].delay);
        end
        second_o[p] = (entry_q[start_index[p]].second_latency != 0) ?
            now_i + 48'(entry_q[start_index[p]].second_latency) : completed_o[p];
      end
    end
  end

  // ---- The oldest of each queue that stays.
  always_comb begin : oldest
    pos_t best_order;
    for (int q = 0; q < int'(MaxQueues); q++) begin
      oldest_valid_o[q] = 1'b0;
      oldest_ready_o[q] = 1'b0;
      oldest_blocked_o[q] = 1'b0;
      oldest_seq_o[q] = '0;
      best_order = '1;
      `END_AT(q >= int'(cfg_i.queues))
      for (int e = 0; e < int'(MaxEntries); e++) begin
        `END_AT(e >= int'(cfg_i.queue_entries[q]))
        if (valid_q[q*int'(MaxEntries)+e] && !started[q*int'(MaxEntries)+e] &&
            (!oldest_valid_o[q] || order[q*int'(MaxEntries)+e] < best_order)) begin
          oldest_valid_o[q] = 1'b1;
          best_order = order[q*int'(MaxEntries)+e];
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
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int p = 0; p < int'(MaxPorts); p++) begin
        port_free_at_q[p] <= '0;
        port_seq_q[p] <= '0;
      end
    end else begin
      for (int p = 0; p < int'(MaxPorts); p++) begin
        if (started_o[p]) begin
          port_free_at_q[p] <= now_i + 48'(start_busy[p]);
          port_seq_q[p] <= started_seq_o[p];
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin : enter
    logic [15:0] wide;
    logic placed;
    logic [IndexW-1:0] x;

    if (!rst_ni) begin
      valid_q = '0;
      wide_waiting_q = '0;
    end else begin
`ifndef YOSYS
      check_grants();
`endif
      wide = wide_waiting_q;
      for (int p = 0; p < int'(MaxPorts); p++) if (started_o[p] && entry_q[start_index[p]].wide) wide = wide - 16'd1;
      // Entries that are left now can be taken in the next cycle.
      for (int i = 0; i < int'(MaxDispatchUops); i++) begin
        `END_AT(i >= int'(new_uops_i))
        if (i < int'(new_uops_i) && new_i[i].valid) begin
          placed = 1'b0;
          for (int e = 0; e < int'(MaxEntries); e++) begin
            `END_AT(placed)
            x = IndexW'(32'(new_i[i].queue_no) * MaxEntries + 32'(e));
            if (!placed && e < int'(cfg_i.queue_entries[new_i[i].queue_no[QueueW-1:0]]) && !valid_q[x]) begin
              placed = 1'b1;
              valid_q[x] = 1'b1;
              entry_q[x] = new_i[i];
            end
          end
          `VTPU_ASSERT(issue_unit, has_entry, placed, "a queue has an entry for what is dispatched to it")
          if (new_i[i].wide) wide = wide + 16'd1;
        end
      end
      wide_waiting_q = wide;
      for (int q = 0; q < int'(MaxQueues); q++) begin
        `END_AT(q >= int'(cfg_i.queues))
        for (int e = 0; e < int'(MaxEntries); e++) begin
          `END_AT(e >= int'(cfg_i.queue_entries[q]))
          if (started[q*int'(MaxEntries)+e]) valid_q[q*int'(MaxEntries)+e] = 1'b0;
          // What starts now tells its time to those who wait for it.
          if (valid_q[q*int'(MaxEntries)+e] && entry_q[q*int'(MaxEntries)+e].pending != '0) begin
            for (int p = 0; p < int'(MaxPorts); p++) begin
              `END_AT(p >= int'(cfg_i.ports))
              if (started_o[p]) begin
                for (int k = 0; k < int'(Operands); k++) begin
                  if (entry_q[q*int'(MaxEntries)+e].pending[k] && entry_q[q*int'(MaxEntries)+e].tag[k].pos ==
                      (PosW'(started_seq_o[p]) & PosW'(cfg_i.places - 16'd1))) begin
                    entry_q[q*int'(MaxEntries)+e].pending[k] = 1'b0;
                    if (entry_q[q*int'(MaxEntries)+e].ready_at <
                        (entry_q[q*int'(MaxEntries)+e].tag[k].which ? second_o[p] : completed_o[p])) begin
                      entry_q[q*int'(MaxEntries)+e].ready_at =
                          entry_q[q*int'(MaxEntries)+e].tag[k].which ? second_o[p] : completed_o[p];
                    end
                  end
                end
              end
            end
          end
        end
      end
    end
  end

`ifndef YOSYS
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
        if (!ready[q*int'(MaxEntries)+e] || started[q*int'(MaxEntries)+e]) continue;
        if (cfg_i.in_order && entry_q[q*int'(MaxEntries)+e].word != open_word_i) continue;
        lost = 1'b1;
        any = 1'b0;
        best_winner = '0;
        for (int p = 0; p < int'(MaxPorts); p++) begin
          if (!entry_q[q*int'(MaxEntries)+e].ports[p]) continue;
          now_started = started_o[p];
          winner = conflict_winner[p];
          if ((!now_started && port_free_at_q[p] <= now_i) ||
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
      `VTPU_ASSERT(issue_unit, port_is_free, port_free_at_q[p] <= now_i, "a port that is held starts nothing")
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
`endif
endmodule
`undef END_AT
